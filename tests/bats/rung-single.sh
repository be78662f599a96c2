#!/bin/bash
# The rung without subordinate ids, as a user who has none:
# rung-single.sh DIRECTORY-WITH-KELP FIXTURES
cd "$1" || exit 1
fixtures=$2
passed=0 failed=0
kelp() {
        ./kelp --root "$PWD/store" --runroot "$PWD/run" "$@"
}
quick() {
        kelp run --rm --network=none "$@"
}
check() {
        if [ "$2" = "$3" ]; then
                passed=$((passed + 1))
        else
                failed=$((failed + 1))
                printf 'rung-single: %s: expected "%s", got "%s"\n' "$1" "$3" "$2"
        fi
}
# poll COMMAND...: until it succeeds, ten seconds at most
poll() {
        local end=$((SECONDS + 10))
        until "$@"; do
                [ $SECONDS -lt $end ] || return 1
                sleep 0.05
        done
}
# Mode, owner and name of the members of a tar that match.
members() {
        tar -tv --numeric-owner | awk -v want="$1" '$NF ~ want || $(NF - 1) == "->" && $(NF - 2) ~ want {
                print $1, $2, $3 ~ /,/ ? $3 : "-", $6 }'
}

test_basics() {
        check info "$(kelp info -f '{{.host.userNamespace.rung}}: {{.host.userNamespace.reason}}')" \
                "single: no subordinate ids in /etc/subuid"
        check cure "$(kelp info -f '{{.host.userNamespace.cure}}' | grep -c usermod)" 1
        check run "$(quick busybox sh -c 'id -u; echo ok')" $'0\nok'
        kelp run -d --name c --network=none busybox sleep 100 >/dev/null
        check exec "$(kelp exec c echo in)" in
        check "exec as another user" "$(kelp exec -u web c sh -c 'id -u; touch /tmp/f; stat -c %u:%g /tmp/f')" \
                $'33\n33:33'
        check "exec sees it" "$(kelp exec c stat -c %u:%g /tmp/f)" 33:33
        kelp rm -f -t 0 c >/dev/null
        check "another runtime" "$(quick --runtime crun busybox true 2>&1 | grep -c 'crun cannot be used here: with a single id')" 1
}

test_users() {
        check "-u NAME" "$(quick -u web busybox sh -c 'id -u; id -g; touch /tmp/f; stat -c %u:%g /tmp/f')" \
                $'33\n33\n33:33'
        check su "$(quick busybox su web -c 'id -u; id -G')" $'33\n33 44'
        check "no way back" "$(quick -u web busybox sh -c 'chown 0 /etc/passwd 2>&1; su root -c id 2>&1 | head -n 1' |
                grep -ci 'not permitted\|must be suid\|incorrect\|permission')" 2
        check "others' files cannot be given away" \
                "$(quick busybox sh -c 'touch /tmp/f; su web -c "chown web /tmp/f" 2>/dev/null; stat -c %U /tmp/f')" root
        check setgid "$(quick busybox sh -c 'mkdir /tmp/d; chown 7:44 /tmp/d; chmod 2777 /tmp/d
                su web -c "touch /tmp/d/f; mkdir /tmp/d/s"; stat -c %u:%g /tmp/d/f /tmp/d/s')" $'33:44\n33:44'
}

# Given by a program, seen by the next one, and by whoever gets the image.
test_owners() {
        local expected='crw-r--r-- 0/0 1,3 n
prw-r--r-- 7/8 - p
-rw-r--r-- 33/44 - f
lrwxrwxrwx 5/6 - l
drwxr-x--- 9/0 - d/
-rwxr-xr-x 0/0 - capable'
        check "owners are seen" "$(kelp run --name c --network=none busybox sh -c '
                touch /f; chown 33:44 /f; ln -s x /l; chown -h 5:6 /l; mkfifo /p; chown 7:8 /p
                mknod /n c 1 3; mkdir -m 750 /d; chown 9 /d; chmod 755 /f; chmod 644 /f
                cp /bin/true /capable && payload capability /capable
                stat -c "%n %u:%g %F" /f /l /p /n /d')" \
                '/f 33:44 regular empty file
/l 5:6 symbolic link
/p 7:8 fifo
/n 0:0 character special file
/d 9:0 directory'
        expected=$(sort <<<"$expected")
        check export "$(kelp export c | members '^(n|p|f|l|d/|capable)$' | sort)" "$expected"
        kelp commit c localhost/c >/dev/null 2>&1
        kelp rm c >/dev/null
        kelp save --format oci-dir -o saved localhost/c >/dev/null
        check "committed layer" "$(for blob in saved/blobs/sha256/*; do
                gzip -dc "$blob" 2>/dev/null | members '^(n|p|f|l|d/|capable)$' 2>/dev/null
        done | sort)" "$expected"
        check "file capability in the layer" "$(for blob in saved/blobs/sha256/*; do
                gzip -dc "$blob" 2>/dev/null
        done | grep -ac 'xattr.security.capability')" 1
        check "the new image has them" "$(quick localhost/c stat -c '%n %u:%g %t:%T' /f /n /d)" \
                $'/f 33:44 0:0\n/n 0:0 1:3\n/d 9:0 0:0'
        rm -rf saved
}

