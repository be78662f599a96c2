#!/usr/bin/env bats
# What a podman user's fingers and scripts know, beside what the other files test by topic.
load helper

@test "podman: options before the command may stand behind its name" {
        run "$KELP" images -q --root "$ROOT" --runroot "$RUNROOT" --storage-driver overlay
        code 0
        [ "${#lines[@]}" -eq 1 ]
        run "$KELP" run --root "$ROOT" --runroot="$RUNROOT" --rm --network=none localhost/busybox echo --root x
        code 0
        is "--root x"
        run kelp ps --storage-driver nosuch
        code 125
        has 'unknown storage driver "nosuch"'
        run kelp ps --out x
        code 125
        has "unknown flag: --out"
        run kelp ps --db-backend=boltdb
        code 125
        has "--db-backend is not supported: kelp keeps no database"
}

@test "podman: levels of --log-level and the form of its lines" {
        run kelp --log-level=telepathic version
        code 1
        is 'kelp: Log Level "telepathic" is not supported, choose from: trace, debug, info, warn, warning, error, fatal, panic'
        run as_podman --log-level=telepathic version
        code 1
        [[ $output == "Log Level "* ]]
        run as_podman --debug --log-level=panic version
        code 1
        is "Setting --log-level and --debug is not allowed"
        run as_podman --log-level=trace version
        has " level=trace msg="
        has " level=debug msg="
        has " level=info msg="
        lacks " level=warn"
        run as_podman version --log-level=info
        has " level=info msg="
        lacks " level=debug"
        run as_podman -D version
        has " level=debug msg="
        lacks " level=trace"
        run as_podman --log-level=fatal version
        code 0
        lacks "level="
}

@test "podman: --storage-opt" {
        kelp --root "$BATS_TEST_TMPDIR/more" --runroot "$RUNROOT" import -q "$FIXTURES/busybox.tar" localhost/more
        mkdir "$BATS_TEST_TMPDIR/none"
        run kelp info --storage-opt="overlay.imagestore=$BATS_TEST_TMPDIR/none" \
                --storage-opt="overlay.imagestore=$BATS_TEST_TMPDIR/more" \
                --format '{{index .Store.GraphOptions "overlay.additionalImageStores"}}\n{{index .Store.GraphOptions "overlay.imagestore"}}'
        code 0
        is "[$BATS_TEST_TMPDIR/none $BATS_TEST_TMPDIR/more]"$'\n'"$BATS_TEST_TMPDIR/more"
        run kelp --storage-opt "additionalimagestore=$BATS_TEST_TMPDIR/more" run --rm --network=none localhost/more echo used
        code 0
        is "used"
        run kelp --storage-opt "imagestore=$BATS_TEST_TMPDIR/none,$BATS_TEST_TMPDIR/more" run --rm --network=none localhost/more echo both
        is "both"
        run kelp --storage-opt "imagestore=$BATS_TEST_TMPDIR/nosuch" ps
        code 125
        has "open the additional store $BATS_TEST_TMPDIR/nosuch: No such file or directory"
        run kelp --storage-opt "imagestore=$BATS_TEST_TMPDIR" ps
        code 125
        has "is not a store of kelp's"
        "$KELP" unshare rm -rf "$BATS_TEST_TMPDIR/more"
        run kelp info --storage-opt overlay.mount_program=/usr/bin/fuse-overlayfs --format '{{.Store.GraphDriverName}}'
        is "fuse-overlayfs"
        run kelp --storage-opt overlay.size=1G ps
        code 125
        has "--storage-opt overlay.size=1G is not supported"
        run kelp --storage-opt "" ps -q
        code 0
        is ""
}

@test "podman: flags for the runtime, kelp's own has none" {
        run kelp --runtime-flag invalidflag run --rm --network=none localhost/busybox true
        code 126
        has "invalidflag"
        printf '[engine.runtimes_flags]\nkelp = ["confflag"]\n' >"$BATS_TEST_TMPDIR/conf"
        CONTAINERS_CONF_OVERRIDE=$BATS_TEST_TMPDIR/conf run run_quick localhost/busybox true
        code 126
        has "confflag"
}

@test "podman: a copy of kelp under any name is a runtime" {
        cp "$KELP" "$BATS_TEST_TMPDIR/myruntime"
        kelp run -d --name c --network=none --runtime "$BATS_TEST_TMPDIR/myruntime" localhost/busybox sleep 60
        run kelp inspect --format '{{.OCIRuntime}}' c
        is "$BATS_TEST_TMPDIR/myruntime"
        run kelp exec c echo inside
        is inside
}

