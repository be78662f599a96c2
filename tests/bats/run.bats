#!/usr/bin/env bats
# kelp run: exit codes, streams, options.
load helper

@test "run: prints what the program prints, on both streams" {
        run run_quick busybox sh -c 'echo out; echo err >&2'
        code 0
        has out
        has err
        [ "$(run_quick busybox sh -c 'echo out; echo err >&2' 2>/dev/null)" = out ]
}

@test "run: exit codes are podman's" {
        run run_quick busybox payload exit 7
        code 7
        run run_quick busybox nosuchprogram
        code 127
        has '"nosuchprogram" not found'
        run run_quick busybox /etc
        code 126
        run run_quick busybox /etc/passwd
        code 126
        run_quick --name killed busybox sleep 100 3>&- &
        poll 5 kelp kill killed
        wait $! && status=0 || status=$?
        code 137
        run run_quick nosuchimage:x true
        code 125
        store_is_clean
}

@test "run: standard input is passed on with -i, and ends" {
        run bash -c "echo hello | '$KELP' --root '$ROOT' --runroot '$RUNROOT' run --rm -i --network=none busybox cat"
        is hello
        run run_quick busybox cat
        is ""
}

@test "run: binary data passes unharmed" {
        head -c 3000000 /dev/urandom >"$BATS_TEST_TMPDIR/in"
        kelp run --rm -i --network=none busybox cat <"$BATS_TEST_TMPDIR/in" >"$BATS_TEST_TMPDIR/out"
        cmp "$BATS_TEST_TMPDIR/in" "$BATS_TEST_TMPDIR/out"
}

@test "run: environment, working directory, host name, labels" {
        printf '# comment\nC=file\nHOME\n' >"$BATS_TEST_TMPDIR/env"
        run run_quick -e A=b -e 'S=a b' --env-file "$BATS_TEST_TMPDIR/env" -w /srv --hostname box busybox \
                sh -c 'echo "$A|$S|$C|$HOME|$PWD|$(hostname)|$container"'
        is "b|a b|file|$HOME|/srv|box|kelp"
        kelp create --name l --label x=y --label z busybox
        [ "$(kelp inspect -f '{{.Config.Labels.x}}{{len .Config.Labels}}' l)" = y2 ]
}

@test "run: the user and its groups, by name and number" {
        run run_quick -u web busybox id
        is "uid=33(web) gid=33(web) groups=33(web),44(aux)"
        run run_quick -u 5:6 busybox id
        has "uid=5("
        has " gid=6(6) groups=6(6)"
        run run_quick -u nobodyhere busybox id
        code 126
        has "unable to find user nobodyhere"
}

@test "run: entrypoint replaces, and discards the image's command" {
        run run_quick --entrypoint echo busybox one two
        is "one two"
        run run_quick --entrypoint '["echo","x"]' busybox y
        is "x y"
}

@test "run: a working directory that is missing" {
        run run_quick -w /nosuch busybox true
        code 126
        has '"/nosuch" does not exist'
}

@test "run: --read-only leaves /tmp writable" {
        run run_quick --read-only busybox sh -c 'touch /tmp/ok && echo ok; touch /bin/no'
        has ok
        has "Read-only file system"
}

@test "run: volumes, read-only and not" {
        mkdir "$BATS_TEST_TMPDIR/v"
        echo hi >"$BATS_TEST_TMPDIR/v/f"
        run run_quick -v "$BATS_TEST_TMPDIR/v:/data" busybox sh -c 'cat /data/f; echo x > /data/new'
        is hi
        [ "$(cat "$BATS_TEST_TMPDIR/v/new")" = x ]
        run run_quick -v "$BATS_TEST_TMPDIR/v/f:/etc/f:ro" busybox sh -c 'cat /etc/f; echo x > /etc/f'
        has hi
        has "Read-only file system"
        cd "$BATS_TEST_TMPDIR"
        run run_quick --mount type=bind,src=./v,dst=/data,ro busybox cat /data/new
        is x
        run run_quick -v "$BATS_TEST_TMPDIR/nope:/data" busybox true
        code 125
        has "$BATS_TEST_TMPDIR/nope"
}

@test "run: a volume does not follow the image's links out of the root" {
        mkdir "$BATS_TEST_TMPDIR/r" "$BATS_TEST_TMPDIR/v"
        ln -s "$BATS_TEST_TMPDIR" "$BATS_TEST_TMPDIR/r/escape"
        tar -C "$BATS_TEST_TMPDIR/r" -cf "$BATS_TEST_TMPDIR/e.tar" .
        cp "$FIXTURES/busybox.tar" "$BATS_TEST_TMPDIR/b.tar"
        tar -A -f "$BATS_TEST_TMPDIR/b.tar" "$BATS_TEST_TMPDIR/e.tar"
        kelp import "$BATS_TEST_TMPDIR/b.tar" localhost/esc
        run run_quick -v "$BATS_TEST_TMPDIR/v:/escape/inside" localhost/esc ls -d "$BATS_TEST_TMPDIR/inside"
        code 0
        [ ! -e "$BATS_TEST_TMPDIR/inside" ]
}

@test "run: tmpfs" {
        run run_quick --tmpfs /t:size=1m busybox sh -c 'mount | grep " /t "; df -m /t | tail -1'
        has "size=1024k"
        run run_quick --mount type=tmpfs,dst=/srv,tmpfs-mode=700 busybox stat -c %a /srv
        is 700
}

@test "run: --init reaps and passes signals on" {
        run run_quick --init busybox sh -c 'ps | grep -c kelp-init; exit 5'
        code 5
        kelp run -d --name i --init --network=none busybox sleep 100
        run kelp stop -t 5 i
        code 0
        [ "$(kelp inspect -f '{{.State.ExitCode}}' i)" = 143 ]
}

@test "run: limits" {
        run run_quick --ulimit nofile=100:200 busybox sh -c 'ulimit -Sn; ulimit -Hn'
        is "100
200"
        run run_quick --ulimit nofile=x busybox true
        code 125
        has "invalid ulimit"
}

@test "run: cidfile, pidfile, names" {
        kelp run -d --name c1 --cidfile "$BATS_TEST_TMPDIR/cid" --pidfile "$BATS_TEST_TMPDIR/pid" \
                --network=none busybox sleep 100
        [ "$(cat "$BATS_TEST_TMPDIR/cid")" = "$(kelp inspect -f '{{.Id}}' c1)" ]
        [ "$(cat "$BATS_TEST_TMPDIR/pid")" = "$(kelp inspect -f '{{.State.Pid}}' c1)" ]
        run kelp run -d --name c1 busybox true
        code 125
        has "already in use"
        run kelp run --cidfile "$BATS_TEST_TMPDIR/cid" busybox true
        code 125
        has "container ID file"
}

@test "run: --timings shows the phases" {
        run run_quick --timings busybox true
        code 0
        has "ids mapped"
        has "root built"
}

@test "run: --pull=never and a missing image" {
        run kelp run --pull=never nosuch true
        code 125
        has "not to be pulled"
}

@test "run: pipelines end although the container goes on" {
        run timeout 20 bash -c "'$KELP' --root '$ROOT' --runroot '$RUNROOT' run -d --name p --network=none busybox sleep 100 | cat"
        code 0
}
