#!/usr/bin/env bats
# What a container shares with the host and with other containers when it is told to, and that it
# does not without.
load helper

# Namespace links of a container's first process / of this one.
namespace() {
        run_quick "${@:2}" busybox readlink "/proc/self/ns/$1"
}

sleeper() {
        kelp run -d --name "$1" --network=none "${@:2}" busybox sleep 100 >/dev/null
}

@test "isolation: each namespace is its own, or the host's" {
        for kind in pid ipc uts; do
                [ "$(namespace $kind)" != "$(readlink /proc/self/ns/$kind)" ]
                [ "$(namespace $kind --$kind=private)" != "$(readlink /proc/self/ns/$kind)" ]
                [ "$(namespace $kind --$kind=host)" = "$(readlink /proc/self/ns/$kind)" ]
                run run_quick --$kind=bogus busybox true
                code 125
                has "--$kind=bogus is none of"
        done
        [ "$(namespace cgroup --cgroupns=host)" = "$(readlink /proc/self/ns/cgroup)" ]
}

@test "isolation: --pid=host shows the host's processes, masked paths stay" {
        sleep 100.25 3>&- &
        run run_quick busybox sh -c 'cat /proc/[0-9]*/cmdline | tr "\0" " "'
        lacks "100.25"
        run run_quick --pid=host busybox sh -c 'cat /proc/[0-9]*/cmdline | tr "\0" " "'
        has "sleep 100.25"
        run run_quick --pid=host busybox cat /proc/keys
        is ""
        run run_quick --pid=host busybox sh -c 'echo x >/proc/sys/kernel/hostname'
        has "Read-only file system"
        run run_quick --init --pid=host busybox true
        code 125
        has "PID namespace isn't private"
        kill %1
}

@test "isolation: --ipc=host, none, and the size of /dev/shm" {
        run run_quick --ipc=host busybox sh -c 'stat -f -c %i /dev/shm'
        is "$(stat -f -c %i /dev/shm)"
        run run_quick --ipc=none busybox ls /dev/shm
        has "No such file"
        run run_quick busybox sh -c 'df -k /dev/shm | tail -1'
        has " 64000 "
        run run_quick --shm-size=5m busybox sh -c 'df -k /dev/shm | tail -1'
        has " 5120 "
        run run_quick --shm-size=0 busybox grep shm /proc/mounts
        has "size=0k"
        run run_quick --shm-size=1m --ipc=host busybox true
        code 125
        run run_quick --shm-size=much busybox true
        code 125
}

@test "isolation: --uts=host has the host's name and takes none" {
        run run_quick --uts=host busybox sh -c 'hostname; cat /etc/hostname; echo "$HOSTNAME"'
        is "$(hostname)
$(hostname)
$(hostname)"
        run run_quick --uts=host --hostname x busybox true
        code 125
        has "cannot set hostname"
        run run_quick --domainname example.org busybox cat /proc/sys/kernel/domainname
        is example.org
}

@test "isolation: container: shares pid, ipc, uts, network and cgroup namespaces" {
        sleeper a
        run run_quick --pid=container:a busybox ps
        has "sleep 100"
        run_quick --ipc=container:a busybox sh -c 'echo shared >/dev/shm/f'
        run kelp exec a cat /dev/shm/f
        is shared
        run run_quick busybox cat /dev/shm/f
        has "No such file"
        for kind in pid ipc uts; do
                [ "$(namespace $kind --$kind=container:a)" = "$(kelp exec a readlink /proc/self/ns/$kind)" ]
        done
        [ "$(namespace net --network=container:a)" = "$(kelp exec a readlink /proc/self/ns/net)" ]
        [ "$(namespace cgroup --cgroupns=container:a)" = "$(kelp exec a readlink /proc/self/ns/cgroup)" ]
        run run_quick --uts=container:a busybox hostname
        is "$(kelp exec a hostname)"
        run kelp run --rm --network=container:a busybox cat /etc/hosts
        is "$(kelp exec a cat /etc/hosts)"
        [ "$(namespace pid --pid="ns:/proc/$(kelp inspect -f '{{.State.Pid}}' a)/ns/pid")" = "$(kelp exec a readlink /proc/self/ns/pid)" ]
}

