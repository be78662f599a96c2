#!/usr/bin/env bats
# kelp volume, and volumes in run and create.
load helper

mountpoint() {
        kelp volume inspect -f '{{.Mountpoint}}' "$1"
}

@test "volume create: names, labels, what exists already" {
        run kelp volume create -d local --label l=x --label bare vol
        is vol
        run kelp volume create vol
        code 125
        has "volume with name vol already exists: volume already exists"
        run kelp volume create --ignore vol
        is vol
        run kelp volume create
        [[ $output =~ ^[0-9a-f]{64}$ ]]
        run kelp volume create --name other
        is other
        for bad in ../x a/b -x .x 'a b' ''; do
                run kelp volume create -- "$bad"
                code 125
        done
        run kelp volume create -d nfs x
        code 125
        has 'volume driver "nfs" is not supported'
        [ "$(kelp volume inspect -f '{{.Labels.l}}|{{.Driver}}|{{.Scope}}|{{.Anonymous}}' vol)" = "x|local|local|false" ]
        [ -d "$(mountpoint vol)" ]
}

@test "volume create: options that a user can have, and those that only root can" {
        kelp volume create -o type=tmpfs -o o=size=2M,noexec -o device=tmpfs t
        [ "$(kelp volume inspect -f '{{.Options.o}}' t)" = "size=2M,noexec" ]
        run kelp volume create -o type=bind -o device=/bogus b
        code 125
        has "invalid volume option device for driver 'local': faccessat /bogus: no such file or directory"
        run kelp volume create -o type=xfs -o device=/dev/sda x
        code 125
        has "type=xfs is not supported"
        run kelp volume create -o o=size=1G x
        code 125
        has "project quotas"
        run kelp volume create -o wrong=1 x
        code 125
        has "invalid volume option wrong"
        run kelp volume exists x
        code 1
}

@test "volume create: an owner" {
        kelp volume create --uid 7 --gid 8 owned
        [ "$("$KELP" unshare stat -c %u:%g "$(mountpoint owned)")" = 7:8 ]
        kelp volume create -o o=uid=9,gid=10 owned2
        [ "$("$KELP" unshare stat -c %u:%g "$(mountpoint owned2)")" = 9:10 ]
        [ "$(kelp volume inspect -f '{{.UID}}:{{.GID}}' owned2)" = 9:10 ]
}

@test "volume ls: table, quiet, formats, nothing" {
        run kelp volume ls
        is ""
        kelp volume create b
        kelp volume create a
        run kelp volume ls
        [[ ${lines[0]} =~ ^DRIVER\ +VOLUME\ NAME$ ]]
        [[ ${lines[1]} =~ ^local\ +a$ ]]
        [ "$(kelp volume ls -q)" = "$(printf 'a\nb')" ]
        [ "$(kelp volume list -n | wc -l)" = 2 ]
        [ "$(kelp volume ls --format '{{.Name}}:{{.NeedsCopyUp}}')" = "$(printf 'a:true\nb:true')" ]
        [ "$(kelp volume ls --format json | jq -r '.[1].Name')" = b ]
        run kelp volume ls --format 'table {{.Name}}'
        [ "${lines[0]}" = "VOLUME NAME" ]
}

@test "volume ls: filters" {
        kelp volume create --label x=1 --label y=2 v1
        kelp volume create --label x=2 v2
        kelp volume create -o type=tmpfs v3
        [ "$(kelp volume ls -q -f 'name=v[12]')" = "$(printf 'v1\nv2')" ]
        [ "$(kelp volume ls -q -f label=x | wc -l)" = 2 ]
        [ "$(kelp volume ls -q -f label=x=1)" = v1 ]
        [ "$(kelp volume ls -q -f label=x -f label=y)" = v1 ]
        [ "$(kelp volume ls -q -f 'label!=x')" = v3 ]
        [ "$(kelp volume ls -q -f opt=type)" = v3 ]
        [ "$(kelp volume ls -q -f driver=local | wc -l)" = 3 ]
        [ "$(kelp volume ls -q -f driver=other)" = "" ]
        [ "$(kelp volume ls -q -f since=v2)" = v3 ]
        [ "$(kelp volume ls -q -f until=1h)" = "" ]
        [ "$(kelp volume ls -q -f dangling=true | wc -l)" = 3 ]
        run kelp volume ls -f nosuch=x
        code 125
        has '"nosuch" is an invalid volume filter'
        run kelp volume ls -f dangling=maybe
        code 125
}

