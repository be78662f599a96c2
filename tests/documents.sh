#!/bin/bash
# What `make docs` makes is in the tree as it would be made now: documents.sh KELP-DOCS
cd "$(dirname "$0")/.." || exit 1
new=$(mktemp -d)
trap 'rm -rf "$new"' EXIT
failed=0 passed=0
"$1" "$new" || failed=1
while IFS= read -r file; do
        if diff -u "docs/$file" "$new/$file"; then
                passed=$((passed + 1))
        else
                failed=$((failed + 1))
                echo "docs/$file is not what the option tables say: make docs"
        fi
done < <(cd "$new" && find . -type f -printf '%P\n' | sort)
echo "documents: $passed passed, $failed failed, 0 skipped"
[ $failed -eq 0 ] && [ $passed -gt 0 ]
