#!/usr/bin/env bats
# Limits, cgroups, pause, stats: with directories of our own, as a plain user. What systemd does is tested
# on a machine that runs it: tests/vm/cgroup.sh.
load helper

has_cgroup() {
        [ "${KELP_TEST_CGROUP-}" = 1 ] || skip "no writable cgroup v2 here"
}

# A controller that is not there, for the errors; hugetlb may be, for what works.
missing_controller() {
        ! grep -qw "$1" /sys/fs/cgroup/cgroup.controllers
}

cgroup_of() {
        echo "/sys/fs/cgroup$(kelp inspect -f '{{.State.CgroupPath}}' "$1")"
}

@test "limits: what the cgroup cannot keep is an error with the controller and the cure" {
        local flag controller
        has_cgroup
        for flag in memory:--memory=64m memory:--memory-reservation=10m memory:--cgroup-conf=memory.high=1000000 \
                cpu:--cpus=1 cpu:--cpu-shares=100 cpu:--cpu-quota=10000 cpuset:--cpuset-cpus=0 \
                cpuset:--cpuset-mems=0 pids:--pids-limit=10 io:--blkio-weight=100; do
                controller=${flag%%:*} flag=${flag#*:}
                missing_controller "$controller" || continue
                run run_quick "$flag" busybox true
                code 125
                has "the limit cannot be kept: the cgroup controller \"$controller\" is not available"
                [ "${#lines[@]}" -ge 2 ]
        done
        store_is_clean
}

# The account's own view of /sys/fs/cgroup without any cgroup2 in it.
@test "limits: without any cgroup none is kept, and that is said" {
        run unshare -Urm sh -c "mount -t tmpfs none /sys/fs/cgroup && exec '$KELP' --root '$ROOT' --runroot '$RUNROOT' \
                run --rm --network=none --memory 64m busybox true"
        code 125
        has 'the cgroup controller "memory" is not available here'
        run unshare -Ur "$KELP" --root "$ROOT" --runroot "$RUNROOT" run --rm --network=none --cgroups=disabled \
                --memory 64m busybox true
        code 125
        has "limits cannot be set together with --cgroups=disabled"
}

@test "limits: nonsense is refused before anything is made" {
        local flag
        for flag in --memory=x --memory-swap=1g --cpus=a --cpuset-cpus=x --blkio-weight=1 --pids-limit=y \
                --cgroup-conf=x --cgroups=some --cgroupns=x --oom-score-adj=2000 --device-read-bps=/dev/null:1; do
                run run_quick "$flag" busybox true
                code 125
        done
        for flag in --memory-swappiness=10 --oom-kill-disable --cpu-rt-period=1 --cpu-rt-runtime=1; do
                run run_quick "$flag" busybox true
                code 125
                has "cgroup v2"
        done
        run run_quick --kernel-memory=1g busybox echo on
        code 0
        has "The --kernel-memory flag is no longer supported. This flag is a noop."
        has "on"
        run run_quick --cpus 1 --cpu-period 1000 busybox true
        has "--cpu-period and --cpus cannot be set together"
        [ -z "$(kelp ps -aq)" ]
}

@test "limits: one that there is a controller for is in force" {
        has_cgroup
        grep -qw hugetlb "/sys/fs/cgroup$(sed -n 's/^0:://p' /proc/self/cgroup | xargs dirname)/cgroup.controllers" ||
                skip "no controller at all is delegated here"
        run run_quick --cgroup-conf hugetlb.2MB.max=4194304 busybox cat /sys/fs/cgroup/hugetlb.2MB.max
        is 4194304
        run run_quick --cgroup-conf hugetlb.2MB.max=rubbish busybox true
        code 125
        has 'write "rubbish" to hugetlb.2MB.max'
        run run_quick --cgroup-conf hugetlb.nosuch=1 busybox true
        code 125
        has "this kernel has no hugetlb.nosuch"
        store_is_clean
}

@test "limits: inspect shows them as podman does" {
        kelp create --name c --network=none -m 64m --cpus 1.5 --cpu-shares 512 --pids-limit 20 --cpuset-cpus 0 \
                --memory-reservation 32m --blkio-weight 300 --cgroup-conf memory.high=1000 --oom-score-adj 500 busybox
        [ "$(kelp inspect -f '{{.HostConfig.Memory}} {{.HostConfig.MemorySwap}} {{.HostConfig.MemoryReservation}}' c)" = \
                "67108864 134217728 33554432" ]
        [ "$(kelp inspect -f '{{.HostConfig.NanoCpus}} {{.HostConfig.CpuPeriod}} {{.HostConfig.CpuQuota}}' c)" = \
                "1500000000 100000 150000" ]
        [ "$(kelp inspect -f '{{.HostConfig.CpuShares}} {{.HostConfig.PidsLimit}} {{.HostConfig.BlkioWeight}}' c)" = \
                "512 20 300" ]
        [ "$(kelp inspect -f '{{.HostConfig.CpusetCpus}} {{.HostConfig.OomScoreAdj}}' c)" = "0 500" ]
        [ "$(kelp inspect -f '{{json .HostConfig.CgroupConf}}' c)" = '{"memory.high":"1000"}' ]
        [ "$(kelp inspect -f '{{.HostConfig.CgroupMode}} {{.HostConfig.Cgroups}}' c)" = "private default" ]
}

@test "limits: the OOM score" {
        run run_quick --oom-score-adj 700 busybox cat /proc/self/oom_score_adj
        is 700
        run run_quick --oom-score-adj -900 busybox cat /proc/self/oom_score_adj
        code 0
        has "is lower than the current one"
}

@test "cgroup: the container's namespace begins at its own cgroup, which goes with it" {
        local dir
        has_cgroup
        run run_quick busybox cat /proc/self/cgroup
        has "0::/"
        lacks "kelp-"
        kelp run -d --name c --network=none busybox sleep 100
        dir=$(cgroup_of c)
        [ "$(cat "$dir/cgroup.procs")" = "$(kelp inspect -f '{{.State.Pid}}' c)" ]
        run kelp exec c sh -c 'cat /proc/self/cgroup; cat /sys/fs/cgroup/cgroup.procs | wc -l'
        has "0::/"
        run kelp exec c sh -c 'echo 1 >/sys/fs/cgroup/cgroup.freeze'
        [ "$status" -ne 0 ]
        kelp exec -d c sleep 50
        [ "$(wc -l <"$dir/cgroup.procs")" = 2 ]
        kelp stop -t 0 c
        [ ! -e "$dir" ]
}

@test "cgroup: host namespace, disabled, a parent of its own" {
        local own parent
        has_cgroup
        own=$(sed -n 's/^0:://p' /proc/self/cgroup)
        run run_quick --cgroupns=host busybox sed -n 's/^0:://p' /proc/self/cgroup
        has "$own/kelp-"
        run run_quick --cgroupns=host busybox sh -c "ls /sys/fs/cgroup$own/; mkdir /sys/fs/cgroup$own/x"
        has cgroup.procs
        has "Read-only file system"
        kelp run -d --name d --cgroups=disabled --network=none busybox sleep 100
        [ "$(sed -n 's/^0:://p' "/proc/$(kelp inspect -f '{{.State.Pid}}' d)/cgroup")" = "$own" ]
        [ "$(kelp inspect -f '{{.HostConfig.Cgroups}}{{.State.CgroupPath}}' d)" = disabled ]
        parent=$(dirname "$own")/parent.$$
        kelp run -d --name p --cgroup-parent "$parent" --network=none busybox sleep 100
        [[ "$(kelp inspect -f '{{.State.CgroupPath}}' p)" == "$parent"/kelp-* ]]
        kelp rm -f -t 0 p
        rmdir "/sys/fs/cgroup$parent"
        run run_quick --cgroup-parent /nosuch/../x busybox true
        code 125
        has "leads upwards"
        run run_quick --cgroup-parent /not-ours busybox true
        code 125
        has "Permission denied"
        run "$KELP" --root "$ROOT" --runroot "$RUNROOT" --cgroup-manager systemd run --rm --network=none busybox true
        code 125
        has "no systemd manages our processes here"
        kelp rm -f -t 0 d
        store_is_clean
}

# A cgroup of its own, in which kelp is alone: then it moves out of the way; a stranger is never moved.
@test "cgroup: split puts kelp and the container into two leaves" {
        local own dir stranger
        has_cgroup
        own=$(dirname "$(sed -n 's/^0:://p' /proc/self/cgroup)")
        dir=/sys/fs/cgroup$own/split.$$
        mkdir "$dir"
        run sh -c "echo \$\$ >$dir/cgroup.procs; exec '$KELP' --root '$ROOT' --runroot '$RUNROOT' run -d --name s \
                --network=none --cgroups=split busybox sleep 100"
        code 0
        [ -z "$(cat "$dir/cgroup.procs")" ]
        [ "$(cat "$dir/supervisor/cgroup.procs")" = "$(kelp inspect -f '{{.State.ConmonPid}}' s)" ]
        [ "$(cgroup_of s)" = "$dir/kelp-$(kelp inspect -f '{{.Id}}' s)" ]
        kelp rm -f -t 0 s
        sleep 100 3>&- &
        stranger=$!
        echo $stranger >"$dir/cgroup.procs"
        run sh -c "echo \$\$ >$dir/cgroup.procs; exec '$KELP' --root '$ROOT' --runroot '$RUNROOT' run --rm \
                --network=none --cgroups=split busybox true"
        code 125
        has "process $stranger is in our cgroup"
        [ "$(cat "$dir/cgroup.procs")" = $stranger ]
        kill $stranger
        wait $stranger || true
        poll 5 rmdir "$dir/supervisor"
        rmdir "$dir"
}

@test "pause: the processes halt, ps and inspect say so, unpause lets them go on" {
        local first
        has_cgroup
        kelp run -d --name c --network=none busybox sh -c 'while :; do echo tick; sleep 0.02; done'
        run kelp pause c
        is c
        [ "$(kelp inspect -f '{{.State.Status}} {{.State.Paused}} {{.State.Running}}' c)" = "paused true false" ]
        [ "$(kelp ps -a --format '{{.Status}}')" = Paused ]
        [ -z "$(kelp ps -q)" ]
        [ -n "$(kelp ps -q --filter status=paused)" ]
        grep -q 'frozen 1' "$(cgroup_of c)/cgroup.events"
        first=$(kelp logs c | wc -l)
        sleep 0.3
        [ "$(kelp logs c | wc -l)" = "$first" ]
        run kelp pause c
        code 125
        has "is already paused: container state improper"
        run kelp exec c true
        code 125
        has "paused"
        run kelp stop c
        code 125
        has "is in state paused"
        run kelp rm c
        code 2
        has "as it is paused"
        run kelp unpause c
        is c
        [ "$(kelp inspect -f '{{.State.Status}}' c)" = running ]
        poll 5 bash -c "[ \$('$KELP' --root '$ROOT' --runroot '$RUNROOT' logs c | wc -l) -gt $first ]"
        run kelp unpause c
        code 125
        has "is not paused, can't unpause"
        run kelp pause nosuch
        code 125
        kelp pause -a
        run kelp rm -f -t 0 c
        is c
        store_is_clean
}

@test "pause: killed while paused; what does not run or has no cgroup cannot be paused" {
        has_cgroup
        kelp run -d --name c --network=none busybox sleep 100
        kelp pause c
        kelp kill c
        run kelp wait c
        is 137
        [ "$(kelp inspect -f '{{.State.Status}} {{.State.OOMKilled}}' c)" = "exited false" ]
        run kelp pause c
        code 125
        has "is not running, can't pause"
        kelp run -d --name n --cgroups=disabled --network=none busybox sleep 100
        run kelp pause n
        code 125
        has "this container does not have a cgroup"
}

@test "stats: podman's columns, JSON and templates" {
        has_cgroup
        kelp run -d --name c --network=none busybox sh -c 'i=0; while [ $i -lt 20000 ]; do i=$((i + 1)); done; sleep 100'
        run kelp stats --no-stream
        has "ID "
        for column in NAME "CPU %" "MEM USAGE / LIMIT" "MEM %" "NET IO" "BLOCK IO" PIDS "CPU TIME" "AVG CPU %"; do
                has "$column"
        done
        has "$(kelp ps -q)"
        run kelp stats --no-stream --format '{{.Name}} {{.PIDS}}' c
        is "c 1"
        poll 5 bash -c "'$KELP' --root '$ROOT' --runroot '$RUNROOT' stats --no-stream --format '{{.UpTime}}' | grep -qE '^[0-9.]+m?s$'"
        run kelp stats --no-stream --format json
        [ "$(jq -r '.[0] | keys | join(" ")' <<<"$output")" = \
                "avg_cpu block_io cpu_percent cpu_time id mem_percent mem_usage name net_io pids" ]
        [ "$(kelp stats --no-stream --no-trunc --format '{{.ID}}')" = "$(kelp inspect -f '{{.Id}}' c)" ]
        kelp create --name idle --network=none busybox
        [ "$(kelp stats --no-stream --format '{{.Name}}' | wc -l)" = 1 ]
        [ "$(kelp stats --no-stream -a --format '{{.Name}}' | wc -l)" = 2 ]
        run timeout 3 "$KELP" --root "$ROOT" --runroot "$RUNROOT" stats -i 1 --no-reset --format '{{.Name}}'
        [ "${#lines[@]}" -ge 2 ]
        run kelp stats -a c
        code 125
        run kelp stats -i 0
        code 125
        kelp run -d --name n --cgroups=disabled --network=none busybox sleep 100
        run kelp stats --no-stream n
        code 125
        has "does not have a cgroup"
}

@test "cgroup: what a killed monitor leaves is taken away" {
        local dir
        has_cgroup
        kelp run -d --name c --network=none busybox sleep 100
        dir=$(cgroup_of c)
        kill -9 "$(kelp inspect -f '{{.State.ConmonPid}}' c)"
        poll 5 bash -c "'$KELP' --root '$ROOT' --runroot '$RUNROOT' ps -a | grep -q 'monitor lost'"
        [ -d "$dir" ]
        kelp rm -f c
        [ ! -e "$dir" ]
}

@test "info and doctor tell of cgroups" {
        has_cgroup
        run kelp info -f '{{.host.cgroupVersion}} {{.host.cgroupManager}}'
        is "v2 cgroupfs"
        run kelp doctor
        has "cgroup v2"
        missing_controller memory && has "not delegated: cpu memory pids"
}

@test "cgroup: none is left of a start that finds no place for its log" {
        has_cgroup
        run kelp run --network=none --name c --log-opt path=/nosuch/dir/log busybox true
        code 125
        has "the directory of the log"
        id=$(kelp inspect -f '{{.Id}}' c)
        [ -n "$id" ]
        run find /sys/fs/cgroup -name "*$id*"
        is ""
}
