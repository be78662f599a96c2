#!/usr/bin/env bats
# What is added to a container's /etc/passwd and /etc/group: --user, --hostuser, --userns=keep-id,
# --passwd, --passwd-entry, --group-entry.

load helper

me() {
        getent passwd "$(id -u)"
}

@test "passwd: a --user that is a number and not in the image gets an entry, and a group" {
        run run_quick --user 12345:12346 -w /etc busybox sh -c 'tail -n1 /etc/passwd /etc/group; id; echo $HOME'
        has "12345:*:12345:12346:container user:/etc:/bin/sh"
        has "12346:x:12346:12345"
        has "uid=12345(12345) gid=12346(12346)"
        [ "${lines[-1]}" = /etc ]
        # whose number the host has: its name
        run run_quick --user "$(id -u)" busybox id -un
        is "$(id -un)"
        # what is there stays alone
        run run_quick busybox cat /etc/passwd /etc/group
        before=$output
        for user in 0 root 0:0 root:root; do
                run run_quick --user $user busybox cat /etc/passwd /etc/group
                is "$before"
        done
        run run_quick --user 12345:nosuch busybox true
        code 126
        has "unable to find group nosuch: no matching entries in group file"
        run run_quick --user nosuch busybox true
        code 126
        has "unable to find user nosuch: no matching entries in passwd file"
}

@test "passwd: the entry can be written as one likes, or left away" {
        run run_quick --user 12345:12346 -w /etc --passwd-entry '$UID-$GID-$NAME-$HOME-$USERNAME' busybox tail -n1 /etc/passwd
        is "12345-12346-container user-/etc-12345"
        run run_quick --user 1234:1234 --passwd-entry FOO --group-entry BAR busybox tail -qn1 /etc/passwd /etc/group
        is $'FOO\nBAR'
        run run_quick --passwd-entry FOO busybox grep -c FOO /etc/passwd
        code 1
        has "--passwd-entry: nobody is added to /etc/passwd, as there is no --user, continuing"
        run run_quick --user 12345:12346 --group-entry 'g$GID:x:$GID:$USERLIST' busybox tail -n1 /etc/group
        is "g12346:x:12346:12345"
        run run_quick --passwd=false --user 12345:12346 --hostuser "$(id -un)" busybox grep -c -e 12345 -e "$(id -un)" /etc/passwd /etc/group
        is $'/etc/passwd:0\n/etc/group:0'
        kelp run --name c --network=none --passwd=false busybox true
        [ "$(kelp inspect -f '{{.Config.Passwd}}' c)" = false ]
        run kelp create --passwd=false busybox
        code 125
        has "unknown flag: --passwd"
}

@test "passwd: --hostuser" {
        user=$(id -un) uid=$(id -u) group=$(id -gn) gid=$(id -g)
        run run_quick --hostuser="$user" busybox tail -n1 /etc/passwd
        is "$user:*:$uid:$gid:$(me | cut -d: -f5 | cut -d, -f1):/:/bin/sh"
        run run_quick --hostuser="$user" -v "$BATS_TEST_TMPDIR:$(me | cut -d: -f6)" busybox tail -n1 /etc/passwd
        has ":$(me | cut -d: -f6):/bin/sh"
        for by in "$user" "$uid"; do
                run run_quick --hostuser="$by" --user "$user" busybox id -u
                is "$uid"
                run run_quick --hostuser="$by" --user "$uid" busybox grep -c "^$user:" /etc/passwd
                is 1
        done
        run run_quick --hostuser="$uid" --user "$user:$gid" busybox sh -c 'echo $(id -un):$(id -g)'
        is "$user:$gid"
        run run_quick --hostuser="$uid" --user "$user:$gid" --group-entry "$group:x:$gid:" busybox sh -c 'echo $(id -un):$(id -gn)'
        is "$user:$group"
        run run_quick --hostuser="$uid" --user "$user:nosuch" busybox true
        code 126
        has "no matching entries in group file"
        run run_quick --hostuser=nosuch busybox true
        code 126
        has "the host has no user"
}

