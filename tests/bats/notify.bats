#!/usr/bin/env bats
# wait --condition oom, memory:... and pressure:..., and the same as events: what is refused, and pressure, which needs
# no controller. OOM kills and use of memory are tested where there is one: tests/vm/guest-notify.sh.
load helper

has_pressure() {
        [ "${KELP_TEST_CGROUP-}" = 1 ] || skip "no writable cgroup v2 here"
        [ -w "/sys/fs/cgroup$(sed -n 's/^0:://p' /proc/self/cgroup)/cpu.pressure" ] || skip "this kernel tells no pressure"
        cd "$BATS_TEST_TMPDIR"
}

has_memory() {
        grep -qw memory "/sys/fs/cgroup$(sed -n 's/^0:://p' /proc/self/cgroup)/cgroup.controllers" 2>/dev/null
}

wait_for() {
        timeout 60 "$KELP" --root "$ROOT" --runroot "$RUNROOT" wait "$@"
}

# Has it a trigger?
watches() {
        [[ $(ls -l "/proc/$1/fd" 2>&1) == *.pressure* ]]
}

# Two processes for each processor: one has always to wait for it.
busy() {
        kelp run -d --network=none "$@" busybox sh -c \
                'n=$(nproc); i=0; while [ $i -lt $((n * 2)) ]; do while :; do :; done & i=$((i + 1)); done; wait' >/dev/null
}

@test "notices: nonsense is refused, with what it should be" {
        local word i many=()
        kelp create --name c --network=none busybox true >/dev/null
        for word in memory memory: memory:0% memory:101% memory:80%% memory:x memory:0 pressure pressure: pressure:some \
                pressure:none=1s/2s pressure:some=1s pressure:some=x/2s pressure:some=0/2s pressure:some=3s/2s \
                pressure:some=1s/12s pressure:irq:some=1s/2s pressure:some=1s/2s/3s; do
                run kelp wait --condition "$word" c
                code 125
                has "--condition $word: "
                [ "${#lines[@]}" -eq 2 ]
                run kelp events --filter "event=$word"
                code 125
                has "--filter event $word: "
        done
        run kelp wait --condition oomph c
        code 125
        has "--condition oomph is no state of a container"
        for i in $(seq 17); do many+=(--condition "memory:${i}k"); done
        run kelp wait "${many[@]}" c
        code 125
        has "more than 16 notices"
        run kelp events --filter event=memory:80% --stream=false
        code 125
        has '"memory:80%" is watched for while the command runs and not recorded'
}

@test "notices: a container without a cgroup, and one without the memory controller" {
        kelp run -d --name bare --network=none --cgroups=disabled busybox sleep 1000 >/dev/null
        for word in oom memory:80% pressure:some=1s/2s; do
                run wait_for --condition $word bare
                code 125
                has "container bare has no cgroup of its own"
                has "make it without --cgroups=disabled"
        done
        run timeout 20 "$KELP" --root "$ROOT" --runroot "$RUNROOT" events --filter event=pressure:some=1s/2s --until 1s
        code 0
        has "container bare is not watched: container bare has no cgroup of its own"
        [ "${KELP_TEST_CGROUP-}" = 1 ] || skip "no writable cgroup v2 here"
        has_memory && skip "the memory controller is there"
        kelp run -d --name c --network=none busybox sleep 1000 >/dev/null
        for word in oom memory:80% memory:200m; do
                run wait_for --condition $word c
                code 125
                has "\"$word\" cannot be noticed: the cgroup controller \"memory\" is not available to the container"
                [ "${#lines[@]}" -eq 2 ]
        done
}

@test "notices: what the kernel refuses is said" {
        has_pressure
        kelp run -d --name c --network=none busybox sleep 1000 >/dev/null
        run wait_for --condition pressure:some=100ms/1s c
        code 125
        has 'the kernel refuses a window of 1 s without CAP_SYS_RESOURCE'
        has 'windows of 2s, 4s, 6s, 8s and 10s are for everybody'
}

@test "notices: one that has ended was not noticed; its end may be waited for too" {
        has_pressure
        kelp run --name over --network=none busybox sh -c 'exit 3' || true
        run wait_for --condition oom over
        code 125
        has "container over has ended and is not oom: container is stopped"
        run wait_for --condition pressure:full=1s/2s --condition stopped over
        is 3
        kelp run -d --name soon --network=none busybox sh -c 'sleep 0.3; exit 4' >/dev/null
        run wait_for --condition pressure:memory:full=9s/10s --condition exited soon
        is 4
        kelp run -d --name later --network=none busybox sh -c 'sleep 0.3; exit 4' >/dev/null
        run wait_for --condition pressure:memory:full=9s/10s later
        code 125
        has "container later has ended and is not pressure:memory:full=9s/10s: container is stopped"
        # A state that comes first ends the wait as well.
        kelp run -d --name here --network=none busybox sleep 1000 >/dev/null
        run wait_for --condition pressure:memory:full=9s/10s --condition running here
        is -1
}

