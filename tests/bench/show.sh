# What the benchmarks share.
# shellcheck shell=bash

# show NAME VALUE UNIT [TARGET]
show() {
        awk -v n="$1" -v v="$2" -v u="$3" -v t="${4-}" 'BEGIN {
                verdict = t == "" ? "" : (v <= t ? "reached (" t ")" : "MISSED (" t ")")
                printf "%-46s %9.3f %-4s %s\n", n, v, u, verdict }'
}
ratio() {
        awk -v a="$1" -v b="$2" 'BEGIN { print (b > 0 ? a / b : 0) }'
}
