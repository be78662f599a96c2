#!/usr/bin/env bats
# Health checks: --health-*, the image's, kelp healthcheck run.
load helper

# A container NAME whose check looks for the file /sick.
up() {
        name=$1
        shift
        kelp run -d --name "$name" --network=none --health-cmd 'echo looked; test ! -e /sick' "$@" \
                busybox sleep 1000 >/dev/null
}

inspected() {
        [ "$(kelp inspect -f "$2" "$1")" = "$3" ]
}

health() {
        inspected "$1" '{{.State.Health.Status}}' "$2"
}

sicken() {
        kelp exec "$1" touch /sick
}

@test "health: by hand, with podman's exit codes" {
        up c --health-interval disable --health-retries 2
        run kelp inspect -f '{{.State.Health.Status}} {{.State.Health.FailingStreak}}' c
        is "starting 0"
        run kelp healthcheck run c
        code 0
        is ""
        health c healthy
        sicken c
        run kelp healthcheck run c
        code 1
        is unhealthy
        inspected c '{{.State.Health.Status}} {{.State.Healthcheck.FailingStreak}}' "healthy 1"
        run kelp healthcheck run --ignore-result c
        code 0
        is unhealthy
        inspected c '{{.State.Health.Status}} {{.State.Health.FailingStreak}}' "unhealthy 2"
        run kelp inspect -f '{{range .State.Health.Log}}{{.ExitCode}}{{.Output}}{{end}}' c
        is $'0looked\n1looked\n1looked'
        run kelp events --stream=false --filter event=health_status --format '{{.HealthStatus}}'
        is $'healthy\nhealthy\nunhealthy'
        run kelp events --stream=false --filter event=health_status
        has "health_status=unhealthy"
        # A restart begins anew.
        kelp restart -t 0 c
        inspected c '{{.State.Health.Status}} {{.State.Health.FailingStreak}}' "starting 0"
        kelp stop -t 0 c
        run kelp healthcheck run c
        code 125
        has "not running"
        run kelp healthcheck run nosuch
        code 125
        has "no such container"
        run kelp wait --condition unhealthy c
        code 125
        has "container is stopped"
        kelp run -d --name none --network=none busybox sleep 1000
        run kelp wait --condition healthy none
        code 125
        has "no healthcheck"
        run kelp healthcheck run none
        code 125
        has "no defined healthcheck"
}

@test "health: on the timer; ps, wait, filters, one event for each change" {
        up c --health-interval 200ms --health-retries 2
        run timeout 10 "$KELP" --root "$ROOT" --runroot "$RUNROOT" wait --condition healthy c
        code 0
        is "-1"
        run kelp ps --format '{{.Status}}' --filter health=healthy
        has "(healthy)"
        run kelp ps -q --filter health=unhealthy
        is ""
        sicken c
        run timeout 10 "$KELP" --root "$ROOT" --runroot "$RUNROOT" wait --condition unhealthy c
        code 0
        run kelp ps --filter health=unhealthy
        has "(unhealthy)"
        kelp exec c rm /sick
        poll 10 health c healthy
        run kelp events --stream=false --filter event=health_status --format '{{.HealthStatus}}'
        is $'healthy\nunhealthy\nhealthy'
        inspected c '{{.State.Status}}' running
}

@test "health: a check that takes too long is killed with what it started" {
        up c --health-cmd 'echo begun; sleep 777 & sleep 778' --health-interval disable \
                --health-timeout 500ms --health-retries 1
        before=$SECONDS
        run kelp healthcheck run c
        code 1
        is unhealthy
        [ $((SECONDS - before)) -lt 8 ]
        inspected c '{{range .State.Health.Log}}{{.ExitCode}}{{.Output}}{{end}}' "-1begun"
        run kelp top c args
        lacks "sleep 77"
        # A command that is not there has failed, and says so.
        kelp update --health-cmd '["CMD", "/nosuch"]' c
        run kelp healthcheck run c
        code 1
        run kelp inspect -f '{{json .State.Health.Log}}' c
        has "/nosuch"
}