# Links and fifos of a lower layer, whose owners are recorded in a directory that a layer above has too:
# committed here, and as another store unpacks them.
test_members() {
        local script='stat -c "%n %u:%g" /d/l /d/p /d/own; ls /d'
        local expected=$'/d/l 5:6\n/d/p 7:8\n/d/own 9:9\nl\nother\nown\np'
        kelp run --name c --network=none busybox sh -c '
                mkdir /d; ln -s x /d/l; chown -h 5:6 /d/l; mkfifo /d/p; chown 7:8 /d/p; ln -s x /d/gone; chown -h 3:3 /d/gone'
        kelp commit c localhost/m1 >/dev/null 2>&1
        kelp rm c >/dev/null
        kelp run --name c --network=none localhost/m1 sh -c 'touch /d/other; ln -s x /d/own; chown -h 9:9 /d/own; rm /d/gone'
        check "links below, before the commit" "$(kelp start c >/dev/null; kelp wait c >/dev/null; kelp diff c | grep -c 'D /d/gone')" 1
        kelp commit c localhost/m2 >/dev/null 2>&1
        kelp rm c >/dev/null
        check "links of a lower layer, committed" "$(quick localhost/m2 sh -c "$script")" "$expected"
        kelp save --format oci-dir -o saved localhost/m2 >/dev/null
        check "links of a lower layer, unpacked" "$(
                other() { ./kelp --root "$PWD/other" --runroot "$PWD/run" "$@"; }
                other pull -q oci:saved >/dev/null && other run --rm --network=none "$(other images -q)" sh -c "$script"
                other rmi -fa >/dev/null)" "$expected"
        check "links of a lower layer, copied" "$(kelp --storage-driver copy run --rm --network=none localhost/m2 sh -c "$script")" "$expected"
        kelp rmi -f localhost/m1 localhost/m2 >/dev/null
        rm -rf saved other
}

# To a registry: the owners are those that were given, not the one that the kernel knows.
test_push() {
        local port registry blob
        command -v docker-registry >/dev/null || return 0
        port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
        printf 'version: 0.1\nstorage: {filesystem: {rootdirectory: %s/registry}}\nhttp: {addr: 127.0.0.1:%s}\nlog: {level: error, accesslog: {disabled: true}}\n' \
                "$PWD" "$port" >registry.yml
        docker-registry serve registry.yml >/dev/null 2>&1 &
        registry=$!
        poll curl_up "$port"
        kelp run --name c --network=none busybox sh -c '
                mkdir -p /srv/pushed; cd /srv/pushed; touch f; chown 33:44 f; chmod 4755 f; ln -s x l; chown -h 5:6 l; mknod n c 1 3; chown 1000:1001 .'
        kelp commit c "127.0.0.1:$port/pushed:1" >/dev/null 2>&1
        check "push" "$(kelp push -q --tls-verify=false "127.0.0.1:$port/pushed:1" >/dev/null 2>&1; echo $?)" 0
        check "owners in the pushed layer" "$(find registry -name data -path '*sha256*' | while read -r blob; do
                gzip -dc "$blob" 2>/dev/null | members '^srv/pushed/' 2>/dev/null
        done | sort)" "$(printf '%s\n' 'drwxr-xr-x 1000/1001 - srv/pushed/' '-rwsr-xr-x 33/44 - srv/pushed/f' \
                'lrwxrwxrwx 5/6 - srv/pushed/l' 'crw-r--r-- 0/0 1,3 srv/pushed/n' | sort)"
        kelp rmi -f "127.0.0.1:$port/pushed:1" >/dev/null
        check "pulled again" "$(kelp pull -q --tls-verify=false "127.0.0.1:$port/pushed:1" >/dev/null
                quick "127.0.0.1:$port/pushed:1" stat -c '%n %u:%g %a' /srv/pushed /srv/pushed/f /srv/pushed/l)" \
                $'/srv/pushed 1000:1001 755\n/srv/pushed/f 33:44 4755\n/srv/pushed/l 5:6 777'
        kelp rm c >/dev/null
        kelp rmi -f "127.0.0.1:$port/pushed:1" >/dev/null
        kill "$registry"
        wait "$registry" 2>/dev/null
        rm -rf registry registry.yml
}
curl_up() {
        (exec 9<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null
}

test_doctor() {
        kelp doctor --json >doctor.json
        check "doctor's exit code" $? 1
        check "doctor on ids" "$(jq -r '.[] | select(.name == "ids" or .name == "/etc/subuid") | "\(.state) \(.cure)"' doctor.json |
                grep -c '^warning .*usermod --add-subuids')" 2
        rm doctor.json
}

