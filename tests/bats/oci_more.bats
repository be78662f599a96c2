#!/usr/bin/env bats
# kelp oci: what the suites of other runtimes look at and oci.bats does not.
load helper

setup_file() {
        mkdir -p "$BATS_FILE_TMPDIR/rootfs"
        tar -C "$BATS_FILE_TMPDIR/rootfs" -xf "$FIXTURES/busybox.tar"
}

setup() {
        STATE=$BATS_TEST_TMPDIR/state BUNDLE=$BATS_TEST_TMPDIR/bundle
        mkdir -p "$BUNDLE"
        ln -s "$BATS_FILE_TMPDIR/rootfs" "$BUNDLE/rootfs"
        oci spec --rootless --bundle "$BUNDLE"
        config '.process.terminal = false'
}

teardown() {
        local id
        for id in $(oci list -q); do
                oci delete --force "$id" || true
        done
}

oci() {
        "$KELP" oci --root "$STATE" "$@"
}

# config JQ-FILTER: change the bundle's config.json
config() {
        jq "$@" <"$BUNDLE/config.json" >"$BUNDLE/config.new"
        mv "$BUNDLE/config.new" "$BUNDLE/config.json"
}

# args WORD...: what the container runs
args() {
        # shellcheck disable=SC2016
        config --argjson words "$(printf '%s\n' "$@" | jq -R . | jq -s .)" '.process.args = $words'
}

is_stopped() {
        [ "$(oci state "$1" | jq -r .status)" = stopped ]
}

# notified COUNT COMMAND...: run it with a NOTIFY_SOCKET; what came there is in $BATS_TEST_TMPDIR/heard
notified() {
        local count=$1
        shift
        python3 - "$BATS_TEST_TMPDIR/notify.sock" "$count" "$@" >"$BATS_TEST_TMPDIR/heard" 2>"$BATS_TEST_TMPDIR/said" <<'END'
import os, socket, subprocess, sys
path, count, command = sys.argv[1], int(sys.argv[2]), sys.argv[3:]
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(path)
s.settimeout(20)
code = subprocess.run(command, env=dict(os.environ, NOTIFY_SOCKET=path), stdin=subprocess.DEVNULL).returncode
s.settimeout(0 if code else 20)
for _ in range(count):
    print(s.recv(1024).decode(), flush=True)
sys.exit(code)
END
}

@test "oci run: NOTIFY_SOCKET is a socket of the container's own, at the same place" {
        # shellcheck disable=SC2016
        args sh -c 'echo "$NOTIFY_SOCKET"; test -S "$NOTIFY_SOCKET" && grep -c " ${NOTIFY_SOCKET%/notify} " /proc/self/mountinfo'
        notified 0 "$KELP" oci --root "$STATE" run --bundle "$BUNDLE" n
        run cat "$BATS_TEST_TMPDIR/heard"
        is "$BATS_TEST_TMPDIR/notify.sock/notify"$'\n1'
        [ -z "$(ls "$STATE")" ]
}

@test "oci run, start: that the service is ready goes to the host's NOTIFY_SOCKET, with the process's id" {
        args sh -c 'payload notify "STATUS=not yet"; payload notify READY=1; sleep 100'
        notified 2 "$KELP" oci --root "$STATE" run --detach --bundle "$BUNDLE" n
        run cat "$BATS_TEST_TMPDIR/heard"
        is "READY=1"$'\n'"MAINPID=$(oci state n | jq .pid)"
        rm "$BATS_TEST_TMPDIR/notify.sock"
        # shellcheck disable=SC2016
        notified 2 bash -c '"$0" oci --root "$1" create --bundle "$2" m >/dev/null 2>&1 && "$0" oci --root "$1" start m' \
                "$KELP" "$STATE" "$BUNDLE"
        run cat "$BATS_TEST_TMPDIR/heard"
        is "READY=1"$'\n'"MAINPID=$(oci state m | jq .pid)"
        rm "$BATS_TEST_TMPDIR/notify.sock"
        # One that ends without a word does not keep its starter waiting.
        args true
        notified 0 "$KELP" oci --root "$STATE" run --detach --bundle "$BUNDLE" o
}

@test "oci exec --cap: a name that is not known is a warning" {
        args sleep 100
        oci run --detach --bundle "$BUNDLE" c </dev/null >/dev/null 2>&1 3>&-
        run oci exec --cap CAP_UNKNOWN --cap CAP_SYS_TIME c grep CapEff /proc/self/status
        code 0
        has 'warning: --cap: unknown capability "CAP_UNKNOWN", continuing'
        has 'CapEff:	0000000022000420'
}

@test "oci: device nodes that are bound take no set-user-id and no programs" {
        args grep ' /dev/null ' /proc/self/mountinfo
        run oci run --bundle "$BUNDLE" d
        code 0
        has nosuid,noexec
}

