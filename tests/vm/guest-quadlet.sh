#!/bin/bash
# Quadlet files where systemd runs: the generator is installed in the place of podman's, containers start as services of
# the user, at login and without one. Runs in a login session. A line for each check, and a count at the end.
set -u
# shellcheck source=tests/vm/lib.sh
. "$(dirname "$0")/lib.sh"
export PATH=/usr/local/bin:$PATH

journal_has() {
        sudo -n journalctl -o cat _SYSTEMD_USER_UNIT="$1" | grep -q "$2"
}

user() {
        systemctl --user "$@"
}

# The last value of a unit's property.
shown() {
        user show --value -p "$2" "$1"
}

is_running() {
        [ "$(kelp inspect -f '{{.State.Status}}' "$1" 2>/dev/null)" = running ]
}

is_removed() {
        ! kelp container exists "$1"
}

generators=/usr/local/lib/systemd/user-generators
sudo -n install -D /share/kelp /usr/local/bin/kelp
sudo -n mkdir -p $generators
sudo -n ln -s /usr/local/bin/kelp $generators/kelp-user-generator
kelp import -c 'CMD ["sh"]' /share/busybox.tar localhost/busybox >/dev/null
files=$HOME/.config/containers/systemd
mkdir -p "$files"
cat >"$files/web.container" <<'EOF'
[Container]
Image=localhost/busybox
Network=none
Volume=data.volume:/data
Environment="WORD=two words"
Exec=sh -c 'trap "echo ended; exit 0" TERM; trap "echo told" HUP; echo "started $$WORD"; while :; do sleep 0.2; done'
ReloadSignal=HUP
PodmanArgs=--memory 32m

[Service]
MemoryMax=64M

[Install]
WantedBy=default.target
EOF
printf '[Volume]\nLabel=made=here\n' >"$files/data.volume"
cat >"$files/once.container" <<'EOF'
[Container]
Image=localhost/busybox
Network=none
Volume=data.volume:/data
Exec=sh -c 'echo done >/data/file'
[Service]
Type=oneshot
EOF
cat >"$files/fails@.container" <<'EOF'
[Container]
Image=localhost/busybox
Network=none
Exec=sh -c 'exit %i'
[Service]
Restart=on-failure
RestartSec=100ms
EOF
mkdir "$files/app"
printf 'FROM localhost/busybox\nRUN echo built >/page\n' >"$files/app/Containerfile"
printf '[Build]\nImageTag=localhost/app\nSetWorkingDirectory=file\nFile=app/Containerfile\nNetwork=none\nPull=never\n' >"$files/app.build"
printf '[Pod]\nPodName=pair\nNetwork=none\n' >"$files/pair.pod"
cat >"$files/server.container" <<'EOF'
[Container]
Image=app.build
Pod=pair.pod
Exec=sh -c 'trap "exit 0" TERM; httpd -p 7000 -h /; while :; do sleep 0.2; done'
EOF
cat >"$files/client.container" <<'EOF'
[Container]
Image=localhost/busybox
Pod=pair.pod
Exec=sh -c 'trap "exit 0" TERM; while :; do sleep 0.2; done'
EOF
printf '[Pod]\nPodName=brief\nNetwork=none\n' >"$files/brief.pod"
printf '[Container]\nImage=localhost/busybox\nPod=brief.pod\nExec=sleep 1\n' >"$files/task.container"
printf '[Container]\nImage=x\nIP=10.0.0.1\n' >"$files/bad.container"

check "beside podman's generator the files are podman's" "*the Quadlet files are podman's*" \
        "$($generators/kelp-user-generator "$HOME/units" 2>&1 | tr '\n' ' ')"
sudo -n ln -s /usr/local/bin/kelp $generators/podman-user-generator
user daemon-reload
check "the unit is kelp's" "/usr/local/bin/kelp" "$(user cat web.service | sed -n 's/^ExecStart=\([^ ]*\) .*/\1/p')"
check "what is refused is in the journal" "*the key IP= in*" "$(sudo -n journalctl -o cat -b | grep 'bad.container' | tail -n 1)"
check "and has no unit" "not-found" "$(shown bad.service LoadState)"
check "systemd finds no fault" "" "$(systemd-analyze --user verify "$XDG_RUNTIME_DIR"/systemd/generator/{web,once,data-volume}.service 2>&1 | grep -E '(web|once|volume).service')"

user start web
check "it starts" "0 active" "$? $(shown web ActiveState)"
check_that "the container runs" soon is_running systemd-web
check_that "the journal has what it prints" soon journal_has web.service 'started two words'
check "the volume was made before" "here" "$(kelp volume inspect -f '{{.Labels.made}}' systemd-data)"
dir=/sys/fs/cgroup$(shown web ControlGroup)
check "the container is in the service's cgroup" "$(shown web ControlGroup)/*" "$(kelp inspect -f '{{.State.CgroupPath}}' systemd-web)"
check "the limits of both hold" "67108864 33554432" "$(cat "$dir/memory.max") $(cat "/sys/fs/cgroup$(kelp inspect -f '{{.State.CgroupPath}}' systemd-web)/memory.max")"
check "exec, from a login session" "two words" "$(kelp exec systemd-web sh -c 'echo $WORD' 2>&1)"
user reload web
check_that "reload" soon journal_has web.service told
user stop web
check "stop" "0 inactive success" "$? $(shown web ActiveState) $(shown web Result)"
check_that "it ended by its own signal" soon journal_has web.service ended
check_that "nothing is left of it" is_removed systemd-web
check_that "nor of its cgroup" [ ! -e "$dir" ]

