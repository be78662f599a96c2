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

@test "podman's words: pages of help, as scripts take them apart" {
        for help in help --help -h; do
                run as_podman $help
                code 0
                [[ ${lines[0]} == "Manage "*"containers and images" ]]
                has $'\nUsage:\n  podman [options] [command]\n\nAvailable Commands:\n  run          Run a command in a new container\n'
                has $'\n  image        Manage images\n'
                lacks buildx
                has $'\nOptions:\n'
                has $'\nCommands of kelp:\n  doctor '
        done
        for help in "image --help" "help image"; do
                run as_podman $help
                code 0
                [[ $output == $'Manage images\n\nUsage:\n  podman image [command]\n\nAvailable Commands:\n'* ]]
                has $'\n  trust        Manage image trust'
                has $'\n  ls           List images\n'
                lacks $'\n  list '
        done
        run as_podman buildx --help
        [[ $output == $'Build images\n\nUsage:\n  podman buildx [command]\n'* ]]
        run as_podman help image trust
        has $'  podman image trust [command]\n\nAvailable Commands:\n  set          Say which images may be used\n  show '
        for help in "container list --help" "help container list"; do
                run as_podman $help
                code 0
                has $'\nUsage:\n  podman container list [options]\n\nOptions:\n  -a, --all '
        done
        run as_podman rename --help
        has $'\nUsage:\n  podman rename CONTAINER NAME'
        lacks "Options:"
        run kelp image --help
        code 0
        has $'\n  list '
        run kelp image trust --help
        code 0
}

@test "podman's words: a command is missing, or is none" {
        run as_podman
        code 125
        [[ $output == "Manage "*$'\nUsage:\n'*"Error: missing command 'podman COMMAND'" ]]
        run as_podman image trust
        code 125
        [[ $output == *"Usage:"*"Error: missing command 'podman image trust COMMAND'" ]]
        run as_podman image trust nosuch x
        code 125
        is 'Error: unrecognized command `podman image trust nosuch`'
        run as_podman nosuch image
        is 'Error: unrecognized command `podman nosuch`'
        run as_podman generate systemd c
        has "kelp generate systemd is not offered"
        for words in artifact "kube play x" network "network ls" auto-update swarm "machine ls"; do
                run as_podman $words
                code 125
                has "kelp ${words%% *} is not offered: "
        done
        for words in "system service" "image scp a b" "generate kube x"; do
                run kelp $words
                code 125
                has "is not offered: "
        done
        run kelp image trust nosuch
        code 125
        has 'unknown command "image trust nosuch"'
}

@test "podman's words: how many names a command takes" {
        run as_podman container ps x
        code 125
        is 'Error: `podman container ps` takes no arguments'
        run as_podman rename x
        is "Error: accepts 2 arg(s), received 1"
        run as_podman tag x
        is "Error: requires at least 2 arg(s), only received 1"
        run as_podman commit a b c
        is "Error: accepts at most 2 arg(s), received 3"
        run kelp rename x
        has "kelp rename needs exactly 2 arguments"
        for command in attach update diff; do
                run as_podman "$command" -l nosuch
                code 125
                is "Error: --latest and containers cannot be used together"
        done
        for command in inspect logs rm stop; do
                run as_podman pod "$command" -l nosuch
                code 125
                is "Error: --latest and pods cannot be used together"
        done
        for command in start stop unmount; do
                run as_podman "$command" --all --latest
                code 125
                is "Error: --all and --latest cannot be used together"
        done
}
