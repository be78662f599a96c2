#!/usr/bin/env bats
# --sdnotify: what is told to NOTIFY_SOCKET.
load helper

listen() {
        export NOTIFY_SOCKET=${1:-$BATS_TEST_TMPDIR/n}
        LOG=$BATS_TEST_TMPDIR/log
        : >"$LOG"
        coproc python3 "$BATS_TEST_DIRNAME/listen.py" "$NOTIFY_SOCKET" "$LOG" 3>&-
        LISTENER=$COPROC_PID
        read -r -t 10 _ <&"${COPROC[0]}"
}

teardown() {
        [ -z "${LISTENER-}" ] || kill "$LISTENER" || true
        clean_up
}

heard() {
        [ "$(cat "$LOG")" = "$1" ]
}

# What is there in the end, after a while in which more could have come.
hears() {
        poll 10 heard "$1" && sleep 0.2 && heard "$1" || {
                printf 'expected: %s\ngot:      %s\n' "$1" "$(cat "$LOG")"
                return 1
        }
}

main_pid() {
        echo "MAINPID=$(kelp inspect -f '{{.State.ConmonPid}}' "$1")"
}


@test "sdnotify: ignore" {
        listen
        kelp create --name c --network=none --sdnotify=ignore --env-host busybox sh -c 'echo "[$NOTIFY_SOCKET]"'
        run kelp inspect -f '{{.Config.SdNotifyMode}} {{.Config.SdNotifySocket}}' c
        is "ignore "
        run kelp start -a c
        is "[]"
        hears ""
}

@test "sdnotify: conmon" {
        listen
        for runtime in "" --runtime=crun; do
                [ -z "$runtime" ] || command -v crun || continue
                : >"$LOG"
                # shellcheck disable=SC2086
                kelp run -d --name c --network=none $runtime --sdnotify=conmon busybox \
                        sh -c 'ls -d /run/notify; echo "[$NOTIFY_SOCKET]"; exec sleep 100' 3>&-
                run kelp inspect -f '{{.Config.SdNotifyMode}} {{.Config.SdNotifySocket}}' c
                is "conmon $NOTIFY_SOCKET"
                hears "$(main_pid c)"$'\nREADY=1'
                poll 10 logged c '^\[\]$'
                kelp rm -f -t 0 c
        done
}

@test "sdnotify: an abstract socket; nobody listens" {
        listen "@kelp-test-$$-$RANDOM"
        kelp run -d --name c --network=none --sdnotify=conmon busybox sleep 100 3>&-
        hears "$(main_pid c)"$'\nREADY=1'
        export NOTIFY_SOCKET=$BATS_TEST_TMPDIR/nobody
        run kelp run --rm --network=none --sdnotify=conmon busybox echo hello
        code 0
        has hello
        has "tell NOTIFY_SOCKET $BATS_TEST_TMPDIR/nobody"
}

@test "sdnotify: container, by default: its READY=1 is passed on, nothing else" {
        listen
        kelp run -d --name c --network=none busybox sleep 100 3>&-
        run kelp inspect -f '{{.Config.SdNotifyMode}} {{.Config.SdNotifySocket}}' c
        is "container $NOTIFY_SOCKET"
        hears "$(main_pid c)"
        # shellcheck disable=SC2016
        run kelp exec c sh -c 'echo "$NOTIFY_SOCKET"'
        is /run/notify/notify.sock
        run kelp exec c ls -l /run/notify/notify.sock
        has srwxrwxrwx
        # The same one; its path is longer than an address may be.
        dir=$RUNROOT/containers/$(kelp inspect -f '{{.Id}}' c)/notify
        tell() {
                (cd "$dir" && python3 -c 'import socket, sys; socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).sendto(sys.argv[1].encode(), "notify.sock")' "$1")
        }
        tell STATUS=hello
        tell $'STATUS=more\nREADY=1\nMAINPID=1'
        hears "$(main_pid c)"$'\nREADY=1'
        kelp restart -t 0 c
        hears "$(sed -n 1p "$LOG")"$'\nREADY=1\n'"$(main_pid c)"
}

@test "sdnotify: healthy" {
        listen
        run kelp create --sdnotify=healthy busybox true
        code 125
        has 'invalid argument: sdnotify policy "healthy" requires a healthcheck to be set'
        kelp create --name c --network=none --health-cmd=true --health-retries=1 --health-interval=disable --sdnotify=healthy busybox sleep 100
        ("$KELP" --root "$ROOT" --runroot "$RUNROOT" start c && touch "$BATS_TEST_TMPDIR/started") 3>&- &
        kelp wait --condition=running c
        hears "$(main_pid c)"
        [ ! -e "$BATS_TEST_TMPDIR/started" ]
        kelp healthcheck run c
        hears "$(main_pid c)"$'\nREADY=1'
        poll 5 test -e "$BATS_TEST_TMPDIR/started"
        kelp healthcheck run c
        hears "$(main_pid c)"$'\nREADY=1'
        run kelp run --name d --network=none -d --health-cmd=false --sdnotify=healthy busybox sleep 0.3
        code 125
        has "has ended before it was healthy"
}

@test "sdnotify: without NOTIFY_SOCKET; no such mode" {
        unset NOTIFY_SOCKET
        run run_quick --sdnotify=container busybox ls /run/notify
        code 1
        run kelp create --sdnotify=nonsense busybox true
        code 125
        has 'invalid sdnotify value "nonsense": must be conmon, container, healthy or ignore'
}
