#!/usr/bin/env bats
# pull from a real registry, images, rmi, import.
load helper

setup_file() {
        start_registry open
        echo "$REGISTRY" >"$BATS_FILE_TMPDIR/open.addr"
        push busybox "$REGISTRY/busybox:latest"
        push busybox "$REGISTRY/busybox:zstd" --dest-compress --dest-compress-format zstd
        push busybox "$REGISTRY/busybox:v2s2" --format v2s2
        push layers "$REGISTRY/layers:1"
        htpasswd -Bbn ann secret >"$BATS_FILE_TMPDIR/htpasswd"
        start_registry locked "$BATS_FILE_TMPDIR/htpasswd"
        echo "$REGISTRY" >"$BATS_FILE_TMPDIR/locked.addr"
        push busybox "$REGISTRY/private/busybox:1" --dest-creds ann:secret
}

teardown_file() {
        stop_registries
}

setup() {
        ROOT=$BATS_TEST_TMPDIR/root RUNROOT=$BATS_TEST_TMPDIR/run
        export ROOT RUNROOT HOME=$BATS_TEST_TMPDIR/home
        mkdir -p "$HOME"
        unset XDG_RUNTIME_DIR REGISTRY_AUTH_FILE
        OPEN=$(cat "$BATS_FILE_TMPDIR/open.addr") LOCKED=$(cat "$BATS_FILE_TMPDIR/locked.addr")
}

@test "pull: by name and tag, and run by the short name" {
        run kelp pull "$OPEN/busybox"
        code 0
        has "Copying blob"
        run kelp run --rm --network=none busybox sh -c 'echo $FROM $PWD'
        is "image /srv"
        run kelp images --format '{{.Repository}}:{{.Tag}}'
        is "$OPEN/busybox:latest"
        store_is_clean
}

@test "pull: zstd, Docker's format, by digest; the same layer once" {
        kelp pull -q "$OPEN/busybox:v2s2"
        kelp pull -q "$OPEN/busybox:zstd"
        [ "$(ls "$ROOT/layers" | wc -l)" = 1 ]
        digest=$(skopeo inspect --tls-verify=false --format '{{.Digest}}' "docker://$OPEN/busybox:latest")
        kelp pull -q "$OPEN/busybox@$digest"
        [ "$(kelp inspect -f '{{.Digest}}' "$OPEN/busybox@$digest")" = "$digest" ]
        kelp run --rm --network=none "$OPEN/busybox:zstd" true
}

@test "images: a name by digest is a row only of an image without a tag" {
        kelp pull -q "$OPEN/busybox:latest"
        digest=$(kelp inspect -f '{{.Digest}}' "$OPEN/busybox:latest")
        kelp pull -q "$OPEN/busybox@$digest"
        run kelp images --format '{{.Repository}}:{{.Tag}}'
        is "$OPEN/busybox:latest"
        run kelp images --format '{{.History}}'
        has "$OPEN/busybox@$digest"
        has "$OPEN/busybox:latest"
        has ", "
        lacks "["
        kelp untag "$OPEN/busybox:latest" "$OPEN/busybox:latest"
        run kelp images --format '{{.Repository}}:{{.Tag}}'
        is "$OPEN/busybox:<none>"
        run kelp images -f json
        code 125
        has 'invalid image filter "json": must be in the format'
}

@test "pull: whiteouts, opaque directories, links, owners, modes, sparse files" {
        kelp pull -q "$OPEN/layers:1"
        run kelp run --rm --network=none "$OPEN/layers:1" sh -c 'cd /; ls -d gone; ls opaque sub/dir; cat ünï;
                stat -c "dir %u:%g %a" keep; stat -c "%u:%g %a %h" keep/file; stat -c "%s" sparse; stat -c "%b" sparse; tail -c 5 sparse'
        has "gone: No such file"
        has "new"
        lacks "old"
        has "ü"
        has "12:34 4755 2"
        # the second layer has a file in it and does not list it
        has "dir 12:34 1770"
        has "8388613"
        has tail
        [ "$(kelp run --rm --network=none "$OPEN/layers:1" stat -c %b /sparse)" -lt 100 ]
}

