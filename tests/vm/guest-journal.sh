#!/bin/bash
# Logs in the journal of a user: written, read back, followed, as that user. Runs in a login session. A line for each
# check, and a count at the end.
set -u
# shellcheck source=tests/vm/lib.sh
. "$(dirname "$0")/lib.sh"

has_logged() {
        [[ $(kelp logs "$1" 2>&1) == *"$2"* ]]
}

up_twice() {
        [ "$(kelp logs s | grep -c up)" = 2 ]
}

kelp import -c 'CMD ["sh"]' /share/busybox.tar localhost/busybox >/dev/null
kelp run --name j --network=none --log-driver journald --log-opt 'tag={{.Name}}' --log-opt 'label=PLACE={{.ImageName}}' \
        busybox sh -c 'echo one; echo two >&2; sleep 1; printf part; sleep 1; echo ial' >/dev/null 2>&1
check_that "what was printed is there" soon has_logged j partial
check "in its order" $'one\npartial' "$(kelp logs j 2>/dev/null)"
check "standard error apart" two "$(kelp logs j 2>&1 >/dev/null)"
check "the last lines" partial "$(kelp logs --tail 1 j 2>&1)"
check "nothing since now" "" "$(kelp logs --since 0s j 2>&1)"
check "fields of podman's" "j j two localhost/busybox:latest 3" \
        "$(journalctl --user -q -o json CONTAINER_NAME=j PRIORITY=3 |
                jq -r '"\(.SYSLOG_IDENTIFIER) \(.CONTAINER_TAG) \(.MESSAGE) \(.PLACE) \(.PRIORITY)"')"
kelp run -d --name f --network=none --log-driver journald busybox sh -c 'for i in 1 2 3 4; do echo $i; sleep 1; done' >/dev/null
check "followed to the end" $'1\n2\n3\n4' "$(timeout 60 kelp logs -f f 2>&1)"
kelp run -d --name s --network=none --log-driver journald busybox sh -c 'echo up; exec sleep 1000' >/dev/null
check_that "while it runs" soon has_logged s up
kelp stop -t 0 s >/dev/null
kelp start s >/dev/null
check_that "after another start too" soon up_twice
kelp rm -fa -t 0 >/dev/null
tally guest-journal
