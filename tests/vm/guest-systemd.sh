#!/bin/bash
# systemd in a container, in a login session where systemd manages cgroups: an image of the machine's own systemd
# boots, has its services in cgroups of their own, and ends by its own signal. A line for each check, and a count.
set -u
# shellcheck source=tests/vm/lib.sh
. "$(dirname "$0")/lib.sh"

files() {
        local packages
        packages=$(apt-cache depends --recurse --installed --no-recommends --no-suggests --no-conflicts --no-breaks \
                --no-replaces --no-enhances systemd-sysv dbus bash coreutils dash | grep -E '^[a-z0-9]' | cut -d: -f1 | sort -u)
        # shellcheck disable=SC2086 # a list
        dpkg -L $packages 2>/dev/null | grep -vE '^/\.$|^/usr/share/(doc|man|locale|info|perl)'
        printf '%s\n' /bin /sbin /lib /lib64 /etc/passwd /etc/group /etc/ld.so.cache /usr/bin/sh
}

image() {
        files | sed -E 's#^/(bin|sbin|lib|lib64)/#/usr&#' | sort -u | while read -r file; do
                [ ! -e "$file" ] && [ ! -L "$file" ] || echo "$file"
        done >"$HOME/files"
        tar --no-recursion --ignore-failed-read -cf "$HOME/image.tar" -T "$HOME/files" 2>/dev/null
        kelp import -c 'CMD ["/sbin/init"]' "$HOME/image.tar" localhost/systemd >/dev/null
}

is_up() {
        [[ $(kelp exec s systemctl is-system-running 2>/dev/null) =~ running|degraded ]]
}

image
check "an image with systemd" 0 $?
kelp run -d --name s --network=none localhost/systemd
check "it starts" 0 $?
patience=400
soon is_up
check "it comes up" 0 $?
check "it is the first process" systemd "$(kelp exec s cat /proc/1/comm)"
check "it starts services in cgroups of their own" "*/system.slice/systemd-journald.service" \
        "$(kelp exec s sh -c 'cat /proc/$(systemctl show -p MainPID --value systemd-journald)/cgroup')"
kelp stop -t 120 s >/dev/null
check "it ends by its own signal" "@(0|130)" "$(kelp inspect -f '{{.State.ExitCode}}' s)"
tally "systemd"