@test "podman: /run/.containerenv tells the privileged alone, and no host directory gets one" {
        run run_quick localhost/busybox stat -c %s /run/.containerenv
        is 0
        run run_quick --tmpfs /run localhost/busybox stat -c %s /run/.containerenv
        is 0
        mkdir "$BATS_TEST_TMPDIR/host"
        run run_quick -v "$BATS_TEST_TMPDIR/host:/run" localhost/busybox ls -a /run
        code 0
        lacks containerenv
        [ ! -e "$BATS_TEST_TMPDIR/host/.containerenv" ]
        run run_quick --privileged --name c localhost/busybox sh -c '. /run/.containerenv; echo $engine $name $image $rootless $container'
        is "kelp-$(kelp version -f '{{.Client.Version}}') c localhost/busybox:latest 1 kelp"
        run as_podman run --rm --network=none localhost/busybox sh -c 'echo $container'
        is podman
}

@test "podman: the time zone is a link where the image has it" {
        zone=$(cd /usr/share/zoneinfo && ls -d Etc/GMT-3) || skip "no zoneinfo here"
        kelp run --name z --network=none localhost/busybox sh -c "mkdir -p /usr/share/zoneinfo/Etc && echo x >/usr/share/zoneinfo/$zone && echo old >/etc/localtime"
        kelp commit -q z localhost/zones
        run run_quick --tz "$zone" localhost/zones readlink /etc/localtime
        is "../usr/share/zoneinfo/$zone"
        run run_quick --read-only --tz "$zone" localhost/zones readlink /etc/localtime
        is "../usr/share/zoneinfo/$zone"
        run run_quick --tz local localhost/zones sh -c 'test -f /etc/localtime && ! test -L /etc/localtime'
        code 0
}

@test "podman: / of an image that does not say what it is like has mode 555" {
        mkdir -p "$BATS_TEST_TMPDIR/tree/bin"
        tar -C "$BATS_TEST_TMPDIR/tree" -cf "$BATS_TEST_TMPDIR/tree.tar" bin
        kelp import -q "$BATS_TEST_TMPDIR/tree.tar" localhost/bare
        mkdir "$BATS_TEST_TMPDIR/from"
        tar -C "$BATS_TEST_TMPDIR/from" -xf "$FIXTURES/busybox.tar"
        kelp run --network=none --name m -v "$BATS_TEST_TMPDIR/from/bin/busybox:/bin/busybox:ro" localhost/bare \
                /bin/busybox stat -c %a / >"$BATS_TEST_TMPDIR/out"
        [ "$(cat "$BATS_TEST_TMPDIR/out")" = 555 ]
}

@test "podman: sizes of logs, limits, names, digests" {
        kelp create --name c --network=none --log-opt max-size=3.001m --ulimit core=-1:-1 --ulimit RLIMIT_NOFILE=9:9 --ulimit nofile=10:20 \
                localhost/busybox
        run kelp inspect -f '{{.HostConfig.LogConfig.Size}} {{.HostConfig.Ulimits}} {{.ImageDigest}}' c
        is "3.001MB [{RLIMIT_CORE -1 -1} {RLIMIT_NOFILE 10 20}] $(kelp image inspect -f '{{.Digest}}' localhost/busybox)"
        run kelp create --ulimit core=-1:1000 localhost/busybox
        code 125
        has 'ulimit option "core=-1:1000" requires name=SOFT:HARD, failed to be parsed: ulimit soft limit must be less than or equal to hard limit: soft: -1 (unlimited), hard: 1000'
        run kelp ps -a --filter 'name=^/c$' --format '{{.Names}}'
        is c
        run kelp ps -aq --filter name=/nosuch
        is ""
        kelp rm -f -t -1 /c
        run kelp rm -t -2 c
        code 125
        has "or -1 for ever"
}

@test "podman: a port that is taken" {
        [ -w /dev/net/tun ] || skip "no /dev/net/tun"
        port=$(free_port)
        kelp run -d --name first -p "$port:80" localhost/busybox sleep 60
        run kelp run --rm -p "$port:80" localhost/busybox true
        code 126
        has "address already in use"
}

@test "podman: --default-mounts-file" {
        mkdir "$BATS_TEST_TMPDIR/secrets"
        echo hidden >"$BATS_TEST_TMPDIR/secrets/file"
        printf '# none\n/no/such\n  %s:/run/secrets \t\n' "$BATS_TEST_TMPDIR/secrets" >"$BATS_TEST_TMPDIR/mounts.conf"
        run run_quick --default-mounts-file "$BATS_TEST_TMPDIR/mounts.conf" localhost/busybox cat /run/secrets/file
        is hidden
        echo secrets:/run/secrets >"$BATS_TEST_TMPDIR/relative.conf"
        cd "$BATS_TEST_TMPDIR"
        run run_quick --default-mounts-file relative.conf localhost/busybox true
        code 125
        has "relative.conf: secrets:/run/secrets: the source is not an absolute path"
        run run_quick --default-mounts-file "$BATS_TEST_TMPDIR/nosuch" localhost/busybox echo on
        is on
}

