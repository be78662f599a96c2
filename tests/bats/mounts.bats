#!/usr/bin/env bats
# -v, --mount and --tmpfs: types, options, what is refused.
load helper

@test "the same mount twice is one, another at its place is an error" {
        d=$BATS_TEST_TMPDIR
        mkdir "$d/a" "$d/b"
        run_quick -v "$d/a:/x" -v "$d/a:/x" busybox true
        run_quick --tmpfs /x --tmpfs /x busybox true
        run_quick -v v:/x -v v:/x busybox true
        for args in "-v $d/a:/x -v $d/b:/x" "-v v:/x -v w:/x" "--tmpfs /x --tmpfs /x:ro" "-v v:/x --tmpfs /x" \
                "-v $d/a:/x --tmpfs /x" "--mount type=bind,src=$d/a,dst=/x --mount type=bind,src=$d/a,dst=/x"; do
                # shellcheck disable=SC2086
                run run_quick $args busybox true
                code 125
                has "/x: duplicate mount destination"
        done
}

@test "binds: read-only in all spellings, not recursive, propagation, exec" {
        d=$BATS_TEST_TMPDIR/d
        mkdir "$d"
        printf '#!/bin/sh\necho ran\n' >"$d/script"
        chmod 755 "$d/script"
        for words in ro readonly ro=true readonly=true rw=false; do
                run run_quick --mount "type=bind,src=$d,dst=/x,$words" busybox touch /x/f
                code 1
                has "Read-only file system"
        done
        for words in rw ro=false readonly=false rw=true bind-nonrecursive bind-propagation=rslave shared relabel=shared z,Z consistency=cached; do
                run run_quick --mount "type=bind,source=$d,destination=/x,$words" busybox touch /x/f
                code 0
        done
        run run_quick -v "$d:/x:noexec" busybox /x/script
        code 126
        [ "$(run_quick -v "$d:/x" busybox /x/script)" = ran ]
        run run_quick -v "$d:/x:ro,rw" busybox true
        code 125
        run run_quick --mount "type=bind,src=$d,dst=/x,ro,ro" busybox true
        code 125
        has "more than once"
        run run_quick --mount "type=bind,src=/no/such,dst=/x" busybox true
        code 125
        has "statfs /no/such: no such file or directory"
        run run_quick --mount "type=bind,src=$d" busybox true
        code 125
        has "must set volume destination"
}

@test "what is not there is refused by name" {
        d=$BATS_TEST_TMPDIR
        for words in idmap no-dereference wat=1 tmpfs-size=1m subpath=x bind-propagation=odd relabel=x; do
                run run_quick --mount "type=bind,src=$d,dst=/x,$words" busybox true
                code 125
                has "${words%%=*}"
        done
        run run_quick -v "$d:/x:idmap" busybox true
        code 125
        has idmap
        run run_quick -v "$d:/x:what" busybox true
        code 125
        has '"what"'
        run run_quick --mount type=nfs,dst=/x busybox true
        code 125
        has 'invalid filesystem type "nfs"'
        run run_quick --mount type=tmpfs,dst=/x,noswap busybox true
        code 125
        has "the 'noswap' option is only allowed with rootful tmpfs mounts"
        run run_quick --volume-driver nfs busybox true
        code 125
        has 'volume driver "nfs"'
}

@test "U: the files go to the user, once" {
        d=$BATS_TEST_TMPDIR/d
        mkdir "$d"
        touch "$d/f"
        run run_quick -u 1000:2000 -v "$d:/x:U" busybox stat -c %u:%g /x /x/f
        is "$(printf '1000:2000\n1000:2000')"
        "$KELP" unshare chown 100:200 "$d/f"
        run run_quick -u 1000:2000 --mount "type=bind,src=$d,dst=/x,U" busybox stat -c %u:%g /x /x/f
        is "$(printf '1000:2000\n100:200')"
        run run_quick -u 7:8 --mount type=tmpfs,dst=/x,U=true busybox stat -c %u:%g /x
        is 7:8
        "$KELP" unshare chown -R 0:0 "$d"
}

