#!/bin/bash
# Run unit tests and sum their counts.
passed=0 failed=0 skipped=0
for t in "$@"; do
        out=$(CMOCKA_MESSAGE_OUTPUT=TAP timeout 120 "$t" 2>&1)
        code=$?
        ok=$(grep -c '^ok ' <<<"$out")
        skip=$(grep -c '^not ok .*# SKIP' <<<"$out")
        not=$(($(grep -c '^not ok ' <<<"$out") - skip))
        if [ $code -ne 0 ] && [ "$not" -eq 0 ]; then
                not=1
        fi
        [ "$not" -eq 0 ] || printf '%s: exit %d\n%s\n' "$t" $code "$out"
        passed=$((passed + ok)) failed=$((failed + not)) skipped=$((skipped + skip))
done
echo "unit: $passed passed, $failed failed, $skipped skipped"
[ $failed -eq 0 ] && [ $passed -gt 0 ]
