#!/usr/bin/env bats
# --preserve-fds and --preserve-fd of run and exec.

load helper

@test "preserve: run passes on what is asked for, and nothing else" {
        echo "from nine" >"$BATS_TEST_TMPDIR/nine"
        # bats itself has descriptors open: only what is named counts
        run run_quick --preserve-fd=9,40 busybox sh -c 'cat <&9; cat <&40; ls /proc/self/fd' \
                9<"$BATS_TEST_TMPDIR/nine" 10</dev/null 40<<<"from forty"
        code 0
        [ "${lines[0]}" = "from nine" ]
        [ "${lines[1]}" = "from forty" ]
        # ls has its own directory at the lowest free number, which is 3
        [ "${lines[*]:2}" = "0 1 2 3 40 9" ]
        run run_quick --preserve-fds=2 busybox sh -c 'cat <&4; ls /proc/self/fd' 3</dev/null 4<<<"from four" 5</dev/null
        code 0
        [ "${lines[*]}" = "from four 0 1 2 3 4 5" ]
        run run_quick --preserve-fds=1 --preserve-fd=7 --preserve-fd=3 busybox payload fds 3</dev/null 4</dev/null 7</dev/null
        is $'fd 0\nfd 1\nfd 2\nfd 3\nfd 7'
}

@test "preserve: what was not passed to kelp cannot be passed on" {
        for command in "run --rm --network=none" "exec c"; do
                [ "$command" != "exec c" ] || kelp run -d --name c --network=none busybox sleep 100 3>&- 
                set -- $command
                verb=$1
                shift
                if [ $verb = exec ]; then set -- c; else set -- --rm --network=none busybox; fi
                run kelp $verb --preserve-fds=2 "$@" true 3</dev/null 4<&-
                code 125
                has "file descriptor 4 is not available - the preserve-fds option requires that file descriptors must be passed"
                run kelp $verb --preserve-fd=77 "$@" true
                code 125
                has "file descriptor 77 is not available - the preserve-fd option"
                for bad in --preserve-fds=-1 --preserve-fds=x --preserve-fds=99999 --preserve-fd=a --preserve-fd=3,,4 --preserve-fd=99999999999999999999; do
                        run kelp $verb $bad "$@" true 3</dev/null
                        code 125
                done
        done
        run kelp create --preserve-fds=1 busybox
        code 125
        has "unknown flag: --preserve-fds"
}

@test "preserve: exec" {
        kelp run -d --name c --network=none busybox sleep 100
        run kelp exec --preserve-fd=9,40 c sh -c 'cat <&9; cat <&40; ls /proc/self/fd' 9<<<nine 10</dev/null 40<<<forty
        [ "${lines[*]}" = "nine forty 0 1 2 3 40 9" ]
        run kelp exec --preserve-fds=2 c payload fds 3</dev/null 4</dev/null 5</dev/null
        is $'fd 0\nfd 1\nfd 2\nfd 3\nfd 4'
        # the first one has none of them
        run kelp exec c ls /proc/1/fd
        is $'0\n1\n2'
}

@test "preserve: the other end of a pipe closes with the program, for detached ones and under --init" {
        for options in "" --init; do
                mkfifo "$BATS_TEST_TMPDIR/pipe$options"
                cat "$BATS_TEST_TMPDIR/pipe$options" >"$BATS_TEST_TMPDIR/got$options" 3>&- &
                reader=$!
                run kelp run -d $options --name "c$options" --network=none --preserve-fds=1 busybox \
                        sh -c 'echo hello >&3; exec 3>&-; sleep 100' 3>"$BATS_TEST_TMPDIR/pipe$options"
                code 0
                poll 10 ended $reader
                [ "$(cat "$BATS_TEST_TMPDIR/got$options")" = hello ]
                [ "$(kelp inspect -f '{{.State.Status}}' "c$options")" = running ]
        done
}

ended() {
        ! kill -0 "$1" 2>/dev/null
}

@test "preserve: only the first run has them" {
        kelp run -d --name c --network=none --restart=on-failure:1 --preserve-fds=1 -v "$BATS_TEST_TMPDIR:/out" busybox \
                sh -c 'ls /proc/self/fd | wc -l >>/out/counts; exit 1' 3</dev/null
        poll 20 two_runs
        [ "$(tr '\n' ' ' <"$BATS_TEST_TMPDIR/counts")" = "5 4 " ]
}

two_runs() {
        [ "$(wc -l <"$BATS_TEST_TMPDIR/counts")" = 2 ]
}
