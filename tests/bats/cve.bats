#!/usr/bin/env bats
# The published attacks on container engines and runtimes, by number, each really tried against run,
# exec and, where it applies, oci run with a hostile bundle. tests/attack.c is the hostile program.
#
# No test here has those that need what kelp has not: builds (CVE-2024-1753, CVE-2024-9407,
# CVE-2024-9675, CVE-2026-44517), krun (CVE-2025-24965; its kind is tested with the files that kelp
# puts into a container), kube play (CVE-2025-9566), CNI (CVE-2021-20206), cgroups version 1
# (CVE-2022-0492), a virtual machine (CVE-2026-33414), a chroot that libraries are loaded in
# (CVE-2019-14271), a netlink message for the second stage (CVE-2021-43784), FIPS mode's
# mounts (CVE-2024-9341).
load attacks

on_terminal() {
        script -qec "'$KELP' oci --root '$STATE' run --bundle '$BUNDLE' t" /dev/null </dev/null
}

# What an inspection of a process says of its capabilities: CapInh and CapAmb are to be empty.
inherits_nothing() {
        has 'CapInh:	0000000000000000'
        has 'CapAmb:	0000000000000000'
}

# A program that lies in wait in a container with the capability to trace, while others come in.
@test "CVE-2019-5736, CVE-2016-9962: kelp's binary, memory and descriptors are out of reach" {
        before=$(sha256sum "$KELP")
        kelp run -d --name c --network=none --cap-add SYS_PTRACE --security-opt unmask=ALL busybox \
                attack hunt "$OUT/secret" 300
        for _ in $(seq 15); do
                kelp exec c true
                kelp exec -w /proc/self c /proc/self/exe exec 1 /bin/true /bin/true || true
        done
        kelp kill -s TERM c
        kelp wait c
        run kelp logs c
        [[ $output =~ met\ ([0-9]+) ]]
        [ "${BASH_REMATCH[1]}" -ge 20 ]
        lacks outside
        lacks took
        lacks wrote
        lacks 'executable kelp'
        lacks 'traced kelp'
        [ "$(sha256sum "$KELP")" = "$before" ]
}

@test "CVE-2019-5736: an entry point that is /proc/self/exe gets a sealed stub, not kelp" {
        hostile
        printf '#!/proc/self/exe\n' >"$T/bin/evil"
        chmod +x "$T/bin/evil"
        image evil
        run run_quick evil /bin/evil
        [ "$status" -ne 0 ]
        lacks Usage
        run run_quick busybox sh -c 'exec 3</proc/self/exe; for p in /proc/self/exe /proc/1/exe; do
                [ "$(readlink $p)" = /bin/busybox ] || readlink $p; done'
        is ''
        bundle
        args /proc/self/exe version
        run oci_run
        [ "$status" -ne 0 ]
        lacks Version
        # --init stays as pid 1: it is a memfd that cannot be written
        kelp run -d --init --name i --network=none busybox sleep 100
        run kelp exec i sh -c 'readlink /proc/1/exe; echo x >/proc/1/exe; cat /proc/1/exe >/proc/1/exe'
        has memfd:kelp-init
        code 1
}

@test "CVE-2019-19921, CVE-2023-27561, CVE-2023-28642: /proc and /sys that are links in the image" {
        for link in proc sys; do
                hostile
                rm -rf "${T:?}/$link"
                mkdir -p "$T/elsewhere/self/attr"
                ln -s /elsewhere "$T/$link"
                image linked
                run run_quick linked sh -c 'ls /elsewhere; ls /proc/self/status'
                code 125
                bundle "$T"
                args true
                config '.linux.namespaces += [{type: "network"}] | .linux.namespaces |= unique |
                        .mounts |= map(if .destination == "/sys" then .type = "sysfs" | .options = ["ro"] else . end)'
                run oci_run
                [ "$status" -ne 0 ]
                ln -sfn "$OUT" "$T/$link"
                run oci_run
                [ "$status" -ne 0 ]
                "$KELP" unshare rm -rf "$T"
        done
        outside_is_untouched
}

