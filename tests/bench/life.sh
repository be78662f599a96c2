#!/bin/bash
# The third part of make bench: many containers, and much data through one, beside podman. Each line is
# kelp's and podman's figure of the same work, one after the other, and the ratio with its target.
set -u
cd "$(dirname "$0")/../.." || exit 1
build=$(realpath "$1")
kelp=$build/kelp
for program in podman hyperfine jq; do
        command -v $program >/dev/null || {
                echo "bench: $program is not installed, the life of containers is not measured"
                exit 0
        }
done
. tests/bench/show.sh
work=$(mktemp -d "$HOME/bench.XXXXXX")
k="$kelp --root $work/root --runroot $work/run"
p="podman --storage-driver overlay --root $work/proot --runroot $work/prun --cgroup-manager cgroupfs"
image=localhost/busybox
clean() {
        $k rm -fa -t 0 >/dev/null 2>&1
        $p rm -fa -t 0 >/dev/null 2>&1
        "$kelp" unshare rm -rf "$work"
}
trap clean EXIT
for engine in "$k" "$p"; do
        $engine import -c 'CMD ["true"]' "$build/fixtures/busybox.tar" $image >/dev/null 2>&1
done

# seconds COMMAND: its wall time; nothing when it fails
seconds() {
        local began=$EPOCHREALTIME
        if ! (set -e; eval "$1") >"$work/out" 2>&1; then
                echo "bench: failed: $1: $(tail -n 1 "$work/out")" >&2
                return
        fi
        awk -v a="$began" -v b="$EPOCHREALTIME" 'BEGIN { print b - a }'
}
# compare NAME TARGET UNIT KELP PODMAN
compare() {
        show "$1: kelp" "$4" "$3"
        show "  podman" "$5" "$3"
        show "  kelp to podman" "$(ratio "$4" "$5")" x "$2"
}
# both NAME TARGET COMMAND: ENGINE in it is either one. What others have written is on the disk before.
both() {
        local ks ps
        sync
        fill_memory "$work"
        ks=$(seconds "${3//ENGINE/$k}")
        sync
        fill_memory "$work"
        ps=$(seconds "${3//ENGINE/$p}")
        compare "$1" "$2" s "$ks" "$ps"
}
fastest() {
        for _ in 1 2 3 4 5; do seconds "$1"; done | sort -g | head -n 1
}
# often: both, for what only reads: the fastest of five
often() {
        compare "$1" "$2" s "$(fastest "${3//ENGINE/$k}")" "$(fastest "${3//ENGINE/$p}")"
}
# What is done behind a command's back belongs to it: how long it still takes. Looking takes time too, which is
# not counted when there is nothing.
settle() {
        local began=$EPOCHREALTIME
        pgrep -u "$(id -u)" -f -- "--root $work/p?root" >/dev/null || {
                echo 0
                return
        }
        while pgrep -u "$(id -u)" -f -- "--root $work/p?root" >/dev/null; do sleep 0.02; done
        awk -v a="$began" -v b="$EPOCHREALTIME" 'BEGIN { print b - a }'
}
# each COMMAND: with both, not measured
each() {
        seconds "${1//ENGINE/$k}" >/dev/null
        seconds "${1//ENGINE/$p}" >/dev/null
}

# at_once_by ENGINE N: seconds, failures
at_once_by() {
        local took failed _
        # shellcheck disable=SC2086
        read -r took failed _ <<<"$(tests/bench/many.py once "$2" $1 run --rm --network=none $image true)"
        echo "$(awk -v a="$took" -v b="$(settle)" 'BEGIN { print a + b }') $failed"
}
at_once() {
        local n=$1 ks kf ps pf
        read -r ks kf <<<"$(at_once_by "$k" "$n")"
        read -r ps pf <<<"$(at_once_by "$p" "$n")"
        compare "run --rm, $n at once" 0.1 s "$ks" "$ps"
        show "  containers per second: kelp" "$(ratio "$n" "$ks")" /s
        show "  podman" "$(ratio "$n" "$ps")" /s
        show "  failures: kelp (podman: $pf)" "$kf" "" 0
}
each "ENGINE run --rm --network=none $image true" # the first of a store prepares things
settle >/dev/null

# Files first: an ext4 without a journal looks at each inode that was freed in the last minutes before it
# makes a new one, so none is freed here before what makes many.
each "ENGINE run -d --name c --network=none $image sleep 100000"
head -c 1G /dev/urandom >"$work/big"
mkdir -p "$work/tree"
for d in $(seq 100); do
        mkdir "$work/tree/$d"
        split -b 256K -a 2 <(tail -c +$((d * 1000000)) "$work/big" | head -c 10M) "$work/tree/$d/"
done
both "cp of 1 GB in 4,000 files, in" 0.25 "ENGINE cp $work/tree c:/tree"
mkdir "$work/back-k" "$work/back-p"
sync
fill_memory "$work"
out_k=$(seconds "$k cp c:/tree $work/back-k")
sync
fill_memory "$work"
compare "cp of it, out" 0.25 s "$out_k" "$(seconds "$p cp c:/tree $work/back-p")"
sync
fill_memory "$work"
show "  the same by cp -r" "$(seconds "cp -r $work/tree $work/copy")" s
each "ENGINE stop -t 0 c" # settle() waits until nothing runs

for n in 1 8 32 100; do
        at_once $n
done

each "ENGINE start c"
read -r took failed median longest <<<"$(tests/bench/many.py rate 100 1000 $k exec c true)"
show "exec at 100 per second for 10 s: took" "$took" s 10.5
show "  failures" "$failed" "" 0
show "  median of one" "$median" ms
show "  longest" "$longest" ms
read -r _ _ calm _ <<<"$(tests/bench/many.py rate 2 20 $k exec c true)"
read -r _ _ slow _ <<<"$(tests/bench/many.py rate 2 20 $p exec c true)"
compare "exec at 2 per second, median of one" 0.1 ms "$calm" "$slow"

# Data through one container.
both "1 GB through run -i cat" 0.25 "ENGINE run -i --rm --network=none $image cat <$work/big | cmp - $work/big"
yes 0123456789012345678901234567890123456789012345678901234567890123456789012345678 | head -n 13421773 >"$work/lines"
show "  the same through two pipes, with no container" \
        "$(seconds "cat $work/big | cat | cmp - $work/big")" s
both "1 GB of lines into a log" 0.25 "ENGINE run -d --name log --network=none --log-driver k8s-file --log-opt max-size=4g \
-v $work/lines:/lines:ro $image cat /lines; ENGINE wait log"
fill_memory "$work"
show "  the log by cp" "$(seconds "cp \"\$($k inspect -f {{.LogPath}} log)\" $work/log")" s
rm -f "$work/log"
often "logs --tail 10 of it" 0.25 "ENGINE logs --tail 10 log"
both "logs of it" 0.25 "ENGINE logs log >/dev/null"
each "ENGINE rm log"
rm -rf "$work/big" "$work/lines" "$work/tree" "$work/copy" "$work"/back-?
each "ENGINE rm -f -t 0 c"

