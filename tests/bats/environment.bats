#!/usr/bin/env bats
# Variables, labels from files, /etc/hosts and /etc/resolv.conf of a container, --replace.
load helper

@test "--env-host, --env-merge, --unsetenv, --unsetenv-all and their order" {
        kelp import -c 'ENV hello=world' -c 'ENV other=image' "$FIXTURES/busybox.tar" localhost/env >/dev/null
        run env MINE=host hello=host "$KELP" --root "$ROOT" --runroot "$RUNROOT" run --rm --network=none --env-host \
                -e USER_SET=1 localhost/env sh -c 'echo $MINE $hello $USER_SET'
        is "host world 1"
        run run_quick --env-merge 'hello=${hello}-some' --env-merge 'x=$nosuch-$other$' localhost/env sh -c 'echo "$hello|$x"'
        is 'world-some|-image$'
        run run_quick --unsetenv hello --unsetenv HOSTNAME localhost/env env
        lacks hello
        lacks HOSTNAME
        has other=image
        run run_quick --unsetenv-all -e TERM=abc localhost/env /bin/env
        lacks PATH=
        lacks container=
        lacks hello
        has TERM=abc
        run run_quick --env-merge nothing localhost/env true
        code 125
}

@test "--env-file: comments, blanks, values with signs, no name" {
        printf '\n  # comment\nA=b=c\nEMPTY=\n B= x \nNOTSET\n' >"$BATS_TEST_TMPDIR/env"
        run run_quick --env-file "$BATS_TEST_TMPDIR/env" busybox sh -c 'echo "[$A][$EMPTY][$B][${NOTSET-unset}]"'
        is "[b=c][][ x ][unset]"
        echo '=x' >"$BATS_TEST_TMPDIR/bad"
        run run_quick --env-file "$BATS_TEST_TMPDIR/bad" busybox true
        code 125
        run run_quick --env-file /no/such busybox true
        code 125
}

@test "--label-file: below --label" {
        printf '# comment\na=file\nb=file\nbare\n' >"$BATS_TEST_TMPDIR/labels"
        kelp create --name c --label-file "$BATS_TEST_TMPDIR/labels" --label b=flag busybox
        run kelp inspect -f '{{.Config.Labels.a}} {{.Config.Labels.b}} {{len .Config.Labels}}' c
        is "file flag 3"
        echo '=x' >"$BATS_TEST_TMPDIR/labels"
        run kelp create --label-file "$BATS_TEST_TMPDIR/labels" busybox
        code 125
}

@test "--add-host, --hosts-file, --no-hosts" {
        run run_quick --add-host 'one;two:1.2.3.4' --add-host six:2001:db8::1 busybox cat /etc/hosts
        has "1.2.3.4	one two"
        has "2001:db8::1	six"
        has localhost
        echo "9.9.9.9 base" >"$BATS_TEST_TMPDIR/hosts"
        run run_quick --hosts-file "$BATS_TEST_TMPDIR/hosts" busybox cat /etc/hosts
        has "9.9.9.9 base"
        lacks localhost
        run run_quick --hosts-file none --add-host x:1.1.1.1 busybox cat /etc/hosts
        lacks localhost
        has "1.1.1.1	x"
        run run_quick --no-hosts busybox cat /etc/hosts
        code 1
        for bad in "--add-host x" "--add-host x:999.1.1.1" "--add-host x:[::12" "--add-host :1.1.1.1" "--no-hosts --add-host x:1.1.1.1" "--hosts-file /no/such"; do
                # shellcheck disable=SC2086
                run run_quick $bad busybox true
                code 125
        done
}

@test "--dns, --dns-search, --dns-option" {
        run run_quick --dns 8.8.4.4 --dns 2001:db8::53 --dns-search example.org --dns-option ndots:3 busybox cat /etc/resolv.conf
        is "$(printf 'search example.org\nnameserver 8.8.4.4\nnameserver 2001:db8::53\noptions ndots:3')"
        run run_quick --dns none busybox cat /etc/resolv.conf
        code 1
        run run_quick --dns 8.8.8.8 --dns-search . busybox cat /etc/resolv.conf
        lacks search
        for bad in "--dns nowhere" "--dns none --dns 1.1.1.1" "--dns none --dns-search x"; do
                # shellcheck disable=SC2086
                run run_quick $bad busybox true
                code 125
        done
}

