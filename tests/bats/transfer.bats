#!/usr/bin/env bats
# Images out of the store and in again, with the real tools on the other side.
# shellcheck disable=SC2034,SC2030,SC2031

load helper

setup_file() {
        start_registry plain
        echo "$REGISTRY" >"$BATS_FILE_TMPDIR/registry"
        push layers "$REGISTRY/layers:1"
}

teardown_file() {
        stop_registries
}

registry() {
        REGISTRY=$(cat "$BATS_FILE_TMPDIR/registry")
}

podman() {
        command podman --storage-driver overlay --root "$BATS_TEST_TMPDIR/podman" \
                --runroot "$BATS_TEST_TMPDIR/podman-run" --cgroup-manager cgroupfs "$@"
}

podman_clean() {
        podman rm -fa >/dev/null 2>&1 || true
        "$KELP" unshare rm -rf "$BATS_TEST_TMPDIR/podman" "$BATS_TEST_TMPDIR/podman-run"
}

digest_of() {
        skopeo inspect --tls-verify=false --format '{{.Digest}}' "docker://$1"
}

@test "push: an unchanged image goes out as it came, to the byte" {
        registry
        kelp pull -q "$REGISTRY/layers:1" >/dev/null
        run kelp push "$REGISTRY/layers:1" "$REGISTRY/copy/layers:2" --digestfile "$BATS_TEST_TMPDIR/digest"
        code 0
        has "sha256:"
        [ "$(cat "$BATS_TEST_TMPDIR/digest")" = "$(digest_of "$REGISTRY/layers:1")" ]
        [ "$(digest_of "$REGISTRY/copy/layers:2")" = "$(digest_of "$REGISTRY/layers:1")" ]
        [ "$(kelp image inspect -f '{{.Digest}}' "$REGISTRY/layers:1")" = "$(digest_of "$REGISTRY/layers:1")" ]
        # Once more: everything is there.
        run kelp push "$REGISTRY/layers:1" "$REGISTRY/copy/layers:2"
        code 0
        has "already exists"
}

@test "push: compression and format are as asked for; others can read it" {
        registry
        kelp push -q localhost/busybox "$REGISTRY/p/gzip:1"
        kelp push -q --compression-format zstd localhost/busybox "$REGISTRY/p/zstd:1"
        kelp push -q --format v2s2 --compression-level 9 --compression-format gzip localhost/busybox "$REGISTRY/p/v2s2:1"
        run skopeo inspect --raw --tls-verify=false "docker://$REGISTRY/p/gzip:1"
        has "tar+gzip"
        run skopeo inspect --raw --tls-verify=false "docker://$REGISTRY/p/zstd:1"
        has "tar+zstd"
        run skopeo inspect --raw --tls-verify=false "docker://$REGISTRY/p/v2s2:1"
        has "vnd.docker.distribution.manifest.v2+json"
        has "diff.tar.gzip"
        for image in gzip v2s2; do
                skopeo --insecure-policy copy -q --src-tls-verify=false "docker://$REGISTRY/p/$image:1" \
                        "oci:$BATS_TEST_TMPDIR/oci:$image"
                umoci unpack --rootless --image "$BATS_TEST_TMPDIR/oci:$image" "$BATS_TEST_TMPDIR/$image"
                [ -x "$BATS_TEST_TMPDIR/$image/rootfs/bin/busybox" ]
        done
        kelp rmi -f localhost/busybox >/dev/null
        kelp pull -q "$REGISTRY/p/zstd:1"
        run run_quick "$REGISTRY/p/zstd:1" echo from zstd
        is "from zstd"
        run kelp push --format v2s2 --compression-format zstd "$REGISTRY/p/zstd:1" "$REGISTRY/p/no:1"
        code 125
        has "OCI format"
        run kelp push localhost/nosuch
        code 125
        has "not known"
        run kelp push --sign-by me "$REGISTRY/p/zstd:1"
        code 125
        has "sign-by"
}

