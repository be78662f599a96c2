#!/usr/bin/env bats
# The command line itself.
IMAGE=none
load helper

@test "cli: help of everything, in one screen" {
        run kelp --help
        code 0
        commands=$(echo "$output" | awk '/^Commands:/ { on = 1; next } /^$/ { on = 0 } on { print $1 }')
        for c in $commands; do
                run kelp "$c" --help
                code 0
                has "Usage:"
                has "kelp $c"
                [ "${#lines[@]}" -le 50 ]
                run kelp help "$c"
                code 0
        done
        run kelp run --help
        has "--memory-swap" && lacks "Limit of memory and swap"
        run kelp help --all run
        has "Limit of memory and swap"
        run kelp
        code 125
}

@test "cli: unknown things suggest the nearest" {
        run kelp rnu
        code 125
        has "did you mean: kelp run?"
        run kelp run --nmae x y
        code 125
        has "did you mean --name?"
        run kelp run --gpus x
        code 125
        has "--gpus is not supported"
        run kelp ps --last x
        code 125
        has "not a number"
        run kelp stop
        code 125
}

@test "cli: version, info, unshare, doctor" {
        run kelp version
        has "Version:"
        run kelp info
        has "rung: subids"
        run kelp info -f '{{.host.userNamespace.rung}}'
        is subids
        run kelp unshare id -u
        is 0
        run kelp unshare nosuch
        code 127
        run kelp doctor
        has "user namespaces"
        run kelp doctor --json
        echo "$output" | jq -e '.[] | select(.name == "overlay") | .state == "ok"'
}

@test "cli: a name that could drive the terminal is shown escaped" {
        run kelp run "$(printf 'bad\033[31mname')"
        code 125
        lacks "$(printf '\033')"
}

@test "cli: container and image forms" {
        run kelp container ls
        code 0
        run kelp image ls
        has REPOSITORY
}

@test "cli: called as podman, errors have its form" {
        ln -s "$KELP" "$BATS_TEST_TMPDIR/podman"
        run "$BATS_TEST_TMPDIR/podman" --root "$ROOT" --runroot "$RUNROOT" rm nosuch
        code 1
        is 'Error: no container with name or ID "nosuch" found: no such container'
}
