#!/bin/bash
# What `make docs` makes is in the tree as it would be made now, nothing that it no longer makes is, and the
# manual pages are shown without a warning; `make install` puts them in place: documents.sh BUILD/kelp-docs
cd "$(dirname "$0")/.." || exit 1
: "${1:?BUILD/kelp-docs}"
new=$(mktemp -d)
trap 'rm -rf "$new"' EXIT
failed=0 passed=0
result() {
        if [ "$1" = 0 ]; then
                passed=$((passed + 1))
        else
                failed=$((failed + 1))
                echo "$2"
        fi
}
"$1" "$new" docs/man/src
result $? "the documents cannot be made"
while IFS= read -r file; do
        diff -u "docs/$file" "$new/$file"
        result $? "docs/$file is not what the option tables say: make docs"
done < <({
        cd "$new" && find . -type f -printf '%P\n'
        cd "$OLDPWD" && find docs/man -name '*.[15]' -printf 'man/%P\n'
} | sort -u)
# What man(1) runs; and man itself once, since it is slow.
said=$(groff -ww -man -Tutf8 -z docs/man/*.[15] 2>&1 && MANWIDTH=80 man --warnings=w -l docs/man/kelp-run.1 2>&1 >/dev/null)
result "${#said}" "man -l: $said"
for prose in docs/man/src/*.md; do
        page=$(basename "$prose" .md)
        [ -e "docs/man/$page.1" ] || [ -e "docs/man/$page.5" ]
        result $? "$prose: there is no such page"
done
make -s install BUILD="$(dirname "$1")" DESTDIR="$new/tree" PREFIX=/usr
result $? "make install"
pages=$(basename -a docs/man/*.[15])
found=$(MANPATH=$new/tree/usr/share/man man -w ${pages//.[15]/} | xargs basename -a)
[ "$pages" = "$found" ]
result $? "make install: man finds $found"
[ "$(readlink -f "$new/tree/usr/lib/systemd/user-generators/kelp-user-generator")" = "$new/tree/usr/bin/kelp" ]
result $? "make install: the generator is no link to kelp"
for script in bash-completion/completions/kelp zsh/site-functions/_kelp fish/vendor_completions.d/kelp.fish; do
        grep -q __complete "$new/tree/usr/share/$script"
        result $? "make install: there is no $script"
done
echo "documents: $passed passed, $failed failed, 0 skipped"
[ $failed -eq 0 ]
