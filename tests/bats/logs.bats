#!/usr/bin/env bats
# kelp logs: drivers and their options, colours.
load helper

@test "log drivers: none, json-file, those that are refused" {
        run kelp run --name n --log-driver none --network=none busybox echo shown
        is shown
        run kelp logs n
        code 125
        has "none log driver"
        [ ! -e "$ROOT/containers/$(kelp inspect -f '{{.Id}}' n)/log" ]
        kelp run --name j --log-driver json-file --network=none busybox echo kept
        run kelp logs j
        is kept
        run kelp inspect -f '{{.HostConfig.LogConfig.Type}}' j
        is json-file
        for driver in journald passthrough passthrough-tty; do
                run kelp create --log-driver $driver busybox
                code 125
                has "--log-driver $driver is not supported"
        done
        run kelp create --log-driver nosuch busybox
        code 125
        has "invalid log driver"
        run kelp create --log-opt label=x busybox
        code 125
        has "not supported"
        kelp create --name t --log-opt tag=x busybox
        run kelp inspect -f '{{.HostConfig.LogConfig.Tag}}' t
        is x
        run kelp create --log-opt nosuch=x busybox
        code 125
}

@test "log options: a path of one's own, bounded" {
        kelp run --name p --log-opt path="$BATS_TEST_TMPDIR/my.log" --log-opt max-size=64k --network=none busybox \
                sh -c 'i=0; while [ $i -lt 8000 ]; do echo "line $i"; i=$((i + 1)); done' >/dev/null
        run kelp logs --tail 2 p
        is "line 7998
line 7999"
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