@test "--replace: the old one goes, running or not" {
        kelp run -d --name c --network=none -v /anon busybox sleep 100 3>&-
        old=$(kelp inspect -f '{{.Id}}' c)
        run kelp run -d --stop-timeout 0 --name c --replace --network=none busybox sleep 100 3>&-
        code 0
        [ "$(kelp inspect -f '{{.Id}}' c)" != "$old" ]
        [ "$(kelp ps -aq | wc -l)" = 1 ]
        kelp create --name c --replace busybox
        [ "$(kelp ps -aq | wc -l)" = 1 ]
        kelp create --name new --replace busybox
        run kelp create --replace busybox
        code 125
        has "cannot replace container without --name being set"
}

@test "--replace: the old one removes itself, once" {
        for _ in 1 2 3; do
                old=$(kelp run -d --rm --stop-timeout 0 --name c --network=none busybox sleep 100)
                run kelp run -d --name c --replace --network=none busybox sleep 100
                code 0
                run kelp events --stream=false --filter event=remove --filter container="$old" --format '{{.ID}}'
                is "$old"
                kelp rm -f -t 0 c
        done
}

@test "what is not offered is refused by name" {
        for option in --gpus=all --rdt-class=x; do
                run run_quick "$option" busybox true
                code 125
                has "${option%%=*} is not supported"
        done
}

@test "--replace: a paused one; not another whose ID begins as the name" {
        other=$(kelp run -d --network=none busybox sleep 100)
        run kelp run -d --name "${other:0:6}" --replace --stop-timeout 0 --network=none busybox sleep 100
        code 0
        [ "$(kelp inspect -f '{{.State.Status}}' "$other")" = running ]
        old=$(kelp inspect -f '{{.Id}}' "${other:0:6}")
        [ "$old" != "$other" ]
        if [ -n "${KELP_TEST_CGROUP-}" ]; then kelp pause "${other:0:6}"; fi
        run kelp run -d --name "${other:0:6}" --replace --network=none busybox sleep 100
        code 0
        [ "$(kelp ps -q --no-trunc | sort)" = "$(printf '%s\n' "$other" "$output" | sort)" ]
}

@test "--replace: what cannot be made leaves the old one as it is" {
        kelp run -d --name c --network=none busybox sleep 100
        id=$(kelp inspect -f '{{.Id}}' c)
        run kelp run -d --name c --replace --pull=never --network=none localhost/nosuch sleep 100
        code 125
        run kelp inspect -f '{{.Id}} {{.State.Status}}' c
        is "$id running"
        run kelp create --name c --replace --network=none -v /nosuch/dir:/x busybox sleep 100
        code 125
        run kelp inspect -f '{{.Id}} {{.State.Status}}' c
        is "$id running"
}

@test "--http-proxy: the caller's proxies are passed on, unless the image or the user says otherwise" {
        export http_proxy=http://p:1 HTTPS_PROXY=http://p:2 NO_PROXY='' ALL_PROXY=http://p:4
        show='env | grep -i proxy | sort'
        run run_quick busybox sh -c "$show"
        is $'HTTPS_PROXY=http://p:2\nNO_PROXY=\nhttp_proxy=http://p:1'
        run run_quick -e http_proxy=mine --unsetenv NO_PROXY busybox sh -c "$show"
        is $'HTTPS_PROXY=http://p:2\nhttp_proxy=mine'
        run run_quick --http-proxy=false busybox sh -c "$show"
        is ""
        export CONTAINERS_CONF=$BATS_TEST_TMPDIR/c.conf
        printf '[containers]\nhttp_proxy = false\n' >"$CONTAINERS_CONF"
        run run_quick busybox sh -c "$show"
        is ""
        run run_quick --http-proxy busybox sh -c "$show"
        has http_proxy=http://p:1
}
