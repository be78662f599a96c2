#!/usr/bin/env bats
# kelp in a container: of kelp's own, and of Debian's podman as a plain user.
# shellcheck disable=SC2034,SC2030,SC2031

load helper

IMAGE=none

# An image with kelp, the helpers that this machine has, their libraries, and an image to run.
setup_file() {
        local tree=$BATS_FILE_TMPDIR/tree program library
        mkdir "$tree"
        tar -C "$tree" -xpf "$FIXTURES/busybox.tar"
        mkdir -p "$tree/usr/bin" "$tree/images"
        for program in "$KELP" "$(command -v fuse-overlayfs)" "$(command -v slirp4netns)"; do
                [ -n "$program" ] || continue
                cp "$program" "$tree/usr/bin/"
                ldd "$program" | grep -o '/[^ ]*' | while read -r library; do
                        mkdir -p "$tree/$(dirname "$library")"
                        cp -L "$library" "$tree/$library"
                done
        done
        ln -s kelp "$tree/usr/bin/kelp-oci"
        cp "$FIXTURES/busybox.tar" "$tree/images/"
        cp -r "$FIXTURES/oci" "$tree/images/oci"
        cat >"$tree/begin" <<'END'
export PATH=/usr/bin:/bin
[ -w "${HOME:-/root}" ] || export HOME=/tmp
export HOME=${HOME:-/root}
kelp import /images/busybox.tar localhost/busybox >/dev/null
chosen() {
        kelp info -f '{{.host.userNamespace.rung}} {{.store.graphDriverName}} {{.host.proc}} {{.host.cgroupManager}} {{.host.insideContainer}}'
}
quick() {
        kelp run --rm --network=none "$@"
}
END
        tar -C "$tree" --owner=0 --group=0 -cf "$BATS_FILE_TMPDIR/nest.tar" .
        rm -rf "$tree"
        if command -v podman >/dev/null; then
                podman_root
                outer_podman import "$BATS_FILE_TMPDIR/nest.tar" localhost/nest >/dev/null 2>&1
        fi
}

teardown_file() {
        podman_root
        ! command -v podman >/dev/null || podman unshare rm -rf "$PODMAN_ROOT" "$PODMAN_RUN"
}

podman_root() {
        PODMAN_ROOT=$BATS_FILE_TMPDIR/podman PODMAN_RUN=$BATS_FILE_TMPDIR/podman-run
        export XDG_RUNTIME_DIR=$BATS_FILE_TMPDIR/xdg
        mkdir -p "$XDG_RUNTIME_DIR"
}

outer_podman() {
        podman --storage-driver overlay --root "$PODMAN_ROOT" --runroot "$PODMAN_RUN" --cgroup-manager cgroupfs \
                --log-level error "$@"
}

# in_podman [OPTIONS] -- SCRIPT
in_podman() {
        local options=()
        command -v podman >/dev/null || skip "no podman"
        podman_root
        while [ "$1" != -- ]; do
                options+=("$1")
                shift
        done
        run outer_podman run --rm --network=none "${options[@]}" localhost/nest sh -c ". /begin; $2"
}

# in_kelp [OPTIONS] -- SCRIPT
in_kelp() {
        local options=()
        kelp import "$BATS_FILE_TMPDIR/nest.tar" localhost/nest >/dev/null
        while [ "$1" != -- ]; do
                options+=("$1")
                shift
        done
        run kelp run --rm --network=none "${options[@]}" nest sh -c ". /begin; $2"
}

EVERYDAY='quick busybox sh -c "id -u; touch /x; rm /bin/ls; chown web /x; stat -c %U /x" 2>/dev/null
        kelp run -d --name c --network=none busybox sleep 100 >/dev/null 2>&1; kelp exec -u web c id -u
        kelp exec c sh -c "echo hi >/srv/f"; kelp diff c | grep srv/; kelp stop -t 0 c >/dev/null; kelp commit -q c localhost/new >/dev/null
        quick localhost/new cat /srv/f 2>/dev/null; kelp rm c >/dev/null; kelp ps -aq | wc -l; kelp system check && echo whole'
DONE=$'0\nweb\n33\nA /srv/f\nhi\n0\nwhole'

@test "nested: in kelp's container as it is: root of all ids, a copy, the outer proc, no cgroup" {
        in_kelp -- "chosen; quick busybox true; $EVERYDAY"
        [[ "${lines[0]}" =~ ^privileged\ copy\ bound\ (none|systemd)\ true$ ]]
        has "the kernel refuses an overlay here"
        has "/dev/fuse: No such file or directory: the image is copied, continuing"
        has "$DONE"
        store_is_clean
}