@test "volume inspect, exists, rm: names, beginnings of names, all" {
        kelp volume create alpha
        kelp volume create beta
        run kelp volume inspect alp
        has '"Name": "alpha"'
        [ "$(kelp volume inspect -a | jq length)" = 2 ]
        run kelp volume inspect nosuch
        code 125
        has 'no volume with name "nosuch" found: no such volume'
        run kelp volume exists alpha
        code 0
        run kelp volume exists alp
        code 1
        run kelp volume rm nosuch
        code 1
        has 'no volume with name "nosuch" found: no such volume'
        run kelp volume rm -f nosuch alpha
        code 0
        is alpha
        run kelp volume rm
        code 125
        run kelp volume rm -a
        is beta
        [ -z "$(find "$ROOT/volumes" "$ROOT/staging" -mindepth 1)" ]
}

@test "volume prune: asks, filters" {
        kelp volume create --label keep a
        kelp volume create b
        run bash -c "echo n | '$KELP' --root '$ROOT' --runroot '$RUNROOT' volume prune"
        has WARNING
        [ "${lines[1]}" = a ]
        run kelp volume prune -f --filter 'label!=keep'
        is b
        run kelp volume prune -f
        is a
        run kelp volume prune -f
        is ""
}

@test "volume export, import: owners, names that are whiteouts in layers, compression, hostile paths" {
        kelp volume create v
        kelp volume create w
        "$KELP" unshare sh -c "cd '$(mountpoint v)' && echo hello >f && echo x >.wh.f && mkdir d && ln -s /etc l && chown 5:6 f"
        kelp volume export v -o "$BATS_TEST_TMPDIR/v.tar"
        gzip -k "$BATS_TEST_TMPDIR/v.tar"
        kelp volume import w - <"$BATS_TEST_TMPDIR/v.tar.gz"
        [ "$(cat "$(mountpoint w)/f")" = hello ]
        [ "$(cat "$(mountpoint w)/.wh.f")" = x ]
        [ "$("$KELP" unshare stat -c %u:%g "$(mountpoint w)/f")" = 5:6 ]
        [ "$(kelp volume export v | tar -x --to-stdout ./f f 2>/dev/null)" = hello ]
        python3 - "$BATS_TEST_TMPDIR/evil.tar" <<'PY'
import sys, tarfile, io
t = tarfile.open(sys.argv[1], "w")
i = tarfile.TarInfo("../escaped"); i.size = 1
t.addfile(i, io.BytesIO(b"x")); t.close()
PY
        run kelp volume import w "$BATS_TEST_TMPDIR/evil.tar"
        code 125
        [ ! -e "$ROOT/volumes/w/escaped" ]
        run kelp volume import nosuch -
        code 125
        has 'no volume with name "nosuch" found'
}

@test "volume mount: inside kelp unshare only; reload" {
        kelp volume create v
        if [ "$(id -u)" != 0 ]; then
                run kelp volume mount v
                code 125
                has 'must execute `kelp unshare` first'
        fi
        run "$KELP" unshare "$KELP" --root "$ROOT" --runroot "$RUNROOT" volume mount v
        is "$(mountpoint v)"
        run "$KELP" unshare "$KELP" --root "$ROOT" --runroot "$RUNROOT" volume unmount v
        is v
        kelp volume reload
}

@test "system df, prune, check, reset know volumes" {
        kelp volume create v
        head -c 50000 /dev/urandom >"$(mountpoint v)/f"
        run kelp system df
        [[ $output =~ "Local Volumes"\ +1\ +0 ]]
        run kelp system df -v
        [[ $output =~ v\ +0 ]]
        kelp system prune -f
        kelp volume exists v
        run kelp system check
        code 0
        echo '{' >"$ROOT/volumes/v/record"
        run kelp system check
        code 1
        has "damaged: volume v"
        kelp volume create w
        run kelp system prune -f --volumes
        has "Deleted Volumes"
        has w
        kelp system reset -f
        [ ! -e "$ROOT/volumes/v" ]
}

@test "run -v NAME: made on first use, kept, shared, removed only when nobody has it" {
        run_quick -v vol:/data busybox sh -c 'echo one >/data/f'
        [ "$(cat "$(mountpoint vol)/f")" = one ]
        [ "$(run_quick -v vol:/x:ro busybox cat /x/f)" = one ]
        run run_quick -v vol:/x:ro busybox touch /x/g
        code 1
        has "Read-only file system"
        kelp create --name c -v vol:/data busybox
        run kelp volume rm vol
        code 2
        has "volume vol is being used by the following container(s): $(kelp inspect -f '{{.Id}}' c): volume is being used"
        kelp volume prune -f
        kelp volume exists vol
        run kelp ps -a --filter volume=vol --format '{{.Names}}'
        is c
        run kelp inspect -f '{{range .Mounts}}{{.Type}} {{.Name}} {{.Destination}} {{.Driver}} {{.RW}} {{.Options}}{{end}}' c
        is "volume vol /data local true [nosuid nodev rbind]"
        kelp volume rm -f -t 0 vol
        run kelp ps -aq
        is ""
        run run_quick -v 'a b:/x' busybox true
        code 125
        run run_quick --mount type=volume,src=nosuch,dst=/x,nocreate busybox true
        code 125
        has 'no volume with name "nosuch" found'
}

