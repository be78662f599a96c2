#!/usr/bin/env bats
# The storage driver "copy": the layers copied, where neither overlay can be had.
# shellcheck disable=SC2034,SC2030,SC2031

load helper

IMAGE=none
bats_require_minimum_version 1.5.0

copy() {
        kelp --storage-driver copy "$@"
}

layers() {
        kelp pull -q "oci:$FIXTURES/oci:layers" >/dev/null
        kelp tag "$(kelp images -q | head -n 1)" localhost/layers
}

# What a container sees of a tree: kind, owner, mode, links, size, time and name, sorted.
LIST='find / -xdev -path /proc -prune -o -path /sys -prune -o -path /dev -prune -o -path /etc -prune -o -path /run -prune -o ! -path / ! -path /tmp -print |
        sort | xargs stat -c "%F %u:%g %a %s %Y %n"'

@test "copy: the same tree as overlay shows: layers, whiteouts, opaque directories, owners, modes, links, times" {
        layers
        kelp run --rm --network=none layers sh -c "$LIST; cat /keep/second /opaque/new; ls /opaque" >"$BATS_TEST_TMPDIR/overlay"
        copy run --rm --network=none layers sh -c "$LIST; cat /keep/second /opaque/new; ls /opaque" >"$BATS_TEST_TMPDIR/copy"
        grep -q '12:34 .*/keep' "$BATS_TEST_TMPDIR/copy"
        run diff "$BATS_TEST_TMPDIR/overlay" "$BATS_TEST_TMPDIR/copy"
        is ""
        store_is_clean
}

@test "copy: hard links are one file, holes stay holes, attributes are kept" {
        layers
        mkdir "$BATS_TEST_TMPDIR/x"
        copy run --name c --network=none layers sh -c 'stat -c %i /keep/file /keep/hard | uniq | wc -l
                stat -c "%s %b" /sparse; tail -c 5 /sparse'
        run kelp logs c
        [ "${lines[0]}" = 1 ]
        [ "${lines[1]%% *}" = 8388613 ]
        [ "${lines[1]##* }" -lt 64 ]
        [ "${lines[2]}" = tail ]
        # attributes: in a layer, out of the copy again
        run kelp unshare bash -ec "cd '$BATS_TEST_TMPDIR/x'; echo x >f; mkdir d; cp /bin/true capable
                python3 -c 'import os; os.setxattr(\"f\", \"user.note\", b\"of-f\"); os.setxattr(\"d\", \"user.note\", b\"of-d\"); os.setxattr(\"capable\", \"security.capability\", bytes.fromhex(\"0100000200040000000000000000000000000000\"))'
                tar --xattrs --xattrs-include='*' --owner=0 --group=0 -cf ../x.tar ."
        code 0
        kelp import "$BATS_TEST_TMPDIR/x.tar" localhost/x >/dev/null
        copy create --name x --network=none localhost/x /none >/dev/null
        run -125 copy start x
        run kelp inspect -f '{{.Driver}}' x
        is copy
        cd "$ROOT/containers/$(kelp inspect -f '{{.Id}}' x)/copy"
        run kelp unshare python3 -c 'import os
for f in "f", "d", "capable": print(f, {n: os.getxattr(f, n) for n in os.listxattr(f)})'
        has "f {'user.note': b'of-f'}"
        has "d {'user.note': b'of-d'}"
        has security.capability
}

@test "copy: what is changed stays between starts, and only that is changed" {
        layers
        copy run --name c --network=none layers sh -c 'cat /count 2>/dev/null; echo x >>/count'
        run kelp start -a c
        is x
        run kelp start -a c
        is $'x\nx'
        run kelp inspect -f '{{.Driver}} {{.GraphDriver.Name}}' c
        is "copy copy"
        run kelp --storage-driver overlay start c
        code 125
        has "a copy"
        run kelp diff c
        is $'A /count\nC /etc' # for the files that are mounted there
}

