#!/bin/bash
# make try: an image of the system's static busybox, and a container from it, as an unprivileged user.
set -eu
kelp=$1
store=$(mktemp -d)
trap '"$kelp" unshare rm -rf "$store"' EXIT
"$kelp" --root "$store/root" --runroot "$store/run" import -q "$2/busybox.tar" localhost/busybox >/dev/null
"$kelp" --root "$store/root" --runroot "$store/run" run --rm --network=none localhost/busybox \
        sh -c 'echo "Hello from a container: $(id), $(hostname)"'
echo "This was $(id -un), without root: $(realpath "$kelp")"
