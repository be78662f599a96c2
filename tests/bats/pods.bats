#!/usr/bin/env bats
# Pods: containers that share namespaces, and live and end together.
load helper

# pod OPTIONS... NAME: without a network of its own, which costs each start 15 ms
pod() {
        kelp pod create --network none "$@" >/dev/null
}

state() {
        kelp inspect -f '{{.State.Status}}' "$1"
}

infra_of() {
        kelp pod ps --no-trunc --format '{{.InfraID}}' --filter name="^$1\$"
}

@test "pods: create, ps, exists, rm" {
        run kelp pod ps
        is "POD ID  NAME  STATUS  CREATED  INFRA ID  # OF CONTAINERS"
        run kelp pod create --network none --label tier=front web
        code 0
        [[ $output =~ ^[0-9a-f]{64}$ ]]
        id=$output
        run kelp pod ps --noheading
        has "${id:0:12}  web  Created"
        [ "$(kelp pod ps --format '{{.ID}} {{.Name}} {{.NumberOfContainers}} {{.Label "tier"}}')" = \
                "${id:0:12} web 1 front" ]
        [ "$(kelp pod ls -q)" = "$id" ]
        kelp pod exists web
        kelp pod exists "${id:0:9}"
        run kelp pod exists nosuch
        code 1
        run kelp pod rm web
        is "$id"
        run kelp pod exists web
        code 1
        [ -z "$(kelp ps -aq)" ]
}

@test "pods: containers have one network, one host name and one shared memory; the rest is their own" {
        pod web
        kelp run -d --name a --pod web busybox sleep 1000 >/dev/null
        kelp run -d --name b --pod web busybox sleep 1000 >/dev/null
        for ns in net ipc uts user; do
                [ "$(kelp exec a readlink -n /proc/self/ns/$ns)" = "$(kelp exec b readlink -n /proc/self/ns/$ns)" ]
        done
        for ns in pid mnt; do
                [ "$(kelp exec a readlink -n /proc/self/ns/$ns)" != "$(kelp exec b readlink -n /proc/self/ns/$ns)" ]
        done
        kelp exec a touch /dev/shm/here
        kelp exec b ls /dev/shm/here
        [ "$(kelp exec b hostname)" = web ]
        [ "$(state "$(infra_of web)")" = running ]
        kelp exec a sh -c 'nc -l -p 7000 >/got' 3>&- &
        poll 5 kelp exec b sh -c 'echo hello | nc 127.0.0.1 7000'
        poll 5 eval '[ "$(kelp exec a cat /got)" = hello ]'
}

@test "pods: --share takes and adds kinds; what is not shared may be chosen" {
        pod --share +pid all
        kelp run -d --name a --pod all busybox sleep 1000 >/dev/null
        run kelp run --rm --pod all busybox ps
        has "/pause"
        has "sleep 1000"
        pod --share ipc few
        run kelp run --rm --pod few --network none --hostname mine busybox hostname
        is mine
        run kelp pod create --share bogus bad
        code 125
        has "invalid kernel namespace to share: bogus. Options are: cgroup, ipc, net, pid, uts or none"
        run kelp pod create --share none
        code 0
        [ "$(kelp pod ps --latest --format '{{.NumberOfContainers}}')" = 0 ]
        run kelp pod create --infra=false --share net
        code 125
        has "without an infra container"
}

@test "pods: there is no cgroup of a pod; its containers can have one cgroup namespace" {
        for flag in --share-parent --share-parent=true; do
                run kelp pod create "$flag" web
                code 125
                has "--share-parent: a pod has no cgroup of its own"
        done
        kelp pod create --share-parent=false --share cgroup web >/dev/null
        kelp run -d --name a --pod web busybox sleep 1000 >/dev/null
        kelp run -d --name b --pod web busybox sleep 1000 >/dev/null
        [ "$(kelp exec a readlink /proc/self/ns/cgroup)" = "$(kelp exec b readlink /proc/self/ns/cgroup)" ]
}