@test "O: an overlay that goes with the container's end, or stays in directories of the user's" {
        d=$BATS_TEST_TMPDIR/a,b
        mkdir "$d" "$BATS_TEST_TMPDIR/upper" "$BATS_TEST_TMPDIR/work"
        echo below >"$d/f"
        kelp create --name c --network=none -v "$d:/x:O" busybox sh -c 'cat /x/f /x/g 2>/dev/null; echo new >/x/g; echo changed >/x/f'
        run kelp start -a c
        is below
        run kelp start -a c
        is below
        [ "$(ls "$d")" = f ]
        [ ! -e "$ROOT/containers/$(kelp inspect -f '{{.Id}}' c)/mounts" ]
        for i in 1 2; do
                run run_quick -v "$d:/x:O,upperdir=$BATS_TEST_TMPDIR/upper,workdir=$BATS_TEST_TMPDIR/work" busybox \
                        sh -c 'cat /x/g 2>/dev/null; echo kept >/x/g'
        done
        is kept
        [ "$(cat "$BATS_TEST_TMPDIR/upper/g")" = kept ]
        kelp volume create v
        echo vol >"$ROOT/volumes/v/_data/f"
        run run_quick -v v:/x:O busybox sh -c 'echo more >>/x/f; cat /x/f'
        is "$(printf 'vol\nmore')"
        [ "$(cat "$ROOT/volumes/v/_data/f")" = vol ]
        run run_quick -v "$d:/x:upperdir=/tmp,workdir=/tmp" busybox true
        code 125
}

@test "subpath of a volume: beneath it only" {
        kelp volume create v
        data=$ROOT/volumes/v/_data
        mkdir -p "$data/sub/dir"
        echo in >"$data/sub/dir/f"
        ln -s /etc "$data/out"
        ln -s ../../../../.. "$data/up"
        run run_quick --mount type=volume,src=v,dst=/x,subpath=sub/dir busybox cat /x/f
        is in
        run run_quick --mount type=volume,src=v,dst=/x/file,volume-subpath=/sub/dir/f busybox cat /x/file
        is in
        run run_quick --mount type=volume,src=v,dst=/x,subpath=up busybox ls /x
        is "$(printf 'out\nsub\nup')"
        for path in out ../../../.. no/such; do
                run run_quick --mount "type=volume,src=v,dst=/x,subpath=$path" busybox ls /x/passwd
                [ "$status" -ne 0 ]
        done
        run kelp inspect -f '{{(index .Mounts 0).SubPath}}' "$(kelp create --mount type=volume,src=v,dst=/x,subpath=sub busybox)"
        is sub
}

@test "type=image: read-only, rw, a part of it; the image is used meanwhile" {
        kelp import "$FIXTURES/busybox.tar" localhost/other >/dev/null
        run run_quick --mount type=image,src=localhost/other,dst=/img busybox cat /img/etc/group
        has "aux:x:44"
        run run_quick --mount type=image,src=other,dst=/img busybox touch /img/f
        code 1
        has "Read-only file system"
        run run_quick --mount type=image,src=other,dst=/img,rw=true busybox sh -c 'echo w >/img/f && cat /img/f'
        is w
        run run_quick --mount type=image,src=other,dst=/img,readwrite=true busybox ls /img/f
        code 1
        run run_quick --mount type=image,src=other,dst=/img,subpath=/etc busybox ls /img
        is "$(printf 'group\npasswd')"
        kelp create --name c --mount type=image,src=other,dst=/img,rw=true busybox
        run kelp inspect -f '{{with index .Mounts 0}}{{.Type}} {{.Source}} {{.Destination}} {{.RW}}{{end}}' c
        is "image other /img true"
        run kelp rmi localhost/other
        [ "$status" -ne 0 ]
        run run_quick --pull never --mount type=image,src=nosuch,dst=/img busybox true
        code 125
}

@test "type=glob, ramfs, devpts, tmpfs" {
        d=$BATS_TEST_TMPDIR
        touch "$d/v1a" "$d/v1b" "$d/v2"
        run run_quick --mount "type=glob,src=$d/v1*,ro" busybox ls "$d"
        is "$(printf 'v1a\nv1b')"
        run run_quick --mount "type=glob,src=$d/v1*,dst=/non/existing,ro" busybox ls /non/existing
        is "$(printf 'v1a\nv1b')"
        run run_quick --mount "type=glob,src=$d/v3*" busybox true
        code 125
        has "no file paths matching glob \"$d/v3*\""
        run run_quick --mount type=ramfs,dst=/x busybox stat -f -c %T /x
        is ramfs
        run run_quick --mount type=devpts,dst=/x,mode=620 busybox ls /x
        has ptmx
        run run_quick --mount type=tmpfs,dst=/x,tmpfs-size=1m,tmpfs-mode=0711 busybox sh -c 'stat -c %a /x; mount | grep " /x "'
        has 711
        has size=1024k
        run run_quick --mount type=tmpfs,dst=/etc,notmpcopyup busybox ls /etc/passwd
        code 1
        run_quick --mount type=tmpfs,dst=/etc busybox ls /etc/passwd
        run run_quick --tmpfs /x:exec busybox sh -c 'cp /bin/busybox /x/true && /x/true'
        code 0
}
