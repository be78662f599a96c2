#!/usr/bin/env bats
# The published attacks by number, second part: what an image, a layer or a registry's document
# brings with it. cve.bats has those on the runtime.
load attacks

# oci_image NAME JQ-FILTER: the fixture's image with another configuration
oci_image() {
        local dir=$BATS_TEST_TMPDIR/layout manifest digest
        rm -rf "$dir"
        cp -rl "$BATS_FILE_TMPDIR/oci" "$dir"
        manifest=$(jq -r '.manifests[] | select(.annotations["org.opencontainers.image.ref.name"] == "busybox").digest' "$dir/index.json")
        digest=$(jq -r .config.digest "$dir/blobs/sha256/${manifest#*:}")
        jq -c "$2" "$dir/blobs/sha256/${digest#*:}" >"$dir/config"
        put config
        jq -c --arg d "sha256:$DIGEST" --argjson s "$SIZE" '.config.digest = $d | .config.size = $s' \
                "$dir/blobs/sha256/${manifest#*:}" | jq -c "${3:-.}" >"$dir/config"
        put config
        jq -c --arg d "sha256:$DIGEST" --argjson s "$SIZE" --arg n "$1" '.manifests = [{mediaType:
                "application/vnd.oci.image.manifest.v1+json", digest: $d, size: $s,
                annotations: {"org.opencontainers.image.ref.name": $n}}]' "$dir/index.json" >"$dir/index"
        mv "$dir/index" "$dir/index.json"
}

# A blob of the layout: DIGEST and SIZE
put() {
        local file=$BATS_TEST_TMPDIR/layout/$1
        DIGEST=$(sha256sum "$file" | cut -d' ' -f1) SIZE=$(stat -c %s "$file")
        mv "$file" "$BATS_TEST_TMPDIR/layout/blobs/sha256/$DIGEST"
}

@test "CVE-2026-57231: a variable without a value in an image takes none of the caller's" {
        oci_image leak '.config.Env = ["SECRET_TOKEN", "SECRET_*", "PATH=/bin", "*"]'
        SECRET_TOKEN=hostsecret kelp pull -q "oci:$BATS_TEST_TMPDIR/layout:leak" >"$BATS_TEST_TMPDIR/id" || true
        export SECRET_TOKEN=hostsecret
        run run_quick "$(cat "$BATS_TEST_TMPDIR/id")" env
        lacks hostsecret
        [ "$status" -eq 0 ] || [ "$status" -eq 125 ]
        has PATH=/bin
}

@test "CVE-2024-3727: digests that are paths" {
        for digest in sha256:../../../../outside/secret "sha256:$(printf 'a%.0s' {1..63})/" sha256: \
                ../../outside/secret "md5:$(printf 'a%.0s' {1..32})" "sha256:$(printf 'A%.0s' {1..64})"; do
                oci_image bad . ".layers[0].digest = \"$digest\""
                run kelp pull "oci:$BATS_TEST_TMPDIR/layout:bad"
                [ "$status" -ne 0 ]
                lacks secret$'\n'
                oci_image bad . ".config.digest = \"$digest\""
                run kelp pull "oci:$BATS_TEST_TMPDIR/layout:bad"
                [ "$status" -ne 0 ]
        done
        jq -c '.manifests[0].digest = "sha256:../../../outside/secret"' "$BATS_TEST_TMPDIR/layout/index.json" \
                >"$BATS_TEST_TMPDIR/index" && mv "$BATS_TEST_TMPDIR/index" "$BATS_TEST_TMPDIR/layout/index.json"
        run kelp pull "oci:$BATS_TEST_TMPDIR/layout:bad"
        [ "$status" -ne 0 ]
        run kelp images -q
        [ "${#lines[@]}" -eq 1 ]
        outside_is_untouched
}

@test "CVE-2021-41190: a manifest that is a list too is refused" {
        oci_image both . '.manifests = [{mediaType: .mediaType, digest: .config.digest, size: .config.size}]'
        run kelp pull "oci:$BATS_TEST_TMPDIR/layout:both"
        code 125
        has list
}

