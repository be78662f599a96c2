#!/usr/bin/env bats
# kelp events.
load helper

seen() {
        kelp events --stream=false "$@"
}

@test "events: a container's life, in order, with its labels" {
        kelp run --rm --name one --label tier=front --network=none busybox true
        kelp create --name two --network=none busybox sleep 1000
        kelp start two
        kelp exec two true
        kelp rename two three
        kelp stop -t 0 three
        kelp rm three
        run seen --filter container=one --format '{{.Status}}'
        is "create
init
start
died
cleanup
remove"
        run seen --filter type=container --filter label=tier=front --filter event=start
        [[ $output =~ ^20[0-9-]+\ [0-9:.]+\ \+0000\ UTC\ container\ start\ [0-9a-f]{64}\ \(image=localhost/busybox:latest,\ name=one,\ tier=front\)$ ]]
        run seen --filter container=three --format '{{.Status}}'
        is "rename
stop
remove"
        run seen --filter container=two --filter event=exec --filter event=exec_died --format '{{.Name}} {{.Status}}'
        is "two exec
two exec_died"
        run seen --filter label=tier --filter status=die --format '{{.ContainerExitCode}}'
        is 0
        seen --filter container=one --filter event=died --format json |
                jq -e '.ContainerExitCode == 0 and .Type == "container" and .Attributes.tier == "front" and
                        .time > 1700000000 and (.timeNano / 1000000000 | floor) == .time'
        run seen --filter event=start --no-trunc=false --filter container=one
        [[ $output =~ \ start\ [0-9a-f]{12}\ \( ]]
}

@test "events: images, system events, since and until" {
        before=$(date +%s.%N)
        kelp tag busybox localhost/other
        kelp untag busybox localhost/other
        run kelp system events --stream=false --filter type=image --since "$before" --format '{{.Status}} {{.Name}}'
        is "tag localhost/other
untag localhost/other:latest"
        run seen --until "$before" --filter image=busybox.tar
        is ""
        run seen --until "$before" --filter event=import --format '{{.Name}}'
        is "$FIXTURES/busybox.tar"
        run seen --since 2100-01-01
        is ""
        run seen --filter nosuch=1
        code 125
        has "invalid filter"
        run seen --since never
        code 125
        has "--since"
}

@test "events: a stream shows what happens, until its time, across a rotation" {
        kelp events --until 4s --filter event=create --format '{{.Name}}' >"$BATS_TEST_TMPDIR/out" &
        sleep 0.5
        kelp create --name first --network=none busybox true
        head -c 1100000 /dev/zero | tr '\0' '\n' >>"$ROOT/events"
        kelp create --name second --network=none busybox true
        [ -e "$ROOT/events.1" ]
        kelp create --name third --network=none busybox true
        wait
        run cat "$BATS_TEST_TMPDIR/out"
        is "first
second
third"
        run seen --filter event=create --format '{{.Name}}'
        is "first
second
third"
        run timeout 10 bash -c "'$KELP' --root '$ROOT' --runroot '$RUNROOT' events --since 1h | head -n 1"
        code 0
}

@test "events: hostile labels stay one line, damaged lines are passed over" {
        kelp create --name h --label $'a="x\n{\\' --network=none busybox true
        printf '%s\n' '{"half' '[]' >>"$ROOT/events"
        kelp create --name i --network=none busybox true
        run seen --filter event=create --format '{{.Name}}'
        is "h
i"
        seen --filter container=h --format json | jq -e '.Attributes.a == "\"x\n{\\"'
}

@test "events: a start that fails, before its program and at it" {
        run kelp run --name gone --rm --network=none busybox /nosuch
        code 127
        run seen --filter container=gone --format '{{.Status}}'
        is "create
init
start
died
cleanup
remove"
        run kelp run --name early --network=none --user nosuch busybox true
        [ "$status" -ne 0 ]
        run seen --filter container=early --format '{{.Status}}'
        is create
}
