#!/usr/bin/env bats
# --attach of run and create.

load helper

both() {
        kelp run --network=none "$@" busybox sh -c 'echo out; echo err >&2'
}

@test "attach: run prints the streams that are attached, the log has all" {
        both --rm >"$BATS_TEST_TMPDIR/out" 2>"$BATS_TEST_TMPDIR/err"
        [ "$(cat "$BATS_TEST_TMPDIR/out" "$BATS_TEST_TMPDIR/err")" = $'out\nerr' ]
        both --name o -a stdout >"$BATS_TEST_TMPDIR/out" 2>"$BATS_TEST_TMPDIR/err"
        [ "$(cat "$BATS_TEST_TMPDIR/out" "$BATS_TEST_TMPDIR/err")" = out ]
        both --name e --attach STDERR >"$BATS_TEST_TMPDIR/out" 2>"$BATS_TEST_TMPDIR/err"
        [ "$(cat "$BATS_TEST_TMPDIR/out")" = "" ]
        [ "$(cat "$BATS_TEST_TMPDIR/err")" = err ]
        both --rm -a stdout,stderr -a stdin >"$BATS_TEST_TMPDIR/out" 2>"$BATS_TEST_TMPDIR/err"
        [ "$(cat "$BATS_TEST_TMPDIR/out" "$BATS_TEST_TMPDIR/err")" = $'out\nerr' ]
        for name in o e; do
                run kelp logs $name
                has out
                has err
        done
        run both --rm -a stdlog
        code 125
        has 'invalid stream "stdlog" for --attach - must be one of stdin, stdout, or stderr'
        run run_quick -d --attach stdout busybox true
        code 125
        has "conflicting options: cannot specify both --attach and --detach"
}

@test "attach: stdin alone prints the ID, and the exit code is the container's" {
        run kelp run --name c --network=none -a stdin busybox sh -c 'echo hello; exit 3'
        code 3
        is "$(kelp inspect -f '{{.Id}}' c)"
        run kelp inspect -f '{{.Config.AttachStdin}} {{.Config.AttachStdout}} {{.Config.AttachStderr}}' c
        is "true false false"
        # input arrives
        run bash -c 'echo in | "$0" --root "$1" --runroot "$2" run -i --name d --network=none -a stdin busybox sh -c "cat >/got"' "$KELP" "$ROOT" "$RUNROOT"
        code 0
        kelp cp d:/got - | tar -xOf - >"$BATS_TEST_TMPDIR/got"
        [ "$(cat "$BATS_TEST_TMPDIR/got")" = in ]
        # what cannot be started prints none
        run kelp run --network=none -a stdin busybox nosuch
        code 127
        [ "${#lines[@]}" = 1 ]
        has "not found"
}

@test "attach: of create it is shown by inspect; start -a takes all" {
        kelp create --name c --network=none -a stderr busybox sh -c 'echo out; echo err >&2'
        run kelp inspect -f '{{.Config.AttachStdin}} {{.Config.AttachStdout}} {{.Config.AttachStderr}}' c
        is "false false true"
        run kelp start -a c
        has out
        has err
        run kelp create -a nothing busybox
        code 125
}
