#!/usr/bin/env bats
# User namespaces of containers: modes and maps.
load helper

# The columns of a map, as read inside: inside outside count, one a line.
maps='awk "{print \$1, \$2, \$3}" /proc/self/uid_map /proc/self/gid_map'

copies() {
        find "$ROOT/layers" -maxdepth 1 -name '*.m*' | wc -l
}

subids() {
        awk -F: -v u="$(id -un)" '$1 == u { print $2; exit }' /etc/subuid
}

inside() {
        kelp run --rm --network=none "$@"
}

@test "userns: host and private give every id, and no copy of the layers" {
        for mode in host private ""; do
                run inside --userns="$mode" busybox sh -c "$maps"
                has "0 $(id -u) 1"
                has "1 $(subids) 65536"
        done
        [ "$(copies)" = 0 ]
}

@test "userns: --uidmap: the map is the one that was asked for, in ids of the intermediate namespace" {
        run inside --uidmap=0:1:1000 busybox sh -c 'awk "{print \$1, \$2, \$3}" /proc/self/uid_map; id -u; stat -c %u:%g / /bin/busybox /etc/hosts'
        is "0 1 1000
0
0:0
0:0
0:0"
        run inside --uidmap=0:0:1 --uidmap=1:2:4998 --gidmap=0:200:5000 busybox sh -c "$maps"
        has "0 0 1"
        has "1 2 4998"
        has "0 200 5000"
        # One that has the caller in it and goes to the host by itself.
        run inside --uidmap=0:0:1000 busybox sh -c "$maps"
        is "0 $(id -u) 1
1 $(subids) 999
0 $(id -g) 1
1 $(subids) 999"
}

@test "userns: +, @, u and g flags" {
        run inside --uidmap=+5:0:1 busybox awk '{ print $1, $2, $3 }' /proc/self/uid_map
        is "0 $(subids) 5
5 $(id -u) 1
6 $(($(subids) + 5)) 65531"
        run inside --uidmap="0:@$(subids):500" busybox awk '{ print $1, $2, $3 }' /proc/self/uid_map
        is "0 1 500"
        run inside --gidmap=0:0:1000 --gidmap=g2000:2000:1 busybox sh -c 'wc -l </proc/self/uid_map; wc -l </proc/self/gid_map'
        is "2
3"
}

@test "userns: maps that cannot be are refused in a sentence" {
        for map in 0:0 0:1:70000 0:0:10:5 1:1:1:1 x0:0:1 4294967295:1:1 0:@1:1; do
                run inside --uidmap="$map" --uidmap=0:0:1 busybox true
                code 125
                [ "${#lines[@]}" -le 2 ]
        done
        run inside --uidmap=0:1:10 --uidmap=5:50:10 busybox true
        code 125
        has "overlap"
        run inside --uidmap=0:1:70000 busybox true
        code 125
        has "there are 65537"
        run inside --userns=host --uidmap=0:0:1 busybox true
        code 125
        has "mutually exclusive"
        run inside --userns=keepid busybox true
        code 125
        has "is not one of"
        # The image's files are root's, and there is none.
        run inside --uidmap=5:1:10 busybox true
        code 125
        has "no root"
}

@test "userns: keep-id with ids and a size" {
        run inside --userns=keep-id:uid=10,gid=12 busybox sh -c 'echo $(id -u):$(id -g)'
        is 10:12
        run inside --userns=keep-id:size=10 busybox awk '{ s += $3 } END { print s }' /proc/self/uid_map
        is 10
        run inside --userns=keep-id --user root:root busybox id -u
        is 0
        mkdir "$BATS_TEST_TMPDIR/v"
        inside --userns=keep-id:uid=200,gid=210 -v "$BATS_TEST_TMPDIR/v:/v" busybox touch /v/f
        [ "$(stat -c %u:%g "$BATS_TEST_TMPDIR/v/f")" = "$(id -u):$(id -g)" ]
        KELP_USERNS=keep-id run inside busybox id -u
        is "$(id -u)"
        PODMAN_USERNS=keep-id:uid=77 run inside busybox id -u
        is 77
}

@test "userns: nomap leaves the caller out; files on a volume are a subordinate id's" {
        mkdir -m 777 "$BATS_TEST_TMPDIR/v"
        run inside --userns=nomap -v "$BATS_TEST_TMPDIR/v:/v" busybox sh -c 'cat /proc/self/uid_map | wc -l; touch /v/f; stat -c %u /v /v/f'
        is "1
65534
0"
        [ "$(stat -c %u:%g "$BATS_TEST_TMPDIR/v/f")" = "$(subids):$(subids)" ]
        "$KELP" unshare rm "$BATS_TEST_TMPDIR/v/f"
}