@test "isolation: a shared container's network outlives it, exec and ports" {
        sleeper a
        kelp run -d --name b --network=container:a busybox sleep 100
        kelp run -d --name c --network=container:b busybox sleep 100
        run kelp exec c cat /etc/hosts
        is "$(kelp exec a cat /etc/hosts)"
        kelp exec -d c httpd -p 8123 -h /etc
        run kelp exec a wget -q -O - http://127.0.0.1:8123/hostname
        is "$(kelp exec c hostname)"
        run kelp run --rm -p 8080:80 --network=container:a busybox true
        code 0
        has 'Port mappings have been discarded because "container" network namespace mode does not support them'
        run kelp inspect -f '{{.HostConfig.NetworkMode}} {{.Dependencies}}' b
        is "container:$(kelp inspect -f '{{.Id}}' a) [$(kelp inspect -f '{{.Id}}' a)]"
        kelp stop -t 0 a
        run kelp exec c ip addr
        has "127.0.0.1"
        kelp stop -t 0 b
        run kelp start b
        code 125
        has "not running"
        run kelp rm -f -t 0 a
        code 125
        has "has dependent containers"
        run kelp rm -f -t 0 --depend a
        code 0
        [ -z "$(kelp ps -aq)" ]
}

@test "isolation: with a network of its own beside a shared pid namespace" {
        command -v slirp4netns >/dev/null || skip "no slirp4netns"
        [ -w /dev/net/tun ] || skip "no /dev/net/tun"
        sleeper a
        run kelp run --rm --pid=container:a busybox ip addr
        has "10.0.2.100"
}

@test "isolation: container: wants a running container, of the same user namespace" {
        sleeper a
        sleeper b
        sleeper k --userns=keep-id
        run run_quick --pid=container:a --ipc=container:b busybox true
        code 125
        has "different user namespaces"
        run run_quick --pid=container:k busybox true
        code 125
        has "other ids"
        run run_quick --userns=keep-id --pid=container:k busybox id -u
        is "$(id -u)"
        run run_quick --pid=container:nosuch busybox true
        code 125
        has "no such container"
        kelp create --name later --network=none --pid=container:a busybox ps
        kelp stop -t 0 a
        run kelp start later
        code 125
        has "is not running"
        kelp start a
        run kelp start -a later
        has "sleep 100"
        run run_quick --network="ns:/proc/self/ns/net" busybox true
        code 125
        has "no rights"
        run run_quick --network="ns:$BATS_TEST_TMPDIR/none" busybox true
        code 125
}

@test "isolation: --ipc=private is not shared, the host's modes are passed on" {
        sleeper p --ipc=private
        run run_quick --ipc=container:p busybox true
        code 125
        has "non-shareable IPC"
        sleeper h --pid=host --uts=host
        [ "$(namespace pid --pid=container:h)" = "$(readlink /proc/self/ns/pid)" ]
        run kelp exec h sh -c 'readlink /proc/self/ns/pid; readlink /proc/self/ns/uts'
        is "$(readlink /proc/self/ns/pid /proc/self/ns/uts)"
}

@test "isolation: what a first process leaves in a shared pid namespace holds nothing up" {
        sleeper a
        run timeout 20 python3 "$BATS_TEST_DIRNAME/terminal.py" "expect left" "exit 0" -- "$KELP" --root "$ROOT" --runroot "$RUNROOT" run --rm -it \
                --network=none --pid=container:a busybox sh -c 'sleep 99.5 & echo left'
        code 0
        if [ "${KELP_TEST_CGROUP-}" = 1 ]; then
                run kelp exec a ps
                lacks "sleep 99.5"
        fi
}

@test "isolation: --privileged is all that the user has, and exec --privileged" {
        script='cat /proc/keys | wc -l; mount | grep -c " on /proc/\| (ro,"; ls /dev/fuse; payload'
        run run_quick --privileged busybox sh -c "$script"
        lacks "CapEff:	00000000800405fb"
        has "Seccomp:	0"
        [ "${lines[1]}" = 0 ]
        [ ! -e /dev/fuse ] || [ "${lines[2]}" = /dev/fuse ]
        run run_quick busybox sh -c "$script"
        [ "${lines[0]}" = 0 ]
        [ "${lines[1]}" != 0 ]
        has "No such file"
        has "CapEff:	00000000800405fb"
        run run_quick --privileged -u web busybox payload
        has "CapEff:	0000000000000000"
        run run_quick --privileged busybox payload
        all=$(grep CapBnd <<<"$output")
        run run_quick --privileged --cap-drop SYS_ADMIN,KILL busybox payload
        has "CapBnd:	$(printf %016x $((0x${all#*:?} & ~0x200020)))"
        run run_quick --privileged busybox sh -c 'ls /dev'
        lacks tty1
        run run_quick --privileged busybox mount -t tmpfs t /srv
        code 0
        run kelp create --privileged busybox
        run kelp inspect -f '{{.HostConfig.Privileged}}' "$output"
        is true
        sleeper a
        run kelp exec --privileged a mount -t tmpfs t /srv
        code 0
        run kelp exec a umount /srv
        [ "$status" -ne 0 ]
}

