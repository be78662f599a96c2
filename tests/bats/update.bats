#!/usr/bin/env bats
# kelp update, container cleanup.
load helper

@test "update: limits of a stopped container hold from its start, environment too" {
        kelp create --name u -e KEEP=1 -e GO=1 --network=none busybox sh -c 'echo "$KEEP$GO$NEW"'
        run kelp update --pids-limit 77 -m 64m --cpus 0.5 --cpuset-cpus 0 u
        is "$(kelp inspect -f '{{.Id}}' u)"
        run kelp inspect -f '{{.HostConfig.PidsLimit}} {{.HostConfig.Memory}} {{.HostConfig.CpuQuota}} {{.HostConfig.CpusetCpus}}' u
        is "77 67108864 50000 0"
        kelp update -l -m 128m
        run kelp inspect -f '{{.HostConfig.PidsLimit}} {{.HostConfig.Memory}}' u
        is "77 134217728"
        kelp update -m 64m --memory-swap 96m u
        kelp update --memory-swap=-1 u
        run kelp inspect -f '{{.HostConfig.Memory}} {{.HostConfig.MemorySwap}}' u
        is "67108864 -1"
        run kelp update --cpus never u
        code 125
        run kelp update --restart sometimes u
        code 125
        has "not a valid restart policy"
        run kelp update --health-interval 5s u
        code 125
        has "--health-cmd"
        run kelp update -m 1g nosuch
        code 125
        kelp create --name e -e KEEP=1 -e GO=2 --network=none busybox sh -c 'echo "$KEEP-$GO-$NEW"'
        kelp update -e NEW=3 --unsetenv GO e
        run kelp start -a e
        is "1--3"
        run kelp update -e NEW e
        code 125
}

@test "update: a limit that no controller keeps is an error while it runs, and is not stored" {
        if [ -z "${KELP_TEST_CGROUP-}" ]; then skip "no cgroup"; fi
        kelp run -d --name u --network=none busybox sleep 1000
        cgroup=/sys/fs/cgroup$(kelp inspect -f '{{.State.CgroupPath}}' u)
        if [ -e "$cgroup/pids.max" ]; then
                kelp container update --pids-limit 55 u
                [ "$(cat "$cgroup/pids.max")" = 55 ]
        else
                run kelp container update --pids-limit 55 u
                code 125
                has pids
                run kelp inspect -f '{{.HostConfig.PidsLimit}}' u
                lacks 55
        fi
}

@test "cleanup: a killed monitor's container, running ones" {
        kelp run -d --name c --network=none busybox sleep 1000
        run kelp container cleanup c
        code 125
        has "state improper"
        run kelp container cleanup --stopped-only c
        is ""
        kill -9 "$(kelp inspect -f '{{.State.ConmonPid}}' c)"
        poll 5 bash -c "'$KELP' --root '$ROOT' --runroot '$RUNROOT' ps -a --format '{{.Status}}' | grep -q lost"
        run kelp container cleanup --rm c
        code 0
        store_is_clean
        run kelp container clone c
        code 125
        has "not offered"
}