@test "userns: auto: ids of its own, freed with the container, the copy of the layers used again" {
        run inside --userns=auto busybox awk '{ print $1, $2, $3 }' /proc/self/uid_map
        is "0 1 1024"
        [ "$(copies)" = 1 ]
        run inside --userns=auto busybox awk '{ print $1, $2, $3 }' /proc/self/uid_map
        is "0 1 1024"
        [ "$(copies)" = 1 ]
        kelp create --name a --network=none --userns=auto busybox true
        kelp create --name b --network=none --userns=auto:size=500 busybox cat /proc/self/uid_map
        run kelp start -a b
        has "1025"
        has "500"
        [ "$(copies)" = 2 ]
        run kelp inspect --format '{{.HostConfig.UsernsMode}} {{.HostConfig.IDMappings.UidMap}} {{.HostConfig.IDMappings.GidMap}}' b
        is "private [0:1025:500] [0:1025:500]"
        kelp rm a
        run inside --userns=auto busybox awk '{ print $1, $2, $3 }' /proc/self/uid_map
        is "0 1 1024"
        run inside --userns=auto --user 2000:3000 busybox awk '{ print $3 }' /proc/self/uid_map
        is 3001
        run inside --userns=auto:size=64000,uidmapping=7:0:1 busybox sh -c 'awk "{print \$1, \$2, \$3}" /proc/self/uid_map'
        is "0 1525 7
7 0 1
8 1532 63992"
        run inside --userns=auto:size=65100 busybox true
        code 125
        has "not enough unused IDs"
}

@test "userns: several with auto at once never share an id" {
        inside --userns=auto:size=100 busybox true
        for i in 1 2 3 4 5; do
                kelp create --name "c$i" --network=none --userns=auto:size=100 busybox true &
        done
        wait
        run kelp inspect --format '{{index .HostConfig.IDMappings.UidMap 0}}' c1 c2 c3 c4 c5
        [ "$(printf '%s\n' "${lines[@]}" | sort -u | wc -l)" = 5 ]
        is_range='^0:[0-9]+:100$'
        for line in "${lines[@]}"; do
                [[ $line =~ $is_range ]]
                [ $((($(cut -d: -f2 <<<"$line") - 1) % 100)) = 0 ]
        done
}

@test "userns: --subuidname: the ids that somebody has, if they are the caller's" {
        run inside --subuidname="$(id -un)" busybox sh -c "$maps"
        is "0 1 65536
0 1 65536"
        run inside --subuidname=nobody-of-that-name busybox true
        code 125
        has "has no ids"
}

@test "userns: exec and start enter the right namespace" {
        kelp run -d --name c --network=none --userns=nomap busybox sleep 100
        run kelp exec c sh -c "$maps; id -u; touch /made; stat -c %u /made"
        is "$(kelp exec c cat /proc/1/uid_map /proc/1/gid_map | awk '{ print $1, $2, $3 }')
0
0"
        run kelp exec -u 5:6 c id -u
        is 5
        kelp stop -t 0 c
        kelp start c
        run kelp exec c sh -c 'stat -c %u:%g /made; readlink /proc/self/ns/user; readlink /proc/1/ns/user'
        [ "${lines[0]}" = 0:0 ]
        [ "${lines[1]}" = "${lines[2]}" ]
        run kelp logs c
        code 0
        kelp rm -f -t 0 c
        store_is_clean
}

@test "userns: standard streams, a terminal and a network with ids of its own" {
        run inside --userns=nomap busybox sh -c 'echo out; echo err >&2; echo again >/dev/stdout'
        has out
        has err
        run inside -t --userns=nomap busybox tty
        has /dev/pts/0
        command -v slirp4netns || skip "no slirp4netns"
        run kelp run --rm --userns=nomap busybox sh -c 'ip -o -4 addr show tap0 | wc -l'
        is 1
}

@test "userns: /etc/mtab is the container's root's, whatever its map" {
        for how in --userns=host --userns=keep-id --userns=auto --userns=nomap "--uidmap=0:5:100 --gidmap=0:5:100"; do
                for driver in overlay copy; do
                        # shellcheck disable=SC2086
                        run kelp --storage-driver "$driver" run --rm --network=none $how busybox \
                                sh -c 'stat -c %u:%g /etc/mtab; readlink /etc/mtab'
                        is $'0:0\n/proc/mounts'
                done
        done
}

@test "userns: commit and export give the owners inside" {
        kelp run --name c --network=none --userns=nomap busybox sh -c 'touch /a /b; chown 7:8 /b; mkdir /d; chown 9 /d'
        kelp commit c localhost/made
        run inside localhost/made stat -c '%n %u:%g' /a /b /d /bin
        is "/a 0:0
/b 7:8
/d 9:0
/bin 0:0"
        run inside --uidmap=0:100:50 localhost/made stat -c '%n %u:%g' /a /b /d
        is "/a 0:0
/b 7:8
/d 9:0"
        kelp export c | tar -tv --numeric-owner >"$BATS_TEST_TMPDIR/list"
        grep -q '7/8 .* b$' "$BATS_TEST_TMPDIR/list"
        grep -q '0/0 .* bin/' "$BATS_TEST_TMPDIR/list"
        kelp run -d --name k --network=none --uidmap=0:0:100 busybox sh -c 'touch /b; chown 7:8 /b; sleep 100'
        poll 5 kelp exec k sh -c '[ "$(stat -c %u /b)" = 7 ]'
        kelp commit --squash k localhost/squashed
        run inside localhost/squashed stat -c %u:%g /b
        is 7:8
}

