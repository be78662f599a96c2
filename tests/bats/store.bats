#!/usr/bin/env bats
# Never a broken store: transfers that break off, processes that are killed, commands side by side.
# shellcheck disable=SC2034,SC2030,SC2031

load helper

IMAGE=none

setup_file() {
        start_registry plain
        echo "$REGISTRY" >"$BATS_FILE_TMPDIR/registry"
        push layers "$REGISTRY/layers:1"
        push large "$REGISTRY/large:1"
        push_huge "$REGISTRY/huge:1"
}

# One layer that is worth several requests.
push_huge() {
        local dir=$BATS_FILE_TMPDIR/huge
        mkdir -p "$dir/root"
        head -c 25000000 /dev/urandom >"$dir/root/data"
        tar -C "$dir/root" --owner=0 --group=0 -cf "$dir/huge.tar" data
        umoci init --layout "$dir/oci" >/dev/null
        umoci new --image "$dir/oci:huge" >/dev/null
        umoci raw add-layer --image "$dir/oci:huge" "$dir/huge.tar" >/dev/null
        skopeo --insecure-policy copy --quiet --dest-tls-verify=false "oci:$dir/oci:huge" "docker://$1"
}

teardown_file() {
        stop_registries
}

# start_proxy MODE [SEED]: PROXY is its address, PROXY_LOG what was asked for
start_proxy() {
        local port
        port=$(free_port)
        PROXY_LOG=$BATS_TEST_TMPDIR/proxy.log
        : >"$PROXY_LOG"
        python3 "$BATS_TEST_DIRNAME/flaky-proxy.py" "$port" "$(cut -d: -f2 "$BATS_FILE_TMPDIR/registry")" \
                "$PROXY_LOG" "$@" 3>&- 2>/dev/null &
        PROXY_PID=$!
        echo $PROXY_PID >>"$BATS_FILE_TMPDIR/pids"
        PROXY=127.0.0.1:$port
        poll 10 curl_up "$port"
}

# background ARGUMENT...: pid is kelp's own, not a shell's
background() {
        (exec "$KELP" --root "$ROOT" --runroot "$RUNROOT" "$@" >/dev/null 2>&1 3>&-) &
        pid=$!
}

# A pull is under way: at least so many bytes of blobs came.
fetched() {
        poll 30 has_partial "$1"
}

has_partial() {
        [ "$(cat "$ROOT"/partial/* 2>/dev/null | wc -c)" -ge "$1" ]
}

# The children of a killed process die a moment after it.
store_gets_whole() {
        local _
        for _ in 1 2 3 4 5; do
                sleep 0.1
                ! store_is_whole >/dev/null || return 0
        done
        store_is_whole
}

# The whole of it: nothing damaged, and every byte that du finds is in a class of df.
store_is_whole() {
        run kelp system check
        code 0 && lacks damaged || return 1
        local df du
        df=$(kelp system df --format '{{.RawSize}}' | awk '{ s += $1 } END { print s }')
        du=$("$KELP" unshare du -s -B1 "$ROOT" | cut -f1)
        [ "$df" = "$du" ] || {
                echo "df says $df, du $du"
                kelp system df
                return 1
        }
}

@test "store: a registry that breaks connections: the pull gets through, nothing is fetched twice" {
        start_proxy cut 7
        run kelp pull -q --retry 20 --retry-delay 0s "$PROXY/large:1"
        code 0
        store_is_whole
        # Each request begins where the bytes so far end; after a reset, nowhere behind that.
        run awk '{ had = got[$1] + 0
                   if ($2 > had || ($2 < had && way[$1] != "reset")) {
                           print "asked for " $2 ", had " had " (" way[$1] "): " $1; bad = 1 }
                   if ($3 > 0) { got[$1] = $2 + $3; way[$1] = $4 } } END { exit bad }' "$PROXY_LOG"
        code 0
        [ "$(wc -l <"$PROXY_LOG")" -gt 2 ]
        kelp run --rm --network=none "$PROXY/large:1" true
}

