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
                [ "${#lines[@]}" -le 51 ]
                run kelp help "$c"
                code 0
        done
        run kelp run --help
        has "--memory-swap"
        lacks "Limit of memory and swap"
        run kelp help --all run
        has "Limit of memory and swap"
        run kelp
        code 125
}

@test "cli: help fits the terminal, and 80 columns where there is none" {
        for c in run ps update oci "image prune"; do
                kelp help --all $c >"$BATS_TEST_TMPDIR/page"
                [ "$(wc -L <"$BATS_TEST_TMPDIR/page")" -le 80 ]
                [ -z "$(grep ' $' "$BATS_TEST_TMPDIR/page")" ]
        done
        run python3 "$BATS_TEST_DIRNAME/terminal.py" "resize 24 72" "exit 0" -- \
                sh -c "'$KELP' help --all run >/dev/null; '$KELP' help --all run | cat >'$BATS_TEST_TMPDIR/piped'"
        code 0
        run python3 "$BATS_TEST_DIRNAME/terminal.py" "resize 24 100" \
                "expect none, host, slirp4netns, container:NAME, ns:PATH" "exit 0" -- "$KELP" help --all run
        code 0
        [ "$(wc -L <"$BATS_TEST_TMPDIR/piped")" -le 80 ]
}

@test "cli: help of groups" {
        run kelp image --help
        code 0
        has "prune      Remove images that nobody needs"
        run kelp help image
        code 0
        has "kelp image COMMAND"
        run kelp image
        code 125
        has "kelp image --help lists the commands"
        run kelp --help
        has "Groups of commands: container, healthcheck, image"
}

@test "cli: a name that does not exist suggests the nearest" {
        kelp import -q "$FIXTURES/busybox.tar" localhost/busybox
        kelp create --name web --network=none busybox true
        run kelp rm wbe
        code 1
        has "did you mean web?"
        run kelp exec wbe true
        code 125
        has "did you mean web?"
        run kelp rmi bsybox
        has "did you mean busybox?"
        run kelp inspect bsybox
        has "did you mean busybox?"
        run kelp rm nothinglikeit
        lacks "did you mean"
        run as_podman rm wbe
        is 'Error: no container with ID or name "wbe" found: no such container'
}

@test "cli: unknown things suggest the nearest" {
        run kelp rnu
        code 125
        has "did you mean: kelp run?"
        run kelp contianer ls
        code 125
        has "did you mean: kelp container?"
        run kelp image lst
        code 125
        has "did you mean: kelp image ls?"
        run "$KELP" oci craete
        code 1
        has "did you mean: kelp oci create?"
        run kelp help oci craete
        code 125
        has "did you mean: kelp oci create?"
        run "$KELP" oci --root "$BATS_TEST_TMPDIR/oci" create --bundel x y
        has "did you mean --bundle?"
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
        run as_podman rm nosuch
        code 1
        is 'Error: no container with ID or name "nosuch" found: no such container'
}

@test "cli: --out writes to a file, --noout nowhere" {
        run kelp --out "$BATS_TEST_TMPDIR/out" version -f '{{.Client.Os}}'
        is ""
        [ "$(cat "$BATS_TEST_TMPDIR/out")" = linux ]
        run kelp --noout unshare echo hi
        code 0
        is ""
        run kelp --out /nosuch/file version
        code 125
        has "/nosuch/file"
}

@test "cli: info has what scripts ask podman for" {
        run kelp info -f '{{.Host.EventLogger}} {{.Host.DatabaseBackend}} {{.Host.NetworkBackend}} {{.Host.RootlessNetworkCmd}}'
        is "file files slirp4netns slirp4netns"
        run kelp info -f '{{.Store.VolumePath}}'
        is "$ROOT/volumes"
        run kelp --storage-driver=vfs info -f '{{.Store.GraphOptions}}'
        is "map[]"
}
