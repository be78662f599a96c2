#!/usr/bin/env bats
# --volumepath: the volumes of a store are in a directory of the user's, on another file system too.
load helper

# Another file system than the store's.
place() {
        V=$(mktemp -d -p /dev/shm kelp-volumes.XXXXXX)
}

teardown() {
        clean_up
        [ -z "${V-}" ] || "$KELP" unshare rm -rf "$V"
}

at() {
        kelp --volumepath "$V" "$@"
}

nothing_left() {
        [ -z "$(ls -A "$V/.staging")" ]
        [ -z "$(ls -A "$ROOT/staging")" ]
}

@test "volumepath: said once, it holds for all commands on another file system" {
        place
        [ "$(stat -c %d "$V")" != "$(stat -c %d "$BATS_TEST_TMPDIR")" ]
        run at info -f '{{.Store.VolumePath}}'
        is "$V"
        run run_quick -v data:/d busybox sh -c 'echo kept >/d/file'
        code 0
        [ "$(cat "$V/data/_data/file")" = kept ]
        [ "$(readlink "$ROOT/volumes")" = "$V" ]
        run kelp volume inspect -f '{{.Mountpoint}}' data
        is "$V/data/_data"
        run kelp volume ls -q
        is data
        run run_quick -v data:/d busybox cat /d/file
        is kept
        kelp create --name c --network=none -v data:/e -v /anonymous busybox cat /e/file >/dev/null
        run kelp start -a c
        is kept
        run kelp volume rm data
        code 2
        has "being used"
        nothing_left
        kelp system check -q
}

@test "volumepath: create, copy up, import, export, prune, df; removed in its place" {
        place
        at volume create one >/dev/null
        run at volume create one
        code 125
        has "already exists"
        tar -C "$BATS_TEST_DIRNAME" -cf "$BATS_TEST_TMPDIR/in.tar" volumepath.bats
        kelp volume import one "$BATS_TEST_TMPDIR/in.tar"
        cmp "$V/one/_data/volumepath.bats" "$BATS_TEST_DIRNAME/volumepath.bats"
        kelp volume export one | tar -t | grep -q volumepath.bats
        run kelp system df --format '{{.Type}} {{.Total}} {{.Reclaimable}}'
        has "Local Volumes 1 "
        lacks "Local Volumes 1 0B"
        kelp create --name c --network=none -v /bin -v one:/one busybox true >/dev/null
        kelp start -a c
        [ "$(ls -A "$V" | grep -c '^[0-9a-f]\{64\}$')" -eq 1 ]
        [ -e "$V"/[0-9a-f]*/_data/busybox ]
        kelp rm -v c
        [ "$(ls "$V")" = one ]
        run kelp volume prune -f -a
        has one
        [ -z "$(ls "$V")" ]
        nothing_left
}

@test "volumepath: what was killed in the middle is swept" {
        place
        at volume create one >/dev/null
        mkdir -p "$V/.staging/volume-1-0/_data"
        : >"$V/.staging/volume-1-0.lock"
        kelp system prune -f >/dev/null
        nothing_left
        ln -s /nowhere "$ROOT/volumes.link"
        kelp volume rm one
        rm "$ROOT/volumes"
        mkdir "$ROOT/volumes"
        run at info -f '{{.Store.VolumePath}}'
        is "$V"
        [ ! -L "$ROOT/volumes.link" ]
}

@test "volumepath: a store has its volumes in one place, and a place is of one store" {
        place
        kelp volume create old >/dev/null
        run at volume ls
        code 125
        has "the volumes of this store are in $ROOT/volumes, they cannot be in $V"
        has "without --volumepath they are used where they are"
        run kelp volume ls -q
        is old
        run kelp --volumepath "$ROOT/volumes" volume ls -q
        is old
        kelp volume rm old >/dev/null
        run at volume create new
        is new
        run kelp --volumepath "$V/other" volume ls
        code 125
        has "are in $V, they cannot be in $V/other"
        run kelp --root "$BATS_TEST_TMPDIR/second" --volumepath "$V" volume ls
        code 125
        has "$V has the volumes of the store $ROOT"
        rm -rf "$BATS_TEST_TMPDIR/second"
        kelp system reset -f
        run kelp --root "$BATS_TEST_TMPDIR/second" --volumepath "$V" info -f '{{.Store.VolumePath}}'
        is "$V"
        if [ "$(id -u)" -ne 0 ]; then
                run kelp --root "$BATS_TEST_TMPDIR/third" --volumepath /usr volume ls
                code 125
                has "/usr belongs to somebody else"
        fi
}

@test "volumepath: reset removes the volumes there, and nothing that is not kelp's" {
        place
        mkdir -p "$V/podmans/_data"
        : >"$V/podmans/_data/file"
        run at volume create podmans
        code 125
        has "already exists"
        at volume create ours >/dev/null
        run kelp volume ls -q
        is ours
        run_quick -v ours:/d busybox sh -c 'mkdir -p /d/a; : >/d/a/b; chown -R 1 /d/a' || true
        kelp system reset -f
        [ "$(ls -A "$V")" = podmans ]
        [ -e "$V/podmans/_data/file" ]
        run kelp info -f '{{.Store.VolumePath}}'
        is "$ROOT/volumes"
}

@test "volumepath: volume_path of containers.conf is for a store that is new" {
        place
        export CONTAINERS_CONF=$BATS_TEST_TMPDIR/c.conf
        kelp volume create old >/dev/null
        printf '[engine]\nvolume_path = "%s"\n' "$V" >"$CONTAINERS_CONF"
        run kelp info -f '{{.Store.VolumePath}}'
        is "$ROOT/volumes"
        run kelp --root "$BATS_TEST_TMPDIR/second" volume create new
        is new
        [ -d "$V/new/_data" ]
        unset CONTAINERS_CONF
        run kelp --root "$BATS_TEST_TMPDIR/second" info -f '{{.Store.VolumePath}}'
        is "$V"
}
