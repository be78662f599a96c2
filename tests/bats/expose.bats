#!/usr/bin/env bats
# --expose and --publish-all.
load helper

@test "--expose: shown, and nothing else" {
        kelp create --name c --expose 80 --expose 3300-3302/udp --expose 81 busybox true >/dev/null
        run kelp ps -a --format '{{.Ports}}'
        is "80-81/tcp, 3300-3302/udp"
        run kelp inspect -f '{{json .Config.ExposedPorts}} {{json .NetworkSettings.Ports}} {{.HostConfig.PublishAllPorts}}' c
        is '{"80/tcp":{},"81/tcp":{},"3300/udp":{},"3301/udp":{},"3302/udp":{}} {"80/tcp":null,"81/tcp":null,"3300/udp":null,"3301/udp":null,"3302/udp":null} false'
        [ "$(kelp ps -a --format json | python3 -c 'import json, sys; print(json.load(sys.stdin)[0]["ExposedPorts"]["3301"])')" = "['udp']" ]
        kelp create --name h --net=host --expose 80 busybox true >/dev/null
        run kelp inspect -f '{{json .Config.ExposedPorts}} {{json .NetworkSettings.Ports}}' h
        is '{"80/tcp":{}} {}'
        for bad in 0 80-70 x 80/icmp 80:80; do
                run kelp create --expose $bad busybox true
                code 125
                has "invalid exposed port \"$bad\""
        done
}

@test "--expose: what is published is not shown twice" {
        kelp create --name c --expose 80 --expose 81 -p 8765:80 busybox true >/dev/null
        run kelp ps -a --format '{{.Ports}}'
        is "0.0.0.0:8765->80/tcp, 81/tcp"
        run kelp inspect -f '{{json .NetworkSettings.Ports}}' c
        is '{"80/tcp":[{"HostIp":"0.0.0.0","HostPort":"8765"}],"81/tcp":null}'
}

@test "-P: the image's and --expose's on free ports, which answer; commit keeps them" {
        [ -w /dev/net/tun ] || skip "no /dev/net/tun"
        kelp create --name base --network=none --expose 2001-2002 busybox true >/dev/null
        kelp commit -q -c 'EXPOSE 2002/udp' base localhost/web >/dev/null
        run kelp image inspect -f '{{json .Config.ExposedPorts}}' web
        has '"2001/tcp":{}'
        has '"2002/udp":{}'
        kelp run -d --name c -P -p 2001 --expose 8080 web httpd -f -p 8080 3>&-
        run kelp port c
        [ "${#lines[@]}" -eq 4 ]
        port=$(kelp port c 8080)
        poll 10 curl -s -o /dev/null "http://127.0.0.1:${port##*:}/"
        [ "$(kelp inspect -f '{{.HostConfig.PublishAllPorts}} {{len .NetworkSettings.Ports}} {{len .HostConfig.PortBindings}}' c)" = "true 4 4" ]
        run_quick -P web true
}
