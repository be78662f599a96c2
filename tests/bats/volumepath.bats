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
        kelp volume rm one
        for left in "ln -s /nowhere" mkdir; do
                $left "$ROOT/volumes.link"
                rm "$ROOT/volumes"
                mkdir "$ROOT/volumes"
                run at info -f '{{.Store.VolumePath}}'
                is "$V"
                [ ! -e "$ROOT/volumes.link" ]
                [ ! -L "$ROOT/volumes.link" ]
        done
}

@test "volumepath: a refusal touches neither the store nor the directory" {
        place
        kelp volume create old >/dev/null
        touch -d @1000000000 "$ROOT"
        run at volume ls
        code 125
        [ "$(stat -c %Y "$ROOT")" = 1000000000 ]
        [ -z "$(ls -A "$V")" ]
}

@test "volumepath: of two stores that take a directory at once one gets it" {
        place
        kelp info >/dev/null
        exec 9<"$V"
        flock 9
        at volume ls -q 9<&- &
        sleep 0.5
        [ ! -L "$ROOT/volumes" ]
        exec 9<&-
        wait "$!"
        [ -L "$ROOT/volumes" ]
        for i in 1 2 3 4; do
                "$KELP" --root "$BATS_TEST_TMPDIR/r$i" --runroot "$BATS_TEST_TMPDIR/run$i" --volumepath "$V/new" info >/dev/null 2>&1 9<&- &
        done
        wait
        [ "$(readlink "$BATS_TEST_TMPDIR"/r[1-4]/volumes | wc -l)" -eq 1 ]
}

@test "volumepath: the directory is not there" {
        place
        at volume create gone >/dev/null
        rm -rf "$V"
        run kelp volume ls
        code 125
        has "open $V, where the volumes are: No such file or directory"
        run kelp volume create new
        code 125
        has "the volumes are in $V: "
        run run_quick busybox true
        code 0
        run at volume create new
        code 0
        [ -d "$V/new/_data" ]
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
        mkdir -p "$V/podmans/_data" "$V/lost+found" "$V/a b"
        : >"$V/podmans/_data/file"
        : >"$V/notes.txt"
        run at volume create podmans
        code 125
        has "already exists"
        at volume create ours >/dev/null
        run kelp volume ls -q
        is ours
        kelp volume inspect o >/dev/null
        mkdir "$V/our"
        kelp volume inspect o >/dev/null
        run kelp system check
        code 0
        is ""
        run_quick -v ours:/d busybox sh -c 'mkdir -p /d/a; : >/d/a/b; chown -R 1 /d/a' || true
        kelp system reset -f
        [ "$(ls -A "$V" | paste -sd ,)" = "a b,lost+found,notes.txt,our,podmans" ]
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

@test "volumepath: volume_path of containers.conf holds until it can be heeded; a store of before has its volumes" {
        place
        export CONTAINERS_CONF=$BATS_TEST_TMPDIR/c.conf
        kelp volume create old >/dev/null
        printf '[engine]\nvolume_path = "%s"\n' "$V" >"$CONTAINERS_CONF"
        rmdir "$ROOT/pods" # the newest directory of the layout
        run kelp volume ls -q
        code 0
        is old
        kelp --root "$BATS_TEST_TMPDIR/second" volume create its >/dev/null
        for _ in 1 2; do
                run kelp --root "$BATS_TEST_TMPDIR/third" info
                code 125
                has "containers.conf, volume_path: $V has the volumes of the store $BATS_TEST_TMPDIR/second"
        done
        printf '[engine\nvolume_path = "%s"\n' "$V/fourth" >"$CONTAINERS_CONF"
        run kelp --root "$BATS_TEST_TMPDIR/fourth" info
        code 125
        has "c.conf"
        sed -i 's/^\[engine/&]/' "$CONTAINERS_CONF"
        run kelp --root "$BATS_TEST_TMPDIR/fourth" info -f '{{.Store.VolumePath}}'
        is "$V/fourth"
        run kelp --root "$BATS_TEST_TMPDIR/third" --volumepath "$V/third" info -f '{{.Store.VolumePath}}'
        is "$V/third"
}

@test "volumepath: a copy of a store does not remove what is the original's; one that was moved goes on" {
        place
        at volume create one >/dev/null
        "$KELP" unshare cp -a "$ROOT" "$BATS_TEST_TMPDIR/copy"
        run kelp --root "$BATS_TEST_TMPDIR/copy" volume rm one
        code 125
        has "$V has the volumes of the store $ROOT"
        kelp --root "$BATS_TEST_TMPDIR/copy" system reset -f
        [ -d "$V/one/_data" ]
        [ ! -e "$BATS_TEST_TMPDIR/copy/volumes" ]
        mv "$ROOT" "$BATS_TEST_TMPDIR/moved"
        run kelp --root "$BATS_TEST_TMPDIR/moved" volume rm one
        code 0
        [ ! -e "$V/one" ]
}
