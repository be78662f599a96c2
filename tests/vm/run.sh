#!/bin/bash
# Run tests/vm/guest-*.sh on a machine with systemd: run.sh VM BUILD. VM is a program that is called as
# `VM run --share DIR --timeout SECONDS -- COMMAND` and runs COMMAND there as a user with a systemd session, with
# DIR at /share; BUILD has kelp and the fixtures.
set -eu
vm=${1:?the program that runs a machine: make check-vm VM=path} build=$2
here=$(dirname "$0")
share=$(mktemp -d)
trap 'rm -rf "$share"' EXIT
cp "$build/kelp" "$build/fixtures/busybox.tar" "$here"/{lib,guest-*}.sh "$share/"
code=0
for script in "$share"/guest-*.sh; do
        "$vm" run --share "$share" --timeout 900 -- bash "/share/$(basename "$script")" || code=1
done
exit $code
