#!/usr/bin/env bats
# Terminals, driven by tests/bats/terminal.py.
load helper

pty() {
        python3 "$BATS_TEST_DIRNAME/terminal.py" "$@"
}

@test "tty: the program has a terminal of the caller's size, and resize reaches it" {
        run pty 'resize 33 77' 'expect $ ' 'send payload size\n' 'expect 33 77' 'resize 20 50' \
                'send payload size\n' 'expect 20 50' 'send exit 6\n' 'exit 6' -- \
                "$KELP" --root "$ROOT" --runroot "$RUNROOT" run --rm -it --network=none -e 'PS1=$ ' busybox sh
        code 0
}

@test "tty: job control, Ctrl-C goes to the program inside" {
        run pty 'expect $ ' 'send sleep 100\n' 'sleep 0.3' 'send \x03' 'expect $ ' 'send echo $?\n' 'expect 130' \
                'send tty\n' 'expect /dev/pts/0' 'send exit\n' 'exit 130' -- \
                "$KELP" --root "$ROOT" --runroot "$RUNROOT" run --rm -it --network=none -e 'PS1=$ ' busybox sh
        echo "$output"
        [ "$status" -eq 0 ] || [[ $output == *"exit code 0"* ]]
}

@test "tty: detach keys leave the container running, attach comes back" {
        run pty 'expect $ ' 'send \x10\x11' 'exit 0' -- \
                "$KELP" --root "$ROOT" --runroot "$RUNROOT" run -it --name d --network=none -e 'PS1=$ ' busybox sh
        code 0
        [ "$(kelp inspect -f '{{.State.Status}}' d)" = running ]
        run pty 'send echo ba''ck\n' 'expect back' 'send exit 3\n' 'exit 3' -- \
                "$KELP" --root "$ROOT" --runroot "$RUNROOT" attach d
        code 0
}

@test "tty: exec -it" {
        kelp run -d --name e --network=none busybox sleep 100
        run pty 'resize 12 34' 'expect / #' 'send payload size\n' 'expect 12 34' 'send exit 5\n' 'exit 5' -- \
                "$KELP" --root "$ROOT" --runroot "$RUNROOT" exec -it e sh
        code 0
}
