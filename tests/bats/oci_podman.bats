#!/usr/bin/env bats
# Debian's podman with kelp as its runtime, as a plain user: podman --runtime .../kelp-oci.
load helper

setup_file() {
        ln -s "$KELP" "$BATS_FILE_TMPDIR/kelp-oci"
        export XDG_RUNTIME_DIR=$BATS_FILE_TMPDIR/xdg
        mkdir -m 700 "$XDG_RUNTIME_DIR"
        pod import "$FIXTURES/busybox.tar" busybox >/dev/null 2>&1
}

teardown_file() {
        export XDG_RUNTIME_DIR=$BATS_FILE_TMPDIR/xdg
        pod rm -fa -t 0 >/dev/null 2>&1 || true
        podman unshare rm -rf "$BATS_FILE_TMPDIR/podman" "$BATS_FILE_TMPDIR/podman-run"
}

setup() {
        export XDG_RUNTIME_DIR=$BATS_FILE_TMPDIR/xdg
}

teardown() {
        pod rm -fa -t 0 >/dev/null 2>&1 || true
}

pod() {
        podman --runtime "$BATS_FILE_TMPDIR/kelp-oci" --root "$BATS_FILE_TMPDIR/podman" \
                --runroot "$BATS_FILE_TMPDIR/podman-run" --cgroup-manager cgroupfs --events-backend file \
                --storage-driver vfs --log-level error "$@"
}

pod_run() {
        pod run --network none "$@"
}

is_state() {
        [ "$(pod inspect -f '{{.State.Status}}' "$1")" = "$2" ]
}

@test "podman run: output, input, exit codes" {
        run pod_run --rm busybox sh -c 'echo out; id -u; exit 7'
        code 7
        is $'out\n0'
        run pod_run --rm -i busybox cat <<<input
        is input
        run pod_run --rm busybox nothing
        code 127
        run pod_run --rm busybox /etc
        code 126
}

@test "podman run -d, exec, stop, inspect, start, kill, rm" {
        pod_run -d --name d busybox sh -c 'trap "exit 5" TERM; while :; do sleep 0.1; done' >/dev/null 3>&-
        run pod exec d sh -c 'echo in; exit 4'
        code 4
        is in
        run pod exec -u 1000:100 -w /tmp -e A=b d sh -c 'id -u; id -g; pwd; echo $A'
        is $'1000\n100\n/tmp\nb'
        run pod exec -i d cat <<<through
        is through
        run pod exec d nothing
        code 127
        pod exec -d d sh -c 'echo finished >/tmp/f; sleep 50' >/dev/null 3>&-
        poll 5 pod exec d grep -q finished /tmp/f
        is_state d running
        pod stop -t 10 d >/dev/null
        [ "$(pod inspect -f '{{.State.Status}} {{.State.ExitCode}}' d)" = 'exited 5' ]
        pod start d >/dev/null 3>&-
        pod kill d >/dev/null
        poll 10 is_state d exited
        [ "$(pod inspect -f '{{.State.ExitCode}}' d)" = 137 ]
        pod rm d >/dev/null
}

@test "podman create, start -a, logs" {
        pod create --network none --name c busybox sh -c 'echo one; echo two >&2; exit 3' >/dev/null
        is_state c created
        run pod start -a c 3>&-
        code 3
        has one
        run pod logs c
        has two
}

@test "podman run -t, exec -t: terminals through the console socket" {
        export -f pod pod_run
        run python3 "$BATS_TEST_DIRNAME/terminal.py" 'expect /dev/pts/0' 'send word\n' 'expect got word' 'exit 6' -- \
                bash -c 'pod_run --rm -it busybox sh -c "tty; read x; echo got \$x; exit 6"'
        code 0
        pod_run -d --name t busybox sleep 100 >/dev/null 3>&-
        run python3 "$BATS_TEST_DIRNAME/terminal.py" 'expect /dev/pts/' 'exit 0' -- bash -c 'pod exec -it t tty'
        code 0
}

@test "podman: users, capabilities, read-only root, descriptors" {
        run pod_run --rm --user 5:6 busybox sh -c 'id -u; id -g; echo err >/dev/stderr'
        is $'5\n6\nerr'
        run pod_run --rm --cap-drop all --security-opt no-new-privileges busybox grep -E 'CapEff|NoNewPrivs' /proc/self/status
        has 0000000000000000
        has $'NoNewPrivs:\t1'
        run pod_run --rm --read-only busybox touch /x
        code 1
        has 'Read-only file system'
        export -f pod pod_run
        run bash -c 'exec 3<<<three; pod_run --rm --preserve-fds 1 busybox sh -c "cat <&3"'
        is three
}

@test "podman: user namespaces of its own" {
        run pod_run --rm --uidmap 0:1:1000 busybox cat /proc/self/uid_map
        code 0
        [[ $(tr -s ' ' <<<"$output") == *' 0 1 1000' ]]
        run pod_run --rm --userns keep-id busybox id -u
        is "$(id -u)"
}

@test "podman pause, unpause, top" {
        [ "${KELP_TEST_CGROUP-}" = 1 ] || skip "no writable cgroup v2 here"
        pod_run -d --name p busybox sleep 100 >/dev/null 3>&-
        pod pause p >/dev/null
        is_state p paused
        pod unpause p >/dev/null
        is_state p running
        run pod top p args
        has 'sleep 100'
}
