#!/bin/bash
# make bench: kelp beside the floor, and podman and crun where they are installed, on one image in one
# run. Ratios and targets; single times mean little on a shared machine. BENCH=quick: the start of one
# container only; BENCH=images, BENCH=life: the second or the third part only.
set -u
cd "$(dirname "$0")/../.." || exit 1
build=$(realpath "$1")
case ${BENCH-} in images | life) exec "tests/bench/$BENCH.sh" "$build" ;; esac
kelp=$build/kelp
command -v hyperfine >/dev/null || {
        echo "bench: hyperfine is not installed (sudo apt-get install hyperfine)"
        exit 1
}
out=$build/bench
mkdir -p "$out"
work=$(mktemp -d "$HOME/bench.XXXXXX")
export USER=${USER:-$(id -un)}
k="$kelp --root $work/root --runroot $work/run"
clean() {
        $k rm -fa -t 0 >/dev/null 2>&1
        "$kelp" unshare rm -rf "$work"
}
trap clean EXIT

. tests/bench/show.sh
# median NAME COMMAND...: milliseconds
median() {
        local name=$1
        shift
        hyperfine -N --warmup 5 --runs "${RUNS:-50}" -i --export-json "$out/$name.json" "$*" >/dev/null 2>&1
        jq '.results[0].median * 1000' "$out/$name.json"
}

$k import -c 'CMD ["true"]' "$build/fixtures/busybox.tar" localhost/busybox >/dev/null
mkdir -p "$work"/floor/{upper,work,merged} "$work/bare"
tar -C "$work/bare" -xf "$build/fixtures/busybox.tar"

floor="$work/bare $work/floor/upper $work/floor/work $work/floor/merged /bin/busybox true"
one=$(median floor-one "$build/floor $floor")
floor_ms=$(median floor "$build/floor -m $floor")
version=$(median version "$k version")
run=$(median run "$k run --rm --network=none busybox true")
show "floor, one id" "$one" ms
show "floor with newuidmap" "$floor_ms" ms
show "kelp version" "$version" ms 1.5
show "kelp run --rm --network=none" "$run" ms
show "  to the floor" "$(ratio "$run" "$floor_ms")" x 2
if [ -w /dev/net/tun ] && command -v slirp4netns >/dev/null; then
        slirp=$(RUNS=20 median slirp "$k run --rm busybox true")
        show "kelp run --rm (slirp4netns)" "$slirp" ms
        show "  above none" "$(awk -v a="$slirp" -v b="$run" 'BEGIN { print a - b }')" ms 30
fi
$k run -d --name c --network=none busybox sleep 1000 >/dev/null
exec_ms=$(median exec "$k exec c true")
show "kelp exec" "$exec_ms" ms 4
sleep 0.5
pss=$(awk '/^Pss:/ { print $2 }' "/proc/$($k inspect -f '{{.State.ConmonPid}}' c)/smaps_rollup")
show "the monitor's Pss" "$pss" kB 500
for _ in $(seq 99); do
        $k create --network=none busybox true >/dev/null
done
ps=$(median ps "$k ps -a")
show "kelp ps -a with 100 containers" "$ps" ms 5
strip -o "$work/stripped" "$kelp"
show "the stripped binary" "$(($(stat -c %s "$work/stripped") / 1000))" kB 2000
$k rm -fa -t 0 >/dev/null

if command -v crun >/dev/null; then
        mkdir -p "$work/bundle" "$work/crun"
        (cd "$work/bundle" && crun spec --rootless && jq '.root.path = "'"$work/bare"'" | .process.terminal = false |
                .process.args = ["/bin/busybox", "true"]' config.json >c && mv c config.json)
        crun=$(median crun "crun --root $work/crun --cgroup-manager=disabled run -b $work/bundle b")
        show "crun run (bare bundle)" "$crun" ms
        show "  kelp run to crun run" "$(ratio "$run" "$crun")" x 1
        oci=$(median oci "$kelp oci --root $work/oci --cgroup-manager=disabled run -b $work/bundle b")
        show "kelp oci run (the same bundle)" "$oci" ms
        show "  kelp oci run to crun run" "$(ratio "$oci" "$crun")" x 0.6
fi
if command -v podman >/dev/null; then
        p="podman --storage-driver overlay --root $work/proot --runroot $work/prun --cgroup-manager cgroupfs"
        if $p import -q -c 'CMD ["true"]' "$build/fixtures/busybox.tar" localhost/busybox >/dev/null 2>&1 &&
                $p run --rm --network=none localhost/busybox true 2>/dev/null; then
                podman=$(RUNS=10 median podman "$p run --rm --network=none localhost/busybox true")
                show "podman run --rm --network=none" "$podman" ms
                show "  kelp run to podman run" "$(ratio "$run" "$podman")" x
        else
                echo "podman does not run here"
        fi
fi
[ "${BENCH-}" != quick ] || exit 0
clean
trap - EXIT
tests/bench/images.sh "$build"
exec tests/bench/life.sh "$build"
