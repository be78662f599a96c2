#!/usr/bin/env bats
# run and create fetch the image as pull does: credentials, TLS, platforms, retries.
# shellcheck disable=SC2030,SC2031
load helper
IMAGE=none

setup_file() {
        htpasswd -Bbc "$BATS_FILE_TMPDIR/htpasswd" ann secret
        start_registry locked "$BATS_FILE_TMPDIR/htpasswd"
        echo "$REGISTRY" >"$BATS_FILE_TMPDIR/address"
        push busybox "$REGISTRY/private:1" --dest-creds ann:secret
}

teardown_file() {
        stop_registries
}

@test "pull options: --creds, --authfile, --tls-verify of run and create" {
        LOCKED=$(cat "$BATS_FILE_TMPDIR/address")
        export HOME=$BATS_TEST_TMPDIR/home
        mkdir -p "$HOME"
        unset XDG_CONFIG_HOME REGISTRY_AUTH_FILE DOCKER_CONFIG
        run run_quick "$LOCKED/private:1" true
        code 125
        has "none were found"
        run run_quick -q --creds ann:wrong "$LOCKED/private:1" true
        code 125
        run run_quick -q --creds ann:secret --tls-verify=false "$LOCKED/private:1" echo fetched
        code 0
        is fetched
        kelp rmi -a
        printf '{"auths": {"%s": {"auth": "%s"}}}' "$LOCKED" "$(printf ann:secret | base64)" >"$HOME/auth.json"
        run kelp create -q --authfile "$HOME/auth.json" --network=none "$LOCKED/private:1" true
        code 0
        run run_quick -q --tls-verify=maybe "$LOCKED/private:1" true
        code 125
        has "--tls-verify is true or false"
        kelp rm -a
        kelp rmi -a
        run run_quick -q --creds ann:secret --tls-verify=true "$LOCKED/private:1" true
        code 125
}

@test "pull options: --arch and kin of run, --retry" {
        LOCKED=$(cat "$BATS_FILE_TMPDIR/address")
        kelp import -q --arch arm64 "$FIXTURES/busybox.tar" localhost/arm
        kelp manifest create "$LOCKED/many:1" localhost/arm
        kelp manifest push -q --creds ann:secret "$LOCKED/many:1"
        kelp rmi -a -f
        run kelp create -q --creds ann:secret --network=none "$LOCKED/many:1" true
        code 125
        run kelp create -q --creds ann:secret --arch arm64 --network=none "$LOCKED/many:1" true
        code 0
        [ "$(kelp image inspect -f '{{.Architecture}}' "$LOCKED/many:1")" = arm64 ]
        # what is here is for another platform
        run kelp create -q --pull=never --arch amd64 "$LOCKED/many:1" true
        code 125
        has "$LOCKED/many:1 is here for linux/arm64, not linux/amd64"
        kelp import -q "$FIXTURES/busybox.tar" localhost/other
        kelp import -q --arch arm64 "$FIXTURES/busybox.tar" localhost/arm
        kelp manifest create two localhost/arm localhost/other
        kelp manifest push -q --creds ann:secret two "docker://$LOCKED/many:1"
        run kelp create -q --creds ann:secret --arch amd64 --network=none "$LOCKED/many:1" true
        code 0
        [ "$(kelp image inspect -f '{{.Architecture}}' "$LOCKED/many:1")" = amd64 ]
        printf 'FROM --platform=linux/s390x localhost/other\n' >"$BATS_TEST_TMPDIR/Containerfile"
        run kelp build "$BATS_TEST_TMPDIR"
        code 125
        has "localhost/other is here for linux/amd64, not linux/s390x"
        run kelp create --arch arm64 --platform linux/arm64 "$LOCKED/many:1" true
        code 125
        has "can not be specified with"
        run kelp create --retry -1 "$LOCKED/nosuch:1" true
        code 125
        has "--retry is not between"
        SECONDS=0
        run kelp create -q --retry 0 "127.0.0.1:1/nosuch:1" true
        code 125
        [ $SECONDS -lt 3 ]
}
