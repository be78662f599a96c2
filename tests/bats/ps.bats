#!/usr/bin/env bats
# kelp ps: every flag and field of podman's.
load helper

@test "ps: sizes, sorted by them" {
        kelp run --name small --network=none busybox true
        kelp run --name large --network=none busybox dd if=/dev/zero of=/big bs=1M count=3 2>/dev/null
        run kelp ps -a --sort size --format '{{.Names}}'
        is "small
large"
        run kelp ps -a -s --filter name=large
        has "SIZE"
        [[ $output =~ 3\.1[0-9]*MB\ \(virtual\ [0-9.]+MB\) ]]
        kelp ps -a -s --format json | jq -e 'map(select(.Names[0] == "large")) | .[0].Size |
                .rwSize > 3000000 and .rootFsSize > .rwSize'
        run kelp ps -qs
        code 125
        kelp inspect --size large | jq -e '.[0] | .SizeRw > 3000000 and .SizeRootFs > .SizeRw'
        kelp container inspect large | jq -e '.[0] | has("SizeRw") | not'
        run kelp inspect -s -t image busybox
        code 125
        has 'size is not supported for type "image"'
}

@test "ps: namespaces, of running and of stopped containers" {
        kelp run -d --name up --network=none busybox sleep 100
        kelp create --name made --network=none busybox true
        pid=$(kelp inspect -f '{{.State.Pid}}' up)
        net=$(readlink "/proc/$pid/ns/net" | tr -dc 0-9)
        run kelp ps --ns
        has "CGROUPNS"
        has "PIDNS"
        has "$net"
        run kelp ps -a --format '{{.Names}} {{.NET}}'
        has "up $net"
        has "made "
        run kelp ps --format '{{.Namespaces.NET}} {{.Pid}}'
        is "$net $pid"
        kelp ps --ns --format json | jq -e --arg net "$net" '.[0].Namespaces.Net == $net'
        run kelp ps --ns -s
        code 125
}

@test "ps: fields, labels by name, pods that are not there" {
        kelp create --name p --label a=1 --cidfile "$BATS_TEST_TMPDIR/cid" --network=none busybox true
        run kelp ps -a --format '{{.Label "a"}}|{{.Label "b"}}|{{.Restarts}}|{{.PodName}}|{{.CIDFile}}'
        is "1||0||$BATS_TEST_TMPDIR/cid"
        run kelp ps -ap --external --sync
        has "POD ID"
        has "PODNAME"
        run kelp ps -a --filter pod=none -q
        is ""
        run kelp ps -a --filter id="$(tr a-f A-F <"$BATS_TEST_TMPDIR/cid" | cut -c1-8)" --format '{{.Names}}'
        is p
        run kelp ps -a --filter restart-policy=nosuch
        code 125
        has "invalid restart policy"
}

@test "ps: watched, it is shown again" {
        kelp create --name w --network=none busybox true
        run timeout 10 bash -c "'$KELP' --root '$ROOT' --runroot '$RUNROOT' ps -a -w 1 --noheading --format '{{.Names}}' | head -n 2"
        is "w
w"
        run kelp ps -l -w 1
        code 125
        run kelp ps -w -1
        code 125
}
