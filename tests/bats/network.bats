#!/usr/bin/env bats
load helper

@test "network: none has loopback only, host has the host's" {
        run run_quick busybox sh -c 'ip -o link | wc -l'
        is 1
        run kelp run --rm --network=host busybox sh -c 'readlink /proc/self/ns/net'
        is "$(readlink /proc/self/ns/net)"
        run kelp run --network=nosuch busybox true
        code 125
        has "unable to find network with name or ID nosuch: network not found"
        run kelp run --network=pasta busybox true
        code 125
        has '"pasta" is not supported'
}

@test "network: slirp4netns is up before the program starts" {
        [ -w /dev/net/tun ] || skip "no /dev/net/tun"
        run kelp run --rm --name n busybox sh -c 'ip -o -4 addr show tap0; cat /etc/resolv.conf /etc/hosts'
        has 10.0.2.100
        has "nameserver 10.0.2.3"
        has "n"
}

@test "network: slirp4netns with the caller's own id inside" {
        [ -w /dev/net/tun ] || skip "no /dev/net/tun"
        run kelp run --rm --userns=keep-id busybox sh -c 'id -u; ip -o -4 addr show tap0 | wc -l'
        is "$(id -u)
1"
}

@test "network: a published port reaches the container" {
        [ -w /dev/net/tun ] || skip "no /dev/net/tun"
        port=$(free_port)
        kelp run -d --name web -p "127.0.0.1:$port:8080" -w /srv busybox \
                sh -c 'echo hello > /srv/index.html; httpd -f -p 8080'
        poll 5 bash -c "exec 9<>/dev/tcp/127.0.0.1/$port; printf 'GET / HTTP/1.0\r\n\r\n' >&9; grep -q hello <&9"
        run kelp ps --format '{{.Ports}}'
        is "127.0.0.1:$port->8080/tcp"
        run kelp run --rm -p "127.0.0.1:$port:8080" busybox true
        code 126
        has "cannot publish port $port"
}

@test "network: no helper installed names the package" {
        mkdir "$BATS_TEST_TMPDIR/bin"
        ln -s "$(command -v newuidmap)" "$(command -v newgidmap)" "$BATS_TEST_TMPDIR/bin/"
        PATH=$BATS_TEST_TMPDIR/bin run "$KELP" --root "$ROOT" --runroot "$RUNROOT" run --rm busybox true
        # /usr/sbin and /sbin are searched too; the package puts it in /usr/bin
        [ ! -e /usr/sbin/slirp4netns ]
        code 125
        has "slirp4netns is not installed"
        has "apt-get install slirp4netns"
        store_is_clean
}

@test "network: flags that do not fit are refused" {
        run kelp run --network=none -p 80:80 busybox true
        code 0
        has 'Port mappings have been discarded because "none" network namespace mode does not support them'
        run kelp run --network=host -P busybox true
        code 0
        has 'Port mappings have been discarded because "host" network namespace mode does not support them'
        run kelp run --network=slirp4netns:nonsense=1 busybox true
        code 125
        has nonsense
}