@test "pull: credentials from every place, and what a refusal says" {
        run kelp pull "$LOCKED/private/busybox:1"
        code 125
        has "none were found"
        run kelp pull --creds ann:wrong "$LOCKED/private/busybox:1"
        code 125
        has 'user "ann" from --creds'
        auth=$(printf ann:secret | base64)
        mkdir -p "$HOME/.docker"
        echo "{\"auths\":{\"$LOCKED\":{\"auth\":\"$auth\"}}}" >"$HOME/.docker/config.json"
        kelp pull -q "$LOCKED/private/busybox:1"
        rm -r "$HOME/.docker"
        echo "{\"auths\":{\"$LOCKED/private\":{\"auth\":\"$auth\"},\"$LOCKED\":{\"auth\":\"eDp5\"}}}" >"$HOME/auth.json"
        kelp pull -q --authfile "$HOME/auth.json" "$LOCKED/private/busybox:1"
        mkdir "$HOME/bin"
        printf '#!/bin/sh\necho "{\\"Username\\":\\"ann\\",\\"Secret\\":\\"secret\\"}"\n' >"$HOME/bin/docker-credential-test"
        chmod +x "$HOME/bin/docker-credential-test"
        echo "{\"credHelpers\":{\"$LOCKED\":\"test\"}}" >"$HOME/auth.json"
        PATH=$HOME/bin:$PATH kelp pull -q --authfile "$HOME/auth.json" "$LOCKED/private/busybox:1"
}

@test "pull: what is not there, and what cannot be a name" {
        run kelp pull "$OPEN/nosuch"
        code 125
        has 'no manifest "latest" of nosuch'
        run kelp pull 127.0.0.1:1/x
        code 125
        has "127.0.0.1:1"
        run kelp pull UPPER
        code 125
        has "repository names are lower case"
        run kelp pull --platform linux "$OPEN/busybox"
        code 125
        has "OS/ARCH"
}

@test "pull: --retry also where nobody answers, --retry-delay, an unknown policy" {
        run kelp pull -q --retry 1 --retry-delay 100ms 127.0.0.1:1/x
        code 125
        has "Failed, retrying in 1s ... (1/1). Error: initializing source: registry 127.0.0.1:1: connection refused"
        run kelp pull -q 127.0.0.1:1/x
        code 125
        lacks retrying
        run kelp pull --retry-delay bogus 127.0.0.1:1/x
        code 125
        has 'time: invalid duration "bogus"'
        run kelp pull --policy invalid 127.0.0.1:1/x
        code 125
        has 'unsupported pull policy "invalid"'
}

@test "pull: two at once do not harm each other" {
        kelp pull -q "$OPEN/layers:1" &
        one=$!
        kelp pull -q "$OPEN/layers:1" &
        two=$!
        wait $one
        wait $two
        kelp run --rm --network=none "$OPEN/layers:1" true
        store_is_clean
}

# A registry of our own making serves what a real one never would.
serve() {
        rm -f "$BATS_TEST_TMPDIR/port"
        python3 "$BATS_TEST_DIRNAME/bad-registry.py" "$1" "$FIXTURES/busybox.tar" "${2-}" >"$BATS_TEST_TMPDIR/port" 3>&- &
        echo $! >>"$BATS_FILE_TMPDIR/pids"
        poll 10 test -s "$BATS_TEST_TMPDIR/port"
        BAD=127.0.0.1:$(cat "$BATS_TEST_TMPDIR/port")
}

