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
gone() {
        ! kill -0 "$1" 2>/dev/null
}

kelp import "$fixtures/busybox.tar" localhost/busybox >/dev/null
test_basics
test_users
test_owners
# The fixture is made where the machine's package source can be reached.
[ ! -e "$fixtures/debian.tar" ] || test_package
test_supervision
check clean "$(find store/containers store/staging -mindepth 1)" ""
kelp rmi -fa >/dev/null
rm -rf store run err
echo "rung-single: $passed passed, $failed failed, 0 skipped"
[ $failed -eq 0 ]
