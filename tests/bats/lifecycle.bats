#!/usr/bin/env bats
# create, start, stop, kill, wait, rm, ps, logs, exec, inspect.
load helper

@test "lifecycle: create, start, wait, start again, remove" {
        run kelp create --name c --network=none busybox sh -c 'echo run; exit 3'
        code 0
        [ "$(kelp inspect -f '{{.State.Status}}' c)" = created ]
        run kelp start -a c
        code 3
        is run
        run kelp wait c
        is 3
        run kelp start -a c
        code 3
        run kelp logs c
        is "run
run"
        kelp rm c
        store_is_clean
}

@test "lifecycle: a port without a network of one's own is told, a missing workdir is 126, kill -s -9" {
        run run_quick -p 8080 busybox echo hi
        code 0
        is 'Port mappings have been discarded because "none" network namespace mode does not support them
hi'
        run run_quick -w /nosuch busybox true
        code 126
        has 'workdir "/nosuch" does not exist on container'
        kelp run -d --name n --network=none busybox sleep 100
        kelp kill -s -9 n
        [ "$(kelp wait n)" = 137 ]
        run kelp stop --cidfile /nosuch n
        code 125
        has "reading CIDFile: open /nosuch: no such file or directory"
        run kelp --tmpdir "$BATS_TEST_TMPDIR/tmp" info -f '{{.Store.RunRoot}}'
        is "$BATS_TEST_TMPDIR/tmp"
}

@test "lifecycle: a slash before the name goes, -it without a terminal is told" {
        kelp create --name /c --network=none busybox true
        [ "$(kelp inspect -f '{{.Name}}' c)" = c ]
        run kelp run --rm -it --network=none busybox echo hi </dev/null
        code 0
        has "The input device is not a TTY"
        run kelp run --rm -t --network=none busybox echo hi </dev/null
        lacks "TTY"
}

@test "lifecycle: stop sends the stop signal, then kills" {
        kelp run -d --name t --network=none busybox sh -c 'trap "echo got; exit 9" TERM; echo ready; while :; do sleep 0.1; done'
        poll 10 logged t ready
        kelp stop t
        [ "$(kelp inspect -f '{{.State.ExitCode}}' t)" = 9 ]
        kelp run -d --name k --network=none busybox sh -c 'trap "" TERM; echo ready; while :; do sleep 0.1; done'
        poll 10 logged k ready
        run kelp stop -t 1 k
        code 0
        has "StopSignal SIGTERM failed to stop container k in 1 seconds, resorting to SIGKILL"
        [ "$(kelp inspect -f '{{.State.ExitCode}}' k)" = 137 ]
        run kelp stop k
        code 0
        run kelp stop nosuch
        code 125
        has "no such container"
}

@test "lifecycle: kill and signals" {
        kelp run -d --name s --network=none busybox sh -c 'trap "echo usr1" USR1; while :; do sleep 0.1; done'
        kelp kill -s USR1 s
        poll 5 bash -c "'$KELP' --root '$ROOT' --runroot '$RUNROOT' logs s | grep -q usr1"
        kelp kill s
        run kelp wait s
        is 137
        run kelp kill s
        code 125
        run kelp kill -s NOSIG s
        code 125
        has "invalid signal"
}

@test "lifecycle: rm refuses a running container, -f does not" {
        kelp run -d --name r --network=none busybox sleep 100
        run kelp rm r
        code 2
        has "cannot remove container $(kelp inspect -f '{{.Id}}' r) as it is running"
        kelp rm -f -t 0 r
        run kelp rm -f r
        code 0
        store_is_clean
}

@test "lifecycle: --rm of a detached container" {
        kelp run -d --rm --name d --network=none busybox true
        poll 5 store_is_clean
}

@test "lifecycle: a name can be used again when run --rm returns" {
        for _ in 1 2 3 4 5; do
                run_quick --name again busybox true
        done
}

