#!/usr/bin/env bats
# What podman's scripts read when kelp is called podman: its words, its exit codes, its keys.
load helper

@test "podman's words: a wrong flag names the help to see" {
        run as_podman run -h
        code 125
        is "Error: flag needs an argument: 'h' in -h
See 'podman run --help'"
        run as_podman nosuch --invalid
        code 125
        is "Error: unknown flag: --invalid
See 'podman --help'"
        run as_podman rm nosuch
        code 1
        is 'Error: no container with ID or name "nosuch" found: no such container'
        run as_podman pull --platform linux/amd64 --os linux busybox
        code 125
        is "Error: --platform option can not be specified with --arch or --os"
}

@test "podman's words: signals" {
        local s
        for s in 65 -65 99999999; do
                run as_podman kill -s "$s" nosuch
                code 125
                is "Error: valid signals are 1 through 64"
        done
        for s in -0 0 -SIG SIG -BAD; do
                run as_podman kill -s "$s" nosuch
                code 125
                is "Error: invalid signal: ${s#-}"
        done
        kelp run -d --name s --network=none busybox sh -c 'trap "exit 7" INT; echo ready; while :; do sleep 0.1; done'
        poll 10 logged s ready
        kelp kill -s -INT s
        run timeout 60 "$KELP" --root "$ROOT" --runroot "$RUNROOT" wait s
        is 7
}

@test "podman's words: rm tells a --rm container by its name, start of no program is 125" {
        kelp run -d --rm --name gone --network=none busybox sleep 1000
        run kelp rm -f -t 0 gone
        is gone
        kelp create --name n --network=none busybox /nosuch
        run kelp start n
        code 125
        run kelp start -a n
        code 127
        run kelp exec n
        code 125
        has "must provide a non-empty command to start an exec session"
}

@test "inspect: StoppedByUser, and the limits that a start had" {
        kelp create --name i --network=none busybox sleep 1000
        run kelp inspect -f '{{.State.StoppedByUser}} {{len .HostConfig.Ulimits}}' i
        is "false 0"
        (ulimit -S -n 500 && kelp start i)
        run kelp inspect -f '{{.State.StoppedByUser}} {{range .HostConfig.Ulimits}}{{.Name}} {{.Soft}},{{end}}' i
        has "false RLIMIT_NOFILE 500,RLIMIT_NPROC "
        kelp kill i
        kelp wait i
        run kelp inspect -f '{{.State.StoppedByUser}}' i
        is true
        kelp start i
        run kelp inspect -f '{{.State.StoppedByUser}}' i
        is false
        kelp stop -t 0 i
        run kelp inspect -f '{{.State.StoppedByUser}}' i
        is true
}

@test "podman's words: --help describes all options, as a script that looks for one expects" {
        run kelp run --help
        lacks "--health-cmd COMMAND"
        for page in "run --help" "create --help" "help run"; do
                run as_podman $page
                code 0
                [[ $output =~ $'\n'"      --retry TIMES "\ +"Retries when performing pull (default 3)" ]]
                has "      --health-cmd COMMAND"
        done
}

@test "podman's words: an option before the command that is refused, and how podman is called" {
        run as_podman --remote
        code 125
        is "Error: --remote is not supported: kelp has no remote service; it works where it is called
Usage:
  podman [options] COMMAND"
        run as_podman ps --cgroup-conf=x
        code 125
        lacks "Usage:"
        run kelp --remote
        code 125
        lacks "Usage:"
}
