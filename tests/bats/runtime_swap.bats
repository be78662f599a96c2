#!/usr/bin/env bats
# --runtime: every case for Debian's crun and runc, and for kelp's own binary as kelp-oci.
load helper

setup_file() {
        ln -s "$KELP" "$BATS_FILE_TMPDIR/kelp-oci"
}

# each CASE: the case once for each runtime, which is $RT, as the first argument.
each() {
        for RT in crun runc "$BATS_FILE_TMPDIR/kelp-oci"; do
                command -v "$RT" >/dev/null || skip "no $RT here"
                echo "with $RT:"
                "$@"
        done
}

swapped() {
        kelp run --rm --runtime "$RT" --network=none "$@"
}

# NAME [OPTION...]: until TERM comes, then exit code 5
start_waiting() {
        local name=$1
        shift
        kelp run -d --runtime "$RT" --network=none --name "$name" "$@" busybox \
                sh -c 'trap "exit 5" TERM; echo up; while :; do sleep 0.1; done' 3>&- >/dev/null
}

field() {
        kelp inspect -f "{{$2}}" "$1"
}

has_status() {
        [ "$(field "$1" .State.Status)" = "$2" ]
}

# Nothing of a container's runtime stays either.
run_is_empty() {
        [ -z "$(find "$RUNROOT/containers" -mindepth 1 2>/dev/null)" ]
}

pty() {
        python3 "$BATS_TEST_DIRNAME/terminal.py" "$@"
}

streams() {
        run swapped busybox sh -c 'echo out; echo err >&2; exit 7'
        code 7
        has out
        has err
        [ "$(swapped busybox sh -c 'echo out; echo err >&2' 2>/dev/null)" = out ]
        run swapped -i busybox cat <<<input
        is input
        store_is_clean
        poll 5 run_is_empty
}
@test "runtime: output, input, exit codes" {
        each streams
}

failures() {
        run swapped busybox nosuch
        code 127
        has "kelp: $RT: "
        has nosuch
        run swapped busybox /etc
        code 126
        run kelp run --runtime "$RT" --runtime-flag nosuchflag --name f --network=none busybox true
        code 125
        has "kelp: $RT"
        has_status f exited
        kelp rm f >/dev/null
        store_is_clean
}
@test "runtime: what it complains of is one sentence with its name" {
        each failures
}

identity() {
        run swapped -u web -w /srv --hostname box -e A=b --label x=y busybox \
                sh -c 'id; pwd; hostname; echo $A'
        is $'uid=33(web) gid=33(web) groups=33(web),44(aux)\n/srv\nbox\nb'
        run swapped --cap-drop all --security-opt no-new-privileges --ulimit nofile=100:100 busybox \
                sh -c 'grep -E "CapEff|NoNewPrivs|Seccomp:" /proc/self/status; ulimit -n'
        is $'CapEff:\t0000000000000000\nNoNewPrivs:\t1\nSeccomp:\t2\n100'
        run swapped --userns=keep-id busybox sh -c 'touch /tmp/f; stat -c %u /tmp/f; id -u'
        is "$(id -u)"$'\n'"$(id -u)"
        run swapped --user 1234:1235 busybox sh -c 'id -un; id -gn; tail -qn1 /etc/passwd'
        is $'1234\n1235\n1234:*:1234:1235:container user:/:/bin/sh'
        run swapped --preserve-fds=1 busybox true 3</dev/null
        code 125
        has "need kelp's own runtime"
}
@test "runtime: user, directory, host name, capabilities, limits of a process, keep-id" {
        each identity
}

mounts() {
        mkdir -p "$BATS_TEST_TMPDIR/d"
        echo there >"$BATS_TEST_TMPDIR/d/f"
        run swapped -v "$BATS_TEST_TMPDIR/d:/d:ro" --tmpfs /t:size=1m busybox \
                sh -c 'cat /d/f; touch /d/x; df -k /t | tail -n 1 | tr -s " " | cut -d " " -f 2'
        has there
        has 'Read-only file system'
        has 1024
        run swapped --read-only busybox sh -c 'touch /tmp/ok && echo ok; touch /bin/no'
        has ok
        has 'Read-only file system'
        run kelp --storage-driver fuse-overlayfs run --rm --runtime "$RT" --network=none busybox \
                sh -c 'grep " / fuse" /proc/mounts | cut -d " " -f 3; touch /x && echo ok'
        is $'fuse.fuse-overlayfs\nok'
}
@test "runtime: volumes, read-only roots, fuse-overlayfs" {
        each mounts
}