@test "push, pull: oci, oci-archive, docker-archive and dir, all tags" {
        local d=$BATS_TEST_TMPDIR
        kelp push -q localhost/busybox "oci:$d/layout:one"
        kelp push -q localhost/busybox "oci-archive:$d/oci.tar:two"
        kelp push -q localhost/busybox "docker-archive:$d/docker.tar:three:1"
        kelp push -q localhost/busybox "dir:$d/dir"
        skopeo inspect "oci:$d/layout:one" >/dev/null
        skopeo inspect "oci-archive:$d/oci.tar" >/dev/null
        skopeo inspect "docker-archive:$d/docker.tar" >/dev/null
        skopeo inspect "dir:$d/dir" >/dev/null
        kelp rmi -af >/dev/null
        kelp pull -q "oci:$d/layout:one"
        kelp pull -q "oci-archive:$d/oci.tar:two"
        kelp pull -q "docker-archive:$d/docker.tar"
        kelp pull -q "dir:$d/dir"
        run kelp images --format '{{.Repository}}:{{.Tag}}'
        has "localhost/one:latest"
        has "localhost/two:latest"
        has "localhost/three:1"
        has "<none>:<none>"
        run kelp pull "oci:$d/layout:nosuch"
        code 125
        has "only: one"
        run kelp pull docker-daemon:x
        code 125
        has "not supported"
        registry
        kelp tag localhost/one "$REGISTRY/tags:1" "$REGISTRY/tags:2"
        kelp push -q -a "$REGISTRY/tags"
        [ "$(kelp search --list-tags "$REGISTRY/tags" --format '{{.Tag}}' | sort | xargs)" = "1 2" ]
        kelp rmi -af >/dev/null
        kelp pull -q -a "$REGISTRY/tags"
        kelp image exists "$REGISTRY/tags:2"
        run kelp search "$REGISTRY/tag"
        has "$REGISTRY/tags"
        [ -n "$(kelp search --filter stars=0 --filter is-official=false "$REGISTRY/tag")" ]
        [ -z "$(kelp search --filter is-official "$REGISTRY/tag")" ]
        for filter in stars is-officially stars=many is-automated=maybe; do
                run kelp search --filter $filter "$REGISTRY/tag"
                code 125
        done
}

@test "save, load: every format, several images, pipes, compressed; podman and umoci agree" {
        local d=$BATS_TEST_TMPDIR id
        kelp tag localhost/busybox localhost/second:2
        id=$(kelp image inspect -f '{{.Id}}' busybox)
        kelp save -o "$d/docker.tar" localhost/busybox localhost/second:2
        kelp save --format oci-archive localhost/busybox >"$d/oci.tar"
        kelp save --format oci-archive --uncompressed -o "$d/plain.tar" localhost/busybox
        skopeo inspect --raw "oci-archive:$d/plain.tar" | jq -e 'all(.layers[]; .mediaType | endswith(".tar"))'
        python3 -u -m http.server 0 --bind 127.0.0.1 --directory "$d" >"$d/served" 2>&1 3>&- &
        server=$!
        echo $server >>"$BATS_FILE_TMPDIR/pids"
        poll 10 grep -q "port [0-9]" "$d/served"
        run kelp load -i "http://127.0.0.1:$(sed -n 's/.*port \([0-9]*\).*/\1/p' "$d/served")/plain.tar"
        kill "$server"
        is "Loaded image: localhost/busybox:latest"
        kelp save --format oci-dir -o "$d/oci-dir" localhost/busybox localhost/second:2
        kelp save --format docker-dir --compress -o "$d/docker-dir" localhost/busybox
        umoci unpack --rootless --image "$d/oci-dir:localhost/busybox:latest" "$d/unpacked"
        xz -k "$d/docker.tar"
        zstd -q "$d/docker.tar"
        gzip -k "$d/docker.tar"
        for archive in docker.tar docker.tar.xz docker.tar.zst docker.tar.gz oci.tar oci-dir docker-dir; do
                kelp rmi -af >/dev/null
                run kelp load -i "$d/$archive"
                code 0
                has "Loaded image:"
                [ "$(kelp images -q --no-trunc)" = "sha256:$id" ]
        done
        kelp rmi -af >/dev/null
        run bash -c '"$0" --root "$1" --runroot "$2" load <"$3"' "$KELP" "$ROOT" "$RUNROOT" "$d/docker.tar"
        has "Loaded image: localhost/second:2"
        run_quick second:2 true
        run podman load -i "$d/docker.tar"
        code 0
        has "localhost/second:2"
        podman save localhost/busybox >"$d/podman.tar"
        podman save --format oci-archive localhost/busybox >"$d/podman-oci.tar"
        for archive in podman podman-oci; do
                kelp rmi -af >/dev/null
                kelp load -q -i "$d/$archive.tar"
                # podman writes the config anew for OCI.
                [ $archive = podman-oci ] || [ "$(kelp images -q --no-trunc)" = "sha256:$id" ]
                run_quick localhost/busybox true
        done
        podman_clean
        head -c 100000 "$d/docker.tar" >"$d/cut.tar"
        run kelp load -i "$d/cut.tar"
        code 125
        echo nonsense >"$d/nonsense"
        run kelp load -i "$d/nonsense"
        code 125
        has "not a valid image archive"
        store_is_clean
        run kelp system check
        is ""
}