user start web
soon is_running systemd-web
user kill -s KILL --kill-whom=main web
check_that "kelp killed: the container goes" soon is_removed systemd-web
has_failed() {
        [ "$(shown web ActiveState)" = failed ]
}
check_that "and the service has failed" soon has_failed
check "of the signal" "signal" "$(shown web Result)"
user reset-failed web

user start once
check "oneshot: the start waits for the end" "0 success" "$? $(shown once Result)"
check "and it did its work" "done" "$(kelp run --rm --network=none -v systemd-data:/data busybox cat /data/file)"
user start fails@3
has_restarted() {
        [ "$(shown fails@3 NRestarts)" -ge 1 ]
}
check_that "Restart=on-failure goes by the container's exit code" soon has_restarted
user stop fails@3
user start fails@0
is_over() {
        [ "$(shown fails@0 ActiveState)" = inactive ]
}
check_that "and does not restart what succeeds" soon is_over
check "by its exit code" "0 0" "$(shown fails@0 ExecMainStatus) $(shown fails@0 NRestarts)"

# A pod, and the build of an image.
is_up() {
        [ "$(shown "$1" ActiveState)" = active ]
}
is_down() {
        [ "$(shown "$1" ActiveState)" = inactive ]
}
user start pair-pod
check "a pod starts" "0 active" "$? $(shown pair-pod ActiveState)"
check_that "its containers start with it" soon is_running systemd-client
check_that "the one of a build too" soon is_running systemd-server
check "the build is done and does not remain" "inactive success" "$(shown app-build ActiveState) $(shown app-build Result)"
check "they share the pod's network" built "$(kelp exec systemd-client wget -qO- http://127.0.0.1:7000/page 2>&1)"
infra=$(kelp pod inspect -f '{{.InfraContainerID}}' pair)
check "the main process is the infra container's monitor" "$(kelp inspect -f '{{.State.ConmonPid}}' "$infra")" "$(shown pair-pod MainPID)"
check "its cgroup is below the service's" "$(shown pair-pod ControlGroup)/*" "$(kelp inspect -f '{{.State.CgroupPath}}' "$infra")"
user kill -s KILL --kill-whom=main pair-pod
check_that "killed it starts again" soon is_up pair-pod
check_that "and its containers with it" soon is_running systemd-client
check_that "both" soon is_running systemd-server
user stop server
check "one container ends: the pod goes on" "inactive active" "$(shown server ActiveState) $(shown pair-pod ActiveState)"
user stop client
check_that "the last one ends: so does the pod" soon is_down pair-pod
check "and is removed" "1 success" "$(kelp pod exists pair; echo $?) $(shown pair-pod Result)"
user start client
check "a container starts its pod" "0 active" "$? $(shown pair-pod ActiveState)"
check_that "and runs in it" soon is_running systemd-client
user stop pair-pod
check "the pod ends: so do its containers" "0 inactive inactive" "$? $(shown pair-pod ActiveState) $(shown client ActiveState)"
check "nothing is left of them" "" "$(kelp pod ps -q; kelp ps -q --filter name=systemd-client)"

user start task
check_that "a container that ends by itself ends the pod" soon is_down brief-pod
check "which is removed" "1 success" "$(kelp pod exists brief; echo $?) $(shown brief-pod Result)"

# Notify=: the service is up when the container says so, or is healthy.
cat >"$files/says.container" <<'EOF'
[Container]
Image=localhost/busybox
Network=none
Notify=yes
Exec=sh -c 'trap "exit 0" TERM; until [ -e /go ]; do sleep 0.2; done; payload notify READY=1; while :; do sleep 0.2; done'
EOF
cat >"$files/healthy.container" <<'EOF'
[Container]
Image=localhost/busybox
Network=none
Notify=healthy
HealthCmd=test -e /go
HealthInterval=1s
Exec=sh -c 'trap "exit 0" TERM; while :; do sleep 0.2; done'
EOF
user daemon-reload
is_up() {
        [ "$(shown "$1" ActiveState)" = active ]
}
for name in says healthy; do
        user --no-block start $name
        soon is_running systemd-$name
        sleep 3
        check "$name: it runs, the service waits" activating "$(shown $name ActiveState)"
        kelp exec systemd-$name touch /go
        check_that "$name: until it is told" soon is_up $name
        check "$name: its main process is the monitor" "$(field systemd-$name .State.ConmonPid)" "$(shown $name MainPID)"
        user stop $name
        check "$name: it ends" "inactive success" "$(shown $name ActiveState) $(shown $name Result)"
done

# What happens at login, and with lingering at boot: the user's manager starts.
sudo -n loginctl enable-linger "$USER"
sudo -n systemctl restart "user@$(id -u).service"
check_that "it starts with the user's manager" soon is_running systemd-web
check "as the service" active "$(shown web ActiveState)"
sudo -n systemctl stop "user@$(id -u).service"
check_that "and ends with it" soon is_removed systemd-web
sudo -n systemctl start "user@$(id -u).service"
check_that "and starts again" soon is_running systemd-web
tally "quadlet"
