#!/usr/bin/env bats
# exec: the process's terminal, groups, and what it tells.

load helper

@test "exec: -t sets TERM, unless the container or the user has" {
        kelp run -d --name c --network=none busybox sleep 100
        run kelp exec c sh -c 'echo "<$TERM>"'
        is "<>"
        TERM=mine run kelp exec -t c sh -c 'echo -n "<$TERM>"'
        is "<xterm>"
        run kelp exec -t -e TERM=other c sh -c 'echo -n "<$TERM>"'
        is "<other>"
        kelp run -d --name d --network=none -e TERM=own busybox sleep 100
        run kelp exec -t d sh -c 'echo -n "<$TERM>"'
        is "<own>"
}

@test "exec: a program that is not there" {
        kelp run -d --name c --network=none busybox sleep 100
        run kelp exec c nosuch
        code 127
        run kelp exec c /etc
        code 126
        # podman's code for a detached one
        run kelp exec -d c nosuch
        code 125
        has "not found"
}

@test "exec: the groups of --group-add are those of every user" {
        kelp run -d --name c --network=none --group-add 7,9 busybox sleep 100
        for user in "" "-u 0" "-u 1234" "-u 1234:5"; do
                run kelp exec $user c id -G
                code 0
                has " 7 9"
        done
}
