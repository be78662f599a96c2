#!/usr/bin/env bats
# kelp oci: containers from bundles, as a plain user. What podman makes of it is in oci_podman.bats.
load helper

setup_file() {
        mkdir -p "$BATS_FILE_TMPDIR/rootfs"
        tar -C "$BATS_FILE_TMPDIR/rootfs" -xf "$FIXTURES/busybox.tar"
        cp "$(dirname "$FIXTURES")/payload" "$BATS_FILE_TMPDIR/rootfs/bin/payload" 2>/dev/null || true
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
        config --argjson words "$(printf '%s\n' "$@" | jq -R . | jq -s .)" '.process.args = $words'
}

oci_status() {
        oci state "$1" | jq -r .status
}

is_status() {
        [ "$(oci_status "$1")" = "$2" ]
}

# With nothing of its own on our standard streams.
detached() {
        oci run --detach --bundle "$BUNDLE" "$@" </dev/null >"$BATS_TEST_TMPDIR/out" 2>&1 3>&-
}

has_cgroup() {
        [ "${KELP_TEST_CGROUP-}" = 1 ] || skip "no writable cgroup v2 here"
}

@test "oci run: output, exit code, and nothing is left" {
        args sh -c 'echo out; echo err >&2; id -u; exit 7'
        run oci run --bundle "$BUNDLE" a
        code 7
        is $'out\nerr\n0'
        [ -z "$(ls "$STATE")" ]
        args sh -c 'kill -9 $$; :'
        cd "$BUNDLE"
        config '.linux.namespaces -= [{"type": "pid"}]'
        run oci run a
        code 137
}

@test "oci create, start: the program waits in between; states; pid file" {
        args sh -c 'echo started; sleep 100'
        oci create --bundle "$BUNDLE" --pid-file "$BATS_TEST_TMPDIR/pid" c >"$BATS_TEST_TMPDIR/out" 2>&1 </dev/null 3>&-
        [ "$(oci_status c)" = created ]
        [ ! -s "$BATS_TEST_TMPDIR/out" ]
        pid=$(cat "$BATS_TEST_TMPDIR/pid")
        [ "$(oci state c | jq .pid)" = "$pid" ]
        kill -0 "$pid"
        run oci exec c true
        code 255
        has 'it is created, not running'
        oci start c
        [ "$(oci_status c)" = running ]
        poll 5 grep -q started "$BATS_TEST_TMPDIR/out"
        run oci start c
        code 1
        has 'cannot start container "c": it is running, not created'
        run oci delete c
        code 1
        has 'it is running, not stopped'
        oci kill c KILL
        poll 5 is_status c stopped
        run oci kill c KILL
        code 1
        has 'not running'
        oci delete c
        run oci state c
        code 1
        has 'container "c" does not exist'
        run oci delete c
        code 1
        oci delete --force c
}

@test "oci state: as the specification wants it" {
        args sleep 100
        config '.annotations = {"x.y": "z"}'
        detached s
        run oci state s
        code 0
        [ "$(jq -r '[.id, .status, .bundle, .annotations["x.y"]] | join(" ")' <<<"$output")" = "s running $BUNDLE z" ]
        [ "$(jq -r '.ociVersion | split(".")[0]' <<<"$output")" = 1 ]
        [ "$(jq -r '.pid > 1' <<<"$output")" = true ]
        oci kill s KILL
        poll 5 is_status s stopped
        [ "$(oci state s | jq .pid)" = 0 ]
}

@test "oci create: an id is used once, and only a good one" {
        args sleep 100
        oci create --bundle "$BUNDLE" one </dev/null >/dev/null 2>&1 3>&-
        run oci create --bundle "$BUNDLE" one
        code 1
        has 'container with id "one" already exists'
        oci delete one
        for id in . .. .x a/b 'a b' '' "$(printf 'x%.0s' {1..300})"; do
                run oci run --bundle "$BUNDLE" "$id"
                code 1
        done
        run oci run --bundle "$BUNDLE" a/b
        has "invalid character '/' in container ID"
        [ -z "$(ls "$STATE")" ]
}

@test "oci create: what cannot be made leaves nothing, and says why" {
        args /bin/nothing
        run oci create --bundle "$BUNDLE" x
        code 1
        has 'executable file "/bin/nothing" not found in $PATH'
        args true
        config '.process.rlimits = [{"type": "RLIMIT_NOFILE", "soft": 10, "hard": 99999999}]'
        run oci create --bundle "$BUNDLE" x
        code 1
        has 'RLIMIT_NOFILE'
        config '.process.rlimits = []' 
        config '.mounts += [{"destination": "/mnt", "source": "/no/such", "options": ["bind"]}]'
        run oci create --bundle "$BUNDLE" x
        code 1
        has 'bind /no/such: No such file or directory'
        run oci run --bundle "$BATS_TEST_TMPDIR/nowhere" x
        code 1
        echo '{' >"$BUNDLE/config.json"
        run oci run --bundle "$BUNDLE" x
        code 1
        [ -z "$(ls "$STATE")" ]
}