@test "ps: lists, filters, formats" {
        kelp run -d --name up --label a=1 --network=none busybox sleep 100
        kelp create --name made busybox true
        run kelp ps
        has up
        lacks made
        run kelp ps -a --format '{{.Names}} {{.State}}'
        has "up running"
        has "made created"
        run kelp ps -aq --filter label=a=1
        is "$(kelp inspect -f '{{.Id}}' up | cut -c1-12)"
        run kelp ps -a --filter status=created --format '{{.Names}}'
        is made
        [ "$(kelp ps -a --format json | jq -r '.[] | select(.State == "running") | .Names[0]')" = up ]
        run kelp ps --format '{{.Nmae}}'
        code 125
        has "there is no field .Nmae"
}

@test "logs: follow, tail, timestamps, since" {
        kelp run -d --name l --network=none busybox sh -c 'for i in 1 2 3 4 5; do echo line $i; sleep 0.1; done'
        run timeout 20 "$KELP" --root "$ROOT" --runroot "$RUNROOT" logs -f l
        code 0
        has "line 5"
        run kelp logs --tail 2 l
        is "line 4
line 5"
        run kelp logs -t --tail 1 l
        [[ $output =~ ^20[0-9-]+T[0-9:.]+\+00:00\ line\ 5$ ]]
        run kelp logs --since 2100-01-01 l
        is ""
        run timeout 20 "$KELP" --root "$ROOT" --runroot "$RUNROOT" logs --since -1s -f l
        code 0
        is ""
        # --until with a span is ahead, and ends the following.
        kelp run -d --name u --network=none busybox sh -c 'while :; do echo more; sleep 0.1; done'
        run timeout 20 "$KELP" --root "$ROOT" --runroot "$RUNROOT" logs --until 3s -f u
        code 0
        has more
}

@test "logs: bounded by rotation, the last lines are there" {
        kelp run --name big --network=none busybox sh -c 'yes 0123456789012345678901234567890123456789 | head -n 900000; echo end' >/dev/null
        [ "$(cat "$ROOT"/containers/*/log* | wc -c)" -lt 32000000 ]
        run kelp logs --tail 1 big
        is end
}

@test "exec: environment, user, directory, exit codes" {
        kelp run -d --name e -e A=1 --network=none busybox sleep 100
        run kelp exec -e B=2 -w /srv -u web e sh -c 'echo "$A$B $PWD $(id -un)"'
        is "12 /srv web"
        run kelp exec e payload exit 4
        code 4
        run kelp exec e nosuch
        code 127
        run kelp exec e /etc
        code 126
        run bash -c "echo in | '$KELP' --root '$ROOT' --runroot '$RUNROOT' exec -i e cat"
        is in
        run kelp exec -d e sh -c 'echo done > /tmp/flag'
        code 0
        poll 5 kelp exec e test -e /tmp/flag
}

@test "exec: into a stopped container" {
        kelp create --name c busybox true
        run kelp exec c true
        code 125
        has "can only create exec sessions on running containers"
}

@test "exec: has the container's sandbox" {
        kelp run -d --name e --cap-drop ALL --network=none busybox sleep 100
        run kelp exec e payload
        has "CapEff:	0000000000000000"
        has "Seccomp:	2"
        run kelp exec --privileged e payload
        has "Seccomp:	0"
}

@test "inspect: podman's keys" {
        kelp run -d --name i -e A=b --network=none -v "$BATS_TEST_TMPDIR:/m:ro" busybox sleep 100
        kelp inspect i >"$BATS_TEST_TMPDIR/json"
        jq -e '.[0] | .State.Running and (.State.Pid > 0) and .Path == "sleep" and .Args == ["100"] and
                .Mounts[0].Destination == "/m" and (.Mounts[0].RW | not) and
                (.Config.Env | index("A=b")) and .HostConfig.NetworkMode == "none"' "$BATS_TEST_TMPDIR/json"
        jq -e '.process.args == ["sleep", "100"]' "$(jq -r '.[0].OCIConfigPath' "$BATS_TEST_TMPDIR/json")"
        run kelp inspect nosuch
        code 125
        has "neither a container nor an image, a volume or a pod"
        kelp volume create -l a=b vol >/dev/null
        run kelp inspect -f '{{.Name}} {{.Labels.a}}' vol
        is "vol b"
        run kelp inspect --type volume i
        code 125
        run kelp inspect --type pod i
        code 125
        has "no pod with name or ID i found"
}