@test "passwd: --userns=keep-id adds the caller and its group" {
        run run_quick --userns=keep-id -w /tmp busybox sh -c 'id -un; id -gn; echo $HOME; id -u'
        is "$(id -un)
$(id -gn)
/tmp
$(id -u)"
        home=$(me | cut -d: -f6)
        run run_quick --userns=keep-id -v "$BATS_TEST_TMPDIR:$home" busybox sh -c 'echo $HOME ~'
        is "$home $home"
        run run_quick --userns=keep-id --user=0 busybox sh -c 'id -un; tail -n1 /etc/passwd | cut -d: -f1'
        is "root
$(id -un)"
        # ids of one's own are no reason
        run run_quick --userns=keep-id:uid=4321,gid=4322 busybox sh -c 'tail -n1 /etc/passwd'
        is "4321:*:4321:4322:container user:/:/bin/sh"
}

@test "passwd: the files are the container's own, once, and of the owner that they had" {
        kelp run -d --name c --network=none --userns=keep-id --cap-add=dac_override busybox sleep 100
        run kelp exec -u 0 c stat -c %u:%g:%a /etc/passwd /etc/group
        is $'0:0:644\n0:0:644'
        run kelp exec -u 0 c sh -c 'cp /etc/passwd /etc/p && echo new:x:4242:4242::/:/bin/sh >>/etc/p && mv /etc/p /etc/passwd'
        code 0
        kelp restart -t 0 c
        [ "$(kelp exec c grep -c "^$(id -un):" /etc/passwd)" = 1 ]
        [ "$(kelp exec c grep -c "^$(id -gn):" /etc/group)" = 1 ]
        run kelp exec -u new c id -u
        is 4242
        run kelp diff c
        has "C /etc/passwd"
        kelp commit -q c localhost/made >/dev/null
        run run_quick made grep -c -e "^$(id -un):" -e ^new: /etc/passwd
        is 2
}

@test "passwd: over a read-only root copies are laid, and the image's stay" {
        run run_quick --read-only --user 12345:12346 busybox sh -c 'id; grep -c " /etc/passwd \| /etc/group " /proc/self/mounts'
        has "uid=12345(12345) gid=12346(12346)"
        [ "${lines[-1]}" = 2 ]
        run run_quick --read-only --user root:root busybox grep -c " /etc/passwd \| /etc/group " /proc/self/mounts
        is 0
        kelp run -d --name c --network=none --read-only --hostuser "$(id -un)" busybox sleep 100
        run kelp exec -u "$(id -un)" c id -u
        is "$(id -u)"
        kelp commit -q c localhost/made >/dev/null
        run run_quick made grep -c "^$(id -un):" /etc/passwd
        is 0
        run run_quick --read-only --userns=auto --hostuser "$(id -un)" busybox stat -c %u:%g /etc/passwd
        is 0:0
}

@test "passwd: an image without the files, and a passwd of one's own" {
        kelp run --name c --network=none busybox rm -rf /etc/passwd /etc/group
        kelp commit -q c localhost/none >/dev/null
        run run_quick --user 1234 none cat /etc/passwd /etc/group
        is $'1234:*:1234:0:container user:/:/bin/sh\n0:x:0:1234'
        run run_quick --userns=keep-id --user 0 none stat -c %u:%g:%a /etc/passwd
        is 0:0:644
        echo 'mine:x:77:77::/:' >"$BATS_TEST_TMPDIR/passwd"
        run run_quick --user 1234 -v "$BATS_TEST_TMPDIR/passwd:/etc/passwd" busybox cat /etc/passwd
        is "mine:x:77:77::/:"
        [ "$(cat "$BATS_TEST_TMPDIR/passwd")" = "mine:x:77:77::/:" ]
}

@test "passwd: every storage driver, and ids of the container's own" {
        for driver in overlay fuse-overlayfs copy; do
                run kelp --storage-driver $driver run --rm --network=none --user 1234 busybox id -un
                is 1234
        done
        for userns in auto nomap keep-id:uid=5; do
                run run_quick --userns=$userns --user 1234 busybox sh -c 'id -un; stat -c %u:%g /etc/passwd'
                is $'1234\n0:0'
        done
}

@test "passwd: several groups in one --group-add" {
        run run_quick --group-add 7,aux --group-add 9 busybox id -G
        is "0 7 9 44"
        run run_quick --group-add 7,keep-groups busybox true
        code 125
        has "not allowed with any other"
}