@test "copy: diff lists what overlay's does" {
        layers
        script='echo more >>/keep/second; echo n >/srv/new; rm /sub/dir/file; rm -r /opaque; mkdir /opaque
                chmod 700 /sub/dir; ln -s x /srv/link; mv /sparse /srv/sparse
                printf "TWO\n" >/ünï; touch -d @0 /ünï'
        kelp run --name o --network=none layers sh -c "$script"
        copy run --name c --network=none layers sh -c "$script"
        # A directory that was made anew hides what was in it; in a copy each file of it is deleted.
        kelp diff o | sort >"$BATS_TEST_TMPDIR/o"
        kelp diff c | grep -v '^D /opaque/' | sort >"$BATS_TEST_TMPDIR/c"
        cat "$BATS_TEST_TMPDIR/c"
        run diff "$BATS_TEST_TMPDIR/o" "$BATS_TEST_TMPDIR/c"
        is ""
        run kelp diff --format json c
        has '"deleted"'
}

@test "copy: a change that hides its time is seen" {
        layers
        copy run --name c --network=none layers sh -c 'touch -r /keep/second /tmp/ref; printf "TWO\n" >/keep/second
                touch -r /tmp/ref /keep/second; rm /tmp/ref'
        run kelp diff c
        has "C /keep/second"
        lacks "/keep/file"
}

@test "copy: commit makes a layer of the changes, export the whole" {
        layers
        copy run --name c --network=none layers sh -c 'echo n >/srv/new; chown 7:8 /srv/new; rm /keep/hard; rm -r /sub; ln /srv/new /srv/two
                rm /opaque/new; echo dir >/opaque/other'
        kelp commit -q c localhost/committed
        run kelp run --rm --network=none committed sh -c 'stat -c "%u:%g %h" /srv/new; cat /srv/two; ls /keep /sub /opaque 2>&1; cat /keep/second'
        is $'7:8 2\nn\nls: /sub: No such file or directory\n/keep:\nfile\nsecond\n\n/opaque:\nother\ntwo'
        kelp save --format oci-dir -o "$BATS_TEST_TMPDIR/saved" committed >/dev/null
        run bash -c "for b in '$BATS_TEST_TMPDIR'/saved/blobs/sha256/*; do gzip -dc \$b 2>/dev/null | tar -t 2>/dev/null | grep -q '^srv/new' && gzip -dc \$b | tar -t; done"
        has .wh.sub
        has keep/.wh.hard
        lacks busybox
        lacks sparse
        run bash -c "'$KELP' --root '$ROOT' --runroot '$RUNROOT' export c | tar -t"
        has sparse
        has srv/new
        lacks keep/hard
        copy commit --squash -q c localhost/squashed
        run kelp run --rm --network=none squashed cat /srv/two
        is n
}

@test "copy: a container that ran on overlay takes its changes along" {
        layers
        kelp run --name c --network=none layers sh -c 'echo kept >/srv/f; rm /keep/second; rm -r /opaque; mkdir /opaque'
        kelp commit -q c localhost/before
        run copy start -a c
        code 0
        run kelp inspect -f '{{.Driver}}' c
        is copy
        run bash -c "'$KELP' --root '$ROOT' --runroot '$RUNROOT' export c | tar -t"
        has srv/f
        lacks keep/second
        lacks opaque/new
        run kelp diff c
        has "A /srv/f"
        has "D /keep/second"
}

@test "copy: system df counts it, check finds nothing, rm leaves nothing" {
        layers
        copy run --name c --network=none layers sh -c 'echo n >/srv/new'
        kelp run --name o --network=none layers sh -c 'echo n >/srv/new'
        run kelp system df --format '{{.Type}} {{.RawSize}}'
        code 0
        run kelp ps -a --size --filter name=c --format '{{.Size}}'
        code 0
        run kelp system check
        code 0
        rm "$ROOT/containers/$(kelp inspect -f '{{.Id}}' c)/copied"
        run kelp system check
        has "has an unfinished copy of its image"
        kelp system check --repair
        run kelp system check
        is ""
        run kelp rm c o
        code 0
        store_is_clean
}

