#!/usr/bin/env bats
# Pods when several commands have one in hand at once, and after crashes.
load helper

infra_of() {
        kelp pod ps --no-trunc --format '{{.InfraID}}' --filter name="^$1\$"
}

# at_once COMMAND...: four times; what each printed is in out.N, its exit code in code.N
at_once() {
        local n pids=()
        cd "$BATS_TEST_TMPDIR"
        for n in 1 2 3 4; do
                { "$@" >out.$n 2>&1 && echo 0 >code.$n || echo $? >code.$n; } 3>&- &
                pids+=($!)
        done
        wait "${pids[@]}"
        head -n 5 code.* out.* # told when the test fails
}

@test "pods: of four made by one name at once one is there, and nothing of the others" {
        for _ in 1 2 3; do
                at_once kelp pod create --network none web
                [ "$(sort code.* | paste -sd ' ')" = "0 125 125 125" ]
                [ "$(grep -l 'name "web" is in use' out.* | wc -l)" = 3 ]
                [ "$(kelp pod ps -q | wc -l) $(kelp ps -aq | wc -l) $(ls "$ROOT/names" | wc -l)" = "1 1 2" ]
                kelp pod rm web >/dev/null
                store_is_clean
        done
}

@test "pods: four containers that start a pod at once live in one network" {
        kelp pod create --network none web >/dev/null
        at_once kelp run --rm --pod web busybox sh -c 'readlink /proc/self/ns/net; sleep 1'
        [ "$(sort -u code.*)" = 0 ]
        [ "$(sort -u out.* | wc -l)" = 1 ]
        [ "$(kelp ps -q | wc -l)" = 1 ]
}

@test "pods: four starts of a pod at once start it once" {
        kelp pod create --network none web >/dev/null
        kelp create --name a --pod web busybox sleep 1000 >/dev/null
        kelp create --name b --pod web busybox sleep 1000 >/dev/null
        at_once kelp pod start web
        [ "$(sort -u code.* out.* | paste -sd ' ')" = "0 web" ]
        run kelp events --stream=false --filter type=container --filter event=start --format '{{.Name}}'
        [ "${#lines[@]}" = 3 ]
        at_once kelp pod stop -t 0 web
        [ "$(sort -u code.* out.* | paste -sd ' ')" = "0 web" ]
        at_once kelp pod rm -f web
        [ "$(sort -u code.*)" = 0 ]
        store_is_clean
}

@test "pods: containers that end at once stop a pod with --exit-policy stop" {
        for rm in true false true false; do
                kelp pod create --network none --exit-policy stop web >/dev/null
                for n in a b c; do
                        kelp run -d --rm=$rm --name $n --pod web busybox sh -c 'until [ -e /dev/shm/go ]; do sleep 0.01; done' >/dev/null
                done
                kelp exec a touch /dev/shm/go
                poll 5 eval '[ -z "$(kelp ps -q)" ]'
                kelp pod rm -f web >/dev/null
        done
}

@test "pods: run in a pod that is being removed runs, or says that it is gone" {
        for _ in 1 2 3 4; do
                kelp pod create --network none web >/dev/null
                kelp run -d --pod web busybox sleep 1000 >/dev/null
                kelp pod rm -f -t 0 web >removed 2>&1 3>&- &
                run kelp run --pod web busybox true
                wait $! || true
                echo "$status: $output"; cat removed
                [ "$status" = 0 ] || [ "$status" = 125 ]
                [ "$status" = 0 ] || [[ $output =~ no\ such\ pod|no\ such\ container|is\ not\ running|No\ such\ file ]]
                kelp pod rm -f -t 0 web >/dev/null
                store_is_clean
        done
}

@test "pods: pod create that is killed leaves a pod, or what system check removes" {
        for n in 1 3 5 7 9 11 13 15 20 25; do
                timeout -s KILL "0.0$(printf %02d $n)" "$KELP" --root "$ROOT" --runroot "$RUNROOT" \
                        pod create --network none web >/dev/null 2>&1 3>&- || true
                poll 5 eval 'kelp system check --repair >/dev/null && [ -z "$(kelp system check)" ]'
                if [ -n "$(kelp pod ps -q)" ]; then
                        kelp pod rm -f "$(kelp pod ps -q)" >/dev/null
                fi
                store_is_clean
        done
}

@test "pods: one that a crash left without its name gets it back" {
        kelp pod create --network none web >/dev/null
        id=$(kelp pod ps -q)
        infra=$(infra_of web)
        rm "$ROOT"/names/*
        run kelp system check
        code 1
        has "damaged: pod ${id:0:12} has lost its name web"
        has "damaged: container ${infra:0:12} has lost its name ${id:0:12}-infra"
        kelp system check --repair
        [ "$(kelp system check)" = "" ]
        kelp pod rm web
        store_is_clean
}

@test "pods: the infra container's monitor is killed" {
        kelp pod create --network none web >/dev/null
        kelp run -d --name a --stop-timeout 0 --pod web busybox sleep 1000 >/dev/null
        infra=$(infra_of web)
        before=$(kelp exec a readlink /proc/self/ns/net)
        kill -9 "$(kelp inspect -f '{{.State.ConmonPid}}' "$infra")"
        poll 5 eval '[ "$(kelp pod ps --format "{{.Status}}")" = Degraded ]'
        run kelp ps -a --filter id="$infra" --format '{{.Status}}'
        has "monitor lost"
        run kelp system check
        code 0
        echo "run: $(kelp run --rm --pod web busybox readlink /proc/self/ns/net 2>&1) before $before"
        kelp pod restart web
        [ "$(kelp exec a readlink /proc/self/ns/net)" = "$(kelp run --rm --pod web busybox readlink /proc/self/ns/net)" ]
        kelp pod rm -f -t 0 web
        store_is_clean
}

@test "pods: start after the machine's start" {
        kelp pod create --network none web >/dev/null
        kelp run -d --name a --pod web busybox sleep 1000 >/dev/null
        for c in a "$(infra_of web)"; do
                kill -9 "$(kelp inspect -f '{{.State.ConmonPid}}' "$c")" "$(kelp inspect -f '{{.State.Pid}}' "$c")"
        done
        poll 5 eval '[ -z "$(kelp ps -q)" ]'
        rm -rf "$RUNROOT"
        run kelp pod start web
        code 0
        is web
        [ "$(kelp pod ps --format '{{.Status}}')" = Running ]
        kelp exec a true
}

@test "pods: one whose infra container is gone is found, and can be removed" {
        kelp pod create --network none web >/dev/null
        kelp create --name a --pod web busybox true >/dev/null
        id=$(kelp pod ps -q)
        infra=$(infra_of web)
        mv "$ROOT/containers/$infra" "$BATS_TEST_TMPDIR"
        run kelp system check
        code 1
        has "damaged: pod ${id:0:12}: its infra container is gone; remove it: kelp pod rm -f ${id:0:12}"
        run kelp pod start web
        code 125
        has "$infra"
        run kelp run --pod web busybox true
        code 125
        has "no such container"
        kelp pod inspect web >/dev/null
        kelp pod rm -f web
        run kelp system check --repair
        store_is_clean
}

@test "pods: rm --force ends the containers at once, not one after the other" {
        kelp pod create --network none web >/dev/null
        for n in 1 2 3 4; do
                kelp run -d --pod web --stop-timeout 2 busybox sh -c 'trap "" TERM; while :; do sleep 1000; done' >/dev/null
        done
        start=$SECONDS
        kelp pod rm -f web
        [ $((SECONDS - start)) -lt 7 ]
        store_is_clean
}