@test "CVE-2019-16884, CVE-2025-52881: what is written to /proc goes to a procfs, or is an error" {
        fake=$BATS_TEST_TMPDIR/fake
        mkdir -p "$fake/self/attr" "$fake/sys/net/ipv4"
        ln -s self "$fake/thread-self"
        touch "$fake/self/oom_score_adj" "$fake/sys/net/ipv4/ip_unprivileged_port_start"
        run run_quick -v "$fake:/proc" --oom-score-adj 900 busybox ls /proc
        code 0
        is $'self\nsys\nthread-self'
        [ ! -s "$fake/self/oom_score_adj" ]
        bundle
        args sh -c 'cat /proc/sys/net/ipv4/ip_unprivileged_port_start /proc/self/oom_score_adj'
        config '.process.oomScoreAdj = 800 | .linux.sysctl = {"net.ipv4.ip_unprivileged_port_start": "77"} |
                .linux.namespaces += [{type: "network"}] | .linux.namespaces |= unique'
        run oci_run
        is $'77\n800'
        config --arg fake "$fake" '.mounts |= [.[0], {destination: "/proc/sys", type: "bind",
                source: ($fake + "/sys"), options: ["rbind"]}] + .[1:]'
        args cat /proc/self/oom_score_adj
        run oci_run
        code 0
        is 800
        config --arg fake "$fake" '.mounts[0] = {destination: "/proc", type: "bind", source: $fake, options: ["rbind"]}'
        args true
        run oci_run
        code 0
        is ''
        [ ! -s "$fake/sys/net/ipv4/ip_unprivileged_port_start" ]
        [ ! -s "$fake/self/oom_score_adj" ]
}

@test "CVE-2025-52881, CVE-2022-0811: a sysctl names one of the container's own and nothing else" {
        bundle
        args true
        for name in kernel.core_pattern ../sysrq-trigger net/../../sysrq-trigger vm.overcommit_memory \
                kernel/../kernel/core_pattern; do
                config --arg name "$name" '.linux.sysctl = {($name): "1"}'
                run oci_run
                code 1
                has sysctl
        done
        config '.linux.sysctl = {"net.ipv4.ip_forward": "1"} | .linux.namespaces -= [{"type": "network"}]'
        run oci_run
        code 1
}

# A racer in one container swaps a directory of a shared volume with a link, while others are started
# with mounts below it.
race() {
        local target=$1 i
        shift
        V=$BATS_TEST_TMPDIR/shared
        mkdir -p "$V/dir" "$BATS_TEST_TMPDIR/source"
        echo mine >"$BATS_TEST_TMPDIR/source/mine"
        ln -s "$target" "$V/link"
        kelp run -d --name racer --network=none -v "$V:/vol" busybox attack exchange /vol/dir /vol/link
        for ((i = 0; i < RACES; i++)); do
                run run_quick -v "$V:/vol" "$@" busybox sh -c \
                        "cat $OUT/secret /vol/*/secret /vol/*/*/secret 2>/dev/null"
                lacks secret
                [[ $status -ne 127 && $status -ne 126 ]]
        done
        kelp rm -f -t 0 racer
        outside_is_untouched
}

@test "CVE-2021-30465: a volume's path swapped for a link during a mount" {
        RACES=10
        race "$OUT" -v "$BATS_TEST_TMPDIR/source:/vol/dir/sub"
        rm -rf "$V"
        race ../../../../../../../../../../../..$OUT --tmpfs /vol/dir/sub
        rm -rf "$V"
        race "/proc/self/root$OUT" -v "$BATS_TEST_TMPDIR/source:/vol/dir/a/b"
        # and without a race, where every start has the link
        ln -s "$OUT" "$V/always"
        run run_quick -v "$V:/vol" -v "$BATS_TEST_TMPDIR/source:/vol/always/sub" busybox ls "$OUT/sub"
        is mine
        outside_is_untouched
}

