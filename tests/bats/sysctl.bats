#!/usr/bin/env bats
# --sysctl, and the sysctls and capabilities of containers.conf.
load helper

@test "--sysctl: of the network and the IPC namespace, with each runtime" {
        for runtime in kelp crun runc; do
                [ $runtime = kelp ] || command -v $runtime || continue
                # shellcheck disable=SC2046
                run run_quick $([ $runtime = kelp ] || echo --runtime $runtime) \
                        --sysctl net.ipv4.ip_default_ttl=77 --sysctl net.ipv4.ip_default_ttl=78 --sysctl=kernel.shm_rmid_forced=1 \
                        busybox cat /proc/sys/net/ipv4/ip_default_ttl /proc/sys/kernel/shm_rmid_forced /proc/sys/net/ipv4/ping_group_range
                code 0
                is $'78\n1\n0\t0'
        done
        [ "$(cat /proc/sys/net/ipv4/ip_default_ttl)" != 78 ]
}

@test "--sysctl: the user's goes before kelp's own, and is kept" {
        kelp create --name c --network=none --sysctl "net.ipv4.ping_group_range=1 0" busybox cat /proc/sys/net/ipv4/ping_group_range >/dev/null
        run kelp start -a c
        is $'65534\t65534'
}

@test "--sysctl: what is not the container's is refused" {
        for bad in kernel.hostname=x vm.swappiness=1 kernel.msgmaxx=1 net.=1 net/ipv4/ip_forward=1 kernel=1; do
                run run_quick --sysctl $bad busybox true
                code 125
                has "sysctl '${bad%%=*}' is not allowed"
        done
        run run_quick --sysctl net.ipv4.ip_forward busybox true
        code 125
        has "net.ipv4.ip_forward is invalid, sysctl values must be in the form of KEY=VALUE"
        run run_quick --sysctl "net.ipv4.ip_forward= 1" busybox true
        code 125
        has "extra spaces found"
        run run_quick --sysctl net.ipv4.no_such=1 busybox true
        [ "$status" -ne 0 ]
        has net/ipv4/no_such
        run run_quick --sysctl net.../../kernel/x=1 busybox true
        [ "$status" -ne 0 ]
        has "not a setting of a container"
}

@test "--sysctl: a namespace that is the host's" {
        run kelp run --rm --network=host --sysctl net.core.somaxconn=65535 busybox true
        code 125
        has "sysctl net.core.somaxconn=65535 can't be set since Network Namespace set to host: invalid argument"
        for name in fs.mqueue.msg_max kernel.msgmax; do
                run run_quick --ipc=host --sysctl $name=1 busybox true
                code 125
                has "sysctl $name=1 can't be set since IPC Namespace set to host: invalid argument"
        done
}

conf() {
        export CONTAINERS_CONF=$BATS_TEST_TMPDIR/c.conf
        printf '%s\n' '[containers]' "$@" >"$CONTAINERS_CONF"
}

@test "conf: default_sysctls takes the place of kelp's, a namespace of others is passed over" {
        show=(busybox cat /proc/sys/net/ipv4/ip_default_ttl /proc/sys/net/ipv4/ping_group_range)
        conf 'default_sysctls = ["net.ipv4.ip_default_ttl=70"]'
        run run_quick "${show[@]}"
        is $'70\n65534\t65534'
        run run_quick --sysctl net.ipv4.ip_default_ttl=71 "${show[@]}"
        is $'71\n65534\t65534'
        run kelp run --rm --network=host busybox cat /proc/sys/net/ipv4/ip_default_ttl
        is "$(cat /proc/sys/net/ipv4/ip_default_ttl)"
        conf 'default_sysctls = ["net.ipv4.ip_default_ttl=70", {append=true}]'
        run run_quick "${show[@]}"
        is $'70\n0\t0'
        conf 'default_sysctls = []'
        run run_quick "${show[@]}"
        is "$(cat /proc/sys/net/ipv4/ip_default_ttl)"$'\n65534\t65534'
        conf 'default_sysctls = ["vm.swappiness=1"]'
        run run_quick busybox true
        code 125
        has "sysctl 'vm.swappiness' is not allowed"
}

@test "conf: default_capabilities is what --cap-add and --cap-drop start from" {
        bounding() {
                kelp inspect -f '{{.BoundingCaps}}' "$1"
        }
        conf 'default_capabilities = ["CHOWN", "CAP_KILL"]'
        kelp create --name a --network=none --cap-add NET_RAW --cap-drop KILL busybox grep CapBnd /proc/self/status
        [ "$(bounding a)" = "[CAP_CHOWN CAP_NET_RAW]" ]
        run kelp start -a a
        has 0000000000002001
        conf 'default_capabilities = []'
        run run_quick busybox grep CapBnd /proc/self/status
        has 0000000000000000
        conf 'default_capabilities = ["NET_RAW", {append=true}]'
        run run_quick busybox grep CapBnd /proc/self/status
        has 00000000800425fb
        conf 'default_capabilities = ["NONSENSE"]'
        run run_quick busybox true
        code 125
        has NONSENSE
}