@test "podman: what is copied is told, and a message needs the docker format" {
        kelp create --name c --network=none localhost/busybox
        run kelp commit -m why c localhost/c
        code 125
        has "messages are only compatible with the docker image format (-f docker)"
        run kelp commit -f docker -m why c localhost/c
        [[ $output == "Getting image source signatures"*"Copying blob"*"Copying config"*"Writing manifest to image destination"* ]]
        kelp save -q -o "$BATS_TEST_TMPDIR/c.tar" localhost/c
        kelp rmi localhost/c
        run run_quick "docker-archive:$BATS_TEST_TMPDIR/c.tar" echo run
        [ "${lines[0]}" = "Getting image source signatures" ]
        [ "${lines[-1]}" = run ]
}

@test "podman: an --authfile that is not there" {
        for c in "pull localhost/busybox" "push localhost/busybox" "create localhost/busybox" "search x" "logout x.org"; do
                run kelp ${c%% *} --authfile "$BATS_TEST_TMPDIR/bogus" ${c#* }
                code 125
                has "credential file is not accessible: faccessat $BATS_TEST_TMPDIR/bogus: no such file or directory"
        done
}

@test "podman: info has plugins, registries and the storage's file" {
        printf '[engine.volume_plugins]\nplug = "/run/plug.sock"\n' >"$BATS_TEST_TMPDIR/conf"
        printf 'unqualified-search-registries = ["a.example", "b.example"]\n' >"$BATS_TEST_TMPDIR/registries.conf"
        CONTAINERS_CONF=$BATS_TEST_TMPDIR/conf CONTAINERS_REGISTRIES_CONF=$BATS_TEST_TMPDIR/registries.conf \
                CONTAINERS_STORAGE_CONF=/some/file run kelp info -f '{{.Plugins.Volume}} {{.Registries.search}} {{.Store.ConfigFile}}'
        is "[local plug] [a.example b.example] /some/file"
}

@test "podman: the names that an image has had" {
        kelp tag localhost/busybox localhost/one
        kelp rmi localhost/one
        kelp tag localhost/busybox localhost/two
        kelp untag localhost/busybox localhost/two
        run kelp images localhost/busybox --format '{{.History}}'
        is "localhost/busybox:latest, localhost/two:latest, localhost/one:latest"
        [ -n "$(ls "$ROOT/cache/past")" ]
        kelp image prune -af >/dev/null
        [ -z "$(ls "$ROOT/cache/past")" ]
}

@test "podman: system connection list shows what podman has written down" {
        export PODMAN_CONNECTIONS_CONF=$BATS_TEST_TMPDIR/connections.json
        run kelp system connection ls --format json
        code 0
        is "[]"
        run as_podman --noout system connection ls
        code 0
        is ""
        run kelp system connection list
        is "Name  URI  Identity  Default  ReadWrite"
        cat >"$PODMAN_CONNECTIONS_CONF" <<'END'
{"Connection":{"Default":"two","Connections":{
"two":{"URI":"ssh://core@127.0.0.1:2222/run/podman.sock","Identity":"/home/me/key","IsMachine":true},
"one":{"URI":"unix:///run/one.sock"}}},"Farm":{}}
END
        run kelp system connection ls -f '{{.Name}} {{.URI}} {{.Identity}} {{.Default}} {{.IsMachine}}'
        is "one unix:///run/one.sock  false false
two ssh://core@127.0.0.1:2222/run/podman.sock /home/me/key true true"
        run kelp system connection list -q
        is $'one\ntwo'
        run kelp system connection list
        [[ ${lines[2]} =~ ^"two   ssh://core@127.0.0.1:2222/run/podman.sock  /home/me/key  true     true"$ ]]
        # those of containers.conf, where the file has none of that name
        export CONTAINERS_CONF=$BATS_TEST_TMPDIR/c.conf
        cat >"$CONTAINERS_CONF" <<'END'
[engine.service_destinations.three]
uri = "ssh://three/podman.sock"
identity = "/key"
[engine.service_destinations.one]
uri = "unix:///hidden.sock"
[engine]
active_service = "three"
END
        run kelp system connection list -f '{{.Name}} {{.URI}} {{.Identity}} {{.Default}} {{.ReadWrite}}'
        is "one unix:///run/one.sock  false true
three ssh://three/podman.sock /key false false
two ssh://core@127.0.0.1:2222/run/podman.sock /home/me/key true true"
        sed -i 's/"Default":"two",//' "$PODMAN_CONNECTIONS_CONF"
        run kelp system connection list
        [[ ${lines[2]} =~ ^three.*/key\ +true\ +false$ ]]
        unset CONTAINERS_CONF
        echo '{' >"$PODMAN_CONNECTIONS_CONF"
        run kelp system connection list
        code 125
        has "connections.json"
        run kelp system connection add x ssh://nobody
        code 125
        has "kelp system connection add is not offered: kelp has no remote service and works where it is called"
        unset PODMAN_CONNECTIONS_CONF
        export XDG_CONFIG_HOME=$BATS_TEST_TMPDIR
        mkdir "$BATS_TEST_TMPDIR/containers"
        echo '{"Connection":{"Connections":{"three":[]}}}' >"$BATS_TEST_TMPDIR/containers/podman-connections.json"
        run kelp system connection ls -q
        is three
}
