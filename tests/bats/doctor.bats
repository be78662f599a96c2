#!/usr/bin/env bats
# kelp doctor: what it finds when something is taken away. Each time in a namespace of the test's own.
# shellcheck disable=SC2034,SC2030,SC2031

load helper

IMAGE=none

doctor() {
        kelp doctor --json
}

# of NAME: STATE, and the words of its cure
of() {
        echo "$output" | jq -r --arg n "$1" '.[] | select(.name == $n) | "\(.state): \(.cure)"'
}

# In a user namespace, as root of it, with mounts of its own: SCRIPT, then doctor.
in_namespace() {
        run "$KELP" unshare unshare -m --propagation private bash -c "$1
                exec '$KELP' --root '$ROOT' --runroot '$RUNROOT' doctor --json"
}

@test "doctor: keys for scripts, and the exit code says the worst" {
        run doctor
        worst=$(echo "$output" | jq '[.[].state] | if index("missing") then 2 elif index("warning") then 1 else 0 end')
        code "$worst"
        echo "$output" | jq -e 'length > 15 and all(.[]; keys == ["cost", "cure", "detail", "name", "state"])'
        echo "$output" | jq -e 'all(.[]; (.state == "ok") == (.cost == ""))'
        [ "$(of "user namespaces")" = "ok: " ]
        [ "$(of newuidmap)" = "ok: " ]
        [ "$(of overlay)" = "ok: " ]
        run kelp doctor
        code "$worst"
        has "ok       kernel"
        run kelp doctor --help
        has "Exit code: 0 all is ok, 1 a warning is the worst"
}

@test "doctor: user namespaces forbidden by the limit" {
        in_namespace "echo 0 >/proc/sys/user/max_user_namespaces"
        code 2
        [ "$(of "user namespaces")" = "missing: raise the limit: sudo sysctl user.max_user_namespaces=15000" ]
        [ "$(of "limit of namespaces")" = "missing: sudo sysctl user.max_user_namespaces=15000" ]
}

@test "doctor: no subordinate ids, a helper that is not setuid" {
        cp /usr/bin/newuidmap "$BATS_TEST_TMPDIR/newuidmap"
        chmod 755 "$BATS_TEST_TMPDIR/newuidmap"
        in_namespace "mount --bind '$BATS_TEST_TMPDIR/newuidmap' /usr/bin/newuidmap
                mkdir '$BATS_TEST_TMPDIR/s'; chown 33:33 '$BATS_TEST_TMPDIR/s'; mount --bind '$BATS_TEST_TMPDIR/s' /mnt
                exec setpriv --reuid 33 --regid 33 --clear-groups '$KELP' --root /mnt/r --runroot /mnt/rr doctor --json"
        code 1
        [[ "$(of ids)" == "warning: assign a range: sudo usermod --add-subuids"* ]]
        [[ "$(of /etc/subuid)" == "warning: sudo usermod --add-subuids 100000-165535 --add-subgids 100000-165535 www-data" ]]
        [ "$(of newuidmap)" = "warning: sudo chmod u+s /usr/bin/newuidmap" ]
        [ "$(of "seccomp notification")" = "ok: " ]
        "$KELP" unshare rm -rf "$BATS_TEST_TMPDIR/s"
}

@test "doctor: no /dev/net/tun, no slirp4netns, no fuse" {
        mkdir "$BATS_TEST_TMPDIR/bin" "$BATS_TEST_TMPDIR/dev"
        ln -s /usr/bin/newuidmap /usr/bin/newgidmap "$BATS_TEST_TMPDIR/bin"
        in_namespace "touch '$BATS_TEST_TMPDIR/dev/null'; mount --rbind /dev '$BATS_TEST_TMPDIR/dev'
                mount -t tmpfs t /dev; touch /dev/null; mount --bind '$BATS_TEST_TMPDIR/dev/null' /dev/null
                PATH='$BATS_TEST_TMPDIR/bin'"
        code 1
        [ "$(of slirp4netns)" = "warning: sudo apt-get install slirp4netns" ]
        [[ "$(of /dev/net/tun)" == "warning: "*tun* ]]
        [ "$(of fuse-overlayfs)" = "ok: " ] # native overlay works
        echo "$output" | jq -e '.[] | select(.name == "/dev/fuse") | .detail == "cannot be opened, not needed here"'
}

@test "doctor: a store where the kernel's overlay cannot be: what is used, and what it costs" {
        mkdir "$BATS_TEST_TMPDIR"/{l,u,w,m,bin}
        ln -s /usr/bin/newuidmap /usr/bin/newgidmap "$BATS_TEST_TMPDIR/bin"
        over="mount -t overlay overlay -o userxattr,lowerdir=$BATS_TEST_TMPDIR/l,upperdir=$BATS_TEST_TMPDIR/u,workdir=$BATS_TEST_TMPDIR/w $BATS_TEST_TMPDIR/m"
        ROOT=$BATS_TEST_TMPDIR/m/r in_namespace "$over; PATH=$BATS_TEST_TMPDIR/bin"
        code 1
        echo "$output" | jq -e '.[] | select(.name == "overlay") | .state == "warning" and (.cost | test("a copy of its image"))'
        [ "$(of fuse-overlayfs)" = "warning: sudo apt-get install fuse-overlayfs" ]
        run "$KELP" unshare unshare -m bash -c "$over; PATH=$BATS_TEST_TMPDIR/bin
                exec '$KELP' --root $BATS_TEST_TMPDIR/m/r --runroot '$RUNROOT' info -f '{{.store.graphDriverName}}'"
        is copy
        if [ -w /dev/fuse ]; then
                ROOT=$BATS_TEST_TMPDIR/m/r in_namespace "$over"
                echo "$output" | jq -e '.[] | select(.name == "overlay") | .state == "warning" and (.cost | test("fuse-overlayfs is used"))'
        fi
        "$KELP" unshare rm -rf "$BATS_TEST_TMPDIR"/{u,w}
}

@test "doctor: a proc of which parts are covered" {
        in_namespace "mount -t tmpfs t /proc/sys"
        code 1
        [[ "$(of proc)" == "warning: "* ]]
        run "$KELP" unshare unshare -m bash -c "mount -t tmpfs t /proc/sys
                exec '$KELP' --root '$ROOT' --runroot '$RUNROOT' info -f '{{.host.proc}}'"
        is bound
}

@test "doctor: what it says of missing controllers is what a limit's refusal says" {
        run doctor
        missing=$(echo "$output" | jq -r '.[] | select(.name == "cgroup v2").detail')
        [[ $missing == *"not delegated: cpu memory"* ]] || skip "cpu and memory are delegated"
        cure=$(echo "$output" | jq -r '.[] | select(.name == "cgroup v2").cure')
        [ -n "$cure" ]
        [ "$cure" != null ]
        "$KELP" oci --root "$BATS_TEST_TMPDIR/state" spec --bundle "$BATS_TEST_TMPDIR"
        mkdir "$BATS_TEST_TMPDIR/rootfs"
        jq '.linux.resources.cpu.shares = 512' "$BATS_TEST_TMPDIR/config.json" >"$BATS_TEST_TMPDIR/new"
        run "$KELP" oci --root "$BATS_TEST_TMPDIR/state" run --config new --bundle "$BATS_TEST_TMPDIR" c
        code 1
        has 'controller "cpu" is not available here'
        has "$cure"
}
