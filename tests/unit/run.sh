#!/bin/bash
# Run unit tests and sum their counts.
passed=0 failed=0
for t in "$@"; do
        out=$(CMOCKA_MESSAGE_OUTPUT=TAP timeout 120 "$t" 2>&1)
        code=$?
        ok=$(grep -c '^ok ' <<<"$out")
        not=$(grep -c '^not ok ' <<<"$out")
        if [ $code -ne 0 ] && [ "$not" -eq 0 ]; then
                not=1
        fi
        [ "$not" -eq 0 ] || printf '%s: exit %d\n%s\n' "$t" $code "$out"
        passed=$((passed + ok)) failed=$((failed + not))
done
echo "unit: $passed passed, $failed failed, 0 skipped"
[ $failed -eq 0 ] && [ $passed -gt 0 ]