@test "userns: cp translates owners, whatever the other side has" {
        kelp run --name c --network=none --userns=nomap busybox sh -c 'echo x >/f; chown 7:8 /f'
        kelp create --name k --network=none --userns=keep-id busybox stat -c %u:%g /f /made
        kelp cp --archive=false c:/f k:/f
        echo y >"$BATS_TEST_TMPDIR/made"
        kelp cp "$BATS_TEST_TMPDIR/made" k:/made
        run kelp start -a k
        is "7:8
$(id -u):$(id -g)"
        kelp cp c:/f - | tar -tv --numeric-owner >"$BATS_TEST_TMPDIR/list"
        grep -q 7/8 "$BATS_TEST_TMPDIR/list"
        kelp cp c:/f "$BATS_TEST_TMPDIR/out"
        [ "$(stat -c %u "$BATS_TEST_TMPDIR/out")" = "$(id -u)" ]
        kelp run -d --name r --network=none --uidmap=0:1:100 busybox sleep 100
        kelp cp c:/f r:/f
        run kelp exec r stat -c %u /f
        is 0
}

@test "userns: the copies of layers that no container uses go with image prune, and df knows them" {
        kelp create --name a --network=none --uidmap=0:1:100 busybox true
        kelp create --name b --network=none --uidmap=0:101:100 busybox true
        kelp run --rm --network=none --userns=keep-id busybox true
        [ "$(copies)" = 3 ]
        kelp rm b
        run kelp system check
        code 0
        run kelp system df --format '{{.Type}} {{.Reclaimable}}'
        lacks "Images 0B"
        kelp image prune -f
        [ "$(copies)" = 1 ]
        run kelp start -a a
        code 0
        run kelp system df --format '{{.Type}} {{.Reclaimable}}'
        has "Images 0B"
        kelp rm a
        kelp system prune -f
        [ "$(copies)" = 0 ]
        run inside --uidmap=0:1:100 busybox stat -c %u /bin/busybox
        is 0
}

@test "userns: system check mends a copy with the owners of its map" {
        kelp create --name a --network=none --uidmap=0:1:100 busybox stat -c %u:%g /bin/busybox
        copy=$(echo "$ROOT"/layers/*.m*)
        kelp unshare rm "$copy/diff/bin/busybox"
        run kelp system check
        [ "$status" -ne 0 ]
        kelp system check --repair || true
        run kelp system check
        code 0
        run kelp start -a a
        is 0:0
}

@test "userns: container: the other one's namespace" {
        for map in --uidmap=0:1:4998 --userns=keep-id --userns=host; do
                kelp run -d --name c --network=none "$map" busybox sleep 100
                ns=$(kelp exec c readlink /proc/self/ns/user)
                run inside --userns=container:c busybox sh -c 'readlink /proc/self/ns/user; stat -c %u:%g /bin/busybox'
                is "$ns
0:0"
                kelp create --name d --network=none --userns=container:c busybox readlink /proc/self/ns/user
                run kelp inspect --format '{{.HostConfig.UsernsMode}}' d
                is "container:$(kelp inspect --format '{{.Id}}' c)"
                run kelp start -a d
                is "$ns"
                kelp rm -f -t 0 c
                run kelp start d
                code 125
                kelp rm d
        done
        kelp create --name c --network=none busybox true
        run inside --userns=container:c busybox true
        code 125
        has "does not run"
        run inside --userns=container:nobody busybox true
        code 125
        has "no such container"
}

@test "userns: ns:PATH: one that is there" {
        kelp run -d --name c --network=none --userns=nomap busybox sleep 100
        pid=$(kelp inspect --format '{{.State.Pid}}' c)
        run inside --userns="ns:/proc/$pid/ns/user" busybox readlink /proc/self/ns/user
        is "$(kelp exec c readlink /proc/self/ns/user)"
        for path in /proc/self/ns/user /proc/self/ns/mnt /etc/passwd /missing; do
                run inside --userns="ns:$path" busybox true
                code 125
        done
}

@test "userns: the files that are laid over the image's are root's inside" {
        run kelp run --rm --network=none --userns=auto --tz=UTC --hostuser=root busybox \
                stat -c '%n %u:%g' /etc/hosts /etc/localtime /etc/passwd
        is $'/etc/hosts 0:0\n/etc/localtime 0:0\n/etc/passwd 0:0'
}