@test "oci --log: an error is a line of JSON or text with level, msg and time" {
        run oci --log "$BATS_TEST_TMPDIR/log" --log-format json state none
        code 1
        has 'does not exist'
        [ "$(jq -r '.level + ": " + .msg' "$BATS_TEST_TMPDIR/log")" = 'error: container "none" does not exist' ]
        jq -e '.time | fromdateiso8601' "$BATS_TEST_TMPDIR/log"
        run oci --log "$BATS_TEST_TMPDIR/text" state none
        grep -q '^time="20.*Z" level=error msg="container \\"none\\" does not exist"$' "$BATS_TEST_TMPDIR/text"
        run oci --log-format xml list
        code 1
        has 'text or json'
}

@test "oci exec: user, environment, directory, exit codes, process file" {
        args sleep 100
        detached e
        run oci exec e sh -c 'echo $$ is not 1; exit 3'
        code 3
        run oci exec --env A=b --cwd /tmp e sh -c 'echo $A $(pwd)'
        is 'b /tmp'
        run oci exec e sh -c 'echo $HOME'
        is /root
        run oci exec --cap CAP_SYS_ADMIN e grep CapEff /proc/self/status
        [ $((0x${output#*:?} & 1 << 21)) -ne 0 ]
        jq '.process | .args = ["sh", "-c", "echo from file; exit 5"]' "$BUNDLE/config.json" >"$BATS_TEST_TMPDIR/p.json"
        run oci exec --process "$BATS_TEST_TMPDIR/p.json" e
        code 5
        is 'from file'
        run oci exec e nothing
        code 255
        has 'executable file "nothing" not found in $PATH'
        run oci exec e
        code 255
        run oci exec none true
        code 255
        has 'container "none" does not exist'
}

@test "oci exec --detach: pid file; the process is in the container" {
        args sleep 100
        detached e
        oci exec --detach --pid-file "$BATS_TEST_TMPDIR/pid" e sleep 99 </dev/null >/dev/null 2>&1 3>&-
        pid=$(cat "$BATS_TEST_TMPDIR/pid")
        grep -q '^NSpid:.*[0-9]' "/proc/$pid/status"
        [ "$(readlink "/proc/$pid/ns/pid")" = "$(readlink "/proc/$(oci state e | jq .pid)/ns/pid")" ]
        [ "$(tr '\0' ' ' <"/proc/$pid/cmdline")" = 'sleep 99 ' ]
}

@test "oci run, exec on a terminal; console socket" {
        args sh -c 'tty; stty size; read x; echo got $x; exit 4'
        config '.process.terminal = true'
        run python3 "$BATS_TEST_DIRNAME/terminal.py" 'resize 31 71' 'expect /dev/pts/0' 'expect 31 71' 'send line\n' \
                'expect got line' 'exit 4' -- "$KELP" oci --root "$STATE" run --bundle "$BUNDLE" t
        code 0
        run oci run --detach --bundle "$BUNDLE" t
        code 1
        has '--console-socket'
        args sleep 100
        python3 - "$BATS_TEST_TMPDIR/console" "$BATS_TEST_TMPDIR/received" <<'P' 3>&- &
import array, os, socket, sys
s = socket.socket(socket.AF_UNIX)
s.bind(sys.argv[1])
s.listen(1)
c, _ = s.accept()
data, control, _, _ = c.recvmsg(100, 1000)
fd = array.array("i", control[0][2][:4])[0]
open(sys.argv[2], "w").write(str(os.isatty(fd)))
P
        poll 5 test -S "$BATS_TEST_TMPDIR/console"
        oci create --bundle "$BUNDLE" --console-socket "$BATS_TEST_TMPDIR/console" t </dev/null >/dev/null 2>&1 3>&-
        poll 5 test -s "$BATS_TEST_TMPDIR/received"
        [ "$(cat "$BATS_TEST_TMPDIR/received")" = True ]
        oci start t
        run python3 "$BATS_TEST_DIRNAME/terminal.py" 'expect /dev/pts/1' 'exit 0' -- \
                "$KELP" oci --root "$STATE" exec --tty t tty
        code 0
}

@test "oci run --preserve-fds: those and no others" {
        args sh -c 'cat <&3; cat <&5; ls -1 /proc/$$/fd; true'
        run bash -c 'exec 3<<<three 4<&- 5<<<five 6<<<six; "$KELP" oci --root "$0" run --preserve-fds 3 --bundle "$1" p' \
                "$STATE" "$BUNDLE"
        code 0
        has $'three\nfive\n0\n1\n2\n3\n5'
        lacks 6
        run oci run --preserve-fds 5000 --bundle "$BUNDLE" p
        code 1
        has '--preserve-fds'
}

@test "oci: the sockets of sd_listen_fds" {
        args sh -c 'echo $LISTEN_FDS $LISTEN_PID; cat <&3'
        run bash -c 'exec 3<<<socket; LISTEN_FDS=1 "$KELP" oci --root "$0" run --bundle "$1" l' "$STATE" "$BUNDLE"
        is $'1 1\nsocket'
}

@test "oci: hooks of all kinds run in order, each with the state on stdin" {
        log=$BATS_TEST_TMPDIR/hooks
        # shellcheck disable=SC2016
        printf '#!/bin/sh\necho "$1 $(jq -r '"'"'"\\(.status) \\(.id)"'"'"')" >>%s\n' "$log" >"$BATS_TEST_TMPDIR/hook"
        chmod +x "$BATS_TEST_TMPDIR/hook"
        config --arg hook "$BATS_TEST_TMPDIR/hook" '.hooks = (["prestart", "createRuntime", "createContainer", "poststart",
                "poststop"] | map({(.): [{path: $hook, args: ["hook", .], env: ["PATH=/usr/bin:/bin"]}]}) | add)
                | .hooks.startContainer = [{path: "/bin/sh", args: ["sh", "-c", "echo startContainer"]}]'
        args sh -c 'sleep 0.3'
        run oci run --bundle "$BUNDLE" h
        code 0
        has startContainer
        run cat "$log"
        is $'prestart creating h\ncreateRuntime creating h\ncreateContainer creating h\npoststart running h\npoststop stopped h'
}

@test "oci: a hook that fails fails the container; after the end it is a warning" {
        local kind
        args sleep 100
        for kind in prestart createRuntime createContainer poststart; do
                config --arg kind "$kind" '.hooks = {($kind): [{path: "/bin/false"}]}'
                run oci run --detach --bundle "$BUNDLE" h </dev/null
                code 1
                has "$kind hook /bin/false: it ended with exit status 1"
                [ -z "$(ls "$STATE")" ]
        done
        config '.hooks = {startContainer: [{path: "/bin/false"}]}'
        oci create --bundle "$BUNDLE" h </dev/null >/dev/null 2>&1 3>&-
        run oci start h
        code 1
        has 'startContainer hook /bin/false'
        oci delete --force h
        config '.hooks = {poststop: [{path: "/bin/false"}]}'
        args true
        run oci run --bundle "$BUNDLE" h
        code 0
        has 'poststop hook /bin/false: it ended with exit status 1, continuing'
}

@test "oci list, ps, spec, features, version" {
        args sleep 100
        detached one
        oci create --bundle "$BUNDLE" two </dev/null >/dev/null 2>&1 3>&-
        run oci list -q
        is $'one\ntwo'
        run oci list
        has 'ID'
        has "$BUNDLE"
        [ "$(oci list --format json | jq -r 'map(.id + "=" + .status) | join(" ")')" = 'one=running two=created' ]
        run oci spec --bundle "$BUNDLE"
        code 1
        has 'config.json exists'
        mkdir "$BATS_TEST_TMPDIR/other"
        oci spec --bundle "$BATS_TEST_TMPDIR/other"
        jq -e '.linux.resources.devices[0].allow == false' "$BATS_TEST_TMPDIR/other/config.json"
        oci features | jq -e '.linux.namespaces | index("time")'
        oci features | jq -e '.mountOptions | index("rro")'
        ln -s "$KELP" "$BATS_TEST_TMPDIR/runc"
        run "$BATS_TEST_TMPDIR/runc" --version
        has 'runc version '
        has 'spec: 1.'
        run "$BATS_TEST_TMPDIR/runc" --root "$STATE" list -q
        is $'one\ntwo'
}

@test "oci pause, resume, ps, events, kill --all" {
        has_cgroup
        args sh -c 'sleep 1000 & sleep 100; :'
        detached c
        oci pause c
        [ "$(oci_status c)" = paused ]
        run oci exec c true
        code 255
        has 'it is paused'
        oci resume c
        [ "$(oci_status c)" = running ]
        run oci resume c
        code 1
        oci exec --detach c sleep 99 </dev/null >/dev/null 2>&1 3>&-
        [ "$(oci ps --format json c | jq length)" = 4 ]
        run oci ps c
        has 'sleep 99'
        has PID
        oci events --stats c | jq -e '.type == "stats" and .id == "c" and .data.cpu.usage.total > 0'
        oci kill --all c KILL
        poll 10 is_status c stopped
        oci delete c
}

# Without a pid namespace the kernel does not end the others with the first one.
@test "oci delete: no process is left, even without a pid namespace" {
        has_cgroup
        args sh -c 'sleep 4321 & exit 0'
        config '.linux.namespaces -= [{"type": "pid"}]'
        detached d
        poll 5 is_status d stopped
        pgrep -f '^sleep 4321$'
        oci delete d
        run pgrep -f '^sleep 4321$'
        code 1
}

@test "oci: cgroupsPath is used; one with processes in it is refused" {
        has_cgroup
        args sleep 100
        own=$(sed -n 's/^0:://p' /proc/self/cgroup)
        config --arg path "${own%/run}/oci-path" '.linux.cgroupsPath = $path'
        detached a
        [ "$(oci ps --format json a)" = "[$(cat "/sys/fs/cgroup${own%/run}/oci-path/cgroup.procs")]" ]
        run oci run --bundle "$BUNDLE" b
        code 1
        has 'has processes already'
        oci delete --force a
        [ ! -e "/sys/fs/cgroup${own%/run}/oci-path" ]
}

@test "oci: without a user namespace in the specification a plain user gets one" {
        config 'del(.linux.uidMappings, .linux.gidMappings) | .linux.namespaces -= [{"type": "user"}]'
        args cat /proc/self/uid_map
        run oci run --bundle "$BUNDLE" u
        code 0
        [[ $output == *" 0 "*" $(id -u) "* ]]
}

@test "oci: loopback is up in a network namespace of its own; the working directory is made" {
        args sh -c 'pwd; ip addr show lo | grep -c "LOOPBACK,UP"'
        config '.linux.namespaces += [{"type": "network"}] | .process.cwd = "/tmp/new/dir"
                | .mounts += [{"destination": "/tmp", "type": "tmpfs", "source": "tmpfs"}]'
        run oci run --bundle "$BUNDLE" n
        is $'/tmp/new/dir\n1'
}

@test "oci kill, delete --regex; run --keep, --config" {
        args sleep 100
        detached x1
        detached x2
        oci kill --regex '^x' KILL
        poll 5 is_status x1 stopped
        poll 5 is_status x2 stopped
        oci delete --regex '^x[12]$'
        [ -z "$(oci list -q)" ]
        args true
        mv "$BUNDLE/config.json" "$BATS_TEST_TMPDIR/elsewhere.json"
        oci run --keep --bundle "$BUNDLE" --config "$BATS_TEST_TMPDIR/elsewhere.json" k
        [ "$(oci_status k)" = stopped ]
        oci delete k
}

@test "oci: twenty at once under one root, and two deletes of one" {
        local i pids=()
        args true
        for i in $(seq 20); do
                oci run --bundle "$BUNDLE" "c$i" 3>&- &
                pids+=($!)
        done
        for i in "${pids[@]}"; do
                wait "$i"
        done
        [ -z "$(ls "$STATE")" ]
        args sleep 100
        detached z
        oci delete --force z 3>&- &
        oci delete --force z
        wait $!
        [ -z "$(ls "$STATE")" ]
}

@test "oci: a record whose pid is somebody else's by now is that of a stopped container" {
        args sleep 100
        detached r
        oci kill r KILL
        poll 5 is_status r stopped
        jq --argjson pid "$$" '.pid = $pid' "$STATE/r/state" >"$BATS_TEST_TMPDIR/record"
        cp "$BATS_TEST_TMPDIR/record" "$STATE/r/state"
        [ "$(oci_status r)" = stopped ]
        run oci kill r TERM
        code 1
        oci delete r
}

@test "oci: a user namespace by path, and a time namespace with offsets in it" {
        unshare --user --map-root-user sleep 60 3>&- &
        joined=$!
        poll 5 grep -q "0 *$(id -u) *1$" "/proc/$joined/uid_map"
        config --arg path "/proc/$joined/ns/user" '.linux.namespaces |= (map(select(.type != "user")) +
                [{type: "user", path: $path}, {type: "time"}]) | del(.linux.uidMappings, .linux.gidMappings) |
                .linux.timeOffsets = {monotonic: {secs: 86400}, boottime: {secs: 172800}}'
        args sh -c 'readlink /proc/self/ns/user; cat /proc/self/timens_offsets'
        run oci run --bundle "$BUNDLE" t
        code 0
        [ "${lines[0]}" = "$(readlink "/proc/$joined/ns/user")" ]
        kill $joined
        [ "$(tr -s ' ' <<<"${lines[1]} ${lines[2]}")" = "monotonic 86400 0 boottime 172800 0" ]
}
