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

ageless() {
        sed -E 's/(About )?(an?|[0-9]+|Less than a) (second|minute)s?( ago)?/AGE/g; s/ +/ /g'
}

row() {
        kelp ps "$@" | ageless
}

@test "ps: many that are at rest come from one file, which may be old, damaged or gone" {
        kelp create --name n1 -p 8080:80 --label with=port busybox echo "two words" >/dev/null
        for i in $(seq 2 19); do
                kelp create --name "n$i" --network=none busybox true >/dev/null
        done
        kelp run --name ended --network=none busybox sh -c 'exit 3' || code=$?
        kelp run -d --name up --network=none busybox sleep 1000 >/dev/null
        kelp create --name $'tab' --network=none busybox echo $'a\tb' >/dev/null
        row -a >"$BATS_TEST_TMPDIR/first"
        [ ! -e "$ROOT/cache/containers" ]
        sleep 3.1 # one is noted when it has stayed as it is for two seconds
        row -a | cmp - "$BATS_TEST_TMPDIR/first"
        [ "$(wc -l <"$ROOT/cache/containers")" = 21 ]
        row -a | cmp - "$BATS_TEST_TMPDIR/first"
        grep -q 'Exited (3) AGE' "$BATS_TEST_TMPDIR/first"
        run kelp ps -q
        is "$(kelp inspect -f '{{.Id}}' up | cut -c1-12)"
        # it is read, and believed of those only that are as they were
        sed -i 's/\tn7\t/\tcached\t/; s/\tn8\t/\tcached8\t/; s/\tn9\t/\tcached9\t/' "$ROOT/cache/containers"
        kelp rename n8 m8
        kelp start n9 >/dev/null
        kelp wait n9 >/dev/null
        kelp rm n10 >/dev/null
        run row -a
        has " cached
"
        has " m8"
        has " Exited (0) AGE n9"
        lacks n10
        lacks cached8
        run kelp ps -a --format '{{.Names}}'
        has n7
        # damaged in several ways: the containers themselves are read
        kelp rename m8 n8
        row -a | sed 's/ cached$/ n7/' >"$BATS_TEST_TMPDIR/all"
        for damage in 's/\t(n[0-9]*|cached)\t/\t/' 's/^([^ ]+ [^ ]+ [^ ]+ [^ ]+) ./\1 9/' 's/^[0-9]+ [0-9]+/& -/' 's/.{5}$//' 's/$/\tmore/'; do
                sed -i -E "$damage" "$ROOT/cache/containers"
                row -a | cmp - "$BATS_TEST_TMPDIR/all"
        done
        head -c 5000 /dev/urandom >"$ROOT/cache/containers"
        row -a | cmp - "$BATS_TEST_TMPDIR/all"
        rm "$ROOT/cache/containers"
        row -a | cmp - "$BATS_TEST_TMPDIR/all"
        kelp rm -f -t 0 up >/dev/null
        run kelp ps
        lacks up
        kelp system check
}

@test "ps: nor of one that runs, when something happens to it" {
        for i in $(seq 12); do
                kelp create --name "n$i" --network=none busybox true >/dev/null
        done
        for name in same paused stopped killed renamed restarted deaf; do
                kelp run -d --name $name --network=none busybox sleep 1000 >/dev/null
        done
        kelp run -d --name checked --network=none --health-cmd true --health-interval disable busybox sleep 1000 >/dev/null
        sleep 3.1
        kelp ps >/dev/null
        [ "$(wc -l <"$ROOT/cache/containers")" = 19 ]
        sed -i 's/\tsame\t/\tcached\t/' "$ROOT/cache/containers"
        look() { # with an order, each container is read
                kelp ps | grep -q 'Up .* cached$'
                diff <(row -a | sed 's/ cached$/ same/') <(row -a --sort created)
        }
        look
        kelp healthcheck run checked
        kelp ps | grep -q '(healthy).* checked$'
        kelp pause paused >/dev/null
        kelp ps -a | grep -q 'Paused.* paused$'
        look
        kelp stop -t 0 stopped >/dev/null
        look
        kill -9 "$(kelp inspect -f '{{.State.ConmonPid}}' killed)"
        poll 5 eval 'kelp ps -a | grep -q "monitor lost"'
        look
        kelp rename renamed other
        look
        kelp restart -t 0 restarted >/dev/null
        look
        kelp stop -t 100 deaf >/dev/null 3>&- &
        stop=$!
        poll 5 eval 'kelp ps -a | grep -q "Stopping.* deaf$"'
        kelp kill -s KILL deaf >/dev/null
        wait $stop
        kelp ps -a | grep -q 'Exited (137).* deaf$'
        look
}

@test "ps: no line is believed of a container to which something has happened" {
        for i in $(seq 12); do
                kelp create --name "n$i" --network=none busybox true >/dev/null
        done
        kelp create --name bad --network=none busybox /nosuch >/dev/null
        kelp create --name again --network=none --restart on-failure:2 busybox sh -c 'exit 4' >/dev/null
        kelp create --name gone --network=none --rm busybox true >/dev/null
        kelp create --name killed --network=none busybox sleep 1000 >/dev/null
        kelp create --name ports -p 8081:80 busybox true >/dev/null
        kelp run --name ended --network=none busybox true
        sleep 3.1
        kelp ps >/dev/null
        [ "$(wc -l <"$ROOT/cache/containers")" = 18 ]
        sed -i 's/\tn12\t/\tcached\t/' "$ROOT/cache/containers" # it is read, all the time
        look() { # with an order, each container is read
                kelp ps -a | grep -q ' cached$'
                diff <(row -a | sed 's/ cached$/ n12/') <(row -a --sort created)
        }
        look
        kelp rename n1 m1
        look
        kelp rename n2 n1 # another's name, which is free again
        look
        run kelp start bad
        [ "$status" -ne 0 ]
        look
        kelp start again
        poll 10 eval '[ "$(kelp inspect -f "{{.RestartCount}} {{.State.Status}}" again)" = "2 exited" ]'
        look
        kelp ps -a | grep -q 'Exited (4).* again$'
        kelp start -a gone
        poll 5 eval '! kelp container exists gone'
        look
        kelp start killed >/dev/null
        look
        kill -9 "$(kelp inspect -f '{{.State.ConmonPid}}' killed)"
        poll 5 eval 'kelp ps -a | grep -q "monitor lost"'
        look
        kelp init n3 >/dev/null
        look
        kelp update --restart always n4 >/dev/null
        look
        kelp start n5 >/dev/null
        kelp wait n5 >/dev/null
        look
        kelp rm n6 >/dev/null
        kelp create --name n6 --network=none busybox echo its inode may be the old one >/dev/null
        look
        kelp run --rm --name new --network=container:killed busybox true || true
        look
        # a copy has other inodes, and its containers go their own way
        kelp rm -f -t 0 killed n3 >/dev/null
        look
        "$KELP" unshare cp -a "$ROOT" "$BATS_TEST_TMPDIR/copy"
        at_copy() { "$KELP" --root "$BATS_TEST_TMPDIR/copy" --runroot "$BATS_TEST_TMPDIR/copyrun" "$@"; }
        at_copy rename n7 copied
        diff <(at_copy ps -a | ageless) <(at_copy ps -a --sort created | ageless)
        at_copy ps -a | grep -q ' copied$'
        at_copy ps -a | grep -q ' n12$'
        look
        "$KELP" unshare rm -rf "$BATS_TEST_TMPDIR/copy"
}
