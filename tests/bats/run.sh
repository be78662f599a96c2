#!/bin/bash
# Run the system tests, or the files named; sum the counts. KELP_TEST_STRICT=1: a skip is a failure.
# FILTER: only the tests whose names match.
cd "$(dirname "$0")" || exit 1
files=("$@")
[ ${#files[@]} -gt 0 ] || files=(./*.bats)
out=$(mktemp)
trap 'rm -f "$out"' EXIT
for f in "${files[@]}"; do
        timeout 600 bats --tap ${FILTER:+-f "$FILTER"} "$(basename "$f")" >"$out.one" 2>&1 || true
        grep -vE '^ok |^1\.\.|^BW01|^ +\(?from function|^ +in test file|^The following warn|^$' "$out.one"
        cat "$out.one" >>"$out"
        rm -f "$out.one"
done
grep -E '^ok .* # skip' "$out"
skipped=$(grep -cE '^ok .* # skip' "$out")
passed=$(($(grep -c '^ok ' "$out") - skipped))
failed=$(grep -c '^not ok ' "$out")
planned=$(grep -E '^1\.\.' "$out" | awk -F. '{ s += $3 } END { print s + 0 }')
if [ $((passed + failed + skipped)) -lt "$planned" ]; then
        failed=$((failed + planned - passed - failed - skipped))
        echo "a file of tests was cut off"
fi
if [ "${KELP_TEST_STRICT-}" = 1 ]; then
        failed=$((failed + skipped)) skipped=0
fi
echo "bats: $passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
