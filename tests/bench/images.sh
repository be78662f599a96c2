#!/bin/bash
# The second half of make bench: images in and out of the store, beside podman and skopeo. Wall and CPU
# seconds of the fastest of three; the ratios are what counts. Every tool talks to one registry on
# loopback; podman has its overlay driver.
#
# What creates many files goes into a new store each time, and nothing is removed before the end: for
# minutes after a file was deleted ext4 looks at its inode again whenever it makes another near it
# (recently_deleted() in fs/ext4/ialloc.c), which would add the same seconds to every tool and so
# tell little of any. This takes 25 GB.
set -u
cd "$(dirname "$0")/../.." || exit 1
build=$(realpath "$1")
kelp=$build/kelp
for tool in docker-registry skopeo umoci podman hyperfine curl; do
        command -v $tool >/dev/null || {
                echo "bench: $tool is not installed, images are not measured"
                exit 0
        }
done
. tests/bench/show.sh
work=$(mktemp -d "$HOME/bench.XXXXXX")
k="$kelp --root $work/root --runroot $work/run"
p="podman --storage-driver overlay --root $work/proot --runroot $work/prun --cgroup-manager cgroupfs"
clean() {
        [ -z "${registry-}" ] || kill "$registry" 2>/dev/null
        "$kelp" unshare rm -rf "$work"
}
trap clean EXIT

# timed BEFORE COMMAND...: wall and CPU seconds of the fastest of three; BEFORE puts things back
timed() {
        local all="" before=$1
        shift
        for _ in 1 2 3; do
                eval "$before" >/dev/null 2>&1
                fill_memory "$work"
                if ! /usr/bin/time -f '%e %U %S %M' -o "$work/time" bash -c "$*" >"$work/out" 2>&1; then
                        echo "bench: failed: $*" >&2
                        tail -n 3 "$work/out" >&2
                fi
                all="$all$(tail -n 1 "$work/time")
"
        done
        echo "$all" | awk 'NF == 4 { c = $2 + $3; if (!n++ || $1 < w) { w = $1; cpu = c; m = $4 } } END { print w, cpu, m }'
}
# compare NAME TARGET KELP-BEFORE KELP PODMAN-BEFORE PODMAN
compare() {
        local kw kc km pw pc _
        read -r kw kc km <<<"$(timed "$3" "$4")"
        read -r pw pc _ <<<"$(timed "$5" "$6")"
        show "$1: kelp, wall" "$kw" s
        show "  podman, wall" "$pw" s
        show "  kelp to podman, wall" "$(ratio "$kw" "$pw")" x "$2"
        show "  kelp to podman, CPU ($kc s, $pc s)" "$(ratio "$kc" "$pc")" x "$2"
        LAST_MEMORY=$km
}

port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
reg=127.0.0.1:$port
printf 'version: 0.1\nstorage: {filesystem: {rootdirectory: %s/reg}, delete: {enabled: true}}\nhttp: {addr: "%s"}\nlog: {level: error, accesslog: {disabled: true}}\n' \
        "$work" "$reg" >"$work/registry.yml"
docker-registry serve "$work/registry.yml" >/dev/null 2>&1 &
registry=$!

