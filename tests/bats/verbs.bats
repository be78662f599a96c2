#!/usr/bin/env bats
# What the verbs have in common, and logs, wait, ps and inspect beyond the everyday.
load helper

@test "verbs: --latest, --cidfile, --all, and what excludes what" {
        kelp create --name old --network=none busybox true
        kelp create --name new --cidfile "$BATS_TEST_TMPDIR/cid" --network=none busybox sleep 100
        kelp start new
        run kelp stop -t 0 --cidfile "$BATS_TEST_TMPDIR/cid"
        code 0
        is "$(cat "$BATS_TEST_TMPDIR/cid")"
        kelp start new
        run kelp kill -l
        code 0
        is "$(cat "$BATS_TEST_TMPDIR/cid")"
        kelp wait new
        run kelp rm -l
        is "$(cat "$BATS_TEST_TMPDIR/cid")"
        run kelp rm --all old
        code 125
        has "--all and containers cannot be used together"
        run kelp stop -a -l
        code 125
        has "--all and --latest cannot be used together"
        run kelp stop
        code 125
        has "needs a container's name or ID"
        run kelp stop -t -5 old
        code 125
        has "--time -5"
        run kelp rm --cidfile "$BATS_TEST_TMPDIR/nosuch"
        code 125
        run kelp rm -i --cidfile "$BATS_TEST_TMPDIR/nosuch" old
        code 0
        is old
        store_is_clean
}

@test "rm: podman's exit codes" {
        kelp run -d --name up --network=none busybox sleep 100
        run kelp rm nosuch
        code 1
        run kelp rm up
        code 2
        run kelp rm nosuch up
        code 125
        run kelp rm -i nosuch
        code 0
}

@test "wait: conditions and interval" {
        kelp create --name w --network=none busybox sh -c 'sleep 0.3; exit 4'
        run timeout 10 "$KELP" --root "$ROOT" --runroot "$RUNROOT" wait --condition created w
        is -1
        kelp start w
        run timeout 10 "$KELP" --root "$ROOT" --runroot "$RUNROOT" wait --condition running --condition exited -i 10ms w
        code 0
        run kelp wait --condition stopped w
        is 4
        run kelp wait --condition nosuch w
        code 125
        has "--condition nosuch is no state"
        run kelp wait -i never w
        code 125
        has "is not a duration"
}

@test "logs: several containers, told apart" {
        kelp run -d --name one --network=none busybox sh -c 'echo first; sleep 0.3; echo last'
        kelp run --name two --network=none busybox echo hello
        run timeout 20 "$KELP" --root "$ROOT" --runroot "$RUNROOT" logs -f -n one two
        code 0
        has "one first"
        has "one last"
        has "two hello"
        id=$(kelp inspect -f '{{.Id}}' two)
        run kelp logs two one
        has "${id:0:12} hello"
        run kelp logs -l
        is hello
        run timeout 20 "$KELP" --root "$ROOT" --runroot "$RUNROOT" logs -f -n two nosuch
        code 125
        has "two hello"
        has "no such container"
}

@test "logs: following ends when nobody reads" {
        kelp run -d --name y --network=none busybox sh -c 'while :; do echo y; sleep 0.05; done'
        run timeout 10 bash -c "'$KELP' --root '$ROOT' --runroot '$RUNROOT' logs -f y | head -n 1"
        code 0
        is y
        run timeout 10 bash -c "'$KELP' --root '$ROOT' --runroot '$RUNROOT' logs -f y y | head -n 1"
        code 0
}

@test "ps: oldest first, sorted, the newest few, tables" {
        kelp create --name b --network=none busybox true
        kelp create --name a --network=none -v /tmp:/data busybox sh -c 'echo 0123456789'
        run kelp ps -a --format '{{.Names}}'
        is "b
a"
        run kelp ps -a --sort names --format '{{.Names}}'
        is "a
b"
        run kelp ps -n 1 --format 'table {{.Names}} {{.Command}}'
        is "NAMES  COMMAND
a      sh -c echo 012345..."
        run kelp ps --format 'table {{.ID}}\t{{.Names}}'
        is "CONTAINER ID  NAMES"
        run kelp ps -a --filter 'name=^a$' --filter volume=/data --noheading --format 'table {{.Names}}'
        is a
        run kelp ps -a --filter since=b --format '{{range .}}<{{.Names}}>{{end}}'
        is "<a>"
        run kelp ps -a --filter 'name=['
        code 125
        run kelp ps -a --sort nosuch
        code 125
        has "choose from"
        run kelp ps -l -n 1
        code 125
        kelp ps -a --format '{{json .}}' | jq -e '.[0].Created > 1700000000 and .[1].Names == ["a"]'
}

@test "inspect: by type, podman's and Go's names" {
        kelp create --name made --network=none -v /tmp:/data:ro --ulimit nofile=100:200 --cap-drop all busybox true
        run kelp inspect -f '{{.ID}} {{range .Mounts}}{{.Src}}:{{.Dst}}:{{.RW}}{{end}}' made
        is "$(kelp inspect -f '{{.Id}}' made) /tmp:/data:false"
        run kelp container inspect -f '{{.State.Health.Status}}{{.HostConfig.Ulimits}}' made
        code 0
        kelp inspect made | jq -e '.[0] | .EffectiveCaps == [] and .HostConfig.Ulimits[0].Soft == 100 and
                (.GraphDriver.Data.UpperDir | endswith("/upper")) and .NetworkSettings.IPAddress == ""'
        run kelp image inspect made
        code 125
        run kelp container inspect localhost/busybox
        code 125
        kelp image inspect localhost/busybox | jq -e '.[0].RepoTags == ["localhost/busybox:latest"]'
        run kelp inspect --type pod made
        code 125
        run kelp inspect -f '{{.Config.Labels.none}}|{{.Nmae}}' made
        code 125
        has "there is no field .Nmae"
}

@test "info, version: templates and JSON" {
        run kelp info --format '{{.Host.Security.Rootless}} {{.Store.GraphRoot}}'
        is "true $ROOT"
        kelp info --format json | jq -e '.store.containerStore.number == 0 and .host.os == "linux"'
        run kelp version --format '{{.Client.Version}}'
        code 0
        [ -n "$output" ]
}

@test "output that cannot be written is an error" {
        run bash -c "'$KELP' --root '$ROOT' --runroot '$RUNROOT' images >/dev/full"
        code 125
        has "No space left on device"
}