@test "store: a pull that is killed goes on in the next process" {
        start_proxy slow
        for i in 1 2 3 4 5; do
                background pull -q "$PROXY/large:1"
                fetched $((i * 300000))
                kill -KILL $pid 2>/dev/null || true
                wait $pid || true
                store_gets_whole
        done
        sleep 0.2
        kelp pull -q "$PROXY/large:1"
        # The later ones asked for the rest only.
        run awk '$2 > 0 { resumed++ } END { print resumed + 0; exit !resumed }' "$PROXY_LOG"
        code 0
        store_is_whole
        run ls "$ROOT/partial"
        is ""
}

@test "store: a large blob comes over several requests at once, in parts" {
        start_proxy slow
        kelp pull -q "$PROXY/huge:1"
        store_is_whole
        # Each byte once, but for what was on its way when the first request was cut.
        run awk '{ parts += $2 > 0; sent += $3 } END { print parts, sent; exit !(parts >= 2 && sent < 34000000) }' \
                "$PROXY_LOG"
        code 0
        cmp "$BATS_FILE_TMPDIR/huge/root/data" "$(echo "$ROOT"/layers/*/diff/data)"
}

@test "store: a blob that came in parts and was killed goes on behind its first gap" {
        start_proxy slow
        background pull -q "$PROXY/huge:1"
        fetched 6000000
        kill -KILL $pid
        wait $pid || true
        store_gets_whole
        sleep 0.2
        before=$(wc -l <"$PROXY_LOG")
        kelp pull -q "$PROXY/huge:1"
        run awk -v before="$before" 'NR > before && $4 == "slow" { if (first == "" || $2 < first) first = $2 }
                END { print first; exit !(first > 100000) }' "$PROXY_LOG"
        code 0
        store_is_whole
        cmp "$BATS_FILE_TMPDIR/huge/root/data" "$(echo "$ROOT"/layers/*/diff/data)"
}

@test "store: a registry that sends the whole for a part is listened to" {
        start_proxy norange
        kelp pull -q "$PROXY/huge:1"
        store_is_whole
        cmp "$BATS_FILE_TMPDIR/huge/root/data" "$(echo "$ROOT"/layers/*/diff/data)"
}