@test "CVE-2024-45310: no empty file or directory is made outside" {
        RACES=10
        race "$OUT" -v "$BATS_TEST_TMPDIR/source/mine:/vol/dir/file"
        ln -s "$OUT/file" "$V/absent"
        run run_quick -v "$V:/vol" -v "$BATS_TEST_TMPDIR/source/mine:/vol/absent" busybox cat /vol/absent
        is mine
        outside_is_untouched
        bundle
        args true
        mkdir -p "$BATS_TEST_TMPDIR/source"
        config --arg v "$V" --arg s "$BATS_TEST_TMPDIR/source" '.mounts += [
                {destination: "/mnt", type: "bind", source: $v, options: ["rbind"]},
                {destination: "/mnt/absent", type: "bind", source: ($s + "/mine"), options: ["bind"]},
                {destination: "/mnt/link/x", type: "bind", source: $s, options: ["rbind"]}]'
        run oci_run
        code 0
        outside_is_untouched
        "$KELP" unshare rm -rf "$V"
}

@test "CVE-2019-18837, CVE-2025-24965: kelp's files in a container do not follow the image's links" {
        hostile
        for file in resolv.conf hosts hostname; do
                ln -sf "$OUT/$file" "$T/etc/$file"
        done
        mkdir -p "$T/run"
        ln -s "$OUT/secret" "$T/run/.containerenv"
        mkdir -p "$T/deep"
        ln -s "$OUT" "$T/deep/link"
        image links
        run run_quick -v "$BATS_TEST_TMPDIR/outside:/deep/link/sub" --tmpfs "$OUT/tmpfs" links \
                sh -c 'cat /etc/hostname && cat /run/.containerenv | head -1'
        code 0
        outside_is_untouched
        lacks secret
}

@test "CVE-2026-41579: a /dev that is a link in the image" {
        hostile
        rm -rf "${T:?}/dev"
        ln -s "$OUT" "$T/dev"
        touch "$OUT/ptmx"
        image devlink
        run run_quick devlink sh -c 'echo hi'
        code 0
        is hi
        [ -e "$OUT/ptmx" ]
        bundle "$T"
        args true
        run oci_run
        code 0
        is ''
        config '.mounts |= map(select(.destination | startswith("/dev") | not))'
        run oci_run
        code 0
        is ''
        [ -e "$OUT/ptmx" ]
        rm "$OUT/ptmx"
        outside_is_untouched
}

@test "CVE-2026-88264, CVE-2025-52565: /dev/console and /dev/pts that lead elsewhere" {
        hostile
        mkdir -p "$T/dev/pts"
        ln -s "$OUT/console" "$T/dev/console"
        echo victim >"$T/victim"
        bundle "$T"
        args sh -c 'test -t 0 && echo on-a-tty; cat /victim'
        config '.process.terminal = true | .mounts |= map(select(.destination != "/dev"))'
        run on_terminal
        [ "$status" -ne 0 ]
        has 'neither a file nor a device'
        outside_is_untouched
        ln -sfn /victim "$T/dev/console"
        run on_terminal
        [ "$status" -ne 0 ]
        lacks on-a-tty
        # a console that is bound by another name of the container's own /proc
        rm -f "$T/dev/console"
        ln -s /proc/sys/kernel/core_pattern "$T/dev/console"
        run on_terminal
        [ "$status" -ne 0 ]
        lacks on-a-tty
        # the terminal is made of the container's /dev/pts/ptmx, if it is one
        rm -f "$T/dev/console"
        config '.mounts |= map(select(.destination != "/dev/pts"))'
        ln -sf "$OUT/secret" "$T/dev/pts/ptmx"
        run on_terminal
        [ "$status" -ne 0 ]
        lacks on-a-tty
        rm "$T/dev/pts/ptmx"
        cp "$OUT/secret" "$T/dev/pts/ptmx"
        run on_terminal
        has 'no terminal multiplexer'
        outside_is_untouched
}