# Many of them.
many() { # NAME N: N running ones that end at once when told to
        each "for i in \$(seq $2); do ENGINE run -d --name $1\$i --network=none $image sh -c \
'trap \"exit 0\" TERM; sleep 100000 & wait'; done"
}
many s 50
for engine in "$k" "$p"; do
        [ "$($engine ps -q | wc -l)" = 50 ] || echo "bench: not all of the 50 run" >&2
done
sleep 1 # the last one has set its trap
both "stop -a of 50" 0.25 "ENGINE stop -a"
each "ENGINE rm -a"
many f 100
monitors=$($k ps -q | xargs $k inspect -f '{{.State.ConmonPid}}')
pss=$(for pid in $monitors; do awk '/^Pss:/ { print $2 }' "/proc/$pid/smaps_rollup"; done |
        awk '{ s += $1 } END { print s / 1000 }')
show "Pss of 100 idle containers' monitors" "$pss" MB 50
each "for i in \$(seq 1000); do ENGINE create --network=none $image true; done"
often "ps -a with 1,000 created, 100 running" 0.25 "ENGINE ps -a"
hyperfine -N --warmup 1 --runs 20 --export-json "$work/ps.json" "$k ps -a" >/dev/null 2>&1
show "  kelp ps -a (the fastest of 20, without a shell)" "$(jq '.results[0].min * 1000' "$work/ps.json")" ms 15
often "inspect of one of them" 0.25 "ENGINE inspect f50"
often "inspect of 100 of them" 0.25 "ENGINE inspect f{1..100}"
both "rm -f of 100 running ones" 0.25 "ENGINE rm -f -t 0 f{1..100}"
both "rm -a of 1,000" 0.25 "ENGINE rm -a"
