#!/usr/bin/env bats
# What stays when processes are killed, and many at once.
load helper

monitor_of() {
        kelp inspect -f '{{.State.ConmonPid}}' "$1"
}

@test "monitor: kill -9 of the command does not hurt the container" {
        "$KELP" --root "$ROOT" --runroot "$RUNROOT" run --name c --network=none busybox sleep 100 3>&- &
        cli=$!
        poll 5 bash -c "'$KELP' --root '$ROOT' --runroot '$RUNROOT' ps -q | grep -q ."
        kill -9 $cli
        wait $cli || true
        [ "$(kelp inspect -f '{{.State.Status}}' c)" = running ]
        run kelp exec c echo alive
        is alive
}

@test "monitor: --rm is kept although the command was killed" {
        "$KELP" --root "$ROOT" --runroot "$RUNROOT" run --rm --name c --network=none busybox sleep 1 3>&- &
        cli=$!
        poll 5 bash -c "'$KELP' --root '$ROOT' --runroot '$RUNROOT' ps -q | grep -q ."
        kill -9 $cli
        wait $cli || true
        poll 10 store_is_clean
}

@test "monitor: kill -9 of the monitor leaves a readable store" {
        kelp run -d --name m --network=none busybox sleep 100
        pid=$(kelp inspect -f '{{.State.Pid}}' m)
        kill -9 "$(monitor_of m)"
        poll 5 bash -c "! kill -0 $pid 2>/dev/null"
        run kelp ps -a --format '{{.Status}}'
        has "monitor lost"
        [ "$(kelp inspect -f '{{.State.Status}} {{.State.Error}}' m)" = "exited monitor lost" ]
        kelp start m
        [ "$(kelp inspect -f '{{.State.Status}}' m)" = running ]
        kill -9 "$(monitor_of m)"
        kelp rm -f m
        store_is_clean
}

@test "monitor: a container that --rm cannot remove keeps its record" {
        kelp run -d --rm --name c --network=none busybox sleep 100
        pid=$(kelp inspect -f '{{.State.Pid}}' c) monitor=$(monitor_of c)
        mv "$ROOT/staging" "$ROOT/away"
        touch "$ROOT/staging"
        kill -9 "$pid"
        poll 5 bash -c "! kill -0 $monitor 2>/dev/null"
        rm "$ROOT/staging"
        mv "$ROOT/away" "$ROOT/staging"
        [ "$(kelp inspect -f '{{.State.Status}} {{.State.ExitCode}}' c)" = "exited 137" ]
        run kelp events --stream=false --filter container=c --format '{{.Status}}'
        has died
        lacks remove
        kelp rm c
        store_is_clean
}

@test "monitor: 50 run --rm at once all succeed" {
        for i in $(seq 50); do
                run_quick busybox payload exit 0 3>&- &
                pids="${pids-} $!"
        done
        for p in $pids; do
                wait "$p"
        done
        store_is_clean
}

@test "monitor: small, at most 500 kB of its own" {
        # The first start of a store compiles the seccomp filter, which leaves about 80 kB more behind.
        run_quick busybox true
        kelp run -d --name m --network=none busybox sleep 100
        monitor=$(monitor_of m)
        # Its memory is given back when the start is over and nothing happens for a while.
        poll 5 is_small || {
                grep Private "/proc/$monitor/smaps_rollup"
                false
        }
}

# Its share of libc depends on what else runs, and is not counted.
is_small() {
        [ "$(awk '/^Private_(Clean|Dirty):/ { s += $2 } END { print s }' "/proc/$monitor/smaps_rollup")" -le 500 ]
}

@test "monitor: a killed start leaves nothing that runs" {
        for _ in 1 2 3 4 5 6 7 8 9 10; do
                "$KELP" --root "$ROOT" --runroot "$RUNROOT" run --rm --network=none busybox true 3>&- &
                cli=$!
                sleep "0.00$((RANDOM % 9))"
                kill -9 $cli 2>/dev/null || true
                wait $cli || true
        done
        sleep 0.5
        run kelp ps -q
        is ""
        kelp rm -fa
        run_quick busybox true
}