@test "copy: exec, users, a volume, a read-only root, a file from the caller's disk that is full" {
        layers
        copy run -d --name c --network=none layers sleep 100
        run kelp exec -u web c sh -c 'id -u; touch /srv/x 2>/dev/null || echo denied'
        is $'33\ndenied'
        kelp rm -f -t 0 c
        run copy run --rm --network=none --read-only -v "$FIXTURES:/v:ro" layers sh -c 'ls /v/busybox.tar; touch /x 2>&1'
        has /v/busybox.tar
        has "Read-only file system"
        run kelp unshare bash -c "
                mkdir '$BATS_TEST_TMPDIR/small' && mount -t tmpfs -o size=3m t '$BATS_TEST_TMPDIR/small' &&
                k='$KELP --storage-driver copy --root $BATS_TEST_TMPDIR/small/r --runroot $RUNROOT'
                \$k import '$FIXTURES/busybox.tar' localhost/x >/dev/null; \$k run --name f --network=none localhost/x true
                echo code \$?; ls '$BATS_TEST_TMPDIR'/small/r/containers/*/copy 2>&1; \$k rm f"
        has "No space left on device"
        has "code 125"
        has "cannot access"
}

@test "copy: cp before the first start, kelp mount" {
        layers
        copy create --name c --network=none layers cat /srv/given
        echo given >"$BATS_TEST_TMPDIR/given"
        kelp cp "$BATS_TEST_TMPDIR/given" c:/srv/given
        run kelp diff c
        has "A /srv/given"
        run kelp start -a c
        is given
        run kelp inspect -f '{{.Driver}}' c
        is copy
        run "$KELP" unshare unshare -m bash -c "cat \"\$('$KELP' --root '$ROOT' --runroot '$RUNROOT' mount c)/srv/given\""
        is given
}

@test "copy: chosen where neither overlay works, said once with both reasons" {
        mkdir "$BATS_TEST_TMPDIR"/{l,u,w,m}
        # Overlay does not take an overlay for its upper directory; fuse-overlayfs is not in that PATH.
        mkdir "$BATS_TEST_TMPDIR/bin"
        for p in bash mount newuidmap newgidmap rm; do
                ln -s "$(command -v $p)" "$BATS_TEST_TMPDIR/bin/$p"
        done
        run env PATH="$BATS_TEST_TMPDIR/bin" "$KELP" unshare bash -c "
                mount -t overlay overlay -o userxattr,lowerdir=$BATS_TEST_TMPDIR/l,upperdir=$BATS_TEST_TMPDIR/u,workdir=$BATS_TEST_TMPDIR/w $BATS_TEST_TMPDIR/m
                k='$KELP --root $BATS_TEST_TMPDIR/m/r --runroot $BATS_TEST_TMPDIR/m/run'
                \$k pull -q 'oci:$FIXTURES/oci:layers' >/dev/null; i=\$(\$k images -q)
                \$k run --name c --network=none \$i sh -c 'cat /keep/second; ls /gone /opaque; echo f >/srv/f; rm /keep/second'
                echo again; \$k start -a c; echo diff; \$k diff c; \$k inspect -f '{{.Driver}}: {{.GraphDriver.Data.Reason}}' c
                \$k rm c; '$KELP' unshare rm -rf $BATS_TEST_TMPDIR/u"
        echo "$output"
        [ "$(grep -c 'the image is copied, continuing' <<<"$output")" = 1 ]
        has "the kernel refuses an overlay here"
        has "fuse-overlayfs"
        has $'two\n'
        has "ls: /gone: No such file or directory"
        has $'/opaque:\nnew'
        has "A /srv/f"
        has "D /keep/second"
        has "copy: the kernel refuses"
}
