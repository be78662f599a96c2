#!/usr/bin/env bats
# kelp mount and unmount, inside kelp unshare.
load helper

in_namespace() {
        "$KELP" unshare bash -c "kelp() { '$KELP' --root '$ROOT' --runroot '$RUNROOT' \"\$@\"; }; $1"
}

@test "mount: a stopped container's files, written and seen at its start" {
        kelp run --name m --network=none busybox sh -c 'echo old >/old'
        run in_namespace 'dir=$(kelp mount m) && cat $dir/old && echo new >$dir/new && kelp mount && kelp mount --format json && kelp umount m && [ ! -e $dir/new ] && kelp mount'
        code 0
        has old
        id=$(kelp inspect -f '{{.Id}}' m)
        has "${id:0:12} $ROOT/containers/$id/merged"
        has '"Names"'
        kelp cp m:/new "$BATS_TEST_TMPDIR/new"
        [ "$(cat "$BATS_TEST_TMPDIR/new")" = new ]
}

@test "mount: a store whose path has a blank in it" {
        ROOT="$BATS_TEST_TMPDIR/a store"
        kelp import "$FIXTURES/busybox.tar" localhost/busybox >/dev/null
        kelp create --name m --network=none busybox true
        run in_namespace 'kelp mount m && kelp mount && kelp unmount m && kelp image mount busybox && kelp image mount && kelp image unmount -a'
        code 0
        [ "${lines[1]#* }" = "${lines[0]}" ]
}

@test "mount: several, all, running ones, outside of the namespace" {
        kelp create --name a --network=none busybox true
        kelp create --name b --network=none busybox true
        kelp run -d --name up --network=none busybox sleep 1000
        run in_namespace 'kelp container mount a b && kelp container unmount -a'
        code 0
        has "a $ROOT/containers/"
        has "b $ROOT/containers/"
        run in_namespace 'kelp mount -a | wc -l'
        is 2
        run in_namespace 'kelp mount up'
        code 125
        has "runs: its files are mounted in its own namespace"
        run in_namespace 'kelp unmount a'
        code 125
        has "is not mounted here"
        run kelp mount a
        code 125
        has "outside of the user namespace"
        run kelp mount
        code 0
        is ""
}
