#!/bin/bash
# Limits and scopes where systemd manages cgroups and the controllers are delegated. Runs in a login session.
# A line for each check, and a count at the end.
set -u
# shellcheck source=tests/vm/lib.sh
. "$(dirname "$0")/lib.sh"

quick() {
        kelp run --rm --network=none "$@" 2>&1
}

unit_of() {
        echo "kelp-$(field "$1" .Id).scope"
}

kelp import -c 'CMD ["sh"]' /share/busybox.tar localhost/busybox >/dev/null
own=$(sed -n 's/^0:://p' /proc/self/cgroup)
check "this is a login session, out of our own part of the tree" '/user.slice/*/session-*.scope' "$own"
check "info: manager and controllers" "systemd *cpu*memory*pids*" \
        "$(kelp info -f '{{.host.cgroupManager}} {{.host.cgroupControllers}}')"
check "doctor" "ok *scopes of systemd" "$(kelp doctor | grep 'cgroup v2')"

files='cd /sys/fs/cgroup; cat memory.max memory.swap.max memory.low cpu.max cpu.weight cpuset.cpus pids.max | tr "\n" " "'
check "limits are in the container's files" "67108864 67108864 33554432 50000 100000 59 1 20 " \
        "$(quick -m 64m --memory-reservation 32m --cpus 0.5 --cpu-shares 512 --cpuset-cpus 1 --pids-limit 20 busybox sh -c "$files")"
check "swap apart from memory" "0 " "$(quick -m 64m --memory-swap 64m busybox sh -c 'tr "\n" " " </sys/fs/cgroup/memory.swap.max')"
check "the cgroup namespace begins at the container's leaf" "0::/" "$(quick busybox cat /proc/self/cgroup)"
check "cgroup-conf" "1048576" "$(quick --cgroup-conf memory.high=1048576 busybox cat /sys/fs/cgroup/memory.high)"
disk=$(lsblk -ndo NAME,TYPE | awk '$2 == "disk" { print $1; exit }')
check "io.max" "* rbps=max wbps=1048576 riops=100 wiops=max" \
        "$(quick --device-write-bps "/dev/$disk:1m" --device-read-iops "/dev/$disk:100" busybox cat /sys/fs/cgroup/io.max)"

kelp run -d --name d --network=none -m 64m --cpu-quota 20000 busybox sh -c 'while :; do :; done' >/dev/null
unit=$(unit_of d)
check "a scope in user.slice" "/user.slice/*/user@*.service/user.slice/$unit/container" "$(field d .State.CgroupPath)"
check "systemd has the unit" "active" "$(systemctl --user is-active "$unit")"
check "the container in one leaf" "$(field d .State.Pid)" "$(cat "$(dir_of d)/cgroup.procs")"
check "the monitor in the other" "$(field d .State.ConmonPid)" "$(cat "$(dir_of d)/../supervisor/cgroup.procs")"
check_that "cpu.max throttles" soon bash -c "[ \$(sed -n 's/^nr_throttled //p' $(dir_of d)/cpu.stat) -gt 2 ]"
check "exec joins the container's cgroup" "0::/" "$(kelp exec d cat /proc/self/cgroup)"
kelp exec -d d sleep 1000
check "and its limits, from a login session" 2 "$(wc -l <"$(dir_of d)/cgroup.procs")"
check "stats" "d 2 64MB" "$(kelp stats --no-stream --format '{{.Name}} {{.PIDS}} {{.MemUsage}}' d | sed 's,[^ ]* / 67.11MB,64MB,')"
kelp pause d >/dev/null
check "pause" "paused frozen 1" "$(field d .State.Status) $(grep frozen "$(dir_of d)/cgroup.events")"
kelp unpause d >/dev/null
check "unpause" "running frozen 0" "$(field d .State.Status) $(grep frozen "$(dir_of d)/cgroup.events")"
dir=$(dir_of d)
kelp stop -t 0 d >/dev/null
check_that "stop takes the scope away" soon is_gone
check "and its directory" "gone" "$([ -e "$dir" ] || echo gone)"
kelp rm d >/dev/null