# 1 GB in five gzip layers: files of several sizes, half of their bytes random; and 60 small layers.
python3 tests/bench/big-layers.py "$work/big"
umoci init --layout "$work/oci" >/dev/null
umoci new --image "$work/oci:big" >/dev/null
for layer in "$work"/big/*.tar; do
        umoci raw add-layer --image "$work/oci:big" "$layer" >/dev/null
        rm "$layer"
done
umoci new --image "$work/oci:small" >/dev/null
umoci raw add-layer --image "$work/oci:small" "$build/fixtures/busybox.tar" >/dev/null
for i in $(seq 59); do
        mkdir -p "$work/small/dir$i"
        echo "$i" >"$work/small/dir$i/file"
        tar -C "$work/small" -cf "$work/small.tar" .
        umoci raw add-layer --image "$work/oci:small" "$work/small.tar" >/dev/null
        rm -r "$work/small"
done
umoci config --image "$work/oci:big" --config.cmd sh >/dev/null
umoci config --image "$work/oci:small" --config.cmd sh >/dev/null
for image in big small; do
        skopeo --insecure-policy copy -q --dest-tls-verify=false "oci:$work/oci:$image" "docker://$reg/$image:1"
done
rm -rf "$work/oci"

# In a store that is new: what stands for --root of kelp and of podman.
new_store='mktemp -d "$work/store.XXXXXX" >"$work/new"'
new_k="$kelp --root \$(cat $work/new)/root --runroot $work/run"
new_p="podman --storage-driver overlay --root \$(cat $work/new)/root --runroot \$(cat $work/new)/run --cgroup-manager cgroupfs"

compare "pull, 1 GB in 5 gzip layers" 0.25 \
        "$new_store" "$new_k pull -q $reg/big:1" "$new_store" "$new_p pull -q --tls-verify=false $reg/big:1"
show "  kelp's memory, largest process" "$((LAST_MEMORY / 1024))" MB 80
read -r sw sc _ <<<"$(timed "rm -rf $work/skopeo" "skopeo --insecure-policy copy -q --src-tls-verify=false docker://$reg/big:1 oci:$work/skopeo:big")"
show "  skopeo copy to a layout (no unpacking): wall" "$sw" s
show "  CPU" "$sc" s
rm -rf "$work/skopeo"
compare "pull, 60 small layers" 0.25 \
        "$new_store" "$new_k pull -q $reg/small:1" "$new_store" "$new_p pull -q --tls-verify=false $reg/small:1"
for image in big small; do
        $k pull -q $reg/$image:1 >/dev/null
        $p pull -q --tls-verify=false $reg/$image:1 >/dev/null
done
compare "pull again (nothing to do)" 0.25 \
        true "$k pull -q --tls-verify=false $reg/big:1" true "$p pull -q --tls-verify=false $reg/big:1"
compare "push unchanged, 1 GB, to an empty repository" 0.125 \
        'n=$RANDOM$RANDOM; echo "$n" >$work/n; rm -rf $work/reg' "$k push -q $reg/big:1 $reg/k\$(cat $work/n):1" \
        'n=$RANDOM$RANDOM; echo "$n" >$work/n; rm -rf $work/reg' "$p push -q --tls-verify=false $reg/big:1 $reg/p\$(cat $work/n):1"
# What the registry takes for these bytes from a client that only sends them, all at once.
upload() {
        local place
        place=$(curl -sS -o /dev/null -D - -X POST "http://$reg/v2/floor/blobs/uploads/" |
                tr -d '\r' | sed -n 's/^[Ll]ocation: //p')
        curl -sS -o /dev/null -f -T "$1" "$place&digest=sha256:$(basename "$1")"
}
upload_all() {
        find "$work/root/blobs/sha256" -type f -size +1M -print0 | xargs -0 -P 8 -I {} bash -c 'upload {}'
}
export -f upload upload_all
export reg work
read -r sw sc _ <<<"$(timed 'rm -rf $work/reg' upload_all)"
show "  the same bytes by curl: wall" "$sw" s
$k run --network=none --name c "$reg/small:1" sh -c 'dd if=/dev/urandom of=/data bs=1M count=50' >/dev/null 2>&1
$k commit -q c localhost/changed >/dev/null
$k save localhost/changed | $p load -q >/dev/null 2>&1
compare "push after commit (50 MB)" 0.25 \
        "rm -rf $work/reg $work/root/cache/compressed; $k commit -q c localhost/changed" \
        "$k push -q localhost/changed $reg/changed:1" \
        "rm -rf $work/reg" "$p push -q --tls-verify=false localhost/changed $reg/changed:1"
compare "save, 1 GB, docker-archive" 0.334 \
        "rm -f $work/k.tar" "$k save -o $work/k.tar $reg/big:1" "rm -f $work/p.tar" "$p save -q -o $work/p.tar $reg/big:1"
compare "load, 1 GB, docker-archive" 0.334 \
        "$new_store" "$new_k load -q -i $work/k.tar" "$new_store" "$new_p load -q -i $work/k.tar"
rm -f "$work"/*.tar
# 500 images that differ: one layer, each its own config.
for i in $(seq 500); do
        $k import -q -m "$i" "$build/fixtures/busybox.tar" "localhost/many$i:1" >/dev/null
done
hyperfine -N --warmup 3 --runs 20 --export-json "$work/images.json" "$k images" >/dev/null 2>&1
show "images with 500 images" "$(jq '.results[0].median * 1000' "$work/images.json")" ms 10