@test "CVE-2020-1702: documents without end" {
        oci_image huge . ".annotations = {long: \"$(head -c 100000 /dev/zero | tr '\0' x)\"}"
        manifest=$(jq -r '.manifests[0].digest' "$BATS_TEST_TMPDIR/layout/index.json")
        jq -c '.annotations.long *= 60' "$BATS_TEST_TMPDIR/layout/blobs/sha256/${manifest#*:}" \
                >"$BATS_TEST_TMPDIR/layout/config"
        put config
        jq -c --arg d "sha256:$DIGEST" --argjson s "$SIZE" '.manifests[0].digest = $d | .manifests[0].size = $s' \
                "$BATS_TEST_TMPDIR/layout/index.json" >"$BATS_TEST_TMPDIR/index"
        mv "$BATS_TEST_TMPDIR/index" "$BATS_TEST_TMPDIR/layout/index.json"
        run kelp pull "oci:$BATS_TEST_TMPDIR/layout:huge"
        [ "$status" -ne 0 ]
        [ "${#output}" -lt 1000 ]
}

# layer PYTHON: an OCI layout whose one layer is what the script writes with tarfile as `t`
layer() {
        local dir=$BATS_TEST_TMPDIR/layout
        rm -rf "$dir"
        oci_image layer .
        python3 - "$dir/layer" "$OUT" "$1" <<'P'
import io, sys, tarfile
t = tarfile.open(sys.argv[1], "w")
out = sys.argv[2]
def add(name, kind=tarfile.REGTYPE, link="", data=b"pwned\n"):
    i = tarfile.TarInfo(name)
    i.type, i.linkname, i.mode = kind, link, 0o755
    i.size = len(data) if kind == tarfile.REGTYPE else 0
    t.addfile(i, io.BytesIO(data))
SYM, HARD, DIR = tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.DIRTYPE
exec(sys.argv[3])
t.close()
P
        cp "$dir/layer" "$dir/config"
        put config
        manifest=$(jq -r '.manifests[0].digest' "$dir/index.json")
        layer=$DIGEST layer_size=$SIZE
        jq -c --arg d "sha256:$layer" '.rootfs.diff_ids = [$d] | .history = []' \
                "$dir/blobs/sha256/$(jq -r .config.digest "$dir/blobs/sha256/${manifest#*:}" | cut -d: -f2)" >"$dir/config"
        put config
        jq -c --arg c "sha256:$DIGEST" --argjson cs "$SIZE" --arg l "sha256:$layer" --argjson ls "$layer_size" \
                '.config.digest = $c | .config.size = $cs | .layers = [{digest: $l, size: $ls,
                mediaType: "application/vnd.oci.image.layer.v1.tar"}]' "$dir/blobs/sha256/${manifest#*:}" >"$dir/config"
        put config
        jq -c --arg d "sha256:$DIGEST" --argjson s "$SIZE" '.manifests[0].digest = $d | .manifests[0].size = $s' \
                "$dir/index.json" >"$dir/index"
        mv "$dir/index" "$dir/index.json"
}

@test "CVE-2025-11395, CVE-2020-10696: layers whose names lead out" {
        up=../../../../../../../../../../../..
        for script in \
                "add('x', SYM, out); add('x/pwned')" \
                "add('x', SYM, '$up' + out); add('x/secret')" \
                "add('$up' + out + '/pwned')" \
                "add(out + '/secret')" \
                "add('d', DIR); add('d/y', SYM, '..'); add('d/y/$up' + out + '/pwned')" \
                "add('h', HARD, '$up' + out + '/secret'); add('h')" \
                "add('h', HARD, out + '/secret'); add('h')" \
                "add('s', SYM, out + '/secret'); add('s')" \
                "add('s', SYM, out + '/secret'); add('h', HARD, 's'); add('h')" \
                "add('x', SYM, out); add('x/.wh.secret'); add('x/.wh..wh..opq')" \
                "add('.wh.$up' + out + '/secret'); add('.wh...'); add('.wh..')" \
                "add('x', SYM, '/proc/self/cwd'); add('x/$up' + out + '/pwned')"; do
                layer "$script"
                run kelp load -i "$BATS_TEST_TMPDIR/layout"
                outside_is_untouched || {
                        echo "$script"
                        return 1
                }
                run kelp import "$BATS_TEST_TMPDIR/layout/layer" localhost/bad
                outside_is_untouched
        done
}

