#!/bin/bash
# Run a make target as an unprivileged user. As root: copies the tree to a test account that is made
# when missing (and a second one without subordinate ids), gives it a cgroup v2 of its own in a private
# mount namespace, and runs the target there. As anybody else: runs it here.
set -eu
cd "$(dirname "$0")/.."
if [ "$(id -u)" != 0 ]; then
        exec make --no-print-directory "$@"
fi

# Another KELP_TEST_USER lets several trees be tested at once: the end of a run kills what its user left.
user=${KELP_TEST_USER:-kelptest} bare=${KELP_TEST_USER:-kelp}bare
id $user >/dev/null 2>&1 || useradd -m -s /bin/bash $user
usermod -a -G users $user # a second group, to keep
first=$((200000 + $(id -u $user) % 1000 * 65536))
grep -q "^$user:" /etc/subuid ||
        usermod --add-subuids $first-$((first + 65535)) --add-subgids $first-$((first + 65535)) $user
id $bare >/dev/null 2>&1 || useradd -m -s /bin/bash $bare
sed -i "/^$bare:/d" /etc/subuid /etc/subgid
# As on any desktop.
[ ! -e /dev/fuse ] || chmod 0666 /dev/fuse
[ ! -e /dev/net/tun ] || chmod 0666 /dev/net/tun

home=$(getent passwd $user | cut -d: -f6)
tree=$home/tree.$$
clean() {
        pkill -KILL -u $user 2>/dev/null || true
        pkill -KILL -u $bare 2>/dev/null || true
        rm -rf "$tree" "/tmp/kelp-bare.$$"
}
trap clean EXIT
mkdir -p "$tree"
git -c safe.directory='*' ls-files -co --exclude-standard -z | tar --null -T - -cf - | tar -xf - -C "$tree"
chmod 755 "$home" "$tree"
# Tests that need the other account find a helper of root's here: a socket to nothing else.
mkdir -p /tmp/kelp-bare.$$
chown $bare /tmp/kelp-bare.$$
chown -R $user "$tree"

run() {
        runuser -u $user -- env -i HOME="$home" PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin \
                LANG=C.UTF-8 TERM=xterm USER=$user KELP_TEST_STRICT="${KELP_TEST_STRICT-}" \
                KELP_TEST_CGROUP="${1-}" BENCH="${BENCH-}" make --no-print-directory -C "$tree" "${@:2}"
}
export -f run
export user home tree KELP_TEST_STRICT
# The usual v2 view, for this run only: the machine's own mounts stay as they are.
code=0
unshare -m bash -c '
        set -u
        mkdir -p /sys/fs/cgroup
        if mount -t cgroup2 cgroup2 /sys/fs/cgroup 2>/dev/null; then
                group=/sys/fs/cgroup/$user
                # Something to set a limit with: the one controller that v1 leaves over where v1 has the rest.
                echo +hugetlb >/sys/fs/cgroup/cgroup.subtree_control 2>/dev/null
                mkdir -p $group/run
                chown -R $user: $group
                echo $$ > $group/run/cgroup.procs && cg=1
        fi
        run "${cg-}" "$@"' bash "$@" || code=$?
if [ -d "$tree/build/bench" ]; then
        mkdir -p build/bench
        cp -r "$tree/build/bench/." build/bench/
fi
# The rung without subordinate ids, as the other account.
case " $* " in *" check-user "*)
        cp "$tree/build/kelp" "$tree/tests/bats/rung-single.sh" /tmp/kelp-bare.$$/
        runuser -u $bare -- env -i HOME="/tmp/kelp-bare.$$" PATH=/usr/local/bin:/usr/bin:/bin LANG=C.UTF-8 \
                bash /tmp/kelp-bare.$$/rung-single.sh /tmp/kelp-bare.$$ "$tree/build/fixtures" || code=1
        ;;
esac
exit $code
