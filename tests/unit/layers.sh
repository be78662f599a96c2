#!/bin/sh
# The archives that a unit test may link: its layer, named in its first line, and those below.
layer=$(sed -n '1s|^/\* layer: \([a-z]*\) \*/$|\1|p' "$1")
found=
for l in cli engine launch rootless base; do
        [ "$l" = "$layer" ] && found=1
        [ -z "$found" ] || printf '%s/lib%s.a ' "$2" "$l"
done
[ -n "$found" ] || echo "no-layer-named-in-$1"