@test "nested: in podman's container as it is" {
        in_podman -- "chosen; quick busybox true; $EVERYDAY"
        [ "${lines[0]}" = "privileged copy bound none true" ]
        has "/dev/fuse: No such file or directory: the image is copied, continuing"
        has "$DONE"
}

@test "nested: as a user of the outer container, who has no subordinate ids" {
        in_kelp -u web -- "chosen; $EVERYDAY"
        [[ "${lines[0]}" == "single copy bound none true" ]]
        has "$DONE"
        in_podman -u web -- "chosen; $EVERYDAY"
        [ "${lines[0]}" = "single copy bound none true" ]
        has "$DONE"
}

@test "nested: with fuse and tun: fuse-overlayfs, a network" {
        [ -w /dev/fuse ] && [ -w /dev/net/tun ] && command -v fuse-overlayfs slirp4netns >/dev/null || skip "no fuse, tun or their programs"
        script='chosen; kelp run --rm busybox ip -4 addr show dev tap0 | grep -o "inet [0-9.]*"'
        in_kelp -v /dev/fuse:/dev/fuse -v /dev/net/tun:/dev/net/tun -- "$script; $EVERYDAY"
        [ "${lines[0]}" = "privileged fuse-overlayfs bound none true" ]
        has "inet 10.0.2.100"
        has "$DONE"
        in_podman --device /dev/fuse --device /dev/net/tun -- "$script; $EVERYDAY"
        [ "${lines[0]}" = "privileged fuse-overlayfs bound none true" ]
        has "inet 10.0.2.100"
        has "$DONE"
}

@test "nested: the store on a volume, nothing masked: native" {
        mkdir "$BATS_TEST_TMPDIR/v"
        in_kelp --security-opt unmask=ALL -v "$BATS_TEST_TMPDIR/v:/root" -- "chosen; $EVERYDAY"
        [[ "${lines[0]}" =~ ^privileged\ overlay\ new\ (none|cgroupfs)\ true$ ]]
        has "$DONE"
        "$KELP" unshare rm -rf "$BATS_TEST_TMPDIR/v"
        mkdir "$BATS_TEST_TMPDIR/v"
        in_podman --security-opt unmask=ALL --security-opt seccomp=unconfined -v "$BATS_TEST_TMPDIR/v:/root" -- \
                "chosen; quick --hostname inner busybox hostname; $EVERYDAY"
        [[ "${lines[0]}" =~ ^privileged\ overlay\ new\ (none|cgroupfs)\ true$ ]]
        has $'\ninner\n'
        has "$DONE"
        "$KELP" unshare rm -rf "$BATS_TEST_TMPDIR/v"
}

@test "nested: whiteouts and opaque directories of layers, where neither can be made" {
        script='i=$(kelp pull -q oci:/images/oci:layers)
                quick $i sh -c "exec 2>&1; ls /gone; ls /opaque /keep; cat /keep/second; stat -c %u:%g:%a /keep" 2>&1 | grep -v warning
                kelp system check && echo whole'
        in_kelp -- "$script"
        has $'ls: /gone: No such file or directory\n/keep:\nfile\nhard\nsecond\n\n/opaque:\nnew\ntwo\n12:34:1770\nwhole'
        [ ! -w /dev/fuse ] && return
        in_kelp -v /dev/fuse:/dev/fuse -- "$script"
        has $'ls: /gone: No such file or directory\n/keep:\nfile\nhard\nsecond\n\n/opaque:\nnew\ntwo\n12:34:1770\nwhole'
}

@test "nested: what cannot be had is said with its cure" {
        in_kelp -- 'kelp run --rm busybox true; echo $?; kelp run --rm --network=host busybox echo on the host; kelp run --rm --network=none -m 64m busybox true; echo $?
                quick --read-only busybox touch /x; kelp doctor'
        has "which cannot be opened: do without (--network=none or host)"
        has "on the host"
        has "start the outer container with --device /dev/net/tun"
        has "start the outer container with --device /dev/fuse"
        has "start the outer container with a volume at the store: -v NAME:/root/.local/share/kelp"
        has "--security-opt unmask=ALL"
        has "Read-only file system"
        has $'\n125\n'
}

@test "nested: a bundle in podman's container with kelp-oci" {
        in_podman -- 'export XDG_RUNTIME_DIR=/tmp; mkdir -p /b/rootfs; cd /b; tar -C rootfs -xf /images/busybox.tar; kelp-oci spec --rootless
                sed -i "s/\"terminal\": true/\"terminal\": false/; s/\"sh\"/\"id\"/; /\"hostname\"/d" config.json; kelp-oci run x'
        has "uid=0"
}