@test "CVE-2021-20291: a layer that is no archive is an error, soon" {
        layer "t.fileobj.write(bytes([0xfd]) + b'7zXZ' + bytes(2000))"
        start=$SECONDS
        run timeout 20 "$KELP" --root "$ROOT" --runroot "$RUNROOT" load -i "$BATS_TEST_TMPDIR/layout"
        code 125
        [ $((SECONDS - start)) -lt 10 ]
}

@test "CVE-2024-9676: /etc/passwd and /etc/group that are links, pipes, devices, without end" {
        echo 'hostuser:x:77:77::/:/bin/sh' >"$OUT/secret"
        for kind in link up fifo long dir; do
                hostile
                rm "$T/etc/passwd"
                case $kind in
                link) ln -s "$OUT/secret" "$T/etc/passwd" ;;
                up) ln -s "../../../../../../../../../../..$OUT/secret" "$T/etc/passwd" ;;
                fifo) mkfifo "$T/etc/passwd" ;;
                long) truncate -s 3G "$T/etc/passwd" ;;
                dir) mkdir "$T/etc/passwd" ;;
                esac
                if [ $kind = long ]; then
                        # a sparse archive, and again as what a running container makes of its own
                        kelp run -d --name c --network=none busybox sh -c 'truncate -s 3G /etc/passwd; sleep 100'
                        poll 5 kelp exec -u 0 c sh -c '[ $(stat -c %s /etc/passwd) -gt 1000000 ]' || true
                        run timeout 10 "$KELP" --root "$ROOT" --runroot "$RUNROOT" exec -u hostuser c id
                        [ "$status" -ne 124 ]
                        [ "$status" -ne 0 ]
                        continue
                fi
                image passwd
                run timeout 10 "$KELP" --root "$ROOT" --runroot "$RUNROOT" run --rm --network=none -u hostuser passwd id
                [ "$status" -ne 124 ]
                [ "$status" -ne 0 ]
                run timeout 10 "$KELP" --root "$ROOT" --runroot "$RUNROOT" run --rm --network=none passwd true
                [ "$status" -ne 124 ]
                run timeout 10 "$KELP" --root "$ROOT" --runroot "$RUNROOT" run --rm --network=none -u 5 passwd true
                [ "$status" -ne 124 ]
                "$KELP" unshare rm -rf "$T"
        done
        # a running container changes its own
        kelp run -d --name d --network=none busybox sh -c 'rm /etc/passwd; mkfifo /etc/passwd; sleep 100'
        poll 5 kelp exec d test -p /etc/passwd
        run timeout 10 "$KELP" --root "$ROOT" --runroot "$RUNROOT" exec -u hostuser d id
        [ "$status" -ne 124 ]
        [ "$status" -ne 0 ]
}

@test "names and texts of images and containers reach no terminal as control characters" {
        esc=$'\e]0;owned\a\e[31m'
        oci_image esc ".config.Cmd = [\"sh\", \"-c\", \"sleep 100 #\\u001b[31m\\u0007\"] |
                .config.Labels = {\"a\\u001b[31m\": \"b\\u001b]0;x\\u0007\"} |
                .config.WorkingDir = \"/no\\u001b[31mdir\" | .author = \"\\u001b[31m\" |
                .history = [.history[] | .created_by = \"RUN \\u001b[31m\\u0007\" | .comment = \"\\u001b[31m\"]"
        id=$(kelp pull -q "oci:$BATS_TEST_TMPDIR/layout:esc")
        kelp run -d --name c --network=none -w / "$id"
        for command in "ps" "ps --no-trunc" "images" "images --no-trunc" "history $id" "history --no-trunc $id" \
                "inspect $id" "inspect c" "logs c" "run --rm --network=none -w /bin/sh $id true" "run --name ${esc// /} $id" \
                "pull ${esc}x" "inspect ${esc}y" "diff c" "exec -w /x${esc}y c true" "exec c ${esc}z" \
                "image tree $id"; do
                # shellcheck disable=SC2086 # words
                run kelp $command
                [[ $output != *$'\e'* && $output != *$'\a'* ]] || {
                        echo "$command: $(cat -v <<<"$output")"
                        return 1
                }
        done
        run run_quick --name "$esc" busybox true
        code 125
        kelp exec c touch "/x$esc"
        run kelp diff c
        [[ $output != *$'\e'* ]]
}