@test "run -v: the image's files come into a new volume, with owners, once" {
        kelp run --name base --network=none busybox sh -c 'mkdir -m 750 /d && echo x >/d/f && chown -R 5:6 /d && ln -s f /d/l'
        kelp commit -q base localhost/withd >/dev/null
        run_quick -v v:/d localhost/withd true
        [ "$("$KELP" unshare stat -c '%u:%g:%a' "$(mountpoint v)")" = 5:6:750 ]
        [ "$("$KELP" unshare stat -c '%u:%g' "$(mountpoint v)/f")" = 5:6 ]
        [ "$("$KELP" unshare readlink "$(mountpoint v)/l")" = f ]
        [ "$(kelp volume inspect -f '{{.NeedsCopyUp}} {{.NeedsChown}}' v)" = "false false" ]
        run_quick -v v:/d localhost/withd rm /d/f
        run run_quick -v v:/d localhost/withd ls /d
        is l
        run run_quick -v w:/d:nocopy localhost/withd ls /d
        is ""
        run run_quick --mount type=volume,src=w2,dst=/d,volume-nocopy localhost/withd ls /d
        is ""
        # Into a volume that has something already, nothing comes.
        kelp volume create full
        touch "$(mountpoint full)/mine"
        run run_quick -v full:/d localhost/withd ls /d
        is mine
}

@test "run -v: an empty volume goes to the user of the container" {
        run_quick -u 33:33 -v v:/new busybox touch /new/f
        [ "$("$KELP" unshare stat -c '%u:%g' "$(mountpoint v)")" = 33:33 ]
        kelp volume create fresh
        run_quick -v fresh:/new busybox true
        [ "$(kelp volume inspect -f '{{.NeedsCopyUp}} {{.NeedsChown}}' fresh)" = "true true" ]
}

@test "anonymous volumes: removed with --rm and rm -v, kept by rm" {
        run_quick -v /data busybox touch /data/f
        [ -z "$(kelp volume ls -q)" ]
        kelp run --name c --network=none -v /data busybox touch /data/f
        name=$(kelp volume ls -q)
        [[ $name =~ ^[0-9a-f]{64}$ ]]
        [ "$(kelp volume ls -q -f anonymous=true)" = "$name" ]
        [ -e "$(mountpoint "$name")/f" ]
        kelp start -a c
        kelp rm -v c
        [ -z "$(kelp volume ls -q)" ]
        kelp create --name c -v /data -v named:/n busybox
        kelp rm c
        [ "$(kelp volume ls -q | wc -l)" = 2 ]
        kelp volume prune -f
        # A container that cannot be made leaves none.
        kelp create --name taken busybox
        run kelp create --name taken -v /data busybox
        code 125
        [ -z "$(kelp volume ls -q)" ]
        run kelp run --rm --network=none -v /data busybox nosuchprogram
        code 127
        [ -z "$(kelp volume ls -q)" ]
}

@test "the image's VOLUME: anonymous, tmpfs, ignore" {
        kelp import -c 'VOLUME /data' "$FIXTURES/busybox.tar" localhost/vol >/dev/null
        kelp create --name c localhost/vol true
        [ "$(kelp volume ls -q | wc -l)" = 1 ]
        kelp rm -v c
        [ "$(run_quick --image-volume tmpfs localhost/vol stat -f -c %T /data)" = tmpfs ]
        run run_quick --image-volume ignore localhost/vol ls /data
        code 1
        run_quick --image-volume anonymous localhost/vol touch /data/f
        run run_quick --image-volume bind -v x:/data localhost/vol touch /data/f
        code 0
        [ "$(kelp volume ls -q)" = x ]
        run run_quick --image-volume what localhost/vol true
        code 125
        has 'invalid image-volume type "what"'
}

