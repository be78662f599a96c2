#!/usr/bin/env bats
# Flags of run that have no topic of their own.
load helper

# The container runs, and has said so.
ready() {
        kelp logs sig 2>/dev/null | grep -q ready
}

# start [OPTION]: a container that tells of SIGTERM, in the foreground of a kelp whose process is $pid
start() {
        "$KELP" --root "$ROOT" --runroot "$RUNROOT" run "$@" --name sig --network=none busybox \
                sh -c 'trap "echo got it; exit 5" TERM; echo ready; while :; do sleep 0.05; done' \
                >"$BATS_TEST_TMPDIR/out" 3>&- &
        pid=$!
        poll 10 ready
}

@test "run: --sig-proxy passes signals on, or not" {
        start
        kill -TERM $pid
        code=0
        wait $pid || code=$?
        [ $code -eq 5 ]
        grep 'got it' "$BATS_TEST_TMPDIR/out"
        kelp rm sig

        start --sig-proxy=false
        kill -TERM $pid
        code=0
        wait $pid || code=$?
        [ $code -eq 143 ]
        [ "$(kelp inspect -f '{{.State.Status}}' sig)" = running ]
        run grep 'got it' "$BATS_TEST_TMPDIR/out"
        code 1
}

@test "run: commit leaves out what --tz lays over nothing" {
        kelp run --name c --network=none --tz=UTC busybox true
        kelp commit -q c localhost/made >/dev/null
        run kelp run --rm --network=none made ls /etc/localtime
        code 1
        has "No such file"
}
