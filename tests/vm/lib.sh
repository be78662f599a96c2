# What the scripts beside it share. The caller has `set -u`. A line for each check, and tally's at the end.
# shellcheck shell=bash
export PATH=/share:$PATH
passed=0 failed=0
# A processor that is emulated needs time.
patience=120

ok() {
        passed=$((passed + 1))
        echo "ok $1"
}

# check NAME EXPECTED GOT
check() {
        # shellcheck disable=SC2053 # a pattern
        if [[ $3 == $2 ]]; then
                ok "$1"
        else
                failed=$((failed + 1))
                printf 'not ok %s\n  expected: %s\n  got:      %s\n' "$1" "$2" "$3"
        fi
}

# check_that NAME COMMAND...
check_that() {
        local name=$1 output
        shift
        if output=$("$@" 2>&1); then
                ok "$name"
        else
                failed=$((failed + 1))
                printf 'not ok %s\n  %s\n  %s\n' "$name" "$*" "$output"
        fi
}

# soon COMMAND...: until it succeeds. Its words are expanded once, so what changes belongs in a function.
soon() {
        local end=$((SECONDS + patience))
        until "$@"; do
                [ $SECONDS -lt $end ] || return 1
                sleep 0.5
        done
}

# No scope of kelp's is left.
is_gone() {
        [ "$(systemctl --user list-units --all --plain --no-legend --type=scope 'kelp-*' | wc -l)" = 0 ]
}

field() {
        kelp inspect -f "{{$2}}" "$1"
}

dir_of() {
        echo "/sys/fs/cgroup$(field "$1" .State.CgroupPath)"
}

# tally WHAT
tally() {
        echo "$1: $passed passed, $failed failed, 0 skipped"
        [ $failed -eq 0 ]
}