@test "several names: the rest is done, the first error is kept" {
        kelp create --name a busybox true
        kelp create --name b busybox true
        run kelp rm a nosuch b
        code 1
        has nosuch
        store_is_clean
}

@test "an ID prefix that stands for two containers, and for one" {
        id=$(kelp create --name a busybox true)
        run kelp inspect -f '{{.Name}}' "${id:0:8}"
        is a
}

@test "lifecycle: the owner and mode that a container gave its root stay" {
        for mode in host auto; do
                kelp run --name "c$mode" --network=none --userns=$mode busybox \
                        sh -c 'stat -c "%a %u" /; chmod 711 /; test $1 = host || chown 5:5 /' - $mode
                run kelp start -a "c$mode"
                is "$([ $mode = host ] && echo 711 0 || echo 711 5)"
        done
}

@test "--rm: nothing waits for the disk" {
        # The volume is filled from the root, which is mounted twice.
        run kelp run --rm --network=none -v new:/etc busybox grep -c '^overlay / .*volatile' /proc/mounts
        is 1
        [ "$(run_quick busybox sh -c 'echo x >/f && sync && cat /f')" = x ]
        run kelp run --network=none --name kept busybox grep -c volatile /proc/mounts
        is 0
        kelp rm kept
        kelp volume rm new
        store_is_clean
}

# Its descriptor keeps the overlay mounted over the end, so that who waits for the container does not wait for the disk.
holds_root() {
        local types
        types=$(stat -L -f -c %T "/proc/$(kelp inspect -f '{{.State.ConmonPid}}' "$1")"/fd/* 2>/dev/null)
        [[ $types == *overlayfs* ]]
}

@test "an end is told before the root is unmounted: the monitor has it" {
        kelp run -d --name kept --network=none busybox sleep 1000
        poll 5 holds_root kept
        kelp run -d --rm --name gone --network=none busybox sleep 1000
        sleep 0.5
        run holds_root gone
        code 1
        for _ in 1 2 3; do
                kelp exec kept sh -c 'echo x >>/f'
                kelp stop -t 0 kept
                kelp start kept
        done
        [ "$(kelp exec kept grep -c x /f)" = 3 ]
        kelp rm -f -t 0 kept gone
        store_is_clean
}

@test "--rm: what the machine's end has left goes with the first command after it" {
        kelp run -d --rm --name gone --network=none -v /anonymous busybox sh -c 'echo x >/f; chown 5 /f; sleep 1000'
        kelp run -d --name kept --network=none busybox sleep 1000
        kelp create --rm --name new --network=none busybox true
        run kelp volume ls -q
        volume=$output
        for name in gone kept; do
                pids="${pids-} $(kelp inspect -f '{{.State.ConmonPid}} {{.State.Pid}}' $name)"
        done
        kill -9 $pids
        for pid in $pids; do
                poll 10 eval '! kill -0 $pid 2>/dev/null' # a zombie may wait for its reaper
        done
        run kelp ps -a --filter name=gone --format '{{.Status}}'
        is "Exited (137), monitor lost"
        "$KELP" unshare rm -rf "$RUNROOT"
        run kelp ps -a --format '{{.Names}} {{.Status}}'
        is $'kept Exited (137), monitor lost\nnew Created'
        run kelp volume ls -q
        lacks "$volume"
        kelp rm kept new
        store_is_clean
}
