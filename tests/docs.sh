#!/bin/bash
# README.md against the program: every command has its row, every file that is named is there.
cd "$(dirname "$0")/.." || exit 1
failed=0 passed=0
for command in $("$1" --help | awk '/^Commands:/ { on = 1; next } /^$/ { on = 0 } on { print $1 }'); do
        if grep -qE "^\| (.*, )?\`$command\`" README.md; then
                passed=$((passed + 1))
        else
                failed=$((failed + 1))
                echo "README.md has no row for kelp $command"
        fi
done
for file in $(grep -oE '\]\([A-Za-z./_-]+\)' README.md CONTRIBUTING.md | sed 's/.*(\(.*\))/\1/'); do
        if [ -e "$file" ]; then
                passed=$((passed + 1))
        else
                failed=$((failed + 1))
                echo "$file is named and not there"
        fi
done
echo "docs: $passed passed, $failed failed, 0 skipped"
[ $failed -eq 0 ]
