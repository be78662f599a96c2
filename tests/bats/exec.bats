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

sessions() {
        kelp inspect -f '{{join .ExecIDs " "}}' "$1"
}

has_sessions() {
        [ "$(sessions "$1" | wc -w)" -eq "$2" ]
}

@test "exec: inspect names the sessions that run, and no others" {
        kelp run -d --name c --network=none busybox sleep 100 >/dev/null
        has_sessions c 0
        kelp exec c true
        run kelp exec c nosuch
        run kelp exec -d c nosuch
        has_sessions c 0
        [ -z "$(find "$ROOT"/containers/*/exec -name exec_pid)" ]
        id=$(kelp exec -d c sleep 100)
        [[ $id =~ ^[0-9a-f]{64}$ ]]
        [ "$(sessions c)" = "$id" ]
        run kelp container cleanup --exec "$id" c
        code 125
        has "cannot clean up exec session $id of container $(kelp inspect -f '{{.Id}}' c) as it is running"
        read -r pid _ <"$(echo "$ROOT"/containers/*/exec/"$id"/exec_pid)"
        [ "$(tr '\0' ' ' </proc/"$pid"/cmdline)" = "sleep 100 " ]
        mkfifo "$BATS_TEST_TMPDIR/in"
        kelp exec -i c cat <"$BATS_TEST_TMPDIR/in" >/dev/null &
        exec 9>"$BATS_TEST_TMPDIR/in"
        poll 10 has_sessions c 2
        exec 9>&-
        wait $!
        [ "$(sessions c)" = "$id" ]
        # one whose exec was killed is over with its process
        "$KELP" --root "$ROOT" --runroot "$RUNROOT" exec c sleep 200 &
        poll 10 has_sessions c 2
        kill -9 $!
        poll 10 has_sessions c 1
        # a number that another process has by now
        left=$(echo "$ROOT"/containers/*/exec)/$(printf '%064d' 1)
        mkdir "$left"
        echo "$$ 1" >"$left/exec_pid"
        [ "$(sessions c)" = "$id" ]
        [ ! -e "$left" ]
        kill "$pid"
        poll 10 has_sessions c 0
        run kelp container cleanup --exec "$id" c
        code 125
        has "no exec session with ID $id: no such exec session"
        [ -z "$(find "$ROOT"/containers/*/exec -name exec_pid)" ]
        # one that was killed while it wrote its session down; one that still does
        mkdir "$(echo "$ROOT"/containers/*/exec)"/{killed,begins}
        touch -d '1 hour ago' "$(echo "$ROOT"/containers/*/exec)"/killed
        [ "$(sessions c)" = begins ]
        [ ! -e "$(echo "$ROOT"/containers/*/exec)"/killed ]
        rmdir "$(echo "$ROOT"/containers/*/exec)"/begins
        kelp exec -d c sleep 300 >/dev/null
        kelp stop -t 0 c >/dev/null
        [ "$(sessions c)" = "" ]
}
