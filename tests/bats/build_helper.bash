# What the tests of builds share.
# shellcheck shell=bash

# containerfile TEXT...: into ctx/Containerfile, a line each
containerfile() {
        mkdir -p "$BATS_TEST_TMPDIR/ctx"
        cd "$BATS_TEST_TMPDIR/ctx" || return 1
        printf '%s\n' "$@" >Containerfile
}

build() {
        kelp build --network none "$@"
}

# build_behind OPTION...: in the background, as $!; what it prints is in ../log
build_behind() {
        "$KELP" --root "$ROOT" --runroot "$RUNROOT" build --network none "$@" >../log 2>&1 3>&- &
}

cat_of() { # IMAGE FILE...
        run_quick "$@"
}

# Nothing of a build is left but images: no container, no staging, no damage.
nothing_left() {
        [ -z "$(kelp ps -aq --external)" ]
        poll 20 is_swept # what a container leaves is deleted behind the command's back
        kelp system check
}
is_swept() {
        [ -z "$(ls "$ROOT/staging")" ]
}

store_is_swept() {
        [ -z "$(find "$ROOT/containers" "$ROOT/staging" -mindepth 1 -maxdepth 1)" ]
}
