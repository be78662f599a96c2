#!/usr/bin/env bats
# containers.conf(5): what it says is as if it had been given as options.
load helper

use_conf() {
        export CONTAINERS_CONF=$BATS_TEST_TMPDIR/c.conf
}

@test "conf: what a container gets; the command line goes before it" {
        use_conf
        cat >"$CONTAINERS_CONF" <<'END'
[containers]
env = ["A=conf", "B=conf"]
init = true
umask = "0077"
tz = "UTC"
dns_servers = ["192.0.2.1"]
default_ulimits = ["nofile=500:600"]
shm_size = "2m"
log_size_max = 2097152
read_only = false
[engine]
stop_timeout = 3
END
        run run_quick -e B=line busybox sh -c 'echo $A $B; umask; ulimit -n; cat /proc/1/comm; cat /etc/resolv.conf; df -k /dev/shm | tail -n 1 | awk "{ print \$2 }"'
        has $'conf line\n0077\n500\n'
        has "nameserver 192.0.2.1"
        has $'\n2048'
        kelp create --name c --network=none --stop-timeout 4 --init=false --dns 192.0.2.7 busybox true >/dev/null
        run kelp inspect -f '{{.Config.StopTimeout}} {{.HostConfig.Init}} {{.HostConfig.Dns}} {{.HostConfig.LogConfig.Size}}' c
        is "4 false [192.0.2.7] 2.097MB"
        kelp create --name d --network=none busybox true >/dev/null
        run kelp inspect -f '{{.Config.StopTimeout}} {{.HostConfig.Init}} {{.HostConfig.Dns}}' d
        is "3 true [192.0.2.1]"
        run kelp info -f '{{.Host.LogDriver}}'
        is k8s-file
        sed -i '/log_size_max/s/.*/log_driver = "none"/' "$CONTAINERS_CONF"
        run kelp info -f '{{.Host.LogDriver}}'
        is none
        kelp create --name e --network=none busybox true >/dev/null
        run kelp inspect -f '{{.HostConfig.LogConfig.Type}}' e
        is none
}

@test "conf: files go before each other; lists are added to with append" {
        unset CONTAINERS_CONF
        export XDG_CONFIG_HOME=$BATS_TEST_TMPDIR/config CONTAINERS_CONF_OVERRIDE=$BATS_TEST_TMPDIR/last.conf
        mkdir -p "$XDG_CONFIG_HOME/containers/containers.conf.d"
        printf '[containers]\nenv = ["A=1", "B=1", "C=1"]\ntz="Europe/Berlin"\n' >"$XDG_CONFIG_HOME/containers/containers.conf"
        printf '[containers]\nenv = ["B=2", {append=true}]\n' >"$XDG_CONFIG_HOME/containers/containers.conf.d/1.conf"
        printf 'containers.env = ["C=3", {append=true}]\n' >"$CONTAINERS_CONF_OVERRIDE"
        run run_quick busybox sh -c 'echo $A $B $C'
        is "1 2 3"
        printf '[containers]\nenv = ["C=4"]\n' >"$CONTAINERS_CONF_OVERRIDE"
        run run_quick busybox sh -c 'echo $A $B $C'
        is 4
}

@test "conf: what is wrong is said with the key; what does not apply is passed over" {
        use_conf
        printf '[containers]\nno_such_key = 1\nlog_tag = "x"\n[engine]\nnum_locks = 7\n' >"$CONTAINERS_CONF"
        run_quick busybox true
        printf '[containers]\nshm_size = "wide"\n' >"$CONTAINERS_CONF"
        run run_quick busybox true
        code 125
        has shm
        printf '[containers]\ninit = ["x"]\n' >"$CONTAINERS_CONF"
        run run_quick busybox true
        code 125
        has "containers.conf: init in [containers] has the wrong type"
        printf '[containers]\ninit = maybe\n' >"$CONTAINERS_CONF"
        run run_quick busybox true
        code 125
        has "$CONTAINERS_CONF"
        printf '[engine]\ncgroup_manager = "none"\n' >"$CONTAINERS_CONF"
        run kelp info
        code 125
        has 'containers.conf: unknown cgroup manager "none"'
}

@test "conf: the engine's keys: cgroup manager, keys to detach" {
        use_conf
        printf '[engine]\ncgroup_manager = "cgroupfs"\ndetach_keys = "ctrl-x"\n' >"$CONTAINERS_CONF"
        [[ $(kelp info -f '{{.host.cgroupManager}}') =~ cgroupfs|none ]]
        kelp create --name c -t busybox true >/dev/null
        printf '[engine]\ndetach_keys = "nonsense-x"\n' >"$CONTAINERS_CONF"
        run kelp create -t busybox true
        code 125
}