kelp run --name o1 --network=none -m 16m busybox tail /dev/zero >/dev/null 2>&1
check "OOM kills the container" "137 true" "$(field o1 .State.ExitCode) $(field o1 .State.OOMKilled)"
kelp run --name o2 --network=none -m 16m busybox sh -c 'tail /dev/zero; exit 3' >/dev/null 2>&1
check "OOM kills one of its processes" "3 true" "$(field o2 .State.ExitCode) $(field o2 .State.OOMKilled)"
kelp run --name o3 --network=none -m 64m busybox true
check "no OOM" "0 false" "$(field o3 .State.ExitCode) $(field o3 .State.OOMKilled)"
check "pids.max holds" "*can't fork*" "$(quick --pids-limit 5 busybox sh -c 'for i in 1 2 3 4 5 6 7 8; do sleep 1 & done; wait')"

kelp create --name again --network=none busybox true >/dev/null
for _ in 1 2 3 4; do kelp start -a again || echo failed; done >/tmp/again 2>&1
check "started again at once, four times" "" "$(cat /tmp/again)"

kelp run -d --name n --network=none --cgroups=disabled busybox sleep 1000 >/dev/null
check "--cgroups=disabled: it stays here" "$own" "$(sed -n 's/^0:://p' "/proc/$(field n .State.Pid)/cgroup")"
check_that "and no scope is made" is_gone
kelp rm -f -t 0 n >/dev/null
kelp run -d --name m --network=none --cgroups=no-conmon busybox sleep 1000 >/dev/null
check "--cgroups=no-conmon: the monitor stays here" "$own" "$(sed -n 's/^0:://p' "/proc/$(field m .State.ConmonPid)/cgroup")"
check "the container does not" "*/$(unit_of m)/container" "$(field m .State.CgroupPath)"
kelp rm -f -t 0 m >/dev/null
kelp run -d --name p --network=none --cgroup-parent test-kelp.slice busybox sleep 1000 >/dev/null
check "--cgroup-parent" "*/test.slice/test-kelp.slice/kelp-*" "$(field p .State.CgroupPath)"
systemctl --user stop "$(unit_of p)"
check "systemctl stop ends the container" "137" "$(kelp wait p)"
check "which is recorded" "exited" "$(field p .State.Status)"
check "a parent that is no slice" "*is not a systemd slice*" "$(quick --cgroup-parent /x busybox true)"

in_scope() {
        systemd-run --user --scope -q -p Delegate=yes "$@" 2>&1
}
check "directories, alone in a cgroup: kelp moves out of the way" "33554432" \
        "$(in_scope kelp --cgroup-manager cgroupfs run --rm --network=none -m 32m busybox cat /sys/fs/cgroup/memory.max)"
check "directories, with a stranger there: beside ours" "33554432" \
        "$(in_scope sh -c 'kelp --cgroup-manager cgroupfs run --rm --network=none -m 32m busybox cat /sys/fs/cgroup/memory.max; true')"
check "directories in a session that is not ours" "*cannot*" \
        "$(kelp --cgroup-manager cgroupfs run --rm --network=none -m 32m busybox true 2>&1 | tr '\n' ' ' | sed 's/Permission denied/cannot/')"
check "--cgroups=split in a unit" "33554432" \
        "$(systemd-run --user --pipe --wait -q -p Delegate=yes /share/kelp run --rm --network=none --cgroups=split -m 32m busybox cat /sys/fs/cgroup/memory.max)"

root() {
        sudo -n env PATH="$PATH" kelp --root /root/kelp --runroot /run/kelp-test "$@"
}
root import -c 'CMD ["sh"]' /share/busybox.tar localhost/busybox >/dev/null
root run -d --name r --network=none -m 32m busybox sleep 1000 >/dev/null
check "root: a scope of the system's manager" "/machine.slice/kelp-*.scope/container" "$(root inspect -f '{{.State.CgroupPath}}' r)"
check "root: its limit" 33554432 "$(cat "/sys/fs/cgroup$(root inspect -f '{{.State.CgroupPath}}' r)/memory.max")"
root rm -f -t 0 r >/dev/null

check_that "nothing is left" soon is_gone
tally "vm"
