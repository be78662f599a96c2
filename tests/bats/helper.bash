# What the system tests share. Each test has a store of its own; waiting polls, with a deadline.
# shellcheck shell=bash

: "${KELP:?the binary under test}" "${FIXTURES:?made by tests/fixtures/make.sh}"

# What kelp writes for root is the machine's own: /etc/containers.
[ "$(id -u)" != 0 ] || {
        echo "the system tests are for an account without root: tests/as-user.sh" >&2
        exit 1
}

kelp() {
        "$KELP" --root "$ROOT" --runroot "$RUNROOT" "$@"
}

setup() {
        ROOT=$BATS_TEST_TMPDIR/root RUNROOT=$BATS_TEST_TMPDIR/run
        export ROOT RUNROOT
        if [ "${IMAGE-busybox}" = busybox ]; then
                kelp import -c 'CMD ["sh"]' "$FIXTURES/busybox.tar" localhost/busybox >/dev/null
        fi
}

clean_up() {
        kelp rm -fa -t 0 >/dev/null 2>&1 || true
        poll 5 store_is_empty || true
        "$KELP" unshare rm -rf "$ROOT" "$RUNROOT"
}

teardown() {
        clean_up
}

# kelp under the name of podman
as_podman() {
        ln -sf "$KELP" "$BATS_TEST_TMPDIR/podman"
        "$BATS_TEST_TMPDIR/podman" --root "$ROOT" --runroot "$RUNROOT" "$@"
}

# Without a network unless the test is about one: it costs every start 15 ms.
run_quick() {
        kelp run --rm --network=none "$@"
}

# poll SECONDS COMMAND...: until it succeeds
poll() {
        local end=$((SECONDS + $1))
        shift
        until "$@"; do
                [ $SECONDS -lt $end ] || return 1
                sleep 0.05
        done
}

# logged NAME TEXT: the container has printed it
logged() {
        kelp logs "$1" 2>&1 | grep -q "$2"
}

has() {
        [[ $output == *"$1"* ]] || {
                printf 'no "%s" in:\n%s\n' "$1" "$output"
                return 1
        }
}

lacks() {
        [[ $output != *"$1"* ]] || {
                printf '"%s" in:\n%s\n' "$1" "$output"
                return 1
        }
}

is() {
        [ "$output" = "$1" ] || {
                printf 'expected: %s\ngot:      %s\n' "$1" "$output"
                return 1
        }
}

code() {
        [ "$status" -eq "$1" ] || {
                printf 'exit code %s, not %s:\n%s\n' "$status" "$1" "$output"
                return 1
        }
}

# Nothing is left of containers or half-made objects. The files of a container that removes itself
# go a moment after its name.
store_is_clean() {
        poll 5 store_is_empty || {
                ls -R "$ROOT/containers" "$ROOT/names" "$ROOT/staging"
                return 1
        }
}

store_is_empty() {
        [ -z "$(find "$ROOT/containers" "$ROOT/names" "$ROOT/staging" -mindepth 1)" ]
}

free_port() {
        python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

# start_registry NAME [HTPASSWD]: REGISTRY is its address
start_registry() {
        local dir=$BATS_FILE_TMPDIR/$1 port
        port=$(free_port)
        mkdir -p "$dir"
        {
                echo 'version: 0.1'
                echo "storage: {filesystem: {rootdirectory: $dir/data}}"
                echo "http: {addr: 127.0.0.1:$port}"
                echo 'log: {level: error, accesslog: {disabled: true}}'
                [ -z "${2-}" ] || echo "auth: {htpasswd: {realm: kelp, path: $2}}"
        } >"$dir/config.yml"
        docker-registry serve "$dir/config.yml" >"$dir/log" 2>&1 3>&- &
        echo $! >>"$BATS_FILE_TMPDIR/pids"
        REGISTRY=127.0.0.1:$port
        poll 10 curl_up "$port"
}

curl_up() {
        (exec 9<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null
}

stop_registries() {
        [ ! -e "$BATS_FILE_TMPDIR/pids" ] || xargs kill <"$BATS_FILE_TMPDIR/pids" 2>/dev/null || true
}

# skopeo, with no login but the test's own: what lies in /run/containers is the machine's.
skopeo() {
        XDG_RUNTIME_DIR=${XDG_RUNTIME_DIR-$BATS_FILE_TMPDIR} command skopeo "$@"
}

# push OCI-TAG NAME [skopeo options]
push() {
        local tag=$1 name=$2
        shift 2
        skopeo --insecure-policy copy --quiet --dest-tls-verify=false "$@" "oci:$FIXTURES/oci:$tag" \
                "docker://$name"
}
