#!/bin/bash
# Other runtimes where systemd manages cgroups: the scope is kelp's, the runtime keeps to its leaf. Runs in a login
# session. A line for each check, and a count at the end.
set -u
# shellcheck source=tests/vm/lib.sh
. "$(dirname "$0")/lib.sh"

kelp import -c 'CMD ["sh"]' /share/busybox.tar localhost/busybox >/dev/null
cp /share/kelp /tmp/kelp-oci
files='cd /sys/fs/cgroup; cat memory.max cpu.max pids.max | tr "\n" " "'
for runtime in crun runc /tmp/kelp-oci; do
        check "$runtime: run, with limits" "67108864 50000 100000 20 " \
                "$(kelp run --rm --runtime $runtime --network=none -m 64m --cpus 0.5 --pids-limit 20 busybox sh -c "$files" 2>&1)"
        kelp run -d --runtime $runtime --name d --network=none -m 64m busybox sleep 1000 >/dev/null
        check "$runtime: a scope of its own" "/user.slice/*/user@*.service/user.slice/kelp-$(field d .Id).scope/container" \
                "$(field d .State.CgroupPath)"
        check "$runtime: the container is in it" "$(field d .State.Pid)" "$(cat "$(dir_of d)/cgroup.procs")"
        check "$runtime: the monitor is beside it" "$(field d .State.ConmonPid)" "$(cat "$(dir_of d)/../supervisor/cgroup.procs")"
        check "$runtime: exec, from a login session" "0::/" "$(kelp exec d cat /proc/self/cgroup 2>&1)"
        kelp pause d >/dev/null
        check "$runtime: pause" "paused frozen 1" "$(field d .State.Status) $(grep frozen "$(dir_of d)/cgroup.events")"
        kelp unpause d >/dev/null
        check "$runtime: unpause" "running frozen 0" "$(field d .State.Status) $(grep frozen "$(dir_of d)/cgroup.events")"
        kelp rm -f -t 0 d >/dev/null
        soon is_gone
        check "$runtime: the scope goes" "0" $?
        check "$runtime: keep-id" "$(id -u)" "$(kelp run --rm --runtime $runtime --network=none --userns=keep-id busybox id -u 2>&1)"
        kelp run --name o --runtime $runtime --network=none -m 16m busybox tail /dev/zero >/dev/null 2>&1
        check "$runtime: OOM is seen" "137 true" "$(field o .State.ExitCode) $(field o .State.OOMKilled)"
        kelp rm o >/dev/null
        check "$runtime: no-conmon is refused" "*--cgroups=no-conmon is not supported with the runtime $runtime*" \
                "$(kelp run --rm --runtime $runtime --network=none --cgroups=no-conmon busybox true 2>&1)"
done
tally "runtimes with systemd"