# Root with a single id in a container of root with a single id: one supervisor answers both.
test_nested() {
        local library
        mkdir -p tree/usr/bin tree/images
        tar -C tree -xpf "$fixtures/busybox.tar"
        cp kelp tree/usr/bin/
        cp "$fixtures/busybox.tar" tree/images/
        ldd kelp | grep -o '/[^ ]*' | while read -r library; do
                mkdir -p "tree/$(dirname "$library")"
                cp -L "$library" "tree/$library"
        done
        tar -C tree --owner=0 --group=0 -cf tree.tar .
        kelp import tree.tar localhost/tree >/dev/null
        check "kelp in kelp" "$(quick -e HOME=/root localhost/tree sh -c 'kelp import /images/busybox.tar localhost/b >/dev/null
                kelp info -f "{{.host.userNamespace.rung}} {{.store.graphDriverName}}"
                kelp run --name c --network=none b sh -c "id -u; touch /f; chown web /f; stat -c %U /f" 2>/dev/null
                kelp export c | tar -tv | grep " f$" | cut -c 1-15; kelp doctor | grep -c "supervisor of an outer"')" \
                $'single copy\n0\nweb\n-rw-r--r-- 33/0\n1'
        kelp rmi -f localhost/tree >/dev/null
        rm -rf tree tree.tar
}

# The check's system calls are answered too, by the monitor that started it.
test_health() {
        kelp run -d --name c --network=none --health-interval 200ms \
                --health-cmd 'touch /h; chown 33:44 /h; stat -c %u:%g /h' busybox sleep 100 >/dev/null
        check "health" "$(timeout 10 ./kelp --root "$PWD/store" --runroot "$PWD/run" wait --condition healthy c)" -1
        check "health by hand" "$(kelp healthcheck run c; echo $?)" 0
        check "what a check sees" "$(kelp inspect -f '{{(index .State.Health.Log 0).Output}}' c)" 33:44
        kelp rm -f -t 0 c >/dev/null
}

# What a package does: a user of its own, files that are its, a set-group-ID program.
test_package() {
        kelp import "$fixtures/debian.tar" localhost/debian >/dev/null
        check "dpkg -i" "$(kelp run --name d --network=none debian sh -c '
                mkdir -p /p/DEBIAN /p/var/lib/thing /p/usr/bin; cd /p
                printf "%s\n" "Package: thing" "Version: 1" "Architecture: all" "Maintainer: a <a@b>" \
                        "Description: d" >DEBIAN/control
                cat >DEBIAN/postinst <<END
#!/bin/sh
set -e
echo thing:x:321: >>/etc/group
echo thing:x:321:321::/var/lib/thing:/bin/sh >>/etc/passwd
echo "thing:*:1::::::" >>/etc/shadow
chown -R thing:thing /var/lib/thing
chgrp thing /usr/bin/thing
chmod 2755 /usr/bin/thing
su thing -c "touch /var/lib/thing/own"
END
                chmod 755 DEBIAN/postinst; cp /bin/true usr/bin/thing; touch var/lib/thing/data
                dpkg-deb --root-owner-group -b /p /p.deb >/dev/null && dpkg -i /p.deb >/dev/null 2>&1
                echo $?; dpkg-query -W -f "\${Status}" thing')" $'0\ninstall ok installed'
        check "the package's files" "$(kelp export d | members '^(var/lib/thing/.*|usr/bin/thing)$' | sort)" \
                "$(printf '%s\n' 'drwxr-xr-x 321/321 - var/lib/thing/' '-rw-r--r-- 321/321 - var/lib/thing/own' \
                        '-rw-r--r-- 321/321 - var/lib/thing/data' '-rwxr-sr-x 0/321 - usr/bin/thing' | sort)"
        kelp rm d >/dev/null
}

