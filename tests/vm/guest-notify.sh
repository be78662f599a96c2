#!/bin/bash
# Notices of memory: OOM kills, use, pressure, waited for and as events, where the memory controller is delegated. Runs in
# a login session. A line for each check, and a count at the end.
set -u
# shellcheck source=tests/vm/lib.sh
. "$(dirname "$0")/lib.sh"

# The container begins when it is told to, so that whoever watches is there.
prepare() {
        local name=$1 script=$2
        shift 2
        kelp run -d --name "$name" --network=none "$@" busybox sh -c "while [ ! -e /go ]; do sleep 0.2; done; $script" >/dev/null
}

go() {
        sleep 2
        kelp exec "$1" touch /go
}

wait_for() {
        timeout 120 kelp wait "$@" 2>&1
        echo "code $?"
}

recorded() {
        kelp events --stream=false --filter event=oom --filter "container=$1" --format '{{.Status}} {{.Attributes.oom_kills}}'
}

# How often it has slept: time tells little where the processor is emulated.
sleeps() {
        sed -n 's/^voluntary_ctxt_switches:\t//p' "/proc/$1/status"
}

# lower NAME LIMIT VALUE
lower() {
        check "$1 ($3 of less than $2)" yes "$([ "$3" -lt "$2" ] && echo yes)"
}

kelp import -c 'CMD ["sh"]' /share/busybox.tar localhost/busybox >/dev/null

# OOM kills.
prepare o 'tail /dev/zero; sleep 3; tail /dev/zero; sleep 1000' -m 16m
wait_for --condition oom --interval 1h o >/tmp/o &
go o
wait $!
check "oom, while the container goes on" $'-1\ncode 0' "$(cat /tmp/o)"
check "it stays true" $'-1\ncode 0' "$(wait_for --condition oom o)"
for _ in $(seq 60); do [ "$(recorded o | wc -l)" -lt 2 ] || break; sleep 0.5; done
check "an event for each kill, while it runs" $'oom 1\noom 2' "$(recorded o)"
kelp rm -f -t 0 o >/dev/null
prepare e 'exec tail /dev/zero' -m 16m
go e
check "the end by OOM ends the default wait" $'137\ncode 0' "$(wait_for e)"
check "oom of one that has ended" $'137\ncode 0' "$(wait_for --condition oom e)"
check "its event comes before its end" "oom died" \
        "$(kelp events --stream=false --filter container=e --format '{{.Status}}' | grep -xE 'oom|died' | tr '\n' ' ' | sed 's/ $//')"
prepare r 'exec tail /dev/zero' -m 16m --rm
wait_for --condition oom r >/tmp/r &
go r
wait $!
check "oom of one that removes itself" $'@(-1|137)\ncode 0' "$(cat /tmp/r)"
prepare n 'exit 7' --rm
wait_for --condition oom n >/tmp/n &
go n
wait $!
check "no oom of one that removes itself" "*container n has ended and is not oom*code 125" "$(cat /tmp/n)"
prepare u 'tail /dev/zero; sleep 1000' --cgroup-conf memory.max=16777216
wait_for --condition oom u >/tmp/u &
go u
wait $!
for _ in $(seq 20); do [ -z "$(recorded u)" ] || break; sleep 0.5; done
check "oom where no --memory was given" $'-1\ncode 0\noom 1' "$(cat /tmp/u; recorded u)"
kelp rm -f -t 0 u >/dev/null

# Use of memory.
prepare none 'sleep 1000'
check "a percentage of no limit" '*"memory:50%" cannot be noticed: the container has no memory limit*code 125' \
        "$(wait_for --condition memory:50% none)"
check "a size that is in use" $'-1\ncode 0' "$(wait_for --condition memory:1k none)"
kelp rm -f -t 0 none >/dev/null
fill='dd if=/dev/zero of=/dev/shm/x bs=1M count=60 2>/dev/null'
prepare m "$fill; sleep 4; rm /dev/shm/x; sleep 4; $fill; sleep 1000" -m 100m --label tier=web
timeout 300 kelp events --format json --filter label=tier=web --filter event=memory:50% >/tmp/events &
events=$!
wait_for --condition oom --condition memory:50% m >/tmp/m &
waiting=$!
go m
wait $waiting
check "a share of the limit" $'-1\ncode 0' "$(cat /tmp/m)"
for _ in $(seq 80); do [ "$(wc -l </tmp/events)" -lt 2 ] || break; sleep 0.5; done
kill $events
check "as events, each time it comes up to it" "m memory memory:50% yes m memory memory:50% yes " \
        "$(jq -r '"\(.Name) \(.Status) \(.Attributes.condition) \(if (.Attributes.memory_use | tonumber) >= 52428800 then "yes" else . end)"' \
                /tmp/events | tr '\n' ' ')"
kelp rm -f -t 0 m >/dev/null
prepare f 'dd if=/dev/zero of=/x bs=1M count=60 2>/dev/null; sync; sleep 2; exit 8' -m 100m
wait_for --condition memory:50% --condition stopped f >/tmp/f &
go f
wait $!
check "file cache that can be dropped is not use" $'8\ncode 0' "$(cat /tmp/f)"

# Pressure, and what a container costs that is at its limit all the time.
prepare p 'dd if=/dev/zero of=/x bs=1M count=60 2>/dev/null; while :; do cat /x >/dev/null; done' -m 16m
monitor=$(kelp inspect -f '{{.State.ConmonPid}}' p)
wait_for --condition pressure:some=20ms/2s p >/tmp/p &
memory=$!
wait_for --condition pressure:io:some=20ms/2s p >/tmp/i &
io=$!
timeout 300 kelp events --filter event=pressure:full=1ms/2s --format '{{.Status}} {{.Attributes.condition}}' >/tmp/pe &
events=$!
go p
wait $memory
wait $io
check "pressure: memory" $'-1\ncode 0' "$(cat /tmp/p)"
check "pressure: io" $'-1\ncode 0' "$(cat /tmp/i)"
for _ in $(seq 80); do [ ! -s /tmp/pe ] || break; sleep 0.5; done
kill $events
check "pressure: as events" "pressure pressure:full=1ms/2s" "$(head -1 /tmp/pe)"
dir=/sys/fs/cgroup$(kelp inspect -f '{{.State.CgroupPath}}' p)
hits=$(sed -n 's/^max //p' "$dir/memory.events") before=$(sleeps "$monitor")
sleep 10
lower "its monitor is woken once a second, while its limit was met $(($(sed -n 's/^max //p' "$dir/memory.events") - hits)) times" 60 \
        $(($(sleeps "$monitor") - before))
kelp rm -f -t 0 p >/dev/null

# The OCI runtime's events: samples in their time.
mkdir -p /tmp/b/rootfs
tar -C /tmp/b/rootfs -xf /share/busybox.tar
kelp oci spec --rootless --bundle /tmp/b
jq '.process.terminal = false | .process.args = ["sleep", "1000"] | .linux.cgroupsPath = "user.slice:kelp:b" |
        .linux.resources.memory.limit = 67108864' </tmp/b/config.json >/tmp/b/new && mv /tmp/b/new /tmp/b/config.json
kelp oci --systemd-cgroup run -d --bundle /tmp/b b </dev/null >/tmp/b.out 2>&1
check "oci run" "" "$(cat /tmp/b.out)"
kelp oci events --interval 1s b >/tmp/oe &
events=$!
sleep 12
kill $events
lower "oci events: samples" "$(wc -l </tmp/oe)" 4
kelp oci delete --force b

tally "notices"