@test "isolation: a cgroup can be written with --privileged or unmasked, not else" {
        [ "${KELP_TEST_CGROUP-}" = 1 ] || skip "no writable cgroup v2 here"
        for option in --privileged --security-opt=unmask=ALL --security-opt=unmask=/sys/fs/cgroup --systemd=always; do
                run run_quick "$option" busybox mkdir /sys/fs/cgroup/x
                code 0
        done
        run run_quick busybox mkdir /sys/fs/cgroup/x
        has "Read-only file system"
}

@test "isolation: --device" {
        run run_quick busybox ls /dev/zero2
        has "No such file"
        run run_quick --device /dev/zero:/dev/zero2 busybox sh -c 'head -c 2 /dev/zero2 | od -An -tx1; mount | grep zero2'
        has "00 00"
        has "nosuid,noexec"
        run run_quick --device /dev/zero:/dev/zero2:r busybox sh -c 'mount | grep zero2'
        has "ro,"
        ln -s /dev/zero "$BATS_TEST_TMPDIR/link"
        run run_quick --device "$BATS_TEST_TMPDIR/link:/dev/zero3" busybox ls /dev/zero3
        code 0
        [ ! -e /dev/net/tun ] || {
                run run_quick --device /dev/net:/dev/mine busybox ls /dev/mine
                is tun
        }
        for bad in /dev/nosuch /etc/passwd /etc /dev/null:/a:q a.com/b=c null; do
                run run_quick --device "$bad" busybox true
                code 125
        done
        run run_quick --device-cgroup-rule "c 1:1 r" busybox true
        code 125
        has "device cgroup rules are not supported in rootless mode or in a user namespace"
        kelp create --name c --device /dev/zero:/dev/zero2 busybox
        run kelp inspect -f '{{range .HostConfig.Devices}}{{.PathOnHost}} {{.PathInContainer}}{{end}}' c
        is "/dev/zero /dev/zero2"
}

@test "isolation: --group-add" {
        run run_quick busybox id -G
        is 0
        run run_quick --group-add 10 --group-add web --group-add 10 busybox id -G
        is "0 10 33"
        run run_quick --group-add nosuch busybox true
        code 126
        has "unable to find group nosuch"
        run run_quick --group-add keep-groups --group-add 1 busybox true
        code 125
        kelp create --name c --group-add 10 busybox
        run kelp inspect -f '{{.HostConfig.GroupAdd}}' c
        is "[10]"
}

@test "isolation: --group-add keep-groups reaches what only a group of the caller's may" {
        [ "$(id -G | wc -w)" -gt 1 ] || skip "this account has one group only"
        sleeper k --group-add keep-groups
        sleeper c
        run kelp exec k id -G
        has 65534
        run kelp exec c id -G
        is 0
        run run_quick --group-add keep-groups busybox id -G
        has 65534
}

@test "isolation: --security-opt mask, unmask, proc-opts, labels" {
        run run_quick --security-opt mask=/etc/passwd:/root busybox sh -c 'cat /etc/passwd; ls -A /root'
        is ""
        run run_quick busybox cat /etc/passwd
        has root
        run run_quick --security-opt 'unmask=/proc/*' busybox sh -c 'grep -c " /proc/" /proc/mounts; grep -c " /sys/firmware " /proc/mounts'
        is "0
1"
        for all in unmask=ALL unmask=all systempaths=unconfined; do
                run run_quick --security-opt "$all" busybox sh -c 'grep -c " /proc/\| /sys/firmware " /proc/mounts'
                is 0
        done
        run run_quick --security-opt proc-opts=subset=pid busybox ls /proc/version /proc/1/stat
        has "/proc/version: No such file"
        has "/proc/1/stat"
        run run_quick --security-opt label=disable --security-opt apparmor=unconfined busybox echo fine
        is fine
        for bad in label=type:x_t systempaths=x mask=relative mask=ALL unmask= nosuch=x; do
                run run_quick --security-opt "$bad" busybox true
                code 125
        done
        [ -e /sys/module/apparmor ] || {
                run run_quick --security-opt apparmor=x busybox true
                code 125
                has "AppArmor is not enabled"
        }
        kelp create --name c --security-opt label=disable --security-opt mask=/a busybox
        run kelp inspect -f '{{.HostConfig.SecurityOpt}}' c
        is "[label=disable mask=/a]"
}