@test "store: a damaged partial download is noticed, and fetched anew" {
        start_proxy slow
        background pull -q "$PROXY/large:1"
        fetched 500000
        kill -KILL $pid
        wait $pid || true
        for f in "$ROOT"/partial/*; do
                dd if=/dev/zero of="$f" bs=1000 seek=3 count=2 conv=notrunc status=none
        done
        run kelp pull -q "$PROXY/large:1"
        code 0
        store_is_whole
}

@test "store: a layer is sent while it is compressed; where that fails, afterwards" {
        for mode in pass nopatch cutpatch; do
                start_proxy $mode
                kelp import -q "$FIXTURES/busybox.tar" localhost/plain:1 >/dev/null
                rm -rf "$ROOT/cache/compressed"
                kelp push -q localhost/plain:1 "$PROXY/streamed/$mode:1"
                grep "^PATCH .* $mode" "$PROXY_LOG"
                # what is known now is asked for, and not made again
                : >"$PROXY_LOG"
                run kelp push localhost/plain:1 "$PROXY/streamed/$mode:1"
                code 0
                has "already exists"
                [ ! -s "$PROXY_LOG" ]
                kill $PROXY_PID
        done
        # what was not made here may be there: its digest comes first
        start_proxy pass
        rm -rf "$ROOT/cache/compressed"
        kelp push -q localhost/plain:1 "$PROXY/streamed/pass:2"
        [ ! -s "$PROXY_LOG" ]
        # the same bytes each way
        for mode in pass nopatch cutpatch; do
                skopeo inspect --tls-verify=false --format '{{.Layers}}' \
                        "docker://$(cat "$BATS_FILE_TMPDIR/registry")/streamed/$mode:1"
        done | uniq >"$BATS_TEST_TMPDIR/digests"
        [ "$(wc -l <"$BATS_TEST_TMPDIR/digests")" = 1 ]
        store_is_whole
}

@test "store: Ctrl-C ends a pull in order, the next one goes on" {
        start_proxy slow
        background pull -q "$PROXY/large:1"
        fetched 500000
        kill -INT $pid
        code=0
        wait $pid || code=$?
        [ $code -eq 130 ]
        store_is_whole
        [ -n "$(ls "$ROOT/partial")" ]
        kelp pull -q "$PROXY/large:1"
        store_is_whole
}

@test "store: a pull of what is there asks for no blob, and only tells of its use" {
        start_proxy pass
        kelp pull -q "$PROXY/layers:1"
        [ -s "$PROXY_LOG" ]
        : >"$PROXY_LOG"
        touch -d 2001-01-01 "$ROOT"/images/*
        run kelp pull -q "$PROXY/layers:1"
        code 0
        [ ! -s "$PROXY_LOG" ]
        [ -n "$(find "$ROOT/images" -type f -newermt 2020-01-01)" ]
        store_is_whole
}

@test "store: pull and run are killed at random points, some hundreds of times" {
        start_proxy pass
        rounds=0
        for i in $(seq 1 "${KELP_KILLS:-200}"); do
                case $((i % 4)) in
                0) set -- pull -q "$PROXY/layers:1" ;;
                1) set -- rmi -f "$PROXY/layers:1" ;;
                2) set -- run --rm --network=none "$PROXY/layers:1" true ;;
                3) set -- import "$FIXTURES/busybox.tar" localhost/imported ;;
                esac
                background "$@"
                sleep "0.0$((RANDOM % 60 + 10))"
                kill -KILL $pid 2>/dev/null || true
                wait $pid 2>/dev/null || true
                rounds=$((rounds + 1))
                [ $((i % 10)) -ne 0 ] || store_gets_whole
        done
        poll 5 no_monitors
        store_gets_whole
        [ $rounds -ge 100 ]
        kelp rm -fa -t 0 >/dev/null
        kelp pull -q "$PROXY/layers:1"
        kelp system check --repair
        run kelp system check
        is ""
}

no_monitors() {
        [ -z "$(kelp ps -q)" ]
}

# worker SEED: random commands on the same images; what is not expected goes to a file.
worker() {
        local seed=$1 i out
        RANDOM=$seed
        for i in $(seq 1 "$2"); do
                case $((RANDOM % 6)) in
                0) set -- pull -q "$3" ;;
                1) set -- rmi -f "$3" ;;
                2) set -- run --rm --network=none --pull never "$3" true ;;
                3) set -- image prune -af ;;
                4) set -- tag "$3" "localhost/other:$((RANDOM % 3))" ;;
                5) set -- run --rm --network=none "$3" true ;;
                esac
                # A container that rmi -f ends leaves without a word of kelp's, behind what the pull said.
                out=$(kelp "$@" 2>&1 3>&-) || { [ $? = 137 ] && [[ $out != *kelp:* ]]; } || case $out in
                *"image not known"* | *"in use"* | *"not found"* | *"is to be pulled"* | *"no such container"*) ;;
                *) printf '%s: %s\n' "$*" "$out" >>"$BATS_TEST_TMPDIR/unexpected" ;;
                esac
                set -- "$seed" "$2" "$REGISTRY/layers:1"
        done
}

@test "store: commands side by side on one image, a thousand rounds" {
        REGISTRY=$(cat "$BATS_FILE_TMPDIR/registry")
        worker 1 "${KELP_ROUNDS:-500}" "$REGISTRY/layers:1" &
        first=$!
        worker 2 "${KELP_ROUNDS:-500}" "$REGISTRY/layers:1" &
        second=$!
        wait $first $second
        [ ! -e "$BATS_TEST_TMPDIR/unexpected" ] || {
                sort "$BATS_TEST_TMPDIR/unexpected" | uniq -c | sort -rn | head -20
                false
        }
        poll 5 no_monitors
        kelp rm -fa -t 0 >/dev/null
        kelp rmi -af >/dev/null
        store_is_whole
        run find "$ROOT/blobs/sha256" "$ROOT/layers" "$ROOT/images" "$ROOT/partial" "$ROOT/staging" -mindepth 1
        is ""
}