@test "oci: a read-only /dev has its mounts" {
        config '(.mounts[] | select(.destination == "/dev") | .options) += ["ro"]'
        args sh -c 'touch /dev/x; touch /dev/shm/y && ls /dev/shm'
        run oci run --bundle "$BUNDLE" d
        code 0
        has 'Read-only file system'
        has y
}

@test "oci: masked directories stay empty" {
        config '.linux.maskedPaths += ["/bin", "/etc"] | .process.args = ["/sbin/sh", "-c",
                "echo >/bin/x; echo >/etc/x; echo bin: /bin/* /etc/*"]'
        mkdir "$BUNDLE/sbin"
        cp "$BATS_FILE_TMPDIR/rootfs/bin/busybox" "$BUNDLE/sbin/sh"
        config --arg sbin "$BUNDLE/sbin" '.mounts += [{destination: "/sbin", type: "bind", source: $sbin, options: ["bind"]}]'
        run oci run --bundle "$BUNDLE" m
        code 0
        has '/bin/x: Read-only file system'
        has '/etc/x: Read-only file system'
        has 'bin: /bin/* /etc/*'
}

@test "oci kill: 0 asks, --all of one that has ended is done" {
        args sleep 100
        oci run --detach --bundle "$BUNDLE" k </dev/null >/dev/null 2>&1 3>&-
        oci kill k 0
        oci kill k KILL
        poll 5 is_stopped k
        oci kill --all k 0
        run oci kill k 0
        code 1
        has 'not running'
}

@test "oci: kelp's own options are not its" {
        run "$KELP" --storage-opt a=b oci --root "$STATE" list
        code 125
        has "kelp: --storage-opt before \"oci\" means nothing to its commands"
        for option in --root=x --runroot=x --cgroup-manager=systemd --runtime=crun --hooks-dir=x; do
                run "$KELP" $option oci --root "$STATE" list
                code 125
                has "${option%=*} before"
                run "$KELP" oci --root "$STATE" list $option
                code 1
                has "unknown flag: ${option%=*}"
        done
        run "$KELP" --log-level info oci --root "$STATE" list
        code 0
        has "as process"
}

@test "oci list: members in runc's order" {
        args sleep 100
        oci run --detach --bundle "$BUNDLE" l </dev/null >/dev/null 2>&1 3>&-
        [ "$(oci list --format json | jq -c '.[0] | keys_unsorted')" = \
                '["ociVersion","id","pid","status","bundle","rootfs","created","owner"]' ]
}

@test "oci: createContainer hooks work in the container's root, as with runc" {
        config --arg root "$BATS_FILE_TMPDIR/rootfs" '.hooks = {createContainer: [{path: "/bin/sh",
                args: ["sh", "-c", "test ./bin/busybox -ef \($root)/bin/busybox"]}]}'
        args echo started
        run oci run --bundle "$BUNDLE" h
        is started
}

# An agent that takes two seccomp listeners and says of what.
agent() {
        python3 - "$1" <<'END'
import json, socket, sys
s = socket.socket(socket.AF_UNIX)
s.bind(sys.argv[1])
s.listen()
s.settimeout(60)
kept = []
for _ in range(2):
    c = s.accept()[0]
    data, fds, _, _ = socket.recv_fds(c, 65536, 1)
    kept += fds
    print(len(fds), json.loads(data)["state"]["status"], flush=True)
END
}

@test "oci exec: the seccomp agent is the host's, not one at its path in the container" {
        agent "$BATS_TEST_TMPDIR/agent" >"$BATS_TEST_TMPDIR/heard" 3>&- &
        poll 10 test -S "$BATS_TEST_TMPDIR/agent"
        config --arg path "$BATS_TEST_TMPDIR/agent" '.linux.seccomp = {defaultAction: "SCMP_ACT_ALLOW", listenerPath: $path,
                syscalls: [{names: ["mkdir"], action: "SCMP_ACT_NOTIFY"}]}'
        args sleep 100
        oci run --detach --bundle "$BUNDLE" s </dev/null >/dev/null 2>&1 3>&-
        run oci exec s echo inside
        is inside
        wait
        [ "$(cat "$BATS_TEST_TMPDIR/heard")" = $'1 creating\n1 running' ] || { cat "$BATS_TEST_TMPDIR/heard"; return 1; }
}

@test "oci --no-pivot: the host's proc is no excuse for a user namespace to mount its own" {
        args unshare -mrpf sh -c 'mount -t proc none /proc && echo mounted'
        config '.process.capabilities |= map_values(. + ["CAP_SETFCAP"])'
        for way in '' --no-pivot; do
                # shellcheck disable=SC2086 # none or one
                run oci run $way --bundle "$BUNDLE" p
                code 1
                has 'ermission denied'
                lacks mounted
        done
}
