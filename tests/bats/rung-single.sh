#!/bin/bash
# The rung without subordinate ids, as a user who has none: rung-single.sh DIRECTORY-WITH-KELP-AND-IMAGE
cd "$1" || exit 1
passed=0 failed=0
kelp() {
        ./kelp --root "$PWD/store" --runroot "$PWD/run" "$@"
}
check() {
        if [ "$2" = "$3" ]; then
                passed=$((passed + 1))
        else
                failed=$((failed + 1))
                echo "rung-single: $1: expected \"$3\", got \"$2\""
        fi
}
check info "$(kelp info -f '{{.host.userNamespace.rung}}: {{.host.userNamespace.reason}}')" \
        "single: no subordinate ids in /etc/subuid"
check cure "$(kelp info -f '{{.host.userNamespace.cure}}' | grep -c usermod)" 1
kelp import busybox.tar localhost/busybox >/dev/null
check run "$(kelp run --rm --network=none busybox sh -c 'id -u; echo ok')" "0
ok"
kelp run --rm --network=none -u web busybox true 2>err
check "another user" "$? $(grep -c 'become group 33\|become user 33' err)" "125 1"
kelp run -d --name c --network=none busybox sleep 100 >/dev/null
check exec "$(kelp exec c echo in)" in
kelp rm -f -t 0 c >/dev/null
check clean "$(find store/containers store/staging -mindepth 1)" ""
kelp rmi -a >/dev/null
rm -rf store run
echo "rung-single: $passed passed, $failed failed, 0 skipped"
[ $failed -eq 0 ]