@test "isolation: --read-only with and without its tmpfs" {
        run run_quick --read-only busybox sh -c 'touch /tmp/x /run/x /var/tmp/x /dev/x /dev/shm/x && echo wrote; touch /x'
        has wrote
        has "/x: Read-only file system"
        run run_quick --read-only --read-only-tmpfs=false busybox sh -c 'for d in /tmp /run /dev /dev/shm; do touch $d/x; done; echo >/dev/null && echo null'
        [ "$(grep -c "Read-only file system" <<<"$output")" -eq 4 ]
        has null
        run run_quick --read-only-tmpfs=false busybox sh -c 'touch /tmp/x /dev/x /dev/shm/x && echo wrote'
        is wrote
        run python3 "$BATS_TEST_DIRNAME/terminal.py" "expect /dev/console" "exit 0" -- "$KELP" --root "$ROOT" --runroot "$RUNROOT" run --rm -it --network=none \
                --read-only --read-only-tmpfs=false busybox sh -c 'tty; ls /dev/console'
        code 0
}

@test "isolation: --systemd" {
        run run_quick --systemd=always --shm-size-systemd=3m busybox sh -c 'grep -c "size=3072k" /proc/mounts; echo "$container_uuid"'
        [ "${lines[0]}" = 4 ]
        [ "${#lines[1]}" -eq 32 ]
        run run_quick busybox sh -c 'grep -c " /run \| /tmp \| /var/log/journal " /proc/mounts; echo "$container_uuid"'
        is "0"
        kelp create --name c1 busybox /sbin/init
        kelp create --name c2 busybox /lib/systemd/systemd
        kelp create --name c3 --systemd=false busybox /sbin/init
        kelp create --name c4 --stop-signal INT busybox /sbin/init
        kelp create --name c5 busybox /bin/init
        run kelp inspect -f '{{.Config.SystemdMode}} {{.Config.StopSignal}}' c1 c2 c3 c4 c5
        is "true 37
true 37
false 15
true 2
false 15"
        run run_quick --systemd=maybe busybox true
        code 125
        run run_quick --systemd=always --init busybox true
        code 125
}

@test "isolation: --umask, the usual one whatever the caller's" {
        run run_quick busybox sh -c umask
        is 0022
        umask 0
        run run_quick busybox sh -c umask
        is 0022
        sleeper c --umask=077
        run kelp exec c sh -c umask
        is 0077
        run kelp exec -u web c sh -c umask
        is 0077
        run run_quick --umask=9 busybox true
        code 125
}

@test "isolation: --init-path runs the host's program as process 1" {
        printf '#!/bin/sh\nshift\necho "init $$"\nexec "$@"\n' >"$BATS_TEST_TMPDIR/init"
        chmod 755 "$BATS_TEST_TMPDIR/init"
        run run_quick --init-path "$BATS_TEST_TMPDIR/init" busybox sh -c 'echo "$$ $0"' named
        is "init 1
1 named"
        run run_quick --init-path /nosuch busybox true
        code 125
}

@test "isolation: --hostuser, --tz, --no-hostname, --chrootdirs" {
        run run_quick --hostuser "$(id -un)" busybox grep -c "^$(id -un):" /etc/passwd
        is 1
        run run_quick busybox grep -c "^$(id -un):" /etc/passwd
        is 0
        run run_quick --hostuser "$(id -u)" -u "$(id -un)" busybox id -u
        is "$(id -u)"
        sleeper c --hostuser "$(id -un)"
        run kelp exec -u "$(id -un)" c id -u
        is "$(id -u)"
        run run_quick --hostuser nosuchuser busybox true
        code 126
        [ ! -e /usr/share/zoneinfo/Asia/Tokyo ] || {
                run run_quick --tz Asia/Tokyo busybox date +%Z
                is JST
        }
        for bad in ../../../etc/passwd /etc/passwd No/Where; do
                run run_quick --tz "$bad" busybox true
                code 125
        done
        run run_quick --no-hostname busybox cat /etc/hostname
        has "No such file"
        run run_quick --chrootdirs /a,/b busybox ls /a/etc/hosts /b/etc/resolv.conf
        code 0
        run run_quick --chrootdirs a busybox true
        code 125
}

@test "isolation: --personality, --annotation" {
        [ "$(uname -m)" = x86_64 ] || skip "the name is x86-64's"
        run run_quick --personality=LINUX32 busybox uname -m
        is i686
        sleeper c --personality=LINUX32
        run kelp exec c uname -m
        is i686
        run run_quick --personality=BSD busybox true
        code 125
        kelp create --name n --annotation a=b --annotation c=d=e busybox
        run kelp inspect -f '{{.Config.Annotations}}' n
        is "map[a:b c:d=e]"
        for bad in novalue =x io.kelp.init=true; do
                run run_quick --annotation "$bad" busybox true
                code 125
        done
}

