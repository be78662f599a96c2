#!/usr/bin/env bats
# kelp top.
load helper

@test "top: podman's columns, chosen ones, ps's way to choose them" {
        kelp run -d --name t --network=none -u web busybox sh -c 'sleep 1000; true'
        poll 5 bash -c "'$KELP' --root '$ROOT' --runroot '$RUNROOT' top t comm | grep -q sleep"
        run kelp top t
        [[ ${lines[0]} =~ ^USER\ +PID\ +PPID\ +%CPU\ +ELAPSED\ +TTY\ +TIME\ +COMMAND$ ]]
        [[ ${lines[1]} =~ ^web\ +1\ +0\ +[0-9]+\.[0-9]+\ +[0-9.]+m?s\ +\?\ +[0-9.]+m?s\ +sh\ -c ]]
        [[ ${lines[2]} =~ ^web\ +[0-9]+\ +1\ .*sleep\ 1000$ ]]
        run kelp top t -eo pid,comm
        [[ ${lines[0]} =~ ^PID\ +COMMAND$ ]]
        [[ ${lines[1]} =~ ^1\ +sh$ ]]
        run kelp container top -l -- -eo 'pid comm'
        [[ ${lines[1]} =~ ^1\ +sh$ ]]
        run kelp top t user huser %g hpid seccomp capeff capbnd nice state
        pid=$(kelp inspect -f '{{.State.Pid}}' t)
        host=$(stat -c %u "/proc/$pid")
        [[ ${lines[0]} =~ ^USER\ +HUSER\ +RGROUP\ +HPID\ +SECCOMP\ +EFFECTIVE\ CAPS\ +BOUNDING\ CAPS\ +NI\ +STATE$ ]]
        [[ ${lines[1]} =~ ^web\ +$host\ +web\ +$pid\ +filter\ +none\ +CHOWN,DAC_OVERRIDE.*\ -?[0-9]+\ +[SR]$ ]]
}

@test "top: every descriptor has a heading and a value" {
        kelp run -d --name t --network=none busybox sleep 1000
        for field in args capamb capbnd capeff capinh capprm comm etime group groups hgroup hgroups hpid \
                huser label nice pcpu pgid pid ppid rgroup rss ruser seccomp state stime time tty user vsz; do
                run kelp top t $field pid
                code 0
                [ "${#lines[@]}" = 2 ]
        done
}

@test "top: a process's name is no line of its status, nor a command to the terminal" {
        kelp run -d --name t --network=none busybox sh -c \
                'cp /bin/busybox /tmp/CapEff:1; exec -a sleep /tmp/CapEff:1 1000'
        poll 5 bash -c "'$KELP' --root '$ROOT' --runroot '$RUNROOT' top t comm | grep -q CapEff"
        run kelp top t comm capeff
        [[ ${lines[1]} =~ ^CapEff:1\ +CHOWN,DAC_OVERRIDE ]]
        kelp run -d --name e --network=none busybox sh -c "exec -a \"\$(printf '\\033[31m')\" sleep 1000"
        run kelp top e args
        lacks $'\033'
}

@test "top: a container with a terminal, one that does not run, ps in the container" {
        kelp run -d -t --name tty --network=none busybox sleep 1000
        run kelp top tty tty
        [[ ${lines[1]} =~ ^pts/[0-9]+$ ]]
        run kelp top tty -o pid,nosuch
        lacks descriptor
        kelp create --name made --network=none busybox true
        run kelp top made
        code 125
        has "running containers"
        run kelp top
        code 125
        kelp exec tty rm /bin/ps
        run kelp top tty aux
        code 127
        has "aux is no descriptor"
}
