#!/usr/bin/env bats
# Verbs on many containers: filters, files with IDs, --all, --latest; rename, restart, init, port.
load helper

up() {
        kelp run -d --name "$1" --network=none "${@:2}" busybox sleep 1000 >/dev/null
}

names() {
        kelp ps -a --format '{{.Names}}={{.State}}' --sort names "$@" | paste -sd ' '
}

@test "rename: running, with --rm, to a name that is taken" {
        up one
        kelp create --name other --network=none busybox true
        run kelp rename one other
        code 125
        has "already in use"
        run kelp rename one 'a b'
        code 125
        has "must match"
        kelp rename one two
        run kelp inspect -f '{{.Name}}' two
        is two
        run kelp container exists one
        code 1
        is ""
        kelp rm -f -t 0 two other
        # The monitor knows the old name; somebody else may have it by now.
        up leaving --rm
        kelp rename leaving left
        kelp create --name leaving --network=none busybox true
        kelp stop -t 0 left
        poll 5 bash -c "! '$KELP' --root '$ROOT' --runroot '$RUNROOT' container exists left"
        run names
        is "leaving=created"
        kelp create --name left --network=none busybox true
        kelp container rm leaving left
        store_is_clean
}

@test "rename: two at once leave one name" {
        kelp create --name first --network=none busybox true
        for i in 1 2 3 4 5; do
                kelp rename first "x$i" &
                kelp rename first "y$i" &
                wait
                [ "$(ls "$ROOT/names" | wc -l)" = 1 ]
                kelp rename "$(ls "$ROOT/names")" first
        done 2>/dev/null
}

@test "names that a crash left: said, and given back by system check" {
        kelp create --name a --network=none busybox true
        id=$(kelp inspect -f '{{.Id}}' a)
        ln -s "$id" "$ROOT/names/old"
        ln -s "${id//[0-9a]/b}" "$ROOT/names/gone"
        run kelp create --name gone busybox true
        code 125
        has 'the name "gone" is still kept for'
        has "free it: kelp system check --repair"
        run kelp system check
        has "garbage: the name old is of container ${id:0:12}, which has another one"
        kelp system check --repair
        run ls "$ROOT/names"
        is a
        kelp create --name gone --network=none busybox true
        kelp create --name old --network=none busybox true
        kelp rm a gone old
        store_is_clean
}

@test "restart: running and stopped, --running, --all, --filter, --cidfile" {
        up a
        kelp create --name b --cidfile "$BATS_TEST_TMPDIR/cid" --network=none --label x=1 busybox sleep 1000
        before=$(kelp inspect -f '{{.State.Pid}}' a)
        run kelp restart -t 0 --running
        is "$(kelp inspect -f '{{.Id}}' a)"
        [ "$(kelp inspect -f '{{.State.Pid}}' a)" != "$before" ]
        run names
        is "a=running b=created"
        run kelp restart -t 0 --cidfile "$BATS_TEST_TMPDIR/cid"
        code 0
        kelp stop -t 0 b
        run kelp restart -t 0 --filter label=x=1
        is "$(cat "$BATS_TEST_TMPDIR/cid")"
        kelp stop -t 0 -a
        run kelp container restart -t 0 a nosuch b
        code 125
        has nosuch
        run names
        is "a=running b=running"
        run kelp restart
        code 125
}

@test "stop, start, kill, rm: --filter, alone and of names" {
        up web --label tier=front
        up db
        kelp create --name made --network=none busybox sleep 1000
        run kelp stop -t 0 --filter label=tier web db
        is web
        run kelp start --filter label!=tier --filter status=exited
        is ""
        run kelp start --all --filter label=tier=front
        is "$(kelp inspect -f '{{.Id}}' web)"
        run kelp kill --filter name=web
        is "$(kelp inspect -f '{{.Id}}' web)"
        kelp wait web
        run kelp rm --filter status=exited --filter status=created
        lacks "$(kelp inspect -f '{{.Id}}' db)"
        run names
        is "db=running"
        run kelp stop --filter nosuch=1
        code 125
        has 'filter "nosuch" is not supported'
        run kelp stop -l --filter name=db
        code 125
        run kelp rm --filter status=exited
        code 0
        is ""
}

@test "start: attached to one that runs, --latest, what excludes what" {
        kelp create -i --name c --network=none busybox sh -c 'read x; echo "got $x"; exit 5'
        run bash -c "echo word | '$KELP' --root '$ROOT' --runroot '$RUNROOT' start -ai c"
        code 5
        is "got word"
        kelp start -l
        run bash -c "echo again | '$KELP' --root '$ROOT' --runroot '$RUNROOT' start -a -i --sig-proxy=false c"
        code 5
        is "got again"
        run kelp start --all c
        code 125
        has "either start all containers or"
        run kelp start -a --all
        code 125
        run kelp start --sig-proxy c
        code 125
        has "without --attach"
        run kelp start
        code 125
}

@test "init: what stands in the way of a start is found, the specification is there" {
        kelp create --name good --network=none busybox true
        kelp create --name bad --network=none --user nosuch busybox true
        run kelp init good
        is good
        run kelp inspect -f '{{.State.Status}}' good
        is initialized
        [ -e "$(kelp inspect -f '{{.OCIConfigPath}}' good)" ]
        run kelp init bad
        code 125
        has nosuch
        run kelp wait --condition initialized good
        is -1
        run kelp ps -a --filter status=initialized --format '{{.Names}} {{.Status}}'
        is "good Initialized"
        run kelp start -a good
        code 0
        up running
        run kelp container init running
        code 125
        has "improper"
}

