#!/bin/bash
# Replay each fuzz target's corpus.
passed=0 failed=0
cd "$(dirname "$0")/../.." || exit 1
for f in "$@"; do
        name=$(basename "$f")
        for input in tests/fuzz/corpus/"${name#fuzz_}"/*; do
                if timeout 20 "$f" "$input" >/dev/null 2>/tmp/fuzz.$$; then
                        passed=$((passed + 1))
                else
                        failed=$((failed + 1))
                        echo "$name $input"
                        cat /tmp/fuzz.$$
                fi
                rm -f /tmp/fuzz.$$
        done
done
echo "fuzz: $passed passed, $failed failed, 0 skipped"
[ $failed -eq 0 ] && [ $passed -gt 0 ]
