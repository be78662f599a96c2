#!/usr/bin/env bats
# --requires, --rmi.
load helper

@test "--requires: what is required is started before, with what that requires" {
        kelp create --name a --network=none busybox sleep 1000 >/dev/null
        kelp create --name b --network=none --requires a busybox sleep 1000 >/dev/null
        [ "$(kelp inspect -f '{{.State.Status}}' a)" = created ]
        run run_quick --requires b,a busybox echo hello
        is hello
        [ "$(kelp inspect -f '{{.State.Status}}' a)" = running ]
        [ "$(kelp inspect -f '{{.State.Status}}' b)" = running ]
        [ "$(kelp inspect -f '{{.Dependencies}}' b)" = "[$(kelp inspect -f '{{.Id}}' a)]" ]
        kelp stop -t 0 b a
        kelp start b
        [ "$(kelp inspect -f '{{.State.Status}}' a)" = running ]
}

@test "--requires: rm takes the dependent first" {
        kelp create --name a --network=none busybox true >/dev/null
        kelp create --name b --network=none --requires a busybox true >/dev/null
        run kelp rm a
        code 125
        has "has dependent containers which must be removed before it"
        kelp rm --depend a
        [ -z "$(kelp ps -aq)" ]
}

@test "--requires: what cannot be started, or is not there" {
        kelp create --name a --network=none busybox /no/such >/dev/null
        run run_quick --requires a --name needs-a busybox true
        code 127
        has "starting the required container"
        run kelp inspect needs-a
        code 125
        run kelp create --requires nosuch busybox true
        code 125
        has '"nosuch" is not a valid container, cannot be used as a dependency'
        has "no such container"
}

@test "--requires: a start that is refused starts nothing; whose namespace is shared runs before" {
        kelp create --name a --network=none busybox sleep 1000 >/dev/null
        run kelp run --requires a --runtime /no/such/runtime --network=none busybox true
        [ "$status" -ne 0 ]
        [ "$(kelp inspect -f '{{.State.Status}}' a)" = created ]
        run kelp run --rm --requires a --network=container:a busybox true
        code 0
}

@test "--requires: who waits for another's health does not keep others from the container" {
        kelp create --name a --network=none --sdnotify healthy --health-cmd false busybox sleep 1000 >/dev/null
        kelp create --name b --network=none --requires a busybox sleep 1000 >/dev/null
        kelp start b 2>/dev/null 3>&- &
        starter=$!
        poll 10 eval '[ "$(kelp inspect -f "{{.State.Status}}" a)" = running ]'
        sleep 0.3
        run timeout 10 "$KELP" --root "$ROOT" --runroot "$RUNROOT" rm b
        code 0
        kelp rm -f -t 0 a
        wait "$starter" || true
}

@test "--rmi: not with --rootfs, which has no image" {
        mkdir "$BATS_TEST_TMPDIR/dir"
        run kelp run --rmi --network=none --rootfs "$BATS_TEST_TMPDIR/dir" true
        code 125
        has "the --rmi option does not work with --rootfs"
}

@test "--rmi: not for who has detached" {
        run python3 "$BATS_TEST_DIRNAME/terminal.py" 'expect $ ' 'send \x10\x11' 'exit 0' -- \
                "$KELP" --root "$ROOT" --runroot "$RUNROOT" run --rmi -it --name d --network=none -e 'PS1=$ ' busybox sh
        code 0
        lacks "Failed to remove image"
        kelp image exists busybox
        kelp rm -f -t 0 d
}

@test "--rmi: the image goes with the container, unless another has it" {
        kelp tag busybox localhost/gone
        run kelp run --rmi --network=none localhost/gone echo hello
        is hello
        run kelp image exists localhost/gone
        code 1
        kelp image exists busybox
        kelp create --name c busybox true >/dev/null
        run kelp run --rmi --rm --network=none busybox true
        code 0
        has "image is in use by a container"
        kelp image exists busybox
        # The monitor tries too, a moment later.
        poll 5 eval '! pgrep -f -- "--root $ROOT " >/dev/null'
        kelp rm c
        id=$(kelp run -d --rmi --network=none busybox true)
        poll 10 is_gone "$id"
        run kelp image exists busybox
        code 1
        poll 5 is_empty "$ROOT/layers"
}

is_gone() {
        ! kelp image exists busybox && ! kelp container exists "$1"
}

is_empty() {
        [ -z "$(ls "$1")" ]
}

@test "--rmi: needs --rm, and is run's alone" {
        run kelp run --rmi --rm=false --network=none busybox true
        code 125
        has "the --rmi option does not work without --rm"
        run kelp create --rmi busybox true
        code 125
        has "unknown flag: --rmi"
        kelp run -d --name c --rmi --network=none busybox sleep 100 3>&-
        run kelp inspect -f '{{.HostConfig.AutoRemove}} {{.HostConfig.AutoRemoveImage}}' c
        is "true true"
}