@test "CVE-2025-31133, CVE-2026-88265: a /dev/null that is a link, or another file" {
        null=$(stat -c %u:%g:%t:%T /dev/null)
        hostile
        mkdir -p "$T/dev"
        echo mine >"$T/victim"
        ln -s /proc/sys/kernel/domainname "$T/dev/null"
        bundle "$T"
        args sh -c 'for p in /proc/kcore /proc/keys /proc/timer_list; do
                [ ! -e $p ] || stat -c "%t:%T %F" $p; done | sort -u'
        config '.mounts |= map(select(.destination | startswith("/dev") | not))'
        run oci_run
        is '1:3 character special file'
        ln -sfn /victim "$T/dev/null"
        config '.process.user = {"uid": 0, "gid": 0}'
        run oci_run
        is '1:3 character special file'
        rm "$T/dev/null"
        cp "$T/victim" "$T/dev/null"
        run oci_run </dev/null
        is '1:3 character special file'
        [ "$(stat -c %u:%g:%t:%T /dev/null)" = "$null" ]
        [ "$(cat "$T/victim")" = mine ]
        # kelp's own containers: /dev is new, and what is masked is masked
        run run_quick busybox sh -c 'cat /proc/kcore /proc/keys /proc/timer_list 2>/dev/null | wc -c
                echo x >/proc/sys/kernel/hostname'
        has 'Read-only file system'
        [ "${lines[0]}" = 0 ]
}

@test "CVE-2025-31133: masked and read-only paths by links in the image are covered where they lead" {
        hostile
        mkdir -p "$T/real"
        echo hidden >"$T/real/file"
        ln -s /real "$T/alias"
        ln -s "$OUT" "$T/out"
        bundle "$T"
        args sh -c 'cat /real/file; ls /real | wc -l; echo x 2>&1 >/bin/new'
        config '.linux.maskedPaths = ["/alias", "/out"] | .linux.readonlyPaths = ["/bin", "/out"]
                | .root.readonly = false'
        run oci_run
        lacks hidden
        has 'Read-only file system'
        [ "${lines[1]}" = 0 ]
        outside_is_untouched
}

@test "CVE-2024-21626: a working directory through a descriptor" {
        kelp run -d --name c --network=none busybox sleep 100
        for n in $(seq 3 12); do
                run run_quick -w "/proc/self/fd/$n" busybox attack escape "$OUT/secret" -100
                [ "$status" -ne 0 ]
                run kelp exec -w "/proc/self/fd/$n" c attack escape "$OUT/secret" -100
                [ "$status" -ne 0 ]
        done
        for n in 7 8 9; do
                hostile
                image "work$n" "WORKDIR /proc/self/fd/$n"
                run run_quick "work$n" attack escape "$OUT/secret" -100
                [ "$status" -ne 0 ]
        done
        # our own leaked descriptor, and one that is handed over on purpose: no directory to start in
        bundle
        args attack escape "$OUT/secret" -100
        for n in 3 9; do
                config --arg cwd "/proc/self/fd/$n" '.process.cwd = $cwd'
                run bash -c 'exec 9<"$3"; "$0" oci --root "$1" run --bundle "$2" leak' "$KELP" "$STATE" "$BUNDLE" "$OUT"
                [ "$status" -ne 0 ]
                lacks outside
        done
        config '.process.cwd = "/proc/self/fd/3"'
        run bash -c 'exec 3<"$3"; "$0" oci --root "$1" run --preserve-fds 1 --bundle "$2" leak' "$KELP" "$STATE" "$BUNDLE" "$OUT"
        [ "$status" -ne 0 ]
        has 'outside of the container'
}

