#!/usr/bin/env bats
# What a container can and cannot.
load helper

@test "security: default capabilities, seccomp, options" {
        run run_quick busybox payload
        has "CapEff:	00000000800405fb"
        has "CapBnd:	00000000800405fb"
        has "Seccomp:	2"
        has "NoNewPrivs:	0"
        run run_quick --cap-add NET_ADMIN --cap-drop kill --security-opt no-new-privileges busybox payload
        has "CapEff:	00000000800415db"
        has "NoNewPrivs:	1"
        run run_quick -u web --security-opt seccomp=unconfined busybox payload
        has "CapEff:	0000000000000000"
        has "Seccomp:	0"
        run run_quick --cap-add NOPE busybox true
        code 125
        has NOPE
}

@test "security: seccomp verdicts, default and from a file" {
        [ "$(uname -m)" = x86_64 ] || skip "the numbers are x86-64's"
        run run_quick busybox payload call 155 # pivot_root: needs CAP_SYS_ADMIN, else EPERM
        is "-1 1"
        run run_quick busybox payload call 400 # no such call: ENOSYS
        is "-1 38"
        echo '{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["mkdir"],"action":"SCMP_ACT_ERRNO","errnoRet":5}]}' \
                >"$BATS_TEST_TMPDIR/p.json"
        run run_quick --security-opt "seccomp=$BATS_TEST_TMPDIR/p.json" busybox payload call 83
        is "-1 5"
        run run_quick --security-opt seccomp=/nosuch busybox true
        code 125
        has /nosuch
}

@test "security: masked and read-only paths, unmask" {
        run run_quick busybox sh -c 'cat /proc/keys; ls /sys/firmware; echo x > /proc/sys/kernel/hostname'
        has "Read-only file system"
        [ "${#lines[@]}" -eq 1 ]
        run run_quick --security-opt unmask=/proc/sys busybox sh -c 'mount | grep -c " /proc/sys "'
        is 0
}

@test "security: no descriptor leaks in" {
        run bash -c "exec 9</etc/passwd 8<'$ROOT'; '$KELP' --root '$ROOT' --runroot '$RUNROOT' run --rm --network=none busybox payload fds"
        is "fd 0
fd 1
fd 2"
}

@test "security: /proc/self/exe is never kelp's file (CVE-2019-5736)" {
        run run_quick busybox payload
        has "exe /bin/payload"
        run run_quick busybox /proc/self/exe version
        lacks Version
        kelp run -d --name c --network=none busybox sleep 100
        run kelp exec c /proc/self/exe version
        lacks Version
        run kelp exec c sh -c 'echo x > /proc/1/exe'
        [ "$status" -ne 0 ]
}

@test "security: a working directory through a descriptor (CVE-2024-21626)" {
        kelp run -d --name c --network=none busybox sleep 100
        for n in $(seq 3 30); do
                run run_quick -w "/proc/self/fd/$n" busybox pwd
                [ "$status" -ne 0 ]
        done
        for n in $(seq 3 20); do
                run kelp exec -w "/proc/self/fd/$n" c pwd
                [ "$status" -ne 0 ]
        done
}

@test "security: nothing of the host is visible or writable" {
        run run_quick busybox sh -c 'ps | wc -l; ls /sys/fs/cgroup >/dev/null; mount | grep -c " / "'
        has 1
        run run_quick busybox sh -c 'echo 1 > /proc/sysrq-trigger'
        [ "$status" -ne 0 ]
        run run_quick busybox mount -t tmpfs t /srv
        [ "$status" -ne 0 ]
}

@test "keep-id: the caller's ids inside, root's files are root's" {
        run run_quick --userns=keep-id busybox sh -c 'id -u; stat -c %u /bin/busybox /'
        is "$(id -u)
0
0"
        mkdir "$BATS_TEST_TMPDIR/v"
        run_quick --userns=keep-id -v "$BATS_TEST_TMPDIR/v:/v" busybox touch /v/f
        [ "$(stat -c %u "$BATS_TEST_TMPDIR/v/f")" = "$(id -u)" ]
}

@test "cgroup: a container gets its own where one can be written" {
        [ "${KELP_TEST_CGROUP-}" = 1 ] || skip "no writable cgroup v2 here"
        kelp run -d --name c --network=none busybox sleep 100
        run cat "/proc/$(kelp inspect -f '{{.State.Pid}}' c)/cgroup"
        has "kelp-$(kelp inspect -f '{{.Id}}' c)"
}

@test "storage: fuse-overlayfs when told" {
        [ -w /dev/fuse ] || skip "no /dev/fuse"
        run "$KELP" --root "$ROOT" --runroot "$RUNROOT" --storage-driver fuse-overlayfs run --rm --network=none \
                busybox sh -c 'mount | head -1; touch /x && echo wrote'
        has "fuse-overlayfs on / "
        has wrote
        run "$KELP" --root "$ROOT" --storage-driver nosuch ps
        code 125
}

@test "storage: fuse-overlayfs when the kernel refuses, said once" {
        [ -w /dev/fuse ] || skip "no /dev/fuse"
        mkdir "$BATS_TEST_TMPDIR"/{l,u,w,m}
        # overlay does not take an overlay for its upper directory
        run "$KELP" unshare bash -c "
                mount -t overlay overlay -o userxattr,lowerdir=$BATS_TEST_TMPDIR/l,upperdir=$BATS_TEST_TMPDIR/u,workdir=$BATS_TEST_TMPDIR/w $BATS_TEST_TMPDIR/m
                k='$KELP --log-level info --root $BATS_TEST_TMPDIR/m/r --runroot $BATS_TEST_TMPDIR/m/run'
                \$k import '$FIXTURES/busybox.tar' localhost/x >/dev/null
                \$k run --rm --network=none localhost/x sh -c 'grep -c \"^fuse-overlayfs / \" /proc/mounts'
                '$KELP' --root $BATS_TEST_TMPDIR/m/r --runroot $BATS_TEST_TMPDIR/m/run --storage-driver overlay run --rm --network=none localhost/x true; echo code \$?"
        echo "$output"
        [[ "${lines[*]}" == *"1"* ]]
        has "the kernel refuses an overlay here"
        has "code 125"
}

@test "storage: unpacking is full when the disk is" {
        tar -C "$FIXTURES/root" -cf "$BATS_TEST_TMPDIR/x.tar" .
        run "$KELP" unshare bash -c "
                mkdir '$BATS_TEST_TMPDIR/small' && mount -t tmpfs -o size=2m t '$BATS_TEST_TMPDIR/small' &&
                '$KELP' --root '$BATS_TEST_TMPDIR/small/r' --runroot '$RUNROOT' import '$BATS_TEST_TMPDIR/x.tar' localhost/x
                echo code \$?; ls '$BATS_TEST_TMPDIR/small/r/staging' '$BATS_TEST_TMPDIR/small/r/images' | grep -v :"
        has "No space left on device"
        has "code 125"
        [ "$(echo "$output" | tail -n 1)" = "code 125" ]
}