life() {
        start_waiting d
        run kelp exec d sh -c 'echo in; exit 4'
        code 4
        is in
        run kelp exec -u 1000:100 -w /tmp -e A=b d sh -c 'id -u; id -g; pwd; echo $A'
        is $'1000\n100\n/tmp\nb'
        run kelp exec -i d cat <<<through
        is through
        run kelp exec d nothing
        code 127
        has "kelp: $RT: "
        kelp exec -d d sh -c 'echo finished >/tmp/f; sleep 50' 3>&-
        poll 5 kelp exec d grep -q finished /tmp/f
        [ "$(field d .OCIRuntime)" = "$RT" ]
        kelp stop d >/dev/null
        [ "$(field d '.State.Status}} {{.State.ExitCode')" = 'exited 5' ]
        run kelp logs d
        is up
        kelp start d >/dev/null 3>&-
        has_status d running
        kelp kill d >/dev/null
        poll 5 has_status d exited
        [ "$(field d .State.ExitCode)" = 137 ]
        kelp start d >/dev/null 3>&-
        kelp rm -f -t 0 d >/dev/null
        kelp create --runtime "$RT" --network=none --name c busybox sh -c 'echo one; exit 3' >/dev/null
        run kelp start -a c
        code 3
        is one
        kelp rm c >/dev/null
        store_is_clean
        poll 5 run_is_empty
}
@test "runtime: exec, logs, stop, kill, start again, rm -f, create" {
        each life
}

signals() {
        start_waiting s
        kelp kill -s TERM s >/dev/null
        [ "$(kelp wait s)" = 5 ]
        run kelp kill s
        code 125
        has 'can only kill running containers'
        kelp rm s >/dev/null
}
health_checks() {
        kelp run -d --runtime "$RT" --name h --network=none --health-cmd 'test ! -e /sick' --health-interval 300ms \
                --health-retries 1 --health-on-failure kill busybox sleep 100
        timeout 20 "$KELP" --root "$ROOT" --runroot "$RUNROOT" wait --condition healthy h
        kelp healthcheck run h
        kelp exec h touch /sick
        run timeout 20 "$KELP" --root "$ROOT" --runroot "$RUNROOT" wait h
        is 137
        kelp rm h
}

@test "runtime: health checks, and a container that one kills" {
        each health_checks
}

@test "runtime: signals by name" {
        each signals
}

terminals() {
        run pty 'resize 33 77' 'expect $ ' 'send payload size\n' 'expect 33 77' 'resize 20 50' \
                'send payload size\n' 'expect 20 50' 'send tty\n' 'expect /dev/' 'send exit 6\n' 'exit 6' -- \
                "$KELP" --root "$ROOT" --runroot "$RUNROOT" run --rm -it --runtime "$RT" --network=none \
                -e 'PS1=$ ' busybox sh
        code 0
        start_waiting t
        run pty 'resize 12 34' 'expect / #' 'send payload size\n' 'expect 12 34' 'send exit 5\n' 'exit 5' -- \
                "$KELP" --root "$ROOT" --runroot "$RUNROOT" exec -it t sh
        code 0
        kelp rm -f -t 0 t >/dev/null
        [ -z "$(find /tmp -maxdepth 1 -user "$(id -u)" -name 'kelp-tty.*')" ]
}
@test "runtime: terminals of run and exec" {
        each terminals
}

with_init() {
        run swapped --init busybox sh -c 'cat /proc/1/comm; exit 3'
        code 3
        is kelp-init
        run swapped --init busybox nosuch
        code 127
        is 'nosuch: not found'
        run swapped --init busybox /etc/passwd
        code 126
        has 'cannot be executed'
}
@test "runtime: --init" {
        each with_init
}

network() {
        local port
        port=$(free_port)
        kelp run -d --runtime "$RT" -p "127.0.0.1:$port:80" --name w busybox \
                sh -c 'mkdir /www; echo served >/www/i; exec httpd -f -p 80 -h /www' 3>&- >/dev/null
        poll 10 fetched "$port"
        run kelp exec w cat /etc/resolv.conf
        has nameserver
        kelp rm -f -t 0 w >/dev/null
        run kelp run --rm --runtime "$RT" --network=host busybox sh -c 'readlink /proc/self/ns/net'
        is "$(readlink /proc/self/ns/net)"
}
fetched() {
        [ "$(python3 -c "import urllib.request as r; print(r.urlopen('http://127.0.0.1:$1/i').read().decode().strip())" \
                2>/dev/null)" = served ]
}
@test "runtime: slirp4netns with a port, the host's network" {
        each network
}

cgroups() {
        start_waiting g --cgroup-conf hugetlb.2MB.max=4M
        local dir
        dir=/sys/fs/cgroup$(field g .State.CgroupPath)
        [ "$(cat "$dir/hugetlb.2MB.max")" = 4194304 ]
        grep -qx "$(field g .State.Pid)" "$dir/cgroup.procs"
        run kelp exec g cat /proc/self/cgroup
        has '0::/'
        lacks 0::/..
        kelp pause g >/dev/null
        has_status g paused
        grep -q 'frozen 1' "$dir/cgroup.events"
        run kelp exec g true
        has 'is paused'
        kelp unpause g >/dev/null
        has_status g running
        kelp stop g >/dev/null
        [ ! -e "$dir" ]
        kelp rm g >/dev/null
        run swapped --cgroups=disabled busybox true
        code 0
}
@test "runtime: the cgroup is kelp's: limits, exec, pause" {
        [ "${KELP_TEST_CGROUP-}" = 1 ] || skip "no writable cgroup v2 here"
        each cgroups
}