@test "CVE-2024-21626: no descriptor of kelp's or of its caller's is in a container" {
        only="fd 0
fd 1
fd 2"
        run bash -c 'exec 9</etc/passwd 8<"$3" 150<"$3"; "$0" --root "$1" --runroot "$2" run --rm --network=none busybox payload fds' "$KELP" "$ROOT" "$RUNROOT" "$OUT"
        is "$only"
        kelp run -d --name c --network=none busybox sleep 100
        run bash -c 'exec 9</etc/passwd 8<"$3" 150<"$3"; "$0" --root "$1" --runroot "$2" exec c payload fds' "$KELP" "$ROOT" "$RUNROOT" "$OUT"
        is "$only"
        run kelp exec c ls /proc/1/fd
        is $'0\n1\n2'
        bundle
        args payload fds
        run bash -c 'exec 9</etc/passwd 8<"$3" 150<"$3"; "$0" oci --root "$1" run --bundle "$2" f' "$KELP" "$STATE" "$BUNDLE" "$OUT"
        is "$only"
}

@test "CVE-2026-55686: a working directory through a link of the image's is made inside" {
        hostile
        ln -s "$OUT" "$T/evil"
        ln -s ../../../../../../../../../../../.."$OUT" "$T/relative"
        image workdir "WORKDIR /evil/new"
        run run_quick workdir pwd
        code 0
        is "$OUT/new"
        outside_is_untouched
        image workdir "WORKDIR /relative/new/er"
        run run_quick workdir pwd
        code 0
        is "$OUT/new/er"
        outside_is_untouched
        run run_quick -w /evil/made workdir pwd
        code 126
        has '"/evil/made" does not exist'
        outside_is_untouched
}

@test "CVE-2022-24769, CVE-2022-29162, CVE-2022-27649, CVE-2022-27650: nothing is inheritable" {
        run run_quick busybox payload
        inherits_nothing
        run run_quick --cap-add NET_ADMIN busybox payload
        inherits_nothing
        run run_quick -u web busybox payload
        inherits_nothing
        kelp run -d --name c --network=none busybox sleep 100
        run kelp exec c payload
        inherits_nothing
        run kelp exec -u web c payload
        inherits_nothing
        run kelp exec --privileged c payload
        inherits_nothing
        bundle
        args sleep 100
        "$KELP" oci --root "$STATE" run --detach --bundle "$BUNDLE" e </dev/null >/dev/null 2>&1 3>&-
        run "$KELP" oci --root "$STATE" exec e payload
        inherits_nothing
        run "$KELP" oci --root "$STATE" exec --cap CAP_NET_RAW --cap CAP_SYS_ADMIN e payload
        has 'CapInh:	0000000000000000'
        # nor is what kelp itself was given
        args payload
        run "$KELP" unshare setpriv --inh-caps=+net_raw,+sys_admin --ambient-caps=+net_raw \
                "$KELP" oci --root "$STATE" run --bundle "$BUNDLE" i
        inherits_nothing
}

@test "CVE-2018-10856, CVE-2021-20188: a user who is not root has no capabilities" {
        none='CapEff:	0000000000000000'
        run run_quick -u web busybox payload
        has "$none"
        has 'CapPrm:	0000000000000000'
        kelp run -d --name c -u web --network=none busybox sleep 100
        run kelp exec c payload
        has "$none"
        run kelp exec -u 1234 c payload
        has "$none"
        run kelp exec -u root c payload
        lacks "$none"
}

@test "CVE-2022-2989, CVE-2022-36109: the user's group is among the supplementary ones" {
        run run_quick -u web busybox grep Groups /proc/self/status
        is 'Groups:	33 44 '
        run run_quick -u 33:44 busybox grep Groups /proc/self/status
        is 'Groups:	44 '
        kelp run -d --name c --network=none busybox sleep 100
        run kelp exec -u web c grep Groups /proc/self/status
        is 'Groups:	33 44 '
}