@test "conf: the name as host name; a log's tag; label" {
        use_conf
        printf '%s\n' '[containers]' 'container_name_as_hostname = true' 'log_tag = "t"' 'label = false' >"$CONTAINERS_CONF"
        run run_quick --name my_name-1 busybox hostname
        is myname-1
        run run_quick --name x --hostname h busybox hostname
        is h
        kelp create --network=none busybox true >/dev/null
        run kelp inspect -f '{{.Config.Hostname}} {{.HostConfig.LogConfig.Tag}} {{.HostConfig.SecurityOpt}}' "$(kelp ps -aq)"
        is "$(kelp ps -a --format '{{.Names}}' | tr -d _) t [label=disable]"
        printf '%s\n' '[containers]' 'label = true' >"$CONTAINERS_CONF"
        run_quick busybox true
}

@test "conf: a mount of the command line takes the place of one of the file" {
        use_conf
        d=$BATS_TEST_TMPDIR
        echo file >"$d/file"
        echo line >"$d/line"
        cat >"$CONTAINERS_CONF" <<END
[containers]
mounts = ["type=bind,src=$d/file,destination=/m,ro"]
volumes = ["$d/file:/v"]
END
        run run_quick busybox cat /m /v
        is $'file\nfile'
        run run_quick --mount "type=bind,src=$d/line,destination=/m" -v "$d/line:/v" busybox cat /m /v
        is $'line\nline'
        run run_quick --tmpfs /m -v "$d/line:/v" busybox sh -c 'ls -A /m; cat /v'
        is line
        run run_quick --mount "type=bind,src=$d/line,destination=/m" --mount "type=bind,src=$d/file,destination=/m" busybox true
        code 125
        has "/m: duplicate mount destination"
        sed -i 's/type=bind/type=bogus/' "$CONTAINERS_CONF"
        run run_quick busybox true
        code 125
        has 'parsing containers.conf mounts: invalid filesystem type "bogus"'
        printf '[containers]\nvolumes = "/a:/b"\n' >"$CONTAINERS_CONF"
        run run_quick busybox true
        code 125
        has "containers.conf: volumes in [containers] has the wrong type"
}

@test "conf: retry is run's and create's too; --help tells what is configured" {
        use_conf
        printf '[engine]\nretry = 1\nretry_delay = "0s"\n' >"$CONTAINERS_CONF"
        run kelp run --rm --tls-verify=false localhost:1/none true
        code 125
        has "Failed, retrying in 0s ... (1/1)"
        run kelp run --rm --retry 0 --tls-verify=false localhost:1/none true
        code 125
        lacks "retrying"
        printf '[engine]\nretry = 10\nretry_delay = "5s"\nstop_timeout = 4\n[containers]\nenv = ["A=1"]\n' >"$CONTAINERS_CONF"
        for page in "pull --help" "help pull" "help --all run" "help --all create"; do
                run kelp $page
                code 0
                has "Retries when performing pull (default 10)"
                has 'Wait between pull failures (default "5s")'
        done
        has "(default 4)"
        lacks "A=1"
        run kelp push --help
        has "performing push (default 10)"
        printf '[engine\n' >"$CONTAINERS_CONF"
        run kelp help pull
        code 0
        has "Retries when performing pull (default 3)"
        has $'Wait between pull failures\n'
}

@test "storage.conf: its driver is that of new containers" {
        export CONTAINERS_STORAGE_CONF=$BATS_TEST_TMPDIR/storage.conf
        printf '[storage]\ndriver = "vfs"\n' >"$CONTAINERS_STORAGE_CONF"
        kelp run --name copied --network=none busybox true
        [ "$(kelp inspect -f '{{.Driver}}' copied)" = copy ]
        kelp --storage-driver overlay run --name native --network=none busybox true
        [ "$(kelp inspect -f '{{.Driver}}' native)" = overlay ]
        run as_podman info
        lacks driver\'
        printf '[storage]\ndriver = "btrfs"\n' >"$CONTAINERS_STORAGE_CONF"
        kelp run --name other --network=none busybox true
        [ "$(kelp inspect -f '{{.Driver}}' other)" = overlay ]
        # what makes no sense and what says nothing stop nobody
        for text in 'driver = ' '' '[storage.options]'; do
                echo "$text" >"$CONTAINERS_STORAGE_CONF"
                run run_quick busybox true
                code 0
                is ""
                run as_podman ps
                code 0
                has "The storage 'driver' option should be set in $CONTAINERS_STORAGE_CONF"
        done
        rm "$CONTAINERS_STORAGE_CONF"
        run as_podman ps
        lacks "should be set"
}

@test "conf: what pod create takes from it, alone in a file too" {
        use_conf
        printf '[engine]\npod_exit_policy = "stop"\n' >"$CONTAINERS_CONF"
        kelp pod create --network none one >/dev/null
        kelp pod create --network none --exit-policy continue two >/dev/null
        run kelp pod inspect -f '{{.ExitPolicy}}' one two
        is $'stop\ncontinue'
        printf '[engine]\ninfra_image = "localhost/busybox"\n' >"$CONTAINERS_CONF"
        kelp pod create --network none three >/dev/null
        [ "$(kelp inspect -f '{{.ImageName}}' "$(kelp pod inspect -f '{{.InfraContainerID}}' three)")" = \
                localhost/busybox:latest ]
        kelp pod rm -a >/dev/null
}
