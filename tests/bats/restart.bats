#!/usr/bin/env bats
# Restart policies.
load helper

# Each run adds a line to $BATS_TEST_TMPDIR/runs; `rest` is what it does then.
start_with() {
        policy=$1 name=$2 rest=$3
        mkdir -p "$BATS_TEST_TMPDIR/$name"
        kelp run -d --name "$name" --restart "$policy" --network=none -v "$BATS_TEST_TMPDIR/$name:/out" \
                busybox sh -c "echo run >>/out/runs; $rest"
}

ran() {
        [ "$(wc -l <"$BATS_TEST_TMPDIR/$1/runs")" -ge "$2" ]
}

inspected() {
        [ "$(kelp inspect -f "$2" "$1")" = "$3" ]
}

monitors() {
        pgrep -u "$(id -u)" -x kelp-monitor -r D,R,S | sort
}

# No monitor but those that were there before.
no_new_monitor() {
        [ -z "$(comm -13 <(echo "$1") <(monitors))" ]
}

@test "restart policy: on-failure:2 runs three times, each in the log, with its events" {
        before=$(monitors)
        start_with on-failure:2 f "echo out; exit 3"
        poll 10 inspected f '{{.RestartCount}} {{.State.Status}}' "2 exited"
        poll 10 no_new_monitor "$before"
        [ "$(cat "$BATS_TEST_TMPDIR/f/runs")" = $'run\nrun\nrun' ]
        run kelp logs f
        is $'out\nout\nout'
        run kelp inspect -f '{{.State.ExitCode}} {{.HostConfig.RestartPolicy.Name}} {{.HostConfig.RestartPolicy.MaximumRetryCount}} {{.RestartCount}}' f
        is "3 on-failure 2 2"
        run kelp wait f
        is 3
        run kelp ps -a --format '{{.Restarts}}' --filter restart-policy=on-failure
        is 2
        run kelp events --stream=false --filter container=f --format '{{.Status}}'
        is "create
init
start
died
cleanup
restart
init
start
died
cleanup
restart
init
start
died
cleanup"
        # A start by hand counts anew.
        kelp start f
        poll 10 ran f 6
        poll 10 inspected f '{{.RestartCount}} {{.State.Status}}' "2 exited"
}

@test "restart policy: a success is none for on-failure, and is for always" {
        before=$(monitors)
        start_with on-failure s true
        kelp wait s
        poll 5 no_new_monitor "$before"
        ran s 1
        run kelp inspect -f '{{.RestartCount}}' s
        is 0
        start_with always twice true
        poll 10 ran twice 3
        kelp rm -f -t 0 twice
        poll 5 no_new_monitor "$before"
        run kelp inspect twice
        code 125
}

@test "restart policy: stop and kill end it, running and waiting; a start by hand begins again" {
        before=$(monitors)
        start_with always st "sleep 1000"
        run kelp stop -t 0 st
        code 0
        poll 5 no_new_monitor "$before"
        run kelp inspect -f '{{.State.Status}} {{.State.StoppedByUser}} {{.RestartCount}}' st
        is "exited true 0"
        start_with unless-stopped k "trap 'exit 42' TERM; while :; do sleep 0.1; done"
        poll 5 ran k 1
        kelp kill -s TERM k
        run kelp wait k
        is 42
        poll 5 no_new_monitor "$before"
        run kelp ps -a --format '{{.Names}}' --filter should-start-on-boot=true
        is st
        kelp start k
        poll 5 ran k 2
        run kelp ps -a --format '{{.Names}}' --sort names --filter should-start-on-boot=true
        is $'k\nst'
        run kelp inspect -f '{{.State.Status}}' k
        is running
        # Another end than a user's.
        kill -9 "$(kelp inspect -f '{{.State.Pid}}' k)"
        poll 10 ran k 3
        poll 5 inspected k '{{.RestartCount}} {{.State.Status}}' "1 running"
        kelp restart -t 0 k
        poll 5 ran k 4
        run kelp inspect -f '{{.RestartCount}} {{.State.Status}}' k
        is "0 running"
        kelp stop -t 0 k
        # Waiting: after some ends the delay is long enough to meet it.
        start_with always w false
        poll 20 inspected w '{{.RestartCount}} {{.State.Status}}' "4 exited"
        kelp stop w
        poll 2 no_new_monitor "$before"
        runs=$(wc -l <"$BATS_TEST_TMPDIR/w/runs")
        sleep 3
        [ "$(wc -l <"$BATS_TEST_TMPDIR/w/runs")" = "$runs" ]
        kelp start w
        poll 20 inspected w '{{.RestartCount}} {{.State.Status}}' "4 exited"
        kelp rm w
        poll 2 no_new_monitor "$before"
        kelp rm -fa -t 0
        store_is_clean
}