changes='
echo new >new && touch -d "2020-01-02 03:04:05" new && chmod 4711 new && chown 12:34 new
mkdir -p dir/sub && echo a >dir/sub/a && ln dir/sub/a dir/hard && ln -s ../new dir/link && mkfifo dir/pipe
chmod 1777 dir/sub && chown -h 5:6 dir/link
rm -r srv && rm etc/group && echo root:x:0:0:changed:/:/bin/sh >etc/passwd
touch -d "2021-01-01 00:00:00" dir/sub/a dir/pipe etc/passwd
touch -h -d "2021-01-01 00:00:00" dir/link
touch -d "2021-01-01 00:00:00" dir/sub dir etc .
'

tree_of() {
        "$KELP" --root "$ROOT" --runroot "$RUNROOT" unshare sh -c '
                cd "$("$0" --root "$1" --runroot "$2" image mount "$3")" || exit
                find . -mindepth 1 \( -path ./dev -o -path ./proc -o -path ./sys -o -path ./run \) -prune -o \
                        -not -path ./etc/hosts -not -path ./etc/resolv.conf -not -path ./etc/hostname \
                        -printf "%p %y %m %U:%G %T@ %n %l\n" | sort
                find . -type f -path "./[den]*" -size +0 -exec sha256sum {} + | sort' "$KELP" "$ROOT" "$RUNROOT" "$1"
}

@test "commit: the same changes in podman and kelp unpack to equal trees" {
        kelp save localhost/busybox | podman load -q
        kelp run --name c --network=none localhost/busybox sh -ec "cd /; $changes"
        kelp commit -q c localhost/by-kelp
        podman create --name c localhost/busybox >/dev/null
        podman unshare env -u BASH_ENV sh -ec "cd \"\$(command podman --storage-driver overlay \
                --root $BATS_TEST_TMPDIR/podman --runroot $BATS_TEST_TMPDIR/podman-run mount c)\"; $changes"
        podman commit -q c localhost/by-podman >/dev/null
        podman save localhost/by-podman | kelp load -q
        podman_clean
        tree_of localhost/by-kelp >"$BATS_TEST_TMPDIR/kelp.tree"
        tree_of localhost/by-podman >"$BATS_TEST_TMPDIR/podman.tree"
        [ "$(wc -l <"$BATS_TEST_TMPDIR/kelp.tree")" -gt 100 ]
        # Only kelp's was started, which gives it /etc/mtab.
        diff <(grep -v '^./etc/mtab l 777 0:0 .* /proc/mounts$' "$BATS_TEST_TMPDIR/kelp.tree") \
                "$BATS_TEST_TMPDIR/podman.tree"
}

