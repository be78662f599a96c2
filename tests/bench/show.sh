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
