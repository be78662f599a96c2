#!/usr/bin/env bats
# --rootfs: a directory in place of an image.
load helper

setup() {
        ROOT=$BATS_TEST_TMPDIR/root RUNROOT=$BATS_TEST_TMPDIR/run TREE=$BATS_TEST_TMPDIR/tree
        export ROOT RUNROOT
        mkdir "$TREE"
        tar -C "$TREE" -xf "$FIXTURES/busybox.tar"
}

@test "--rootfs: what changes stays in the directory" {
        run run_quick --rootfs "$TREE" sh -c 'echo hello >/made; id -u; pwd'
        is $'0\n/'
        [ "$(cat "$TREE/made")" = hello ]
        [ "$(stat -c %u "$TREE/made")" = "$(id -u)" ]
        (cd "$BATS_TEST_TMPDIR" && kelp create --name c --network=none --rootfs tree cat /made)
        run kelp inspect -f '{{.Rootfs}}|{{.Image}}|{{.ImageName}}' c
        is "$TREE||"
        run kelp start -a c
        is hello
        run kelp start -a c
        is hello
        kelp cp "$0" c:/copied
        [ -e "$TREE/copied" ]
        [ "$(kelp export c | tar -xOf - made)" = hello ]
        kelp rm c
        [ "$(cat "$TREE/made")" = hello ]
}

@test "--rootfs DIR:O: what changes goes at the end of each run" {
        kelp create --name c --network=none --rootfs "$TREE:O" sh -c 'cat /made; echo hello >/made; cat /made'
        for _ in 1 2; do
                run kelp start -a c
                has hello
                has "No such file"
        done
        [ ! -e "$TREE/made" ]
        run kelp inspect -f '{{.Rootfs}}' c
        is "$TREE"
        run run_quick --read-only --rootfs "$TREE:O" touch /x
        code 1
        has "Read-only file system"
}

@test "--rootfs: with another runtime, another user namespace, users of the directory" {
        mkdir -p "$TREE/etc"
        echo 'web:x:33:44::/:/bin/sh' >"$TREE/etc/passwd"
        run run_quick -u web --rootfs "$TREE" sh -c 'id -u; id -g'
        is $'33\n44'
        run run_quick --userns=keep-id --rootfs "$TREE" sh -c 'id -u; echo x >/by-keep-id'
        is "$(id -u)"
        [ "$(stat -c %u "$TREE/by-keep-id")" = "$(id -u)" ]
        if command -v crun; then
                run run_quick --runtime crun --rootfs "$TREE" cat /by-keep-id
                is x
        fi
}

@test "--rootfs: what is refused" {
        run run_quick --rootfs "$TREE:idmap" true
        code 125
        has "idmap is not supported: only real root may map the ids"
        run run_quick --rootfs "$TREE:idmap=uids=0-1-10" true
        code 125
        run run_quick --rootfs "$TREE/none" true
        code 125
        has "No such file"
        run run_quick --rootfs "$FIXTURES/busybox.tar" true
        code 125
        has "is no directory"
        run run_quick --rootfs "$TREE"
        code 127
        kelp create --name c --rootfs "$TREE" true
        run kelp commit c made
        [ "$status" -ne 0 ]
        has "of --rootfs cannot be committed"
}