@test "pods: what belongs to the pod is refused for a container of it" {
        pod web
        run kelp run --pod web -p 8080:80 busybox true
        code 125
        has "published or exposed ports must be defined when the pod is created"
        run kelp run --pod web --add-host a:1.2.3.4 busybox true
        code 125
        has "extra host entries must be specified on the pod"
        run kelp run --pod web --hostname other busybox true
        code 125
        has "cannot set hostname when joining the pod UTS namespace"
        run kelp run --pod web --userns keep-id busybox true
        code 125
        has "cannot set user namespace mode when joining pod with infra container: invalid argument"
        run kelp run --pod nosuch busybox true
        code 125
        has "retrieving pod: no pod with name or ID nosuch found: no such pod"
        [ "$(kelp ps -aq | wc -l)" = 1 ]
}

@test "pods: the hosts file, name servers and ports are the pod's" {
        command -v slirp4netns || skip "no slirp4netns"
        kelp pod create --name web -p 127.0.0.1::8000 --add-host peer:192.0.2.7 --dns 192.0.2.53 --hostname front >/dev/null
        run kelp run --rm --pod web busybox cat /etc/hosts /etc/resolv.conf
        has $'192.0.2.7\tpeer'
        has "front"
        has "nameserver 192.0.2.53"
        kelp run -d --name a --pod web busybox sh -c 'echo served | nc -l -p 8000' >/dev/null
        run kelp ps --filter name='^a$' --format '{{.Ports}}'
        has "->8000/tcp"
        port=${output#*:} port=${port%%-*}
        [ "$(kelp ps -a --noheading | grep -c -- "->8000/tcp")" = 2 ]
        poll 5 eval '[ "$(exec 9<>/dev/tcp/127.0.0.1/'"$port"' && cat <&9)" = served ]'
}

@test "pods: new:NAME makes a pod, and takes it back when the container cannot be made" {
        run kelp run --rm --network none --pod new:web --hostname front busybox hostname
        is front
        [ "$(kelp pod ps --format '{{.Name}} {{.Status}}')" = "web Running" ]
        run kelp run --network none --pod new:other --pull never nosuch true
        code 125
        run kelp pod exists other
        code 1
        [ "$(kelp ps -aq | wc -l)" = 1 ]
        run kelp create --network none --pod new:web busybox true
        code 125
        has 'name "web" is in use: pod already exists'
        kelp pod rm -f -t 0 web
}

@test "pods: --pod-id-file is written, read and removed" {
        kelp pod create --network none --pod-id-file "$BATS_TEST_TMPDIR/id" web >/dev/null
        [ "$(cat "$BATS_TEST_TMPDIR/id")" = "$(kelp pod ps -q)" ]
        run kelp run --rm --pod-id-file "$BATS_TEST_TMPDIR/id" busybox hostname
        is web
        run kelp run --pod web --pod-id-file "$BATS_TEST_TMPDIR/id" busybox true
        code 125
        has "cannot specify both --pod and --pod-id-file"
        kelp pod rm -f -t 0 --pod-id-file "$BATS_TEST_TMPDIR/id"
        [ ! -e "$BATS_TEST_TMPDIR/id" ]
        echo "no pod wrote this" >"$BATS_TEST_TMPDIR/note"
        kelp pod rm -f --pod-id-file "$BATS_TEST_TMPDIR/note"
        [ -e "$BATS_TEST_TMPDIR/note" ]
        run kelp pod create --network none --pod-id-file "$BATS_TEST_TMPDIR/nosuch/id" web
        code 125
        has "failed to write pod ID to file"
        store_is_clean
}

@test "pods: without an infra container its options are refused" {
        for option in --add-host=a:1.2.3.4 --dns=192.0.2.53 --dns-opt=a --dns-option=a --dns-search=a --gidmap=0:0:1 --hostname=a \
                --hosts-file=none --infra-image=busybox --network=none --no-hostname --no-hosts --pid=host --shm-size=1m \
                --subgidname=a --subuidname=a --sysctl=kernel.msgmax=1 --uidmap=0:0:1 --userns=keep-id --uts=host; do
                run kelp pod create --infra=false "$option"
                code 125
                has "cannot specify $(sed "s/-opt=.*/-option/; s/=.*//" <<<"$option") without an infra container"
        done
        run kelp pod create --share none -p 80
        code 125
        has "you must have an infra container to publish port bindings to the host"
        mkdir -p "$BATS_TEST_TMPDIR/conf"
        printf '[containers]\ndns_servers = ["192.0.2.53"]\nnetns = "none"\n' >"$BATS_TEST_TMPDIR/conf/containers.conf"
        CONTAINERS_CONF=$BATS_TEST_TMPDIR/conf/containers.conf kelp pod create --infra=false >/dev/null
}

@test "pods: start, stop, restart, kill, pause and unpause go through all containers" {
        pod web
        kelp create --name a --pod web --stop-timeout 0 busybox sleep 1000 >/dev/null
        kelp create --name b --pod web --stop-timeout 0 busybox sleep 1000 >/dev/null
        run kelp pod start web
        is web
        [ "$(kelp pod ps --format '{{.Status}} {{.ContainerStatuses}}')" = "Running running,running,running" ]
        id=$(kelp pod ps -q)
        if [ -n "${KELP_TEST_CGROUP-}" ]; then
                run kelp pod pause web
                is "$id"
                [ "$(kelp pod ps --format '{{.Status}}')" = Paused ]
                run kelp pod unpause web
                is "$id"
        fi
        run kelp pod unpause web # nothing of it is paused
        code 0
        is ""
        before=$(kelp inspect -f '{{.State.Pid}}' a)
        run kelp pod restart web
        is "$id"
        [ "$(kelp inspect -f '{{.State.Pid}}' a)" != "$before" ]
        kelp kill a >/dev/null
        poll 5 eval '[ "$(kelp pod ps --format "{{.Status}}")" = Degraded ]'
        run kelp pod kill web
        is "$id"
        poll 5 eval '[ "$(kelp pod ps --format "{{.Status}}")" = Exited ]'
        kelp start a >/dev/null
        [ "$(state "$(infra_of web)")" = running ]
        run kelp pod stop -t 0 web
        is web
        [ "$(kelp pod ps --format '{{.Status}}')" = Exited ]
        ended() { kelp events --stream=false --filter event=died --format '{{.Name}}'; }
        poll 5 eval '[ "$(ended | tail -n 1)" = "${id:0:12}-infra" ]' # the others have ended before
        kelp create --name made --pod web busybox true >/dev/null
        run kelp pod kill web
        is "$id"
        run kelp pod start nosuch
        code 125
        has "no such pod"
}

@test "pods: rm refuses a running one, and the infra container alone" {
        pod web
        kelp run -d --name a --pod web busybox sleep 1000 >/dev/null
        infra=$(infra_of web)
        run kelp pod rm web
        code 125
        has "not all containers could be removed from pod"
        has "as it is running - running or paused containers cannot be removed without force"
        run kelp rm -f "$infra"
        code 125
        has "is the infra container of pod $(kelp pod ps -q) and cannot be removed without removing the pod"
        [ "$(state "$infra")" = running ]
        run kelp rm -f -t 0 --depend "$infra"
        code 0
        has "$infra"
        [ -z "$(kelp pod ps -q)$(kelp ps -aq)" ]
        run kelp pod rm nosuch
        code 1
        has "no such pod"
        run kelp pod rm -f nosuch
        code 0
        is ""
}

@test "pods: the last container's end stops a pod with --exit-policy stop" {
        pod --exit-policy stop web
        kelp run -d --name a --pod web busybox sleep 1000 >/dev/null
        kelp run --pod web busybox true
        [ "$(kelp pod ps --format '{{.Status}}')" = Degraded ]
        kelp stop -t 0 a >/dev/null
        poll 5 eval '[ "$(kelp pod ps --format "{{.Status}}")" = Exited ]'
        run kelp pod create --exit-policy invalid
        code 125
        has 'invalid pod exit policy: "invalid"'
}

@test "pods: containers have the pod's restart policy unless they say otherwise" {
        pod --restart on-failure web
        kelp create --name a --pod web busybox true >/dev/null
        kelp create --name b --pod web --restart always busybox true >/dev/null
        [ "$(kelp inspect -f '{{.HostConfig.RestartPolicy.Name}}' a b)" = "on-failure"$'\n'"always" ]
}

@test "pods: a name belongs to one container or pod" {
        pod web
        run kelp create --name web busybox true
        code 125
        has '"web" is already in use'
        kelp create --name c busybox true >/dev/null
        run kelp pod create c
        code 125
        has 'name "c" is in use: pod already exists'
        [ "$(kelp ps -aq | wc -l)" = 2 ]
        kelp pod create --network none --replace --name web >/dev/null
        [ "$(kelp pod ps -q | wc -l)" = 1 ]
}

@test "pods: ps shows and selects by pod" {
        pod web
        kelp create --name a --pod web busybox true >/dev/null
        kelp create --name b busybox true >/dev/null
        id=$(kelp pod ps -q)
        run kelp ps -a --format '{{.Names}} {{.Pod}} {{.PodName}}' --filter name='^.$' --sort names
        is "a ${id:0:12} web"$'\n'"b  "
        run kelp ps -a --pod --filter pod=web --no-trunc
        has "POD ID"
        has "$id"
        [ "$(kelp ps -a --filter pod=web --format '{{.IsInfra}}' --sort created)" = true$'\n'false ]
        [ -z "$(kelp ps -aq --filter pod=nosuch)" ]
        [ "$(kelp inspect -f '{{.Pod}} {{.IsInfra}}' a)" = "$id false" ]
}

@test "pods: pod ps filters and sorts" {
        pod --label color=red one
        kelp pod create --infra=false --label color=blue two >/dev/null
        kelp create --name a --pod two busybox true >/dev/null
        names() { kelp pod ps --sort name --format '{{.Name}}' "$@" | paste -sd ' '; }
        [ "$(names)" = "one two" ]
        [ "$(kelp pod ps --format '{{.Name}}' | paste -sd ' ')" = "two one" ] # the newest first
        [ "$(kelp pod inspect --latest -f '{{.Name}}')" = two ]
        [ "$(names --filter name=^o --filter name=^tw)" = "one two" ]
        [ "$(names --filter name=^o --filter label=color=blue)" = "" ]
        [ "$(names --filter label=color=red)" = one ]
        [ "$(names --filter label!=color=red)" = two ]
        [ "$(names --filter label=color=red --filter label=color=blue)" = "" ]
        [ "$(names --filter name=^t)" = two ]
        [ "$(names --filter ctr-names=^a$)" = two ]
        [ "$(names --filter ctr-ids="$(kelp inspect -f '{{.Id}}' a)")" = two ]
        [ "$(names --filter id="$(kelp pod ps -q --filter name=one)")" = one ]
        [ "$(names --filter ctr-number=1 --filter status=created)" = "one two" ]
        [ "$(names --filter status=running)" = "" ]
        [ "$(names --filter ctr-status=created --filter until=1h)" = "" ]
        [ "$(names --latest)" = two ]
        [ "$(names --latest --filter name=e)" = one ]
        run kelp pod ps --filter status=bogus
        code 125
        has "bogus is not a valid pod status"
        run kelp pod ps --filter bogus=1
        code 125
        has "bogus is an invalid filter"
}

@test "pods: containers have the ids of the pod's --userns" {
        grep -q "^$(id -un):" /etc/subuid || skip "no subordinate ids"
        pod --userns keep-id web
        run kelp run --rm --pod web busybox sh -c 'id -u; readlink -n /proc/self/ns/user'
        [ "${lines[0]}" = "$(id -u)" ]
        kelp run -d --name a --pod web busybox sleep 1000 >/dev/null
        [ "$(kelp exec a readlink -n /proc/self/ns/user)" = "${lines[1]}" ]
}

@test "pods: new:NAME takes ports and ids for the pod" {
        grep -q "^$(id -un):" /etc/subuid || skip "no subordinate ids"
        kelp create --name a --pod new:web --userns keep-id -p 127.0.0.1:8000:80 busybox true >/dev/null
        run kelp pod inspect -f '{{json .InfraConfig.PortBindings}}' web
        has '"80/tcp"'
        [ "$(kelp inspect -f '{{.HostConfig.PortBindings}}' a)" = "map[]" ]
        kelp run --network none --pod new:ids --userns keep-id busybox true
        run kelp run --rm --pod ids busybox id -u
        is "$(id -u)"
        kelp pod rm -a -f -t 0 >/dev/null
}

@test "pods: inspect, of pods and of any object" {
        kelp pod create --network none --label tier=front --dns 192.0.2.53 --add-host peer:192.0.2.7 web >/dev/null
        kelp create --name a --pod web busybox true >/dev/null
        id=$(kelp pod ps -q)
        infra=$(infra_of web)
        [ "$(kelp pod inspect -f '{{.ID}} {{.Name}} {{.NumContainers}} {{.Labels}} {{.State}} {{.ExitPolicy}}' web)" = \
                "$id web 2 map[tier:front] Created continue" ]
        [ "$(kelp pod inspect -f '{{.SharedNamespaces}} {{.InfraContainerID}} {{.CreateInfra}}' web)" = \
                "[ipc net uts] $infra true" ]
        [ "$(kelp pod inspect -f '{{.InfraConfig.DNSServer}} {{.InfraConfig.HostAdd}} {{.InfraConfig.HostNetwork}}' web)" = \
                "[192.0.2.53] [peer:192.0.2.7] false" ]
        [ "$(kelp inspect web | jq -r '.[0].Containers[].Name' | sort | paste -sd ' ')" = "$(printf '%s\n' "${id:0:12}-infra" a | sort | paste -sd ' ')" ]
        [ "$(kelp inspect --type pod -f '{{(index .Containers 0).State}}' web)" = created ]
        [ "$(kelp pod inspect --latest -f '{{join .CreateCommand " "}}')" != "" ]
        kelp pod create --network host host >/dev/null
        [ "$(kelp pod inspect -f '{{.InfraConfig.HostNetwork}}' host)" = true ]
        run kelp pod inspect nosuch
        code 125
        has "no such pod nosuch"
}

@test "pods: top and logs go through all containers" {
        pod web
        kelp run -d --name a --pod web busybox sh -c 'echo from a; exec sleep 1000' >/dev/null
        kelp run -d --name b --pod web busybox sh -c 'echo from b; exec sleep 1001' >/dev/null
        run kelp pod top web pid args
        code 0
        has "1    /pause"
        has "sleep 1000"
        has "sleep 1001"
        [ "$(grep -c PID <<<"$output")" = 1 ]
        run kelp pod top web pid nosuch
        code 125
        has "nosuch is no descriptor"
        poll 5 logged a "from a"
        poll 5 logged b "from b"
        run kelp pod logs -n web
        has "a from a"
        has "b from b"
        run kelp pod logs web
        has "$(kelp inspect -f '{{.Id}}' a | cut -c1-12) from a"
        run kelp pod logs -c b web
        is "from b"
        run kelp pod logs -c "$(kelp inspect -f '{{.Id}}' b | cut -c 1-8)" web
        is "from b"
        run kelp pod logs -c nosuch web
        code 125
        has "is not in pod web: no such container"
}

@test "pods: top of one pid namespace shows each process once" {
        pod --share +pid web
        kelp run -d --pod web busybox sleep 1000 >/dev/null
        [ "$(kelp pod top web args | sort | paste -sd ,)" = "/pause,COMMAND,sleep 1000" ]
}

@test "pods: stats" {
        [ -n "${KELP_TEST_CGROUP-}" ] || skip "no cgroup of our own"
        pod web
        kelp run -d --name a --pod web busybox sleep 1000 >/dev/null
        id=$(kelp pod ps -q)
        run kelp pod stats --no-stream web
        code 0
        has "POD           CID"
        [ "${#lines[@]}" = 3 ]
        run kelp pod stats --no-stream --format '{{.Pod}} {{.Name}} {{.PIDS}}'
        has "${id:0:12} a 1"
}

@test "pods: prune takes those that have ended" {
        pod ended
        pod made
        pod runs
        kelp run --pod ended busybox true
        kelp run -d --pod runs busybox sleep 1000 >/dev/null
        kelp pod stop -t 0 ended
        id=$(kelp pod ps -q --filter name=ended)
        run kelp pod prune -f
        is "$id"
        [ "$(kelp pod ps --sort name --format '{{.Name}}' | paste -sd ' ')" = "made runs" ]
        kelp pod stop -t 0 runs
        run kelp system prune -f
        has "Deleted Pods"
        [ "$(kelp pod ps --format '{{.Name}}')" = made ]
}

@test "pods: events" {
        pod --label tier=front web
        kelp pod start web
        kelp pod stop -t 0 web
        kelp pod rm web
        run kelp events --stream=false --filter type=pod --filter pod=web --format '{{.Status}} {{.Name}}'
        is "create web"$'\n'"start web"$'\n'"stop web"$'\n'"remove web"
}

@test "pods: system check knows them; what a crash leaves is found" {
        pod web
        kelp run -d --name a --pod web busybox sleep 1000 >/dev/null
        run kelp system check
        code 0
        is ""
        kelp pod rm -f -t 0 web
        pod web
        id=$(kelp pod ps -q)
        infra=$(infra_of web)
        mv "$ROOT/pods/$id" "$BATS_TEST_TMPDIR/pod"
        run kelp system check
        has "garbage: container ${infra:0:12} is the infra container of a pod that is gone"
        has "garbage: the name web is of no container"
        kelp system check --repair
        [ -z "$(kelp ps -aq)$(ls "$ROOT/names")" ]
        pod web
        id=$(kelp pod ps -q)
        echo broken >"$ROOT/pods/$id/config.json"
        run kelp system check
        code 1
        has "damaged: pod ${id:0:12}"
        kelp system check --repair --force
        run kelp system check
        code 0
        run kelp system df --format '{{.Type}} {{.Total}}'
        has "Pods 0"
}

@test "pods: a container is not added to a pod that is being removed" {
        for _ in 1 2 3 4 5; do
                pod web
                kelp pod rm -f web >/dev/null 3>&- &
                remover=$!
                kelp create --name a --pod web busybox true >/dev/null 2>&1 && kelp pod exists web && made=1 || made=0
                wait $remover || [ $made = 1 ]
                if kelp pod exists web; then
                        kelp pod rm -f web >/dev/null
                fi
                run kelp ps -aq
                is ""
        done
}

@test "pods: volumes, devices and security options of a pod are those of its containers" {
        mkdir "$BATS_TEST_TMPDIR/here"
        cd "$BATS_TEST_TMPDIR"
        pod -v ./here:/here -v named:/data:ro --device /dev/null:/dev/nothing --security-opt no-new-privileges web
        kelp run --rm --pod web -v named:/other busybox touch /here/file /other/file
        [ -e "$BATS_TEST_TMPDIR/here/file" ]
        run kelp run --rm --pod web busybox sh -c 'ls /data /dev/nothing; grep NoNewPrivs /proc/self/status; touch /data/x'
        code 1
        has "file"
        has "/dev/nothing"
        has $'NoNewPrivs:\t1'
        has "Read-only file system"
        run kelp run --rm --pod web --tmpfs /data busybox ls /data
        is ""
        run kelp pod create -v /anonymous
        code 125
        has "needs a name"
        run kelp pod create -v bad:rel
        code 125
}

@test "pods: rmi --force removes containers of pods, a pod stays" {
        pod web
        kelp create --name a --pod web busybox true >/dev/null
        kelp rmi -f busybox >/dev/null
        [ "$(kelp pod ps --format '{{.Name}} {{.NumberOfContainers}}')" = "web 1" ]
}

@test "pods: an infra container of an image runs what the image says" {
        kelp import -q -c 'CMD ["sleep", "1000"]' "$FIXTURES/busybox.tar" localhost/waits >/dev/null
        pod --infra-image localhost/waits web
        kelp run --rm --pod web busybox true
        [ "$(kelp inspect -f '{{.ImageName}} {{.Config.Cmd}}' "$(infra_of web)")" = \
                "localhost/waits:latest [sleep 1000]" ]
        kelp run -d --name up --pod web busybox sleep 1000 >/dev/null
        kelp create --name else --network=none busybox true >/dev/null
        id=$(kelp inspect -f '{{.Id}}' localhost/waits)
        run kelp rmi localhost/waits
        code 2
        has "image is in use by a container"
        run kelp rmi -f localhost/waits # the pod goes with it
        code 0
        is "Untagged: localhost/waits:latest
Deleted: $id"
        [ "$(kelp ps -a --format '{{.Names}}')" = else ]
        [ -z "$(kelp pod ps -q)" ]
        run kelp pod create --infra-image localhost/nosuch:1 other
        code 125
        run kelp pod exists other
        code 1
        run kelp pod create --infra-command sleep
        code 125
        has "the infra container waits"
}
