#!/usr/bin/env bats
# kelp logs: drivers and their options, colours.
load helper

@test "log drivers: none, json-file, what is refused" {
        run kelp run --name n --log-driver none --network=none busybox echo shown
        is shown
        run kelp logs n
        code 125
        has "this container is using the 'none' log driver, cannot read logs: this container is not logging output"
        [ ! -e "$ROOT/containers/$(kelp inspect -f '{{.Id}}' n)/log" ]
        run run_quick --log-driver none --log-opt max-size=1m busybox echo shown
        has "--log-driver=none writes no file: --log-opt path= and max-size= mean nothing to it"
        kelp run --name j --log-driver json-file --network=none busybox echo kept
        run kelp logs j
        is kept
        run kelp inspect -f '{{.HostConfig.LogConfig.Type}}' j
        is json-file
        run kelp create --log-driver nosuch busybox
        code 125
        has "invalid log driver \"nosuch\": there are k8s-file, json-file, journald, passthrough, passthrough-tty, none"
        kelp create --name t --log-opt tag=x busybox
        run kelp inspect -f '{{.HostConfig.LogConfig.Tag}}' t
        is x
        run kelp create --log-opt nosuch=x busybox
        code 125
}

@test "log driver passthrough: the container has run's own streams" {
        d=$BATS_TEST_TMPDIR
        echo in >"$d/in"
        run_quick --log-driver passthrough busybox sh -c 'cat; stat -Lc %i /proc/self/fd/1; echo err >&2; exit 3' \
                <"$d/in" >"$d/out" 2>"$d/err" || [ $? = 3 ]
        [ "$(cat "$d/out")" = $'in\n'"$(stat -c %i "$d/out")" ]
        [ "$(cat "$d/err")" = err ]
        # in the background, and once more
        kelp run -d --name p --network=none --log-driver passthrough busybox sh -c 'echo x >>/n; wc -l </n' \
                >"$d/id" 2>"$d/err" </dev/null
        kelp wait p >/dev/null
        [ "$(cat "$d/id")" = "$(kelp inspect -f '{{.Id}}' p)"$'\n1' ] || [ "$(cat "$d/id")" = $'1\n'"$(kelp inspect -f '{{.Id}}' p)" ]
        run kelp start -a p
        is 2
        run kelp logs p
        code 125
        has "this container is using the 'passthrough' log driver, cannot read logs: this container is not logging output"
        [ ! -e "$ROOT/containers/$(kelp inspect -f '{{.Id}}' p)/log" ]
        kelp run -d --name s --network=none --log-driver passthrough busybox sleep 100 >/dev/null
        run kelp attach s
        code 125
        has "this container is using the 'passthrough' log driver, cannot attach"
        # after a restart by policy there is nobody whose streams it could have
        kelp run -d --name r --network=none --restart on-failure:1 --log-driver passthrough busybox \
                sh -c 'echo x >>/n; cat /n; exit 1' >"$d/restarted"
        poll 10 restarted_once r
        [ "$(grep -c x "$d/restarted")" = 1 ]
}

restarted_once() {
        [ "$(kelp inspect -f '{{.RestartCount}} {{.State.Status}}' "$1")" = "1 exited" ]
}

@test "log driver passthrough: not for a terminal, unless it is asked for" {
        run run_quick -t --log-driver passthrough busybox true
        code 125
        has "cannot specify --tty with --log-driver=passthrough"
        run run_quick -a stdout --log-driver passthrough busybox true
        code 125
        has "cannot specify --attach with --log-driver=passthrough"
        run script -qec "'$KELP' --root '$ROOT' --runroot '$RUNROOT' run --rm --network=none --log-driver passthrough busybox tty" /dev/null
        code 125
        has "the '--log-driver passthrough' option cannot be used on a TTY.  If you really want it, use '--log-driver passthrough-tty'"
        run script -qec "'$KELP' --root '$ROOT' --runroot '$RUNROOT' run --rm --network=none --log-driver passthrough-tty busybox sh -c '[ -t 0 ] && [ -t 1 ] && echo yes'" /dev/null
        code 0
        has yes
}

@test "log driver journald: what has no journal, labels that are none" {
        [ ! -e /run/systemd/journal/socket ] || skip "this machine has a journal"
        run run_quick --log-driver journald busybox true
        code 125
        has "--log-driver journald: reach /run/systemd/journal/socket: No such file or directory"
        has "--log-driver k8s-file"
        for bad in label=x label=lower=x label=_OWN=x label=9=x label==x; do
                run kelp create --log-driver journald --log-opt $bad busybox
                code 125
                has "invalid log label"
        done
        run kelp create --log-opt label=A=x busybox
        code 125
        has "--log-opt label= needs --log-driver=journald"
        kelp create --name t --log-driver journald --log-opt 'tag={{.Nosuch}}' busybox >/dev/null
        run kelp start t
        code 125
        has Nosuch
}

@test "log options: a path of one's own, bounded" {
        kelp run --name p --log-opt path="$BATS_TEST_TMPDIR/my.log" --log-opt max-size=64k --network=none busybox \
                sh -c 'i=0; while [ $i -lt 8000 ]; do echo "line $i"; i=$((i + 1)); done' >/dev/null
        run kelp logs --tail 2 p
        is "line 7998
line 7999"
        kelp logs p >"$BATS_TEST_TMPDIR/all"
        for n in 0 1 700 2500 100000; do
                kelp logs --tail $n p | cmp - <(tail -n $n "$BATS_TEST_TMPDIR/all")
        done
        [ "$(cat "$BATS_TEST_TMPDIR"/my.log* | wc -c)" -le 200000 ]
        [ -e "$BATS_TEST_TMPDIR/my.log.2" ]
        [ ! -e "$BATS_TEST_TMPDIR/my.log.3" ]
        run kelp inspect -f '{{.LogPath}} {{.HostConfig.LogConfig.Path}}' p
        is "$BATS_TEST_TMPDIR/my.log $BATS_TEST_TMPDIR/my.log"
        run kelp run --log-opt path=/nosuch/dir/log --network=none busybox true
        code 125
        has /nosuch/dir
        run kelp create --log-opt max-size=never busybox
        code 125
}

@test "logs: colours tell containers apart" {
        kelp run --name a --network=none busybox echo one
        kelp run --name b --network=none busybox echo two
        run kelp logs --color -n a b
        [[ $output =~ $'\033['3[1-6]m'a'$'\033[0m one' ]]
        [[ $output =~ 'b'$'\033[0m two' ]]
        run kelp logs --color a
        is one
}
