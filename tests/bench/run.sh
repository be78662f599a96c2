#!/bin/bash
# make bench: kelp beside the floor, and podman and crun where they are installed, on one image in one
# run. Ratios and targets; single times mean little on a shared machine. BENCH=quick skips the pull.
set -u
cd "$(dirname "$0")/../.." || exit 1
build=$(realpath "$1")
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
        [ -z "${registry-}" ] || kill "$registry" 2>/dev/null
        "$kelp" unshare rm -rf "$work"
}
trap clean EXIT

# median NAME COMMAND...: milliseconds
median() {
        local name=$1
        shift
        hyperfine -N --warmup 5 --runs "${RUNS:-50}" -i --export-json "$out/$name.json" "$*" >/dev/null 2>&1
        jq '.results[0].median * 1000' "$out/$name.json"
}
# show NAME VALUE UNIT [TARGET]
show() {
        awk -v n="$1" -v v="$2" -v u="$3" -v t="${4-}" 'BEGIN {
                verdict = t == "" ? "" : (v <= t ? "reached (" t ")" : "MISSED (" t ")")
                printf "%-46s %9.2f %-3s %s\n", n, v, u, verdict }'
}
ratio() {
        awk -v a="$1" -v b="$2" 'BEGIN { print a / b }'
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
fi
if command -v podman >/dev/null; then
        p="podman --root $work/proot --runroot $work/prun --cgroup-manager cgroupfs"
        if $p import -q -c 'CMD ["true"]' "$build/fixtures/busybox.tar" localhost/busybox >/dev/null 2>&1 &&
                $p run --rm --network=none localhost/busybox true 2>/dev/null; then
                podman=$(RUNS=10 median podman "$p run --rm --network=none localhost/busybox true")
                show "podman run --rm --network=none" "$podman" ms
                show "  kelp run to podman run" "$(ratio "$run" "$podman")" x
        else
                echo "podman does not run here"
        fi
fi
[ "${BENCH-}" != quick ] && command -v docker-registry >/dev/null || exit 0

# 1 GB in five gzip layers: files of several sizes, half of their bytes random.
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
printf 'version: 0.1\nstorage: {filesystem: {rootdirectory: %s/reg}}\nhttp: {addr: "127.0.0.1:%s"}\nlog: {level: error, accesslog: {disabled: true}}\n' \
        "$work" "$port" >"$work/registry.yml"
docker-registry serve "$work/registry.yml" >/dev/null 2>&1 &
registry=$!
python3 tests/bench/big-layers.py "$work/big"
umoci init --layout "$work/oci" >/dev/null
umoci new --image "$work/oci:big" >/dev/null
for layer in "$work"/big/*.tar; do
        umoci raw add-layer --image "$work/oci:big" "$layer" >/dev/null
        rm "$layer"
done
skopeo --insecure-policy copy -q --dest-tls-verify=false "oci:$work/oci:big" "docker://127.0.0.1:$port/big:1"
# timed NAME COMMAND...: wall and CPU seconds of the fastest of three
timed() {
        local best=""
        for _ in 1 2 3; do
                "$work/clear-$1" 2>/dev/null
                /usr/bin/time -f '%e %U %S' -o "$work/time" "${@:2}" >/dev/null 2>&1
                best="$best$(tail -n 1 "$work/time")
"
        done
        echo "$best" | awk 'NF == 3 { c = $2 + $3; if (!n++ || $1 < w) { w = $1; cpu = c } } END { print w, cpu }'
}
printf '#!/bin/sh\n%s rmi -a >/dev/null 2>&1\n' "$k" >"$work/clear-kelp"
printf '#!/bin/sh\npodman --root %s/proot --runroot %s/prun rmi -f 127.0.0.1:%s/big:1 >/dev/null 2>&1\n' "$work" "$work" "$port" >"$work/clear-podman"
chmod +x "$work"/clear-*
read -r kw kc <<<"$(timed kelp $k pull -q "127.0.0.1:$port/big:1")"
show "kelp pull, 1 GB in 5 gzip layers: wall" "$kw" s
show "  CPU" "$kc" s
if command -v podman >/dev/null; then
        read -r pw pc <<<"$(timed podman podman --root "$work/proot" --runroot "$work/prun" pull -q --tls-verify=false "127.0.0.1:$port/big:1")"
        show "podman pull: wall" "$pw" s
        show "  CPU" "$pc" s
        show "  kelp to podman, wall" "$(ratio "$kw" "$pw")" x 0.334
        show "  kelp to podman, CPU" "$(ratio "$kc" "$pc")" x 0.334
fi
