#!/usr/bin/env bats
# --timeout: the monitor kills a container that runs too long.

load helper

@test "timeout: the container is killed, and that is told as podman tells it" {
        start=$SECONDS
        run kelp run --name c --network=none --timeout 1 busybox sleep 100
        code 255
        [ $((SECONDS - start)) -lt 20 ]
        run kelp inspect -f '{{.State.Status}} {{.State.ExitCode}} {{.Config.Timeout}}' c
        is "exited -1 1"
        run kelp wait c
        is -1
        run kelp start -a c
        code 255
}

@test "timeout: an earlier end is its own, 0 is never, detached ones too" {
        run run_quick --timeout 60 busybox sh -c 'exit 7'
        code 7
        run run_quick --timeout 0 busybox sh -c 'sleep 1.2; exit 8'
        code 8
        kelp run -d --name c --network=none --timeout 1 busybox sleep 100
        [ "$(kelp wait c)" = -1 ]
        # by hand it is a kill like others
        kelp run -d --name d --network=none --timeout 60 busybox sleep 100
        kelp kill d
        [ "$(kelp wait d)" = 137 ]
        for bad in -1 x 99999999999; do
                run run_quick --timeout "$bad" busybox true
                code 125
        done
}

@test "timeout: each run of a restarted container has the whole time" {
        start=$SECONDS
        kelp run -d --name c --network=none --timeout 1 --restart=on-failure:2 busybox sleep 100
        poll 30 restarted 2
        [ "$(kelp wait c)" = -1 ]
        [ $((SECONDS - start)) -ge 3 ]
        [ "$(kelp inspect -f '{{.RestartCount}}' c)" = 2 ]
}

restarted() {
        [ "$(kelp inspect -f '{{.RestartCount}}' c)" = "$1" ]
}

@test "timeout: beside a health check, and for a container without a pid namespace of its own" {
        kelp run -d --name c --network=none --timeout 8 --health-cmd true --health-interval 1s busybox sleep 100
        poll 7 healthy
        [ "$(kelp wait c)" = -1 ]
        run run_quick --timeout 1 --pid=host busybox sleep 100
        code 255
}

healthy() {
        [ "$(kelp inspect -f '{{.State.Health.Status}}' c)" = healthy ]
}