# Whatever is mounted at or below /sys, nothing there can be written.
@test "CVE-2023-25809: cgroups are not writable, with any network and cgroup namespace" {
        [ "${KELP_TEST_CGROUP-}" = 1 ] || skip "no writable cgroup v2 here"
        script='for f in $(find /sys -name cgroup.procs 2>/dev/null); do
                mkdir ${f%/*}/made 2>/dev/null && echo made ${f%/*}
                { echo 0 >$f; } 2>/dev/null && echo wrote $f; done
                for m in $(cut -d" " -f2,4 /proc/mounts | grep "^/sys.* rw" | cut -d" " -f1); do echo writable $m; done'
        for options in --network=none --network=host "--network=none --cgroupns=host" \
                "--network=host --cgroupns=host"; do
                # shellcheck disable=SC2086 # two options
                run kelp run --rm $options busybox sh -c "$script; echo done"
                is 'done'
        done
        bundle
        args sh -c "$script; echo done"
        config '.mounts |= map(select(.destination != "/sys/fs/cgroup")) | .mounts += [{destination: "/sys/fs/cgroup", type: "cgroup", source: "cgroup",
                options: ["ro"]}] | .linux.namespaces |= (. + [{type: "cgroup"}] | unique)'
        run oci_run
        is 'done'
}

@test "CVE-2020-14370: two containers of one command do not share an environment" {
        kelp create --name a --network=none -e SECRET_OF_A=1 busybox sh -c 'env; sleep 100' >/dev/null
        kelp create --name b --network=none busybox sh -c 'env; sleep 100' >/dev/null
        kelp start a b
        poll 5 sh -c "'$KELP' --root '$ROOT' --runroot '$RUNROOT' logs b | grep -q PATH"
        run kelp logs b
        lacks SECRET_OF_A
        run kelp exec b env
        lacks SECRET_OF_A
}

@test "CVE-2023-0778, CVE-2018-15664: export, commit and diff while a container swaps its directories" {
        script="mkdir /real; echo mine >/real/secret; ln -s $OUT /link; exec attack exchange /real /link"
        kelp run -d --name c --network=none busybox sh -c "$script"
        sed -i 's/secret/hostsecret/' "$OUT/secret"
        for _ in $(seq 10); do
                kelp export c >"$BATS_TEST_TMPDIR/c.tar" 2>"$BATS_TEST_TMPDIR/errors" || true
                run grep -c hostsecret "$BATS_TEST_TMPDIR/c.tar"
                is 0
                run kelp diff c
                lacks hostsecret
        done
        for _ in 1 2 3; do
                kelp commit -q c localhost/snap >/dev/null 2>&1 || continue
                made=1
                kelp save -o "$BATS_TEST_TMPDIR/s.tar" localhost/snap 2>/dev/null
                run grep -c hostsecret "$BATS_TEST_TMPDIR/s.tar"
                is 0
                rm "$BATS_TEST_TMPDIR/s.tar"
        done
        [ "${made-}" = 1 ]
}

@test "CVE-2021-20199: a connection from outside does not come from 127.0.0.1" {
        command -v slirp4netns || skip "no slirp4netns"
        port=$(free_port)
        kelp run -d --name c -p "127.0.0.1:$port:80" busybox attack peer 80
        poll 10 logged c listening
        curl_up "$port"
        poll 5 logged c peer
        run kelp logs c
        lacks 'peer 127.'
        has 'peer '
}

@test "CVE-2020-15257: nothing of kelp's listens where a container with the host's network is" {
        kelp run -d --name c --network=host busybox sleep 100
        run kelp exec c cat /proc/net/unix
        lacks @kelp
        lacks "@$(kelp inspect -f '{{.Id}}' c)"
        # and its sockets are files that are not in the container
        run kelp exec c ls "$RUNROOT" "$ROOT"
        [ "$status" -ne 0 ]
        run kelp exec c sh -c 'find / -xdev -type s'
        is ''
}

@test "kelp's processes cannot be traced or looked into where their pids are seen" {
        kelp run -d --name h --network=none --pid=host --cap-add SYS_PTRACE --cap-add SYS_ADMIN \
                --security-opt seccomp=unconfined busybox attack hunt "$OUT/secret" 2
        monitor=$(kelp inspect -f '{{.State.ConmonPid}}' h)
        [ "$(stat -c %U "/proc/$monitor/environ")" = root ]
        kelp wait h
        run kelp logs h
        lacks 'traced kelp'
        lacks outside
        lacks took
}