@test "pull: hostile registries are refused, the store stays as it was" {
        for how in "huge-manifest:more than the" "bad-digest:digest mismatch" "bad-diffid:not what the image config says" \
                "short-blob:broke off" "long-blob:larger than" "escape:leads outside" "bad-json:not valid JSON" "bomb:need more than"; do
                serve "${how%%:*}"
                ROOT=$BATS_TEST_TMPDIR/${how%%:*}
                run timeout 60 "$KELP" --root "$ROOT" --runroot "$RUNROOT" pull -q "$BAD/x"
                echo "$how: $output"
                code 125
                has "${how#*:}"
                [ -z "$(ls "$ROOT/images" "$ROOT/staging" | grep -v ':$')" ]
        done
}

@test "pull: a Debian tree, with a shell, its users and its package manager's database" {
        [ -e "$FIXTURES/debian.tar" ] || skip "no package source to make one from"
        kelp import -c 'CMD ["bash"]' "$FIXTURES/debian.tar" localhost/debian:bookworm
        run kelp run --rm --network=none debian:bookworm bash -c 'su -s /bin/bash nobody -c id; dpkg -l | wc -l
                stat -c %a /usr/bin/su /tmp; find / -xdev -user 65534 -name nosuch'
        has "uid=65534(nobody)"
        has "4755"
        has "1777"
}

@test "pull: bearer tokens" {
        serve token
        run kelp pull -q "$BAD/x"
        code 125
        has "none were found"
        kelp pull -q --creds ann:secret "$BAD/x"
        run kelp pull -q --creds ann:wrong "$BAD/x"
        code 125
        has 'user "ann" from --creds'
}

@test "pull: TLS; a certificate that nobody vouches for is refused" {
        openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=127.0.0.1 -keyout "$BATS_TEST_TMPDIR/key" \
                -out "$BATS_TEST_TMPDIR/cert" 2>/dev/null
        cat "$BATS_TEST_TMPDIR/key" "$BATS_TEST_TMPDIR/cert" >"$BATS_TEST_TMPDIR/pem"
        serve tls "$BATS_TEST_TMPDIR/pem"
        run kelp pull -q "$BAD/x"
        code 125
        has "certificate"
        kelp pull -q --tls-verify=false "$BAD/x"
}