# The calls that could go round the filter do not exist; nothing hangs when nobody answers.
test_supervision() {
        check "io_uring_setup" "$(quick --security-opt seccomp=unconfined busybox payload call 425)" \
                "$(quick --security-opt seccomp=unconfined busybox payload call 999)"
        kelp run -d --name c --network=none busybox sh -c 'while :; do stat /bin >/dev/null; done' >/dev/null
        local pid monitor
        pid=$(kelp inspect -f '{{.State.Pid}}' c)
        monitor=$(kelp inspect -f '{{.State.ConmonPid}}' c)
        check "the monitor is one of kelp's" "$(cat "/proc/$monitor/comm")" kelp-monitor
        kill -KILL "$monitor"
        check "without supervisor the container ends" "$(poll gone "$pid" && echo gone)" gone
        timeout 10 ./kelp --root "$PWD/store" --runroot "$PWD/run" exec c id >/dev/null 2>err
        check "exec says so" "$? $(grep -c 'not running\|container state improper' err)" "125 1"
        kelp rm -f -t 0 c >/dev/null
}
# The one id can have another number; more there are not, which is said with the cure.
test_userns() {
        check "keep-id" "$(quick --userns=keep-id busybox sh -c 'id -u; stat -c %u /bin/busybox')" "$(id -u)
0"
        check "keep-id:uid=" "$(quick --userns=keep-id:uid=5,gid=6 busybox sh -c 'echo $(id -u):$(id -g)')" 5:6
        check "keep-id's entry" "$(quick --userns=keep-id busybox sh -c 'id -un; id -gn')" "$(id -un)
$(id -gn)"
        check "a user's entry" "$(quick --user 1234:1235 busybox sh -c 'id -un; id -gn; stat -c %u:%g:%a /etc/passwd')" \
                $'1234\n1235\n0:0:644'
        check "--uidmap" "$(quick --uidmap=7:0:1 --user 7 busybox id -u)" 7
        for option in --userns=nomap --userns=auto --uidmap=0:0:2; do
                quick $option busybox true 2>err
                check "$option" "$? $(grep -c 'no subordinate ids' err) $(grep -c 'usermod --add-subuids' err)" "125 1 1"
        done
        kelp run -d --name c --network=none busybox sleep 100 >/dev/null
        check "container:" "$(quick --userns=container:c busybox sh -c 'touch /x; chown 5 /x; stat -c %u /x')" 5
        kelp rm -f -t 0 c >/dev/null
}
# A pod's containers live in the user namespace of its infra container.
test_pods() {
        kelp pod create --network none web >/dev/null
        kelp run -d --name c --pod web busybox sleep 100 >/dev/null
        check "one network" "$(kelp exec c readlink /proc/self/ns/net)" \
                "$(kelp run --rm --pod web busybox readlink /proc/self/ns/net)"
        check "owners in a pod" "$(kelp exec c sh -c 'touch /f; chown 33:44 /f; stat -c %u:%g /f')" 33:44
        kelp pod rm -f -t 0 web >/dev/null
        kelp pod create --network none --userns=keep-id web >/dev/null
        check "keep-id of a pod" "$(kelp run --rm --pod web busybox id -u)" "$(id -u)"
        kelp pod rm -f -t 0 web >/dev/null
        kelp pod create --network none --userns=nomap web >/dev/null 2>err
        check "nomap of a pod" "$? $(grep -c 'no subordinate ids' err) $(kelp pod ps -q | wc -l)" "125 1 0"
}
gone() {
        ! kill -0 "$1" 2>/dev/null
}

kelp import "$fixtures/busybox.tar" localhost/busybox >/dev/null
test_basics
test_users
test_owners
test_members
test_push
test_doctor
test_nested
test_health
# The fixture is made where the machine's package source can be reached.
[ ! -e "$fixtures/debian.tar" ] || test_package
test_supervision
test_userns
test_pods
check clean "$(find store/containers store/staging -mindepth 1)" ""
kelp rmi -fa >/dev/null
rm -rf store run err
echo "rung-single: $passed passed, $failed failed, 0 skipped"
[ $failed -eq 0 ]