@test "commit, export, diff, history, tree, mount" {
        kelp run --name c --network=none -e A=b localhost/busybox sh -c 'echo x >/added; rm -r /srv; echo y >>/etc/passwd'
        run kelp diff c
        is "A /added
C /etc
C /etc/passwd
D /srv"
        kelp commit -q -f docker -m why -a me -c 'CMD ["cat","/added"]' -c 'LABEL k=v' c localhost/c:1
        run run_quick c:1
        is x
        run kelp image inspect -f '{{.Author}} {{.Config.Labels.k}} {{.Comment}}' c:1
        is "me v why"
        run kelp image diff c:1
        has "D /srv"
        run kelp history -qH c:1
        code 0
        run kelp history --human=false c:1
        has "T"
        run kelp history --format '{{.CreatedBy}}' c:1
        has "kelp commit"
        run kelp image tree c:1
        has "Top Layer of: [localhost/c:1]"
        echo '{"Env": ["A=changed", "B=new"], "Labels": {"more": "x"}, "Cmd": ["echo", "merged"], "User": ""}' \
                >"$BATS_TEST_TMPDIR/config.json"
        kelp commit -q --config "$BATS_TEST_TMPDIR/config.json" -c 'LABEL k=v' c localhost/merged
        run kelp image inspect -f '{{json .Config.Env}} {{.Config.Labels.more}} {{.Config.Labels.k}}' merged
        has 'A=changed'
        has 'B=new'
        lacks 'A=b'
        has ' x v'
        run run_quick merged
        is merged
        echo '{"Envv": []}' >"$BATS_TEST_TMPDIR/config.json"
        run kelp commit -q --config "$BATS_TEST_TMPDIR/config.json" c localhost/merged
        code 125
        has 'unknown key "Envv"'
        kelp commit -q -s c localhost/squashed
        [ "$(kelp image inspect -f '{{len .RootFS.Layers}}' squashed)" = 1 ]
        run run_quick squashed cat /added
        is x
        run bash -c '"$0" --root "$1" --runroot "$2" export c | tar -tv added' "$KELP" "$ROOT" "$RUNROOT"
        has "added"
        kelp run -d --name live --network=none localhost/busybox sleep 100 >/dev/null
        kelp exec live sh -c 'echo here >/live'
        run bash -c '"$0" --root "$1" --runroot "$2" export live | tar -xO live' "$KELP" "$ROOT" "$RUNROOT"
        is here
        kelp commit -q live localhost/live
        run run_quick live cat /live
        is here
        if [ -n "${KELP_TEST_CGROUP-}" ]; then
                kelp commit -q --pause live localhost/paused
                run run_quick paused cat /live
                is here
                run kelp inspect -f '{{.State.Status}}' live
                is running
        else
                run kelp commit --pause live x
                code 125
                has "cgroup"
        fi
        run kelp image mount c:1
        code 125
        has "kelp unshare"
        run "$KELP" unshare sh -c '"$0" --root "$1" --runroot "$2" image mount c:1 >/dev/null &&
                cat "$2"/mounts/*/added; "$0" --root "$1" --runroot "$2" image unmount -a' "$KELP" "$ROOT" "$RUNROOT"
        has x
        kelp tag c:1 other:1
        kelp untag c:1 other:1
        run kelp image exists other:1
        code 1
        kelp image exists c:1
}

@test "import: a URL, standard input, other platforms, xz" {
        local port
        port=$(free_port)
        xz -c "$FIXTURES/busybox.tar" >"$BATS_TEST_TMPDIR/busybox.tar.xz"
        (cd "$BATS_TEST_TMPDIR" && exec python3 -m http.server --bind 127.0.0.1 "$port" >/dev/null 2>&1 3>&-) &
        echo $! >>"$BATS_FILE_TMPDIR/pids"
        poll 10 curl_up "$port"
        kelp import -q -c 'CMD ["true"]' --platform linux/amd64 "http://127.0.0.1:$port/busybox.tar.xz" web:1
        run_quick web:1
        run kelp import "http://127.0.0.1:$port/nosuch"
        code 125
        has "404"
        kelp import -q --arch arm64 - arm:1 <"$FIXTURES/busybox.tar"
        [ "$(kelp image inspect -f '{{.Architecture}}' arm:1)" = arm64 ]
}

@test "manifest: create, add, annotate, inspect, push, pull by platform, remove, rm" {
        registry
        kelp import -q --arch arm64 -m other "$FIXTURES/busybox.tar" localhost/arm
        kelp manifest create list localhost/busybox
        kelp manifest add list localhost/arm
        run kelp manifest create list
        code 125
        has "in use already"
        digest=$(kelp manifest inspect list | jq -r '.manifests[1].digest')
        kelp manifest annotate --variant v8 --annotation a=b list "$digest"
        kelp manifest annotate --variant v9 list localhost/arm
        kelp manifest annotate --index --annotation whole=list --subject localhost/busybox list
        run kelp manifest inspect list
        has '"variant": "v9"'
        has '"a": "b"'
        [ "$(jq -r '.annotations.whole + " " + .subject.digest' <<<"$output")" = \
                "list $(jq -r '.manifests[0].digest' <<<"$output")" ]
        kelp manifest create --annotation x=y annotated localhost/busybox
        [ "$(kelp manifest inspect annotated | jq -r '.annotations.x, .manifests[0].annotations')" = "y
null" ]
        kelp manifest rm annotated
        kelp manifest rm --ignore annotated
        run kelp manifest rm annotated
        code 125
        run_quick list true
        kelp manifest push list "$REGISTRY/list:1"
        run skopeo inspect --raw --tls-verify=false "docker://$REGISTRY/list:1"
        has arm64
        has amd64
        kelp pull -q --arch arm64 "$REGISTRY/list:1"
        [ "$(kelp image inspect -f '{{.Architecture}}' "$REGISTRY/list:1")" = arm64 ]
        run kelp pull --platform linux/s390x "$REGISTRY/list:1"
        code 125
        has "only for"
        kelp manifest remove list "$digest"
        run kelp manifest inspect list
        lacks arm64
        run kelp manifest add busybox localhost/arm
        code 125
        has "not a manifest list"
        kelp manifest exists list
        kelp manifest rm list
        run kelp manifest exists list
        code 1
        run kelp system check
        is ""
}

@test "images: filters, sorting, formats" {
        kelp import -q -c 'LABEL team=one' "$FIXTURES/busybox.tar" localhost/labelled:1
        kelp tag localhost/labelled:1 localhost/again:2
        kelp import -q "$FIXTURES/busybox.tar" >/dev/null
        run kelp images -q --filter dangling=true
        [ ${#lines[@]} -eq 1 ]
        run kelp images --filter label=team=one --format '{{.Repository}}' --sort repository
        is "localhost/again
localhost/labelled"
        run kelp images --filter 'reference=*/label*' --format '{{.Tag}}'
        is 1
        run kelp images --filter reference=labelled --filter reference=again --format '{{.Repository}}' --sort tag
        is "localhost/labelled
localhost/again"
        run kelp images --filter before=labelled:1 --format '{{.Repository}}'
        lacks labelled
        run kelp images --filter nosuch=1
        code 125
        has "invalid image filter"
        kelp create --network=none busybox >/dev/null
        run kelp images --filter containers=true --format '{{.Repository}}'
        is localhost/busybox
        run bash -c '"$0" --root "$1" --runroot "$2" images --format json | jq -r ".[] | select(.Names != null) | .Names[0]" | sort -u' \
                "$KELP" "$ROOT" "$RUNROOT"
        has localhost/busybox:latest
        run kelp images --format '{{.NoSuchField}}'
        code 125
        has Repository
        run kelp images --sort nosuch
        code 125
        run kelp images --digests --no-trunc --noheading again
        has "sha256:"
}