@test "pull: file capabilities; device nodes that may not be made are passed over" {
        python3 - "$FIXTURES/busybox.tar" "$FIXTURES/../payload" "$BATS_TEST_TMPDIR/x.tar" <<'END'
import shutil, sys, tarfile
shutil.copy(sys.argv[1], sys.argv[3])
with tarfile.open(sys.argv[3], "a", format=tarfile.PAX_FORMAT) as tar:
    entry = tar.gettarinfo(sys.argv[2], "bin/capable")
    entry.uid = entry.gid = 0
    value = b"\1\0\0\2" + b"\1\0\0\0" + bytes(12)
    entry.pax_headers = {"SCHILY.xattr.security.capability": value.decode("utf-8")}
    with open(sys.argv[2], "rb") as data:
        tar.addfile(entry, data)
    node = tarfile.TarInfo("srv/node")
    node.type, node.devmajor, node.devminor = tarfile.CHRTYPE, 1, 3
    tar.addfile(node)
END
        kelp import "$BATS_TEST_TMPDIR/x.tar" localhost/cap
        run kelp run --rm --network=none -u web localhost/cap capable
        has "CapEff:	0000000000000001"
        run kelp run --rm --network=none localhost/cap ls /srv
        is ""
        jq -e '.skipped_devices == ["srv/node"]' "$ROOT"/layers/*/meta
}

@test "pull: a connection that breaks off is gone on with" {
        serve flaky
        run timeout 60 "$KELP" --root "$ROOT" --runroot "$RUNROOT" pull -q "$BAD/x"
        code 0
        kelp run --rm --network=none "$BAD/x" true
}

@test "pull: Ctrl-C leaves nothing half-published" {
        serve slow
        timeout -s INT 2 "$KELP" --root "$ROOT" --runroot "$RUNROOT" pull -q "$BAD/x" && false || code=$?
        [ -z "$(ls "$ROOT/images" "$ROOT/staging" | grep -v ':$')" ]
        timeout -s KILL 2 "$KELP" --root "$ROOT" --runroot "$RUNROOT" pull -q "$BAD/x" || true
        [ -z "$(ls "$ROOT/images")" ]
        kelp pull -q "$OPEN/busybox"
        store_is_clean
}

@test "rmi: names, IDs, in use, what nothing needs goes" {
        kelp pull -q "$OPEN/busybox"
        kelp pull -q "$OPEN/busybox:v2s2"
        kelp create --name c "$OPEN/busybox" true
        run kelp rmi "$OPEN/busybox:v2s2"
        code 0
        has "Untagged: $OPEN/busybox:v2s2"
        run kelp rmi "$OPEN/busybox"
        code 2
        has "in use"
        kelp rm c
        run kelp rmi "$OPEN/busybox"
        code 0
        has "Deleted:"
        [ -z "$(ls "$ROOT/blobs/sha256" "$ROOT/layers" | grep -v ':$')" ]
        run kelp rmi nosuch
        code 1
}

@test "import: plain, gzip, zstd, from a pipe, with changes" {
        gzip -c "$FIXTURES/busybox.tar" >"$BATS_TEST_TMPDIR/b.tar.gz"
        kelp import -c 'CMD ["echo","hi"]' -c 'ENV X=1' -m note "$BATS_TEST_TMPDIR/b.tar.gz" img:1
        run kelp run --rm --network=none img:1
        is hi
        [ "$(kelp inspect -f '{{(index .History 0).comment}}' img:1)" = note ]
        kelp import -q -c 'ENV X=1' -c 'ENV X=2' -c 'LABEL a=b c' -c 'HEALTHCHECK --interval=5s CMD true' \
                -c 'SHELL ["/bin/sh", "-ec"]' "$FIXTURES/busybox.tar" img:2
        run kelp inspect -f '{{.Config.Env}} {{.Config.Labels.a}} {{.Config.Healthcheck.Interval}} {{.Config.Shell}}' img:2
        is "[X=2] b c 5000000000 [/bin/sh -ec]"
        run kelp import -c 'RUN x' "$FIXTURES/busybox.tar" img:3
        code 125
        has 'invalid change "RUN x" - invalid instruction RUN'
        id=$(kelp import - <"$FIXTURES/busybox.tar")
        run kelp run --rm --network=none "${id#sha256:}" echo by id
        is "by id"
        run kelp images --format '{{.Repository}}'
        has "<none>"
        run kelp import /nosuch x
        code 125
        head -c 1000 /dev/urandom >"$BATS_TEST_TMPDIR/garbage"
        run kelp import "$BATS_TEST_TMPDIR/garbage" x
        code 125
        has "not a valid tar archive"
        store_is_clean
}

@test "pull: newer fetches and tells nothing while the registry has the same" {
        push busybox "$OPEN/moves:1"
        kelp pull -q "$OPEN/moves:1"
        id=$(kelp image inspect -f '{{.Id}}' "$OPEN/moves:1")
        run kelp pull --policy newer "$OPEN/moves:1"
        is "$id"
        push layers "$OPEN/moves:1"
        run kelp pull --policy newer "$OPEN/moves:1"
        code 0
        has "Writing manifest"
        lacks "$id"
        [ "$(kelp image inspect -f '{{.Id}}' "$OPEN/moves:1")" != "$id" ]
        # That nobody answers does not matter for what is there; "always" needs an answer.
        kelp tag "$OPEN/moves:1" localhost:1/moves:1
        run kelp pull -q --policy newer --retry 0 localhost:1/moves:1
        code 0
        run kelp pull -q --policy always --retry 0 localhost:1/moves:1
        code 125
}