lost() {
        start_waiting l
        local pid
        pid=$(field l .State.Pid)
        kill -KILL "$(field l .State.ConmonPid)"
        poll 5 has_status l exited
        kelp start l >/dev/null 3>&-
        has_status l running
        [ "$(field l .State.Pid)" != "$pid" ]
        poll 5 gone "$pid"
        pid=$(field l .State.Pid)
        kill -KILL "$(field l .State.ConmonPid)"
        poll 5 has_status l exited
        kelp rm l >/dev/null
        poll 5 gone "$pid"
}
# Dead, be it that nobody has waited for it.
gone() {
        ! grep -qE '^State:[[:space:]][^ZX]' "/proc/$1/status" 2>/dev/null
}
@test "runtime: a monitor that was killed" {
        each lost
}

leaks() {
        bash -c "exec 7</etc/passwd; '$KELP' --root '$ROOT' --runroot '$RUNROOT' run -d --name e --runtime '$RT' \
                --network=none busybox sleep 100" 3>&- >/dev/null
        run kelp exec e ls /proc/1/fd
        is $'0\n1\n2'
        # The fourth is the directory that ls reads.
        run bash -c "exec 7</etc/passwd; '$KELP' --root '$ROOT' --runroot '$RUNROOT' exec e ls /proc/self/fd"
        is $'0\n1\n2\n3'
        kelp rm -f -t 0 e >/dev/null
}
@test "runtime: no descriptor of kelp's gets into the container" {
        each leaks
}

@test "runtime: before the command, and one that is not there" {
        run kelp --runtime crun run --rm --network=none --name g busybox echo there
        is there
        kelp --runtime crun --runtime-flag debug create --name g busybox >/dev/null
        [ "$(field g '.OCIRuntime}} {{.HostConfig.Runtime')" = 'crun crun' ]
        kelp --runtime crun create --runtime kelp --name own busybox >/dev/null
        [ "$(field own .OCIRuntime)" = kelp ]
        run kelp run --rm --runtime nosuch --network=none busybox true
        code 125
        has 'the OCI runtime "nosuch" is not installed'
        run kelp run --rm --runtime ./nosuch busybox true
        code 125
        run kelp run --rm --runtime-flag debug busybox true
        code 126
        has "unknown flag --"
        run kelp run --rm --runtime "$KELP" --network=none busybox echo own
        is own
        run kelp --runtime runc info -f '{{.host.ociRuntime.name}} {{.host.ociRuntime.path}} {{.host.ociRuntime.version}}'
        has "runc $(PATH=$PATH:/usr/sbin:/sbin command -v runc) runc version"
        run kelp info -f '{{.host.ociRuntime.name}}'
        is kelp
}

@test "runtime: containers.conf" {
        local conf=$BATS_TEST_TMPDIR/containers.conf
        printf '# runtime = "x"\n[engine]\nruntime = "mine"\n[engine.runtimes]\nmine = ["/nosuch/mine", "%s"]\n' \
                "$(command -v crun)" >"$conf"
        CONTAINERS_CONF=$conf run kelp create --network=none --name a busybox echo conf
        code 0
        [ "$(field a .OCIRuntime)" = mine ]
        # The choice is recorded: it holds without the file.
        run kelp start -a a
        is conf
        CONTAINERS_CONF=$conf kelp create --runtime kelp --name b busybox >/dev/null
        [ "$(field b .OCIRuntime)" = kelp ]
        CONTAINERS_CONF=$conf run kelp info -f '{{.host.ociRuntime.name}}'
        is mine
        mkdir -p "$BATS_TEST_TMPDIR/config/containers/containers.conf.d"
        printf '[engine]\nruntime = "runc"\n' >"$BATS_TEST_TMPDIR/config/containers/containers.conf"
        printf '[engine]\n  runtime = "crun"\n' >"$BATS_TEST_TMPDIR/config/containers/containers.conf.d/1.conf"
        XDG_CONFIG_HOME=$BATS_TEST_TMPDIR/config run kelp info -f '{{.host.ociRuntime.name}}'
        is crun
        printf '[engine]\nruntime = "nosuch"\n' >"$conf"
        CONTAINERS_CONF=$conf run kelp create busybox
        code 125
        has 'the OCI runtime "nosuch" is not installed'
        printf '[engine\nruntime = "crun"\n' >"$conf"
        CONTAINERS_CONF=$conf run kelp create busybox
        code 125
        has "$conf"
}

with_volumes() {
        swapped -u 3:4 -v v:/etc -v n:/new:U --secret s,uid=5 --secret s,type=env,target=S busybox \
                sh -c 'stat -c %u /etc/passwd /new /run/secrets/s; echo $S'
}

volumes_of() {
        run with_volumes
        is $'0\n3\n5\nsecret'
        kelp volume rm v n >/dev/null
        start_waiting c --secret s,type=env,target=S
        run kelp exec c sh -c 'echo $S'
        is secret
        run kelp exec -e S=other c sh -c 'echo $S'
        is other
        kelp rm -f -t 0 c
}

@test "runtime: volumes and secrets" {
        printf secret | kelp secret create s -
        each volumes_of
        store_is_clean
}
