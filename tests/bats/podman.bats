#!/usr/bin/env bats
# What a podman user's fingers and scripts know, beside what the other files test by topic.
load helper

as_podman() {
        ln -sf "$KELP" "$BATS_TEST_TMPDIR/podman"
        "$BATS_TEST_TMPDIR/podman" --root "$ROOT" --runroot "$RUNROOT" "$@"
}

@test "podman: options before the command may stand behind its name" {
        run "$KELP" images -q --root "$ROOT" --runroot "$RUNROOT" --storage-driver overlay
        code 0
        [ "${#lines[@]}" -eq 1 ]
        run "$KELP" run --root "$ROOT" --runroot="$RUNROOT" --rm --network=none localhost/busybox echo --root x
        code 0
        is "--root x"
        run kelp ps --storage-driver nosuch
        code 125
        has 'unknown storage driver "nosuch"'
        run kelp ps --out x
        code 125
        has "unknown flag: --out"
        run kelp ps --db-backend=boltdb
        code 125
        has "--db-backend is not supported: kelp keeps no database"
}

@test "podman: levels of --log-level and the form of its lines" {
        run kelp --log-level=telepathic version
        code 1
        is 'kelp: Log Level "telepathic" is not supported, choose from: trace, debug, info, warn, warning, error, fatal, panic'
        run as_podman --log-level=telepathic version
        code 1
        [[ $output == "Log Level "* ]]
        run as_podman --debug --log-level=panic version
        code 1
        is "Setting --log-level and --debug is not allowed"
        run as_podman --log-level=trace version
        has " level=trace msg="
        has " level=debug msg="
        has " level=info msg="
        lacks " level=warn"
        run as_podman version --log-level=info
        has " level=info msg="
        lacks " level=debug"
        run as_podman -D version
        has " level=debug msg="
        lacks " level=trace"
        run as_podman --log-level=fatal version
        lacks "level="
}

@test "podman: --storage-opt" {
        kelp --root "$BATS_TEST_TMPDIR/more" --runroot "$RUNROOT" import -q "$FIXTURES/busybox.tar" localhost/more
        mkdir "$BATS_TEST_TMPDIR/none"
        run kelp info --storage-opt="overlay.imagestore=$BATS_TEST_TMPDIR/none" \
                --storage-opt="overlay.imagestore=$BATS_TEST_TMPDIR/more" \
                --format '{{index .Store.GraphOptions "overlay.additionalImageStores"}}\n{{index .Store.GraphOptions "overlay.imagestore"}}'
        code 0
        is "[$BATS_TEST_TMPDIR/none $BATS_TEST_TMPDIR/more]"$'\n'"$BATS_TEST_TMPDIR/more"
        run kelp --storage-opt "additionalimagestore=$BATS_TEST_TMPDIR/more" run --rm --network=none localhost/more echo used
        code 0
        is "used"
        "$KELP" unshare rm -rf "$BATS_TEST_TMPDIR/more"
        run kelp info --storage-opt overlay.mount_program=/usr/bin/fuse-overlayfs --format '{{.Store.GraphDriverName}}'
        is "fuse-overlayfs"
        run kelp --storage-opt overlay.size=1G ps
        code 125
        has "--storage-opt overlay.size=1G is not supported"
        run kelp --storage-opt "" ps -q
        code 0
        is ""
}