@test "health: on failure kill, stop, restart" {
        up k --health-interval 200ms --health-retries 1 --health-on-failure kill
        up s --health-interval 200ms --health-retries 1 --health-on-failure stop --stop-timeout 1
        up r --health-interval 200ms --health-retries 1 --health-on-failure restart --stop-timeout 1
        for c in k s r; do
                poll 10 health $c healthy
        done
        started=$(kelp inspect -f '{{.State.StartedAt}}' r)
        kelp exec r sh -c 'touch /sick; (sleep 2; true) &'
        sicken k
        sicken s
        run timeout 15 "$KELP" --root "$ROOT" --runroot "$RUNROOT" wait k s
        is $'137\n137'
        inspected k '{{.State.Status}} {{.Config.HealthcheckOnFailureAction}}' "exited kill"
        inspected s '{{.State.Status}} {{.State.Health.Status}}' "exited unhealthy"
        # The file is still there after the restart, so that it goes on.
        poll 15 restarted r
        [ "$(kelp inspect -f '{{.State.StartedAt}}' r)" != "$started" ]
        # A user's stop is the end of it.
        kelp stop -t 0 r
        sleep 1
        inspected r '{{.State.Status}}' exited
}

restarted() {
        [ "$(kelp inspect -f '{{.RestartCount}}' "$1")" -ge 1 ]
}

@test "health: the start period, startup checks" {
        up p --health-interval disable --health-retries 1 --health-start-period 1h
        sicken p
        run kelp healthcheck run p
        code 1
        inspected p '{{.State.Health.Status}} {{.State.Health.FailingStreak}}' "starting 0"
        up s --health-interval disable --health-startup-cmd 'test -e /up' \
                --health-startup-interval 200ms --health-startup-success 2
        run kelp healthcheck run s
        code 1
        is starting
        inspected s '{{.State.Health.Status}}' starting
        kelp exec s touch /up
        poll 10 health s healthy
        sicken s
        run kelp healthcheck run s
        code 1
        is unhealthy
        inspected s '{{.Config.StartupHealthCheck.Test}} {{.Config.StartupHealthCheck.Successes}}' \
                "[CMD-SHELL test -e /up] 2"
        # Startup checks that go on failing restart the container.
        up t --health-interval disable --health-startup-cmd false --health-startup-interval 200ms \
                --health-startup-retries 2 --stop-timeout 0
        poll 15 restarted t
        kelp stop -t 0 t
}

@test "health: the image's, changed and switched off" {
        kelp create --name base busybox true
        kelp commit -q base localhost/plain
        config='{"architecture":"amd64","os":"linux","config":{"Cmd":["sleep","1000"],"Healthcheck":{"Test":["CMD","true"],"Interval":3600000000000,"Retries":7}},"rootfs":{"type":"layers","diff_ids":["@"]}}'
        image_with "$config" checked
        kelp run -d --name c --network=none localhost/checked
        poll 10 health c healthy
        inspected c '{{json .Config.Healthcheck}}' \
                '{"Test":["CMD","true"],"Interval":3600000000000,"Timeout":30000000000,"Retries":7,"StartPeriod":0}'
        kelp create --name d --network=none --health-retries 2 localhost/checked
        inspected d '{{.Config.Healthcheck.Retries}} {{.Config.Healthcheck.Test}}' "2 [CMD true]"
        kelp create --name e --network=none --no-healthcheck localhost/checked
        kelp create --name f --network=none --health-cmd none localhost/checked
        kelp create --name g --network=none --health-cmd '["echo", "a b"]' localhost/checked
        inspected e '{{.State.Health.Status}}' ""
        inspected f '{{.State.Health.Status}}' ""
        inspected g '{{json .Config.Healthcheck.Test}}' '["CMD","echo","a b"]'
}

# An image NAME of busybox's layer with this configuration ("@": the layer's digest).
image_with() {
        dir=$BATS_TEST_TMPDIR/archive
        mkdir -p "$dir"
        cp "$FIXTURES/busybox.tar" "$dir/layer.tar"
        digest=sha256:$(sha256sum <"$dir/layer.tar" | cut -d' ' -f1)
        echo "${1/@/$digest}" >"$dir/config.json"
        echo "[{\"Config\":\"config.json\",\"RepoTags\":[\"localhost/$2:latest\"],\"Layers\":[\"layer.tar\"]}]" \
                >"$dir/manifest.json"
        tar -C "$dir" -cf "$dir.tar" manifest.json config.json layer.tar
        kelp load -q -i "$dir.tar"
}

