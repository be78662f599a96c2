#!/usr/bin/env bats
# --hooks-dir: OCI hooks out of directories of the user's.
load helper

setup() {
        ROOT=$BATS_TEST_TMPDIR/root RUNROOT=$BATS_TEST_TMPDIR/run D=$BATS_TEST_TMPDIR/hooks T=$BATS_TEST_TMPDIR/told
        export ROOT RUNROOT
        kelp import -c 'CMD ["sh"]' "$FIXTURES/busybox.tar" localhost/busybox >/dev/null
        mkdir "$D"
        printf '#!/bin/sh\necho "$1 $(cat)" >>%s\n' "$T" >"$D/hook"
        chmod +x "$D/hook"
}

# hook FILE WORD WHEN STAGES
hook() {
        printf '{"version": "1.0.0", "hook": {"path": "%s/hook", "args": ["hook", "%s"]}, "when": %s, "stages": %s}\n' "$D" "$2" "$3" "$4" >"$D/$1"
}

words() {
        cut -d' ' -f1 "$T" | tr '\n' ' '
}

@test "hooks: at their stages, with the container's state" {
        hook 1.json created '{"always": true}' '["prestart"]'
        hook 2.json started '{"always": true}' '["poststart"]'
        hook 3.json stopped '{"always": true}' '["poststop"]'
        kelp --hooks-dir "$D" run --name c --network=none busybox sleep 0.3
        [ "$(words)" = "created started stopped " ]
        id=$(kelp inspect -f '{{.Id}}' c)
        python3 - "$T" "$id" <<'END'
import json, sys
states = [json.loads(line.split(" ", 1)[1]) for line in open(sys.argv[1])]
assert [s["status"] for s in states] == ["creating", "running", "stopped"], states
assert all(s["id"] == sys.argv[2] and s["bundle"].endswith(sys.argv[2]) for s in states)
assert states[1]["pid"] > 0 and states[0]["ociVersion"]
END
        rm "$T"
        kelp start -a c
        [ ! -e "$T" ]
        kelp --hooks-dir "$D" start -a c
        [ "$(words)" = "created started stopped " ]
}

@test "rm --force waits for a container that starts, and ends it" {
        printf '#!/bin/sh\necho "$1" >>%s\nsleep 1\n' "$T" >"$D/hook"
        hook 1.json slow '{"always": true}' '["prestart"]'
        kelp create --name c --network=none busybox sleep 1000 >/dev/null
        kelp --hooks-dir "$D" start c &
        poll 10 test -s "$T"
        run kelp rm -f -t 0 c
        code 0
        is c
        wait $! || true
        run kelp container exists c
        code 1
}

@test "hooks: conditions; a later directory goes before an earlier one" {
        hook b.json bind '{"hasBindMounts": true}' '["createRuntime"]'
        hook A.json annotated '{"annotations": {"^kelp\\.test$": "^y"}}' '["createRuntime"]'
        hook c.json command '{"commands": ["/nosuch", "e.*o$"]}' '["createRuntime"]'
        hook d.json never '{"always": false, "hasBindMounts": true}' '["createRuntime"]'
        hook e.json nothing '{}' '["createRuntime"]'
        hook f.txt text '{"always": true}' '["createRuntime"]'
        kelp --hooks-dir "$D" run --rm --network=none --annotation kelp.test=yes -v "$D:$D" busybox echo x
        [ "$(words)" = "annotated bind command " ]
        rm "$T"
        kelp --hooks-dir "$D" run --rm --network=none --annotation kelp.test=no busybox true
        [ ! -e "$T" ]
        mkdir "$D/later"
        cp "$D/hook" "$D/later/"
        sed 's/"command"/"other"/' "$D/c.json" >"$D/later/c.json"
        kelp --hooks-dir "$D" --hooks-dir "$D/later" --hooks-dir "$D/none" run --rm --network=none busybox echo x
        [ "$(words)" = "other " ]
}

@test "hooks: one that fails fails the start; with restarts; another runtime" {
        hook 1.json word '{"always": true}' '["createRuntime"]'
        kelp --hooks-dir "$D" run -d --name c --network=none --restart=on-failure:2 busybox false 3>&-
        [ "$(kelp wait c)" = 1 ]
        poll 10 three_times
        if command -v crun; then
                rm "$T"
                kelp --hooks-dir "$D" run --rm --runtime crun --network=none busybox true
                [ "$(words)" = "word " ]
        fi
        sed -i '2i exit 3' "$D/hook"
        run kelp --hooks-dir "$D" run --rm --network=none busybox echo inside
        [ "$status" -ne 0 ]
        lacks inside
        has "$D/hook"
}

three_times() {
        [ "$(words)" = "word word word " ]
}

@test "hooks: containers.conf, and what is refused" {
        hook 1.json word '{"always": true}' '["createRuntime"]'
        export CONTAINERS_CONF=$BATS_TEST_TMPDIR/c.conf
        printf '[engine]\nhooks_dir = ["%s"]\n' "$D" >"$CONTAINERS_CONF"
        run_quick busybox true
        [ "$(words)" = "word " ]
        kelp --hooks-dir "$D/none" run --rm --network=none busybox true
        [ "$(words)" = "word " ]
        for bad in '{' '{"version": "0.1.0"}' '{"version": "1.0.0", "hook": {}}'; do
                echo "$bad" >"$D/2.json"
                run run_quick busybox true
                code 125
                has "parsing hook \"$D/2.json\""
        done
        hook 2.json x '{"always": true}' '["precreate"]'
        run run_quick busybox true
        code 125
        has "precreate are not supported"
        hook 2.json x '{"commands": ["("]}' '["prestart"]'
        run run_quick busybox true
        code 125
        has "invalid command pattern"
        hook 2.json x '{"always": true}' '["nonsense"]'
        run run_quick busybox true
        code 125
        has 'unknown stage "nonsense"'
}