@test "--volumes-from: volumes and directories of another, with other access, its volume survives it" {
        mkdir "$BATS_TEST_TMPDIR/dir"
        kelp run --name c --network=none -v /anon -v vol:/vol -v "$BATS_TEST_TMPDIR/dir:/dir" busybox \
                sh -c 'echo a >/anon/f; echo v >/vol/f; echo d >/dir/f'
        run run_quick --volumes-from c busybox cat /anon/f /vol/f /dir/f
        is "$(printf 'a\nv\nd')"
        [ "$(kelp volume ls -q | wc -l)" = 2 ]
        run run_quick --volumes-from c:ro busybox touch /vol/g
        code 1
        run run_quick --volumes-from c -v other:/vol busybox ls /vol
        is ""
        run run_quick --volumes-from nosuch busybox true
        code 125
        has 'no container with name or ID "nosuch" found'
        run run_quick --volumes-from c:exec busybox true
        code 125
        kelp create --name d --volumes-from c busybox
        [ "$(kelp inspect -f '{{.HostConfig.VolumesFrom}}' d)" = "[c]" ]
        kelp rm -v c
        [ "$(kelp volume ls -q -f anonymous=true | wc -l)" = 1 ]
        kelp rm -v d
        [ "$(kelp volume ls -q -f anonymous=true | wc -l)" = 0 ]
}

@test "volumes of a tmpfs and of a host directory" {
        kelp volume create -o type=tmpfs -o o=size=2M -o device=tmpfs t
        run run_quick -v t:/vol busybox sh -c 'mount | grep /vol'
        has "size=2048k"
        echo kept >"$BATS_TEST_TMPDIR/out"
        run kelp volume export nosuch -o "$BATS_TEST_TMPDIR/out"
        code 125
        [ "$(cat "$BATS_TEST_TMPDIR/out")" = kept ]
        run kelp volume export t -o /dev/null
        code 125
        mkdir "$BATS_TEST_TMPDIR/d"
        touch "$BATS_TEST_TMPDIR/d/myfile"
        kelp volume create -o type=bind -o device="$BATS_TEST_TMPDIR/d" -o o=bind,ro b
        run run_quick -v b:/vol busybox ls /vol
        is myfile
        run run_quick -v b:/vol busybox touch /vol/x
        code 1
        run_quick --mount 'type=volume,src=made,dst=/v,volume-opt=type=tmpfs' busybox true
        [ "$(kelp volume inspect -f '{{.Options.type}}' made)" = tmpfs ]
}

@test "two containers start at once with a new volume: its files are copied once" {
        for i in 1 2 3 4; do
                kelp run --rm --network=none -v v:/etc busybox true 3>&- &
        done
        wait
        [ -f "$(mountpoint v)/passwd" ]
        [ "$(kelp volume inspect -f '{{.NeedsCopyUp}}' v)" = false ]
        store_is_clean
}

@test "volumes with keep-id" {
        [ "$(id -u)" != 0 ] || skip "keep-id is about another user"
        run_quick --userns=keep-id -v v:/vol busybox sh -c 'touch /vol/f && stat -c %u /vol/f'
}

# "auto" has the caller's id nowhere in it: what belongs to the container is other ids outside.
@test "volumes and secrets with --userns=auto: owners as the container sees them" {
        [ "$(kelp info -f '{{.host.userNamespace.rung}}')" = subids ] || skip "ids of one's own are needed"
        printf secret | kelp secret create s -
        run run_quick --userns=auto -u 3:4 -v v:/etc --secret s,uid=5,gid=6 --secret s,type=env,target=S busybox \
                sh -c 'stat -c %u:%g /etc/passwd /run/secrets/s; cat /run/secrets/s; echo; echo $S'
        is $'0:0\n5:6\nsecret\nsecret'
        run run_quick --userns=auto -u 3:4 -v n:/new:U busybox sh -c 'touch /new/f && stat -c %u:%g /new /new/f'
        is $'3:4\n3:4'
        store_is_clean
}

@test "cp: into and out of the volumes of a container that does not run" {
        kelp create --name c --network=none -v v:/vol busybox true
        kelp start c >/dev/null
        kelp wait c >/dev/null
        echo kept >"$BATS_TEST_TMPDIR/f"
        kelp cp "$BATS_TEST_TMPDIR/f" c:/vol/f
        [ "$(cat "$(mountpoint v)/f")" = kept ]
        kelp cp c:/vol/f "$BATS_TEST_TMPDIR/back"
        [ "$(cat "$BATS_TEST_TMPDIR/back")" = kept ]
}

@test "a copy of the image's files that is cut short is begun anew by the next start" {
        # What is larger than the limit ends the process that writes it, wherever it is: the monitor.
        run bash -c 'ulimit -f 200; "$@"' bash "$KELP" --root "$ROOT" --runroot "$RUNROOT" run --network=none \
                -v v:/bin busybox true
        code 125
        has "monitor"
        where=$(mountpoint v)
        [ -e "$where~" ]
        kelp rm -a >/dev/null
        [ -d "$where" ]
        [ -z "$(ls -A "$where")" ]
        run run_quick -v v:/bin busybox sh -c 'ls /bin | wc -l; ls /bin/busybox'
        is "$(run_quick busybox sh -c 'ls /bin | wc -l; ls /bin/busybox')"
        [ ! -e "$where~" ]
        store_is_clean
}