# wait_gone CONDITION...: for a container that removes itself with exit code 5, once it is watched
wait_gone() {
        kelp run -d --rm --name gone --network=none busybox sh -c 'while [ ! -e /go ]; do sleep 0.1; done; exit 5' >/dev/null
        "$KELP" --root "$ROOT" --runroot "$RUNROOT" wait "$@" gone >answer 2>&1 3>&- &
        local pid=$!
        poll 30 watches $pid
        kelp exec gone touch /go
        status=0
        wait $pid || status=$?
        output=$(cat answer)
}

@test "notices: the record of a container that removes itself is read by who has watched it" {
        has_pressure
        wait_gone --condition pressure:memory:full=9s/10s --condition stopped
        is 5
        wait_gone --condition pressure:memory:full=9s/10s
        code 125
        has "container gone has ended and is not pressure:memory:full=9s/10s"
}

@test "notices: pressure; a container that is started later; the first of several" {
        has_pressure
        kelp create --name idle --network=none busybox sleep 1000 >/dev/null
        kelp create --name busy --network=none busybox sh -c \
                'n=$(nproc); i=0; while [ $i -lt $((n * 2)) ]; do while :; do :; done & i=$((i + 1)); done; wait' >/dev/null
        wait_for --condition pressure:cpu:some=1s/2s --exit-first-match idle busy >first 3>&- &
        local first=$!
        wait_for --condition oom --condition pressure:cpu:some=1s/2s busy >one 2>&1 3>&- &
        local one=$! code=0
        sleep 0.5
        kelp start busy >/dev/null
        if has_memory; then
                wait $one
                [ "$(cat one)" = -1 ]
        else
                wait $one || code=$?
                [ $code = 125 ]
        fi
        kelp start idle >/dev/null
        wait $first
        [ "$(cat first)" = -1 ]
        run wait_for --condition pressure:cpu:some=1s/2s busy
        is -1
}

# The kernel's first word on a trigger counts stalls from before: those are not the wait's.
@test "notices: stalls that are over are not noticed" {
        has_pressure
        kelp run -d --name c --network=none busybox sh -c \
                'i=0; while [ $i -lt 8 ]; do timeout 5 sh -c "while :; do :; done" & i=$((i + 1)); done; wait
                sleep 2; while [ ! -e /go ]; do sleep 0.1; done; sleep 2; exit 6' >/dev/null
        dir=/sys/fs/cgroup$(kelp inspect -f '{{.State.CgroupPath}}' c)
        poll 60 idle_now "$dir"
        "$KELP" --root "$ROOT" --runroot "$RUNROOT" wait --condition pressure:cpu:some=1900ms/2s --condition stopped c \
                >code 3>&- &
        local pid=$!
        poll 30 watches $pid
        kelp exec c touch /go
        wait $pid
        [ "$(cat code)" = 6 ]
}

# No more than the shell that waits for a file.
idle_now() {
        [ "$(sed -n 's/^some .*total=//p' "$1/cpu.pressure")" -gt 2000000 ] && [ "$(wc -l <"$1/cgroup.procs")" -le 3 ]
}

@test "notices: as events, of the containers that the filter lets through" {
        has_pressure
        busy --name old --label tier=web
        "$KELP" --root "$ROOT" --runroot "$RUNROOT" events --format json --filter label=tier=web \
                --filter event=pressure:cpu:some=200ms/2s --filter event=start >events 3>&- &
        local pid=$!
        poll 30 watches $pid
        busy --name other
        busy --name new --label tier=web
        poll 30 grep -q '"Name":"new".*pressure:cpu' events
        poll 30 grep -q '"Name":"old".*pressure:cpu' events
        kill $pid
        wait $pid || true
        run cat events
        lacks other
        run jq -c 'select(.Name == "new") | [.Status, .Type, .Attributes.tier, .Attributes.condition]' events
        [ "${lines[0]}" = '["start","container","web",null]' ]
        [ "${lines[1]}" = '["pressure","container","web","pressure:cpu:some=200ms/2s"]' ]
        run jq -s 'map(select(.Status == "pressure") | .Attributes.stalled_us | tonumber) | min >= 200000' events
        is true
        # They are nobody else's.
        run kelp events --stream=false
        lacks pressure
}

@test "notices: nobody asked, nothing is watched" {
        [ "${KELP_TEST_CGROUP-}" = 1 ] || skip "no writable cgroup v2 here"
        kelp run -d --name c --network=none busybox sleep 1000 >/dev/null
        pid=$(kelp inspect -f '{{.State.ConmonPid}}' c)
        sleep 1
        run ls -l "/proc/$pid/fd"
        code 0
        has pipe:
        lacks pressure
        has_memory || lacks memory
}