@test "port: all, one, of the newest" {
        port=$(free_port)
        kelp create --name p -p "127.0.0.1:$port:80" -p "$((port + 1)):53/udp" busybox true
        run kelp port p
        is "80/tcp -> 127.0.0.1:$port
53/udp -> 0.0.0.0:$((port + 1))"
        run kelp port -l 80
        is "127.0.0.1:$port"
        run kelp port p 53/udp
        is "0.0.0.0:$((port + 1))"
        run kelp port p 53
        code 125
        has 'failed to find published port "53"'
        run kelp port p x/y/z
        code 125
        run kelp port -a
        has "$(kelp inspect -f '{{.Id}}' p | cut -c1-12)	80/tcp -> 127.0.0.1:$port"
}

@test "container prune, exists, and the groups' other names" {
        up on
        kelp create --name keep --label keep=1 --network=none busybox true
        kelp run --name gone --network=none busybox true
        id=$(kelp inspect -f '{{.Id}}' gone)
        run kelp container prune -f --filter label!=keep
        is "$id"
        run kelp container prune --filter status=exited -f
        code 125
        run names
        is "keep=created on=running"
        run bash -c "echo n | '$KELP' --root '$ROOT' --runroot '$RUNROOT' container prune"
        code 0
        run kelp container exists keep
        code 0
        run kelp container ls -a --format '{{.Names}}' --filter restart-policy=no --filter should-start-on-boot=false --filter command=true
        is keep
        run kelp container list --filter health=healthy -q
        is ""
        for command in checkpoint restore; do
                run "$KELP" oci $command one
                code 1
                has "kelp oci $command is not offered"
        done
        run kelp container checkpoint on
        code 125
        has "not offered"
        run kelp container nosuch
        code 125
        run kelp container rm -f -t 0 on nosuch keep
        code 0
        store_is_clean
}

@test "rm: containers that live in others' namespaces go before them" {
        if [ -z "${KELP_TEST_CGROUP-}" ]; then skip "no cgroup"; fi
        up base
        kelp create --name user --network=none --cgroupns container:base busybox true
        run kelp rm -f -t 0 base
        code 125
        has "has dependent containers which must be removed before it"
        run kelp rm -f -t 0 --depend base
        code 0
        has base
        store_is_clean
        up base
        kelp create --name user --network=none --cgroupns container:base busybox true
        run kelp rm -fa -t 0
        code 0
        store_is_clean
}

@test "wait: states, several containers, the first of them, one that is gone" {
        up long
        kelp create --name short --network=none busybox sh -c 'exit 7'
        run kelp wait --condition configured --condition stopped short
        is -1
        kelp start short
        run timeout 10 "$KELP" --root "$ROOT" --runroot "$RUNROOT" wait --exit-first-match long short
        is 7
        run timeout 10 "$KELP" --root "$ROOT" --runroot "$RUNROOT" wait --exit-first-match --ignore long nosuch
        code 0
        is -1
        run kelp wait --condition running --ignore long nosuch
        is "-1
-1"
        run kelp wait --condition healthful long
        code 125
        has "no state of a container"
        up volatile --rm
        (sleep 0.5; kelp kill volatile) >/dev/null &
        run timeout 10 "$KELP" --root "$ROOT" --runroot "$RUNROOT" wait --condition removing volatile
        code 0
}

@test "stop: a container that takes its time is stopping, and kill ends the wait" {
        kelp run -d --name slow --network=none busybox sh -c 'trap "" TERM; echo ready; while :; do sleep 0.1; done'
        poll 5 bash -c "'$KELP' --root '$ROOT' --runroot '$RUNROOT' logs slow | grep -q ready"
        kelp stop -t 60 slow >/dev/null &
        poll 5 bash -c "[ \"\$('$KELP' --root '$ROOT' --runroot '$RUNROOT' inspect -f '{{.State.Status}}' slow)\" = stopping ]"
        run kelp ps --format '{{.Status}}'
        is Stopping
        kelp kill slow
        wait
        run names
        is "slow=exited"
        # Whoever stops waiting leaves a container that runs.
        kelp start slow
        poll 5 bash -c "[ \"\$('$KELP' --root '$ROOT' --runroot '$RUNROOT' logs slow | grep -c ready)\" = 2 ]"
        timeout -s KILL 0.5 "$KELP" --root "$ROOT" --runroot "$RUNROOT" stop -t 60 slow || true
        run names
        is "slow=running"
}

@test "-l: exec, attach, inspect, diff" {
        up old
        up new
        run kelp exec -l hostname
        code 0
        is "$(kelp inspect -f '{{.Config.Hostname}}' new)"
        run kelp inspect -l -f '{{.Name}}'
        is new
        kelp exec new touch /made
        run kelp diff -l
        has "A /made"
        run kelp exec -l
        code 125
        run kelp inspect
        code 125
        run kelp attach
        code 125
        has "needs a container's name or ID"
}

@test "container cleanup: --rmi, --exec, and what contradicts each other" {
        run kelp container cleanup --all --exec=foo
        code 125
        has "--all and --exec cannot be set together"
        run kelp container cleanup --rmi --exec=foo foo
        code 125
        has "--exec and --rmi cannot be set together"
        kelp run --name a --network=none busybox true
        run kelp container cleanup --exec=foo a
        code 125
        has "no such exec session"
        kelp container cleanup --rmi a
        [ -z "$(kelp ps -aq)$(kelp images -q)" ]
}
