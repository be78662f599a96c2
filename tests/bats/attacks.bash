# What the tests of published attacks share: a hostile image, a hostile bundle, and a directory outside
# of every container that may be neither seen nor changed.
# shellcheck shell=bash
load helper

setup_file() {
        export TREE=$BATS_FILE_TMPDIR/rootfs
        mkdir -p "$TREE"
        tar -C "$TREE" -xf "$FIXTURES/busybox.tar"
        cp -r "$FIXTURES/oci" "$BATS_FILE_TMPDIR/oci"
        find "$BATS_FILE_TMPDIR/oci" -size +5M -delete # the large image is not needed
}

# OUT is outside of every container; what is there may be neither seen nor changed.
setup() {
        ROOT=$BATS_TEST_TMPDIR/root RUNROOT=$BATS_TEST_TMPDIR/run
        STATE=$BATS_TEST_TMPDIR/state BUNDLE=$BATS_TEST_TMPDIR/bundle OUT=$BATS_TEST_TMPDIR/outside
        export ROOT RUNROOT
        kelp import -c 'CMD ["sh"]' "$FIXTURES/busybox.tar" localhost/busybox >/dev/null
        mkdir "$OUT"
        echo secret >"$OUT/secret"
}

teardown() {
        local id
        for id in $("$KELP" oci --root "$STATE" list -q 2>/dev/null); do
                "$KELP" oci --root "$STATE" delete --force "$id" || true
        done
        kelp rm -fa -t 0 >/dev/null 2>&1 || true
        poll 5 store_is_empty || true
        "$KELP" unshare rm -rf "$ROOT" "$RUNROOT" "$BATS_TEST_TMPDIR/tree"
}

outside_is_untouched() {
        [ "$(find "$OUT" -mindepth 1)" = "$OUT/secret" ] && [ "$(cat "$OUT/secret")" = secret ] || {
                find "$OUT" -ls
                return 1
        }
}

# hostile: a copy of the image's tree at $BATS_TEST_TMPDIR/tree, to be made an image by `image`
hostile() {
        mkdir -p "$BATS_TEST_TMPDIR/tree"
        tar -C "$BATS_TEST_TMPDIR/tree" -xf "$FIXTURES/busybox.tar"
        export T=$BATS_TEST_TMPDIR/tree
}

# image NAME [CHANGE...]: of the hostile tree
image() {
        local name=$1 change changes=()
        shift
        for change in "$@"; do
                changes+=(-c "$change")
        done
        tar -C "$BATS_TEST_TMPDIR/tree" --owner=0 --group=0 -cf "$BATS_TEST_TMPDIR/tree.tar" .
        kelp import "${changes[@]}" "$BATS_TEST_TMPDIR/tree.tar" "localhost/$name" >/dev/null
}

# bundle [ROOTFS]: a bundle of that tree, or of one of its own that may be changed
bundle() {
        mkdir -p "$BUNDLE"
        ln -sfn "${1:-$TREE}" "$BUNDLE/rootfs"
        rm -f "$BUNDLE/config.json"
        "$KELP" oci --root "$STATE" spec --rootless --bundle "$BUNDLE"
        config '.process.terminal = false'
}

config() {
        jq "$@" <"$BUNDLE/config.json" >"$BUNDLE/config.new"
        mv "$BUNDLE/config.new" "$BUNDLE/config.json"
}

args() {
        config --argjson words "$(for word in "$@"; do jq -n --arg w "$word" '$w'; done | jq -s .)" '.process.args = $words'
}

oci_run() {
        "$KELP" oci --root "$STATE" run --bundle "$BUNDLE" "c$RANDOM"
}