@test "images: many names come from one file, which may be old, damaged or gone" {
        row='{{.Repository}}:{{.Tag}} {{.ID}} {{.Size}}'
        kelp import -q "$FIXTURES/busybox.tar" localhost/many:0 >/dev/null
        for i in $(seq 20); do
                kelp tag localhost/many:0 "localhost/many:$i"
        done
        kelp import -q -m three "$FIXTURES/busybox.tar" localhost/many:3 >/dev/null
        sleep 3.1 # a file is noted when it has stayed as it is for two seconds
        kelp images --format "$row" | sort >"$BATS_TEST_TMPDIR/now"
        [ "$(wc -l <"$ROOT/cache/names")" = "$(ls "$ROOT/images" | wc -l)" ]
        kelp images --format "$row" | sort >"$BATS_TEST_TMPDIR/all"
        [ "$(wc -l <"$BATS_TEST_TMPDIR/all")" -ge 21 ]
        cmp "$BATS_TEST_TMPDIR/now" "$BATS_TEST_TMPDIR/all"
        # it is read, and believed of those files only that are as they were
        sed -i -E 's/ [0-9]+ 0 - -$/ 7000000 0 - -/' "$ROOT/cache/names"
        touch "$ROOT/images/localhost%2fmany:3"
        kelp import -q -m other "$FIXTURES/busybox.tar" localhost/many:4 >"$BATS_TEST_TMPDIR/other"
        run kelp images --format "$row" localhost/many
        has "localhost/many:2 $(kelp inspect -f '{{.ID}}' localhost/many:2 | cut -c 1-12) 7 MB"
        grep "many:3 " "$BATS_TEST_TMPDIR/all" | cmp - <(grep "many:3 " <<<"$output")
        has "localhost/many:4 $(sed 's/^sha256://' "$BATS_TEST_TMPDIR/other" | cut -c 1-12)"
        kelp tag localhost/many:0 localhost/many:4
        kelp rmi "$(cat "$BATS_TEST_TMPDIR/other")" >/dev/null
        kelp rmi localhost/many:5 >/dev/null
        run kelp images --format "$row" localhost/many
        lacks "many:5 "
        kelp tag localhost/many:0 localhost/many:5
        # damaged in several ways: the names themselves are read
        for damage in 's/sha256:/sha256;/' 's/ [0-9a-f]{60}/ /' 's/ 0 - -$/ x - -/' 's/.{9}$//' 's/^[0-9]+ [0-9]+/& -/'; do
                sed -i -E "$damage" "$ROOT/cache/names"
                kelp images --format "$row" | sort | cmp - "$BATS_TEST_TMPDIR/all"
        done
        head -c 5000 /dev/urandom >"$ROOT/cache/names"
        kelp images --format "$row" | sort | cmp - "$BATS_TEST_TMPDIR/all"
        rm "$ROOT/cache/names"
        kelp images --format "$row" | sort | cmp - "$BATS_TEST_TMPDIR/all"
        kelp system check
}

