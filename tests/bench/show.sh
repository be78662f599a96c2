# What the benchmarks share.
# shellcheck shell=bash

# show NAME VALUE UNIT [TARGET]
show() {
        awk -v n="$1" -v v="$2" -v u="$3" -v t="${4-}" 'BEGIN {
                if (v == "" || v + 0 != v) { printf "%-46s not measured\n", n; exit }
                verdict = t == "" ? "" : (v + 0 <= t + 0 ? "reached (" t ")" : "MISSED (" t ")")
                printf "%-46s %9.3f %-4s %s\n", n, v, u, verdict }'
}
ratio() {
        awk -v a="$1" -v b="$2" 'BEGIN { print (a + 0 > 0 && b + 0 > 0 ? a / b : "") }'
}

# Free memory becomes page cache, in the directory $1: a machine that has worked for a while has none that
# is free. Otherwise the first write to each page is measured, for which a virtual machine's host may
# have to find memory (seconds for each GB where it takes free pages back), and not the tools.
fill_memory() {
        local free hole
        free=$(awk '/^MemFree:/ { print $2 }' /proc/meminfo)
        [ "$free" -gt 1000000 ] || return 0
        mkdir -p "$1/fill"
        hole=$1/fill/$EPOCHREALTIME # takes no room on the disk
        truncate -s "$((free - 400000))K" "$hole"
        cat "$hole" >/dev/null
}