@test "restart policy: a start by hand while it waits leaves one monitor; the delay grows" {
        before=$(monitors)
        start_with always d false
        poll 20 inspected d '{{.RestartCount}} {{.State.Status}}' "4 exited"
        # 100, 200, 400, 800 ms lie behind it.
        run kelp events --stream=false --filter container=d --filter event=start --format '{{.TimeNano}}'
        [ $((${lines[4]} - ${lines[0]})) -gt 1500000000 ]
        kelp update --restart no d
        poll 2 no_new_monitor "$before"
        kelp update --restart always d
        kelp start d
        poll 20 inspected d '{{.RestartCount}} {{.State.Status}}' "4 exited"
        kelp start d
        poll 20 inspected d '{{.RestartCount}}' "2"
        [ "$(comm -13 <(echo "$before") <(monitors) | wc -l)" = 1 ]
        kelp rm -f d
}

@test "restart policy: update gives one to a running container and takes it away" {
        before=$(monitors)
        kelp run -d --name u --network=none -v "$BATS_TEST_TMPDIR:/out" busybox \
                sh -c 'echo run >>/out/runs; while [ ! -e /out/end ]; do sleep 0.1; done; rm /out/end'
        run kelp inspect -f '{{.HostConfig.RestartPolicy.Name}}' u
        is no
        kelp update --restart always u
        run kelp inspect -f '{{.HostConfig.RestartPolicy.Name}}' u
        is always
        touch "$BATS_TEST_TMPDIR/end"
        poll 10 inspected u '{{.RestartCount}} {{.State.Status}}' "1 running"
        # The one that was started by the monitor is as good as another.
        run kelp exec u echo inside
        is inside
        kelp update --restart no u
        touch "$BATS_TEST_TMPDIR/end"
        kelp wait u
        poll 5 no_new_monitor "$before"
        [ "$(wc -l <"$BATS_TEST_TMPDIR/runs")" = 2 ]
}

killed() {
        local pid
        pid=$(kelp inspect -f '{{.State.Pid}}' "$1")
        [ "$pid" -gt 1 ] && kill -9 "$pid" && poll 20 inspected "$1" '{{.RestartCount}} {{.State.Status}}' "$2 running"
}

heap() {
        awk '/^VmData/ { print $2 }' "/proc/$1/status"
}

@test "restart policy: restarts grow neither memory nor descriptors, cgroup and limits stay" {
        limit=()
        if grep -qsw pids /sys/fs/cgroup/cgroup.controllers; then limit=(--pids-limit 60); fi
        kelp run -d --name m --restart always "${limit[@]}" --network=none busybox sleep 1000
        monitor=$(kelp inspect -f '{{.State.ConmonPid}}' m)
        cgroup=$(kelp inspect -f '{{.State.CgroupPath}}' m)
        killed m 1
        fds=$(ls "/proc/$monitor/fd" | wc -l)
        killed m 2
        heap=$(heap "$monitor")
        killed m 3
        killed m 4
        killed m 5
        [ "$(kelp inspect -f '{{.State.ConmonPid}}' m)" = "$monitor" ]
        [ "$(ls "/proc/$monitor/fd" | wc -l)" = "$fds" ]
        [ "$(heap "$monitor")" -le $((heap + 64)) ]
        [ "$(kelp inspect -f '{{.State.CgroupPath}}' m)" = "$cgroup" ]
        [ -z "$cgroup" ] || grep -q . "/sys/fs/cgroup$cgroup/cgroup.procs"
        if [ -e "/sys/fs/cgroup$cgroup/pids.max" ]; then
                [ "$(cat "/sys/fs/cgroup$cgroup/pids.max")" = 60 ]
        fi
        kelp rm -f -t 0 m
}

@test "restart policy: what is refused" {
        run kelp run --rm --restart always --network=none busybox true
        code 125
        has "the --rm option conflicts with --restart"
        kelp run --rm --restart no --network=none busybox true
        run kelp create --restart sometimes busybox true
        code 125
        has "\"sometimes\" is not a valid restart policy"
        run kelp create --restart always:3 busybox true
        code 125
        has "only on-failure"
        for bad in on-failure:x on-failure:-1 on-failure: on-failure:99999999999; do
                run kelp create --restart "$bad" busybox true
                code 125
                has "not a number of retries"
        done
        kelp run -d --rm --name r --network=none busybox sleep 1000
        run kelp update --restart always r
        code 125
        has "is removed at its end"
        kelp create --name n --restart never busybox true
        run kelp inspect -f '{{.HostConfig.RestartPolicy.Name}}' n
        is no
        # A program that cannot be started is not tried again.
        run kelp run --name x --restart always --network=none busybox /nosuch
        code 127
        run kelp inspect -f '{{.State.Status}} {{.RestartCount}}' x
        is "exited 0"
}