@test "isolation: inspect names the modes" {
        sleeper a
        kelp create --name b --pid=container:a --ipc=host --uts=host --network=host --cgroupns=host busybox
        run kelp inspect -f '{{with .HostConfig}}{{.PidMode}} {{.IpcMode}} {{.UTSMode}} {{.NetworkMode}} {{.CgroupMode}} {{.ShmSize}}{{end}}' a b
        is "private shareable private none private 65536000
container:$(kelp inspect -f '{{.Id}}' a) host host host host 65536000"
}

# An image of the machine's own systemd and what it needs.
systemd_image() {
        local packages
        packages=$(apt-cache depends --recurse --installed --no-recommends --no-suggests --no-conflicts --no-breaks \
                --no-replaces --no-enhances systemd-sysv bash coreutils dash | grep -E '^[a-z0-9]' | cut -d: -f1 | sort -u)
        {
                # shellcheck disable=SC2086 # a list
                dpkg -L $packages 2>/dev/null | grep -vE '^/\.$|^/usr/share/(doc|man|locale|info|perl)'
                printf '%s\n' /bin /sbin /lib /lib64 /etc/passwd /etc/group /etc/ld.so.cache /usr/bin/sh
        } | sed -E 's#^/(bin|sbin|lib|lib64)/#/usr&#' | sort -u | while read -r file; do
                [ ! -e "$file" ] && [ ! -L "$file" ] || echo "$file"
        done >"$BATS_TEST_TMPDIR/files"
        tar --no-recursion --ignore-failed-read -cf "$BATS_TEST_TMPDIR/image.tar" -T "$BATS_TEST_TMPDIR/files" 2>/dev/null
        kelp import -c 'CMD ["/sbin/init"]' "$BATS_TEST_TMPDIR/image.tar" localhost/systemd >/dev/null
}

systemd_is_up() {
        [[ $(kelp exec s systemctl is-system-running 2>/dev/null) =~ running|degraded ]]
}

inside() {
        kelp exec s kelp --root /k/root --runroot /k/run "$@"
}

# The journal of that systemd, for a kelp that runs beside it.
has_journal() {
        inside import /fixtures/busybox.tar localhost/busybox >/dev/null
        inside run --name j --network=none --log-driver journald --log-opt 'tag={{.Name}}-{{.Config.Image}}' \
                --log-opt 'label=CONTAINER_X={{.State.Status}}' busybox \
                sh -c 'echo one; echo two >&2; printf "part"; sleep 0.2; echo ial; printf "\\377\\n"'
        poll 10 inside_logged ial
        run inside logs j
        has $'one\n'
        has two
        has partial
        run inside logs --tail 2 j
        lacks one
        inside logs j 2>/dev/null | tail -n 1 | cmp - <(printf '\377\n')
        run kelp exec s journalctl -q -o json CONTAINER_NAME=j PRIORITY=3
        [ "$(jq -r '.MESSAGE, .SYSLOG_IDENTIFIER, .CONTAINER_X, .IMAGE_NAME' <<<"$output")" = \
                $'two\nj-localhost/busybox:latest\ncreated\nlocalhost/busybox:latest' ]
        inside run -d --name f --network=none --log-driver journald busybox \
                sh -c 'for i in 1 2 3 4 5; do echo $i; sleep 0.3; done' >/dev/null
        run inside logs -f f
        is $'1\n2\n3\n4\n5'
}

inside_logged() {
        [[ $(inside logs j 2>&1) == *"$1"* ]]
}

@test "isolation: an image whose command is systemd boots, and ends by its own signal" {
        [ "${KELP_TEST_CGROUP-}" = 1 ] || skip "no writable cgroup v2 here"
        [ -x /lib/systemd/systemd ] || skip "no systemd to make an image of"
        systemd_image
        kelp run -d --name s --network=none -v "$KELP:/usr/bin/kelp:ro" -v "$FIXTURES:/fixtures:ro" localhost/systemd
        poll 120 systemd_is_up
        run kelp exec s cat /proc/1/comm
        is systemd
        run kelp exec s sh -c 'cat /proc/$(systemctl show -p MainPID --value systemd-journald)/cgroup'
        has "/system.slice/systemd-journald.service"
        has_journal
        kelp stop -t 120 s
        run kelp inspect -f '{{.State.ExitCode}}' s
        is 0
}
