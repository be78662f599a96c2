#!/usr/bin/env bats
# The examples of the manual pages do what they say: the lines of each page's EXAMPLES (docs/man/src/) are run in their
# order, in a directory and with containers of their own. "%before" prepares; what stands behind "%skip" until the
# next blank line is not run (it needs a network, a terminal), behind "%cgroup" only with a cgroup of our own; "%oci"
# makes a bundle.
IMAGE=none
load helper

setup_file() {
        mkdir -p "$BATS_FILE_TMPDIR/bin" "$BATS_FILE_TMPDIR/rootfs"
        tar -C "$BATS_FILE_TMPDIR/rootfs" -xf "$FIXTURES/busybox.tar"
        cat >"$BATS_FILE_TMPDIR/bin/kelp" <<'EOF'
#!/bin/sh
if [ "$1" = oci ]; then
        shift
        exec "$KELP" oci --root "$ROOT.oci" "$@"
fi
exec "$KELP" --root "$ROOT" --runroot "$RUNROOT" "$@"
EOF
        # A cgroup beside ours for the container of a bundle.
        cat >"$BATS_FILE_TMPDIR/bin/give_cgroup" <<'EOF'
#!/bin/sh
own=$(sed -n 's/^0:://p' /proc/self/cgroup)
jq --arg path "${own%/run}/example" '.linux.cgroupsPath = $path' <config.json >config.new
mv config.new config.json
EOF
        chmod +x "$BATS_FILE_TMPDIR/bin"/*
}

delete_bundles() {
        local id
        for id in $("$KELP" oci --root "$ROOT.oci" list -q); do
                "$KELP" oci --root "$ROOT.oci" delete --force "$id"
        done
}

teardown() {
        delete_bundles
        kelp system reset --force >/dev/null
}

# The lines of a page that are run.
script_of() {
        awk -v cgroup="${KELP_TEST_CGROUP-}" '
                /^## / { on = $2 == "EXAMPLES" }
                /^%before kelp oci pause/ && cgroup != 1 { next }
                /^%before / { sub(/^%before /, ""); print; next }
                /^%cgroup/ { skip = cgroup != 1; next }
                /^%own-cgroup/ && cgroup { print "give_cgroup"; next }
                /^%oci/ { print "ln -s \"$BUNDLE_ROOTFS\" rootfs"; next }
                /^%skip/ { skip = 1; next }
                /^$/ { skip = 0 }
                on && !skip && /^    / { print substr($0, 5) }
        ' "$1"
}

# run_pages PAGE...
run_pages() {
        local page name
        for page in "$@"; do
                name=$(basename "$page" .md)
                mkdir "$BATS_TEST_TMPDIR/$name"
                script_of "$page" >"$BATS_TEST_TMPDIR/$name.sh"
                [ -s "$BATS_TEST_TMPDIR/$name.sh" ] || continue
                kelp import -q -c 'CMD ["sh"]' "$FIXTURES/busybox.tar" localhost/busybox >/dev/null
                (
                        cd "$BATS_TEST_TMPDIR/$name"
                        PATH=$BATS_FILE_TMPDIR/bin:$PATH KELP=$KELP HOME=$PWD BUNDLE_ROOTFS=$BATS_FILE_TMPDIR/rootfs \
                                timeout 60 bash -eo pipefail "../$name.sh" </dev/null >"../$name.out" 2>&1 3>&-
                ) || {
                        echo "the examples of $name fail:"
                        cat "$BATS_TEST_TMPDIR/$name.sh" "$BATS_TEST_TMPDIR/$name.out"
                        return 1
                }
                kelp system reset --force >/dev/null
                delete_bundles
        done
}

pages=$BATS_TEST_DIRNAME/../../docs/man/src

@test "examples: of containers" {
        run_pages "$pages"/kelp-{a,co,cr,d,e,k,l,p,r,s,t,u,w}*.md
}

@test "examples: of images" {
        run_pages "$pages"/kelp-{h,i,m}*.md
}

@test "examples: of kelp, the store, kelp oci" {
        run_pages "$pages"/kelp.md "$pages"/kelp-{oci,v}*.md
}

@test "examples: a page whose example fails is noticed" {
        printf '## EXAMPLES\n    kelp nosuch\n' >"$BATS_TEST_TMPDIR/bad.md"
        run run_pages "$BATS_TEST_TMPDIR/bad.md"
        code 1
        has "unknown command"
}