@test "prune: dangling, all, by last use, down to a size; df names every byte" {
        kelp import -q "$FIXTURES/busybox.tar" >/dev/null
        kelp tag busybox old:1
        touch -d '10 days ago' "$ROOT/images/localhost%2fold:1" "$ROOT/images/localhost%2fbusybox:latest"
        kelp create --name c --network=none busybox >/dev/null
        run bash -c 'echo n | "$0" --root "$1" --runroot "$2" image prune' "$KELP" "$ROOT" "$RUNROOT"
        has "[y/N]"
        [ -n "$(kelp images -q -f dangling=true)" ]
        kelp image prune -f
        [ -z "$(kelp images -q -f dangling=true)" ]
        # A container has it.
        touch -d '10 days ago' "$ROOT/images/localhost%2fold:1" "$ROOT/images/localhost%2fbusybox:latest"
        run kelp image prune -f --unused-for 7d
        is ""
        kelp rm c >/dev/null
        run kelp image prune -f --unused-for 20d
        is ""
        run kelp image prune -f --unused-for 7d
        [ ${#lines[@]} -eq 1 ]
        [ -z "$(kelp images -q)" ]
        kelp import -q "$FIXTURES/busybox.tar" a:1 >/dev/null
        kelp import -q "$FIXTURES/layers/1.tar" b:1 >/dev/null
        touch -d '1 day ago' "$ROOT/images/localhost%2fa:1"
        kelp image prune -f --keep-storage 1GB
        [ "$(kelp images -q | wc -l)" = 2 ]
        kelp image prune -f --keep-storage 1MB
        run kelp images --format '{{.Repository}}'
        is localhost/b
        df=$(kelp system df --format '{{.RawSize}}' | awk '{ s += $1 } END { print s }')
        [ "$df" = "$("$KELP" unshare du -s -B1 "$ROOT" | cut -f1)" ]
        kelp system df -v >/dev/null
        run kelp system prune -af
        has "Total reclaimed space"
        [ -z "$(kelp images -q)" ]
        run kelp image prune -f --filter reference=x
        code 125
}

@test "check: damage is found and repaired, what cannot be is told" {
        kelp commit -q "$(kelp create --network=none busybox touch /x)" c:1
        layer=$(basename "$(ls -d "$ROOT"/layers/* | head -n 1)")
        kelp unshare rm -f "$ROOT/layers/$layer/diff/bin/busybox" "$ROOT/layers/$layer/meta"
        run kelp system check
        code 1
        has damaged
        run kelp system check --repair
        code 0
        has "(repaired)"
        run kelp system check
        is ""
        blob=$(ls -S "$ROOT"/blobs/sha256/* | head -n 1)
        printf x | dd of="$blob" bs=1 seek=1000 conv=notrunc status=none
        run kelp system check --quick
        is ""
        run kelp system check
        code 1
        has "pull it again"
        cp "$FIXTURES/busybox.tar" "$ROOT/blobs/sha256/$(printf '%064d' 0)"
        run kelp system check
        has "nothing refers to blobs"
        kelp rm -fa >/dev/null
        kelp system reset -f
        run find "$ROOT" -type f -not -name lock
        is ""
}

@test "additional stores: images of another store, read-only" {
        kelp tag busybox shared:1
        mkdir "$BATS_TEST_TMPDIR/own"
        own() {
                "$KELP" --root "$BATS_TEST_TMPDIR/own" --runroot "$RUNROOT" --additional-store "$ROOT" "$@"
        }
        run own images --format '{{.Repository}} {{.ReadOnly}}'
        has "localhost/shared true"
        run own run --rm --network=none shared:1 echo from there
        is "from there"
        run own rmi shared:1
        code 2
        has "read-only"
        own commit -q "$(own create --network=none shared:1 true)" mine:1
        run own run --rm --network=none mine:1 echo mine
        is mine
        [ "$(find "$BATS_TEST_TMPDIR/own/layers" -maxdepth 1 -mindepth 1 | wc -l)" = 1 ]
        mkdir -p "$BATS_TEST_TMPDIR/config/containers"
        printf '[storage.options]\nadditionalimagestores = ["/nowhere", "%s"]\n' "$ROOT" \
                >"$BATS_TEST_TMPDIR/config/containers/storage.conf"
        XDG_CONFIG_HOME=$BATS_TEST_TMPDIR/config run "$KELP" --root "$BATS_TEST_TMPDIR/own" \
                --runroot "$RUNROOT" images --format '{{.Repository}}'
        has localhost/shared
        run "$KELP" --root "$BATS_TEST_TMPDIR/own" --runroot "$RUNROOT" --additional-store /tmp images
        code 125
        has "not a store"
        own rm -fa >/dev/null
        "$KELP" unshare rm -rf "$BATS_TEST_TMPDIR/own"
}