@test "health: the log's limits and its copy" {
        mkdir "$BATS_TEST_TMPDIR/logs"
        up c --health-cmd 'echo 0123456789' --health-interval disable --health-max-log-count 2 \
                --health-max-log-size 4 --health-log-destination "$BATS_TEST_TMPDIR/logs"
        for _ in 1 2 3; do
                kelp healthcheck run c
        done
        inspected c '{{range .State.Health.Log}}{{.Output}} {{end}}' "0123 0123 "
        inspected c '{{.Config.HealthMaxLogCount}} {{.Config.HealthMaxLogSize}} {{.Config.HealthLogDestination}}' \
                "2 4 $BATS_TEST_TMPDIR/logs"
        grep -q '"Output":"0123"' "$BATS_TEST_TMPDIR/logs/$(kelp inspect -f '{{.Id}}' c)-healthcheck.log"
}

@test "health: a stop during a check" {
        up c --health-cmd 'sleep 20' --health-interval disable
        "$KELP" --root "$ROOT" --runroot "$RUNROOT" healthcheck run c >"$BATS_TEST_TMPDIR/said" &
        pid=$!
        poll 5 runs_inside c "sleep 20"
        kelp stop -t 0 c
        status=0
        wait $pid || status=$?
        [ "$status" = 1 ]
        [ "$(cat "$BATS_TEST_TMPDIR/said")" = stopped ]
        inspected c '{{.State.Status}} {{.State.Health.Status}} {{.State.Health.FailingStreak}}' \
                "exited stopped 0"
}

runs_inside() {
        kelp top "$1" args | grep -q "$2"
}

@test "health: update changes the next check" {
        up c --health-interval disable
        kelp healthcheck run c
        kelp update --health-cmd false --health-retries 1 c
        run kelp healthcheck run c
        code 1
        health c unhealthy
        kelp update --no-healthcheck c
        run kelp healthcheck run c
        code 125
        has "no defined healthcheck"
}

@test "health: a paused container is not checked" {
        up c --health-interval 200ms --health-retries 1
        poll 10 health c healthy
        kelp pause c || skip "no cgroup to freeze here"
        run kelp healthcheck run c
        code 125
        has paused
        sleep 1
        health c healthy
        kelp unpause c
        sicken c
        poll 10 health c unhealthy
}

@test "health: in other user namespaces" {
        for mode in keep-id auto:size=2000 nomap; do
                kelp run -d --name "c-${mode%%:*}" --network=none --userns "$mode" \
                        --health-cmd 'id -u' --health-interval 200ms busybox sleep 1000
                poll 10 health "c-${mode%%:*}" healthy
                kelp healthcheck run "c-${mode%%:*}"
                kelp inspect -f '{{(index .State.Health.Log 0).Output}}' "c-${mode%%:*}" >>"$BATS_TEST_TMPDIR/ids"
                kelp rm -f -t 0 "c-${mode%%:*}"
        done
        [ "$(grep . "$BATS_TEST_TMPDIR/ids")" = "$(id -u)"$'\n0\n0' ]
}

@test "health: what cannot be is refused" {
        run kelp create --health-on-failure kill busybox
        code 125
        has "cannot set on-failure action to kill without a health check"
        for options in "--health-interval 5s" "--health-cmd true --no-healthcheck" \
                "--health-cmd true --health-retries 0" "--health-cmd true --health-interval x" \
                "--health-cmd true --health-timeout 0s" "--health-cmd []" \
                "--health-cmd true --health-on-failure burn" \
                "--health-cmd true --health-startup-interval 1s" \
                "--health-cmd true --health-log-destination /nosuch" \
                "--health-cmd true --health-log-destination events_logger" \
                "--rm --health-cmd true --health-on-failure restart"; do
                # shellcheck disable=SC2086
                run kelp create $options busybox
                code 125
        done
}

@test "health: with --rm nothing is left" {
        up c --rm --health-interval 100ms
        poll 10 health c healthy
        kelp stop -t 0 c
        store_is_clean
}

# 32 and 33 are glibc's own: posix_spawn(3), which make uses, leaves them ignored for all that follows.
none_ignored() {
        [[ $output =~ SigIgn:.0000000[01][08]0000000 ]] || {
                echo "$output"
                return 1
        }
}

@test "health: a check and an exec begin with no signal ignored" {
        kelp run -d --name c --network=none --health-interval 1s \
                --health-cmd '["CMD","grep","SigIgn","/proc/self/status"]' busybox sleep 1000 >/dev/null
        poll 10 health c healthy
        run kelp inspect -f '{{(index .State.Health.Log 0).Output}}' c
        none_ignored
        run kelp exec c grep SigIgn /proc/self/status
        none_ignored
}
