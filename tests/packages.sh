#!/bin/sh
# Install what is missing of packages/debian.txt. Asks for sudo only then.
set -eu
cd "$(dirname "$0")/.."
command -v dpkg-query >/dev/null || {
        echo "packages: not a Debian system; README.md has the names for others"
        exit 0
}
missing=
for p in $(grep -v '^#' packages/debian.txt); do
        dpkg-query -W -f '${Status}' "$p" 2>/dev/null | grep -q 'ok installed' || missing="$missing $p"
done
[ -n "$missing" ] || exit 0
echo "packages: installing$missing"
sudo=
[ "$(id -u)" = 0 ] || sudo=sudo
export DEBIAN_FRONTEND=noninteractive
# shellcheck disable=SC2086
$sudo apt-get install -qq -y --no-install-recommends $missing >/dev/null 2>&1 || {
        $sudo apt-get update -qq
        $sudo apt-get install -qq -y --no-install-recommends $missing >/dev/null
}
