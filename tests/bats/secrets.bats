#!/usr/bin/env bats
# kelp secret, and --secret.
load helper

@test "secret create: a file, standard input, a variable; names and sizes that cannot be" {
        echo -n mysecret >"$BATS_TEST_TMPDIR/s"
        run kelp secret create a "$BATS_TEST_TMPDIR/s"
        [[ $output =~ ^[0-9a-f]{25}$ ]]
        [ "$(stat -c %a "$ROOT/secrets/a/data" "$ROOT/secrets" | tr '\n' ' ')" = "600 700 " ]
        echo -n piped | kelp secret create b - >/dev/null
        [ "$(kelp secret inspect --showsecret -f '{{.SecretData}}' b)" = piped ]
        X=fromenv kelp secret create --env c X >/dev/null
        [ "$(kelp secret inspect --showsecret -f '{{.SecretData}}' c)" = fromenv ]
        run kelp secret create --env d NOSUCHVARIABLE
        code 125
        has "environment variable NOSUCHVARIABLE is not set"
        run kelp secret create a "$BATS_TEST_TMPDIR/s"
        code 125
        has "a: secret name in use"
        for bad in a/b a=b a,b . ..; do
                run kelp secret create "$bad" "$BATS_TEST_TMPDIR/s"
                code 125
                has "can not include"
        done
        run kelp secret create empty /dev/null
        code 125
        has "larger than 0"
        head -c 512000 /dev/zero >"$BATS_TEST_TMPDIR/big"
        run kelp secret create big "$BATS_TEST_TMPDIR/big"
        code 125
        has "less than 512000 bytes"
        run kelp secret create -d pass x "$BATS_TEST_TMPDIR/s"
        code 125
        has 'secret driver "pass" is not supported'
}

@test "secret create --replace, --ignore; exists; rm" {
        echo one | kelp secret create a - >"$BATS_TEST_TMPDIR/id1"
        echo two | kelp secret create --replace a - >"$BATS_TEST_TMPDIR/id2"
        [ "$(cat "$BATS_TEST_TMPDIR/id1")" != "$(cat "$BATS_TEST_TMPDIR/id2")" ]
        [ "$(kelp secret inspect --showsecret -f '{{.SecretData}}' a)" = two ]
        [ "$(echo x | kelp secret create --ignore a -)" = "$(cat "$BATS_TEST_TMPDIR/id2")" ]
        run kelp secret create --ignore --replace a /dev/null
        code 125
        has "cannot use --ignore and --replace flags together"
        kelp secret exists a
        run kelp secret exists nosuch
        code 1
        run kelp secret rm nosuch
        code 125
        has 'no secret with name or id "nosuch": no such secret'
        kelp secret rm --ignore nosuch
        run kelp secret rm a
        is "$(cat "$BATS_TEST_TMPDIR/id2")"
        echo x | kelp secret create b - >/dev/null
        kelp secret rm -a
        [ -z "$(kelp secret ls -q)" ]
        store_is_clean
}

@test "secret ls, inspect: formats, filters, the data is shown only on request" {
        run kelp secret ls
        [ "${#lines[@]}" = 1 ]
        run kelp secret ls -f bogus=1
        code 125
        has 'invalid filter "bogus"'
        echo s3cr3t | kelp secret create -l k=v --driver-opts o=1 one - >/dev/null
        echo x | kelp secret create two - >/dev/null
        run kelp secret ls
        [[ ${lines[0]} =~ ^ID\ +NAME\ +DRIVER\ +CREATED\ +UPDATED$ ]]
        [ "${#lines[@]}" = 3 ]
        [ "$(kelp secret ls --format '{{.Name}} {{.Driver}}' -f name=one)" = "one file" ]
        [ "$(kelp secret ls -q -f name=one -f name=two | wc -l)" = 2 ]
        id=$(kelp secret inspect -f '{{.ID}}' one)
        [ "$(kelp secret ls -q -f "id=${id:0:8}")" = "$id" ]
        [ "$(kelp secret inspect -f '{{.Spec.Name}} {{.Spec.Labels.k}} {{.Spec.Driver.Options.o}}' "${id:0:8}")" = "one v 1" ]
        run kelp secret inspect one
        lacks s3cr3t
        run kelp secret inspect --pretty one
        has "Name:            one"
        lacks s3cr3t
        run kelp secret inspect nosuch
        code 125
        has 'inspecting secret: no secret with name or id "nosuch": no such secret'
}

@test "--secret: a file with owner and mode, at a place of choice, read-only" {
        echo -n data | kelp secret create s - >/dev/null
        run run_quick --secret s busybox sh -c 'cat /run/secrets/s; stat -c " %u:%g:%a" /run/secrets/s; echo x >/run/secrets/s'
        code 1
        has "data 0:0:444"
        has "Read-only file system"
        run run_quick --secret source=s,target=other,uid=33,gid=44,mode=0400 busybox stat -c %u:%g:%a /run/secrets/other
        is 33:44:400
        run run_quick --read-only --secret s,type=mount,target=/my/place busybox cat /my/place
        is data
        run run_quick --read-only --secret s busybox cat /run/secrets/s
        is data
        run run_quick --secret s,target=/my/place busybox cat /my/place
        is data
        run run_quick --secret s,target=../../etc/x busybox cat /run/secrets/etc/x
        is data
        for bad in nosuch s,type=x s,mode=9 s,what=1 s,odd s,type=env,uid=1 ,type=env; do
                run run_quick --secret "$bad" busybox true
                code 125
        done
        if [ "$(id -u)" != 0 ]; then
                run run_quick --userns=keep-id --secret s busybox stat -c %u:%g /run/secrets/s
                is 0:0
        fi
}

@test "--secret type=env: in run and exec, and nowhere else" {
        echo -n t0psecret | kelp secret create s - >/dev/null
        [ "$(run_quick --secret s,type=env,target=PW busybox sh -c 'echo $PW')" = t0psecret ]
        kelp run -d --name c --network=none --secret s,type=env --secret s,target=f busybox sleep 100 3>&-
        [ "$(kelp exec c sh -c 'echo $s')" = t0psecret ]
        run kelp inspect c
        lacks t0psecret
        [ "$(kelp inspect -f '{{range .Config.Secrets}}{{.Name}}{{end}}' c)" = ss ]
        # Not in the store but in the secret itself and the container's own copies.
        [ -z "$("$KELP" unshare grep -rl t0psecret "$ROOT" --exclude-dir=secrets)" ]
        kelp commit -q c localhost/made >/dev/null
        run kelp image inspect localhost/made
        lacks t0psecret
        kelp export c | tar -t >"$BATS_TEST_TMPDIR/list"
        run grep run/secrets/f "$BATS_TEST_TMPDIR/list"
        code 1
        run run_quick localhost/made sh -c 'ls /run/secrets; echo $s'
        is ""
}

@test "a container keeps what it was made with" {
        echo -n old | kelp secret create s - >/dev/null
        kelp create --name c --network=none --secret s --secret s,type=env busybox sh -c 'cat /run/secrets/s; echo $s'
        echo -n new | kelp secret create --replace s - >/dev/null
        run kelp start -a c
        is oldold
        kelp secret rm s
        run kelp start -a c
        is oldold
}
