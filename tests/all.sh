#!/bin/bash
# Everything, as the user who calls it; one count at the end.
cd "$(dirname "$0")/.." || exit 1
log=$(mktemp)
trap 'rm -f "$log"' EXIT
code=0
step() {
        make --no-print-directory -j "$(nproc)" "$@" 2>&1 | tee -a "$log"
        [ "${PIPESTATUS[0]}" -eq 0 ] || code=1
}
step build/kelp
step check-unit
step check-fuzz
step check-headers
step check-docs
step check-asan
step check-bats
sum() {
        grep -oE "[0-9]+ $1" "$log" | awk '{ s += $1 } END { print s + 0 }'
}
echo "$(sum passed) passed, $(sum failed) failed, $(sum skipped) skipped"
exit $code
