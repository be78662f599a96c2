#!/usr/bin/env bats
# The default seccomp profile beside containers-common's: verdicts, call by call, asked by
# tests/verdict.c under kelp, and under crun with the profile file's rules resolved here.
load helper

PROFILE=/usr/share/containers/seccomp.json

setup_file() {
        mkdir -p "$BATS_FILE_TMPDIR/rootfs"
        tar -C "$BATS_FILE_TMPDIR/rootfs" -xf "$FIXTURES/busybox.tar"
}

# The rules of the profile file that hold for some capabilities on amd64 (seccomp.json(5)).
section() {
        jq --argjson caps "$1" '
                def any_of($a; $b): ($a // []) | any(. as $x | $b | index($x) != null);
                ["amd64", "x86", "x32"] as $arches |
                { defaultAction, defaultErrnoRet,
                  architectures: ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"],
                  syscalls: [ .syscalls[] |
                        select((.includes.caps // [] | length) == 0 or any_of(.includes.caps; $caps)) |
                        select((.includes.arches // [] | length) == 0 or any_of(.includes.arches; $arches)) |
                        select(any_of(.excludes.caps; $caps) or any_of(.excludes.arches; $arches) | not) |
                        {names, action, args: (.args // [])} + (if .errnoRet then {errnoRet} else {} end) ] }' "$PROFILE"
}

# under_crun CAPABILITIES [quick]
under_crun() {
        local bundle=$BATS_TEST_TMPDIR/bundle
        mkdir -p "$bundle"
        ln -sfn "$BATS_FILE_TMPDIR/rootfs" "$bundle/rootfs"
        [ -e "$bundle/made" ] || "$KELP" oci --root "$BATS_TEST_TMPDIR/state" spec --rootless --bundle "$bundle"
        touch "$bundle/made"
        section "$1" >"$bundle/section"
        jq --slurpfile section "$bundle/section" --argjson caps "$1" --arg quick "${2-}" '.ociVersion = "1.0.2" |
                .process.terminal = false | .process.args = (["verdict", $quick] | map(select(. != ""))) |
                .process.capabilities[] = $caps | .linux.seccomp = $section[0]' "$bundle/config.json" >"$bundle/new"
        mv "$bundle/new" "$bundle/config.json"
        crun --root "$BATS_TEST_TMPDIR/crun" run --bundle "$bundle" "c$RANDOM"
}

needs_peer() {
        [ "$(uname -m)" = x86_64 ] || skip "the architectures here are x86-64's"
        [ -e "$PROFILE" ] || skip "no $PROFILE"
        command -v crun || skip "no crun"
        # Later versions allow and refuse a few calls more (fchmodat2, AF_VSOCK); the table is of 0.50.
        ! grep -q '"fchmodat2"' "$PROFILE" || skip "a later profile than the table's"
}

DEFAULT='["CAP_CHOWN","CAP_DAC_OVERRIDE","CAP_FOWNER","CAP_FSETID","CAP_KILL","CAP_NET_BIND_SERVICE",
        "CAP_SETFCAP","CAP_SETGID","CAP_SETPCAP","CAP_SETUID","CAP_SYS_CHROOT"]'

@test "seccomp: the default's verdicts are containers-common's, for each call and the arguments that matter" {
        needs_peer
        under_crun "$DEFAULT" >"$BATS_TEST_TMPDIR/theirs"
        run_quick busybox verdict >"$BATS_TEST_TMPDIR/ours"
        [ "$(grep -c '^native ' "$BATS_TEST_TMPDIR/ours")" = 512 ]
        [ "$(grep -c '^x32 ' "$BATS_TEST_TMPDIR/ours")" = 512 ]
        grep -q '^native 41 .*10,9:22' "$BATS_TEST_TMPDIR/ours" # socket: audit without the capability
        grep -q '^native 155 1$' "$BATS_TEST_TMPDIR/ours" || grep -q '^native 155 allow$' "$BATS_TEST_TMPDIR/ours"
        diff "$BATS_TEST_TMPDIR/theirs" "$BATS_TEST_TMPDIR/ours"
        run_quick --security-opt "seccomp=$PROFILE" busybox verdict >"$BATS_TEST_TMPDIR/file"
        diff "$BATS_TEST_TMPDIR/theirs" "$BATS_TEST_TMPDIR/file"
        run_quick --security-opt seccomp=unconfined busybox verdict >"$BATS_TEST_TMPDIR/none"
        ! diff "$BATS_TEST_TMPDIR/ours" "$BATS_TEST_TMPDIR/none" >/dev/null
}

@test "seccomp: each capability that the profile knows changes the same verdicts" {
        needs_peer
        run_quick busybox verdict quick >"$BATS_TEST_TMPDIR/plain"
        for cap in $(jq -r '.syscalls[] | (.includes.caps, .excludes.caps) // [] | .[]' "$PROFILE" | sort -u); do
                words=quick
                [ "$cap" != CAP_AUDIT_WRITE ] || words=
                under_crun "$(jq -c --arg c "$cap" '. + [$c]' <<<"$DEFAULT")" $words >"$BATS_TEST_TMPDIR/theirs"
                # shellcheck disable=SC2086 # none or one
                run_quick --cap-add "$cap" busybox verdict $words >"$BATS_TEST_TMPDIR/ours"
                diff "$BATS_TEST_TMPDIR/theirs" "$BATS_TEST_TMPDIR/ours"
                [ "$cap" = CAP_SYS_CHROOT ] || ! cmp -s "$BATS_TEST_TMPDIR/ours" "$BATS_TEST_TMPDIR/plain"
        done
        under_crun '[]' >"$BATS_TEST_TMPDIR/theirs"
        run_quick --cap-drop ALL busybox verdict >"$BATS_TEST_TMPDIR/ours"
        diff "$BATS_TEST_TMPDIR/theirs" "$BATS_TEST_TMPDIR/ours"
}

@test "seccomp: a call newer than all that a profile names is unknown, one that it leaves out is refused" {
        needs_peer
        jq 'del(.defaultErrnoRet)' "$PROFILE" >"$BATS_TEST_TMPDIR/old.json"
        run_quick --security-opt "seccomp=$BATS_TEST_TMPDIR/old.json" busybox verdict quick >"$BATS_TEST_TMPDIR/ours"
        grep '^native \(350\|511\) ' "$BATS_TEST_TMPDIR/ours" >"$BATS_TEST_TMPDIR/two"
        diff "$BATS_TEST_TMPDIR/two" <(printf 'native 350 1\nnative 511 38\n')
}
