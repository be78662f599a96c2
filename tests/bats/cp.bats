#!/usr/bin/env bats
# kelp cp: every direction, running and stopped containers, and what must not be left.
load helper

host() {
        H=$BATS_TEST_TMPDIR/host
        mkdir -p "$H/dir/sub"
        echo one >"$H/one"
        echo two >"$H/dir/sub/two"
        ln -s sub/two "$H/dir/link"
}

running() {
        kelp run -d --name "$1" --network=none -w /srv "${@:2}" busybox sleep 1000 >/dev/null
}

inside() {
        kelp exec "$@"
}

# What a container that does not run has.
look() {
        kelp cp "$1:$2" - | tar -xOf - 2>/dev/null
}

@test "cp: a file to a running container: root, directory, new name, working directory" {
        host
        running c
        kelp cp "$H/one" c:/
        kelp cp "$H/one" c:/tmp
        kelp cp "$H/one" c:/tmp/.
        kelp cp "$H/one" c:/tmp/new
        kelp cp "$H/one" c:.
        kelp cp "$H/one" c:named
        run inside c cat /one /tmp/one /tmp/new /srv/one /srv/named
        is "one
one
one
one
one"
        run kelp cp "$H/none" c:/tmp
        code 125
        has "\"$H/none\" could not be found on the host"
        run kelp cp "$H/one" c:/none/
        code 125
        has '"/none/" could not be found on container c: no such file or directory'
        run kelp cp "$H/one" c:/none/one
        code 125
        run kelp cp "$H/one" "$H/two"
        code 125
        has "one of the two must be a container's"
        run kelp cp "$H/one" nosuch:/
        code 125
        has "no such container"
}

@test "cp: directories, their contents, links in them, to a stopped container and back" {
        host
        kelp create --name c --network=none -w /srv busybox true
        kelp cp "$H/dir" c:/
        kelp cp "$H/dir/" c:/new
        kelp cp "$H/dir/." c:/tmp/
        kelp cp "$H/dir/." c:fresh
        for path in /dir/sub/two /new/sub/two /tmp/sub/two /srv/fresh/sub/two; do
                run look c $path
                is two
        done
        kelp cp c:/new "$H/back"
        [ "$(readlink "$H/back/link")" = sub/two ]
        [ "$(cat "$H/back/link")" = two ]
        [ "$(stat -c %u "$H/back/sub/two")" = "$(id -u)" ]
        mkdir "$H/there"
        kelp cp c:/new "$H/there"
        [ -e "$H/there/new/sub/two" ]
        kelp cp c:/new/. "$H/there"
        [ -e "$H/there/sub/two" ]
        kelp cp c:/new/link "$H/followed"
        [ ! -L "$H/followed" ]
        [ "$(cat "$H/followed")" = two ]
        run kelp cp "$H/dir" c:/new/sub/two
        code 125
        has "destination must be a directory when copying a directory"
}

@test "cp: files belong to the container's user, or keep their owners" {
        host
        running c -u web
        kelp cp "$H/one" c:/tmp/mine
        chmod 755 "$H/one"
        kelp cp "$H/one" c:/tmp/mode
        run inside c stat -c '%U %a' /tmp/mine /tmp/mode
        is "web 644
web 755"
        tar --owner=1042 --group=1043 -C "$H" -cf "$H/a.tar" one
        kelp cp -a=false - c:/tmp <"$H/a.tar"
        run inside c stat -c '%u:%g' /tmp/one
        is 1042:1043
        kelp cp - c:/srv <"$H/a.tar"
        run inside c stat -c '%U' /srv/one
        is web
}

@test "cp: tar streams, compressed ones, names like a layer's whiteouts" {
        host
        kelp create --name c --network=none busybox true
        touch "$H/.wh.one"
        tar -C "$H" -czf - one .wh.one dir | kelp cp - c:/tmp
        run bash -c "'$KELP' --root '$ROOT' --runroot '$RUNROOT' cp c:/tmp - | tar -t | sort"
        is "tmp/
tmp/.wh.one
tmp/dir/
tmp/dir/link
tmp/dir/sub/
tmp/dir/sub/two
tmp/one"
        run bash -c "echo x | '$KELP' --root '$ROOT' --runroot '$RUNROOT' cp - c:/etc/passwd"
        code 125
        has "must be a directory when copying from stdin"
        run bash -c "echo 'this is no archive' | '$KELP' --root '$ROOT' --runroot '$RUNROOT' cp - c:/tmp"
        code 125
        has "copying from stdin"
        store_has_no_staging
}

store_has_no_staging() {
        [ -z "$(ls "$ROOT/staging")" ]
}

@test "cp: between containers, and within one" {
        host
        running a
        kelp create --name b --network=none busybox true
        kelp cp "$H/dir" a:/tmp
        kelp cp a:/tmp/dir b:/srv
        run look b /srv/dir/sub/two
        is two
        kelp cp b:/srv/dir a:/back
        run inside a cat /back/sub/two
        is two
        kelp cp b:/srv/dir b:/srv/again
        run look b /srv/again/sub/two
        is two
        kelp cp a:/back/sub/two a:/two
        run inside a cat /two
        is two
        kelp create --name k --userns keep-id --network=none busybox true
        kelp cp -a a:/two k:/twice
        [ "$(look k /twice)" = two ]
        bash -c "'$KELP' --root '$ROOT' --runroot '$RUNROOT' cp a:/two - | '$KELP' --root '$ROOT' --runroot '$RUNROOT' cp - k:/tmp"
        run look k /tmp/two
        is two
}

@test "cp: what is mounted, while it runs and while it does not" {
        host
        mkdir "$H/data" "$H/fixed"
        running c -v "$H/data:/data" -v "$H/fixed:/fixed:ro" --tmpfs /scratch
        kelp cp "$H/one" c:/data
        [ "$(cat "$H/data/one")" = one ]
        kelp cp "$H/one" c:/scratch
        run inside c cat /scratch/one
        is one
        run kelp cp "$H/one" c:/fixed
        code 125
        has "Read-only"
        kelp stop -t 0 c
        kelp cp "$H/dir" c:/data
        [ "$(cat "$H/data/dir/sub/two")" = two ]
        kelp cp c:/data/dir/sub/two "$H/got"
        [ "$(cat "$H/got")" = two ]
        run kelp cp "$H/one" c:/fixed
        code 125
        has "Read-only"
        [ -z "$(ls "$H/fixed")" ]
}

@test "cp: the places of mounts are made for the copy alone, in volumes and in the root" {
        d=$BATS_TEST_TMPDIR
        echo text >"$d/file"
        mkdir "$d/host"
        kelp volume create outer >/dev/null
        kelp volume create inner >/dev/null
        kelp create --name c -v outer:/new/volume -v inner:/new/volume/deep/inner -v "$d/host:/new/volume/host" \
                -v "$d/file:/other/file" busybox true >/dev/null
        kelp cp "$d/file" c:/new/volume/deep/inner
        kelp cp "$d/file" c:/new/volume/host/
        kelp cp c:/other/file "$d/got"
        [ "$(cat "$(kelp volume inspect -f '{{.Mountpoint}}' inner)/file" "$d/host/file" "$d/got")" = $'text\ntext\ntext' ]
        [ "$(ls -A "$(kelp volume inspect -f '{{.Mountpoint}}' outer)")" = "" ]
        run kelp diff c
        lacks /new
        lacks /other
        # what a volume has at such a place is its own, whatever order the mounts have
        kelp volume create mine >/dev/null
        echo mine >"$(kelp volume inspect -f '{{.Mountpoint}}' mine)/file"
        mkdir "$(kelp volume inspect -f '{{.Mountpoint}}' mine)/dir"
        kelp create --name d -v "$d/file:/n/file" -v "$d/host:/n/dir" -v mine:/n busybox true >/dev/null
        kelp cp "$d/file" d:/tmp/
        [ "$(cat "$(kelp volume inspect -f '{{.Mountpoint}}' mine)/file")" = mine ]
        [ -d "$(kelp volume inspect -f '{{.Mountpoint}}' mine)/dir" ]
        # what is put beside a place stays, with what leads there
        kelp cp "$d/file" c:/new/volume/deep/
        [ "$(ls -A "$(kelp volume inspect -f '{{.Mountpoint}}' outer)/deep")" = file ]
}

@test "cp: files and directories replace each other with --overwrite alone" {
        host
        kelp create --name c --network=none busybox true
        kelp cp "$H/dir" c:/tmp/one
        run kelp cp "$H/one" c:/tmp
        code 125
        has 'error creating "/tmp/one": a directory is there: file exists'
        has "--overwrite"
        kelp cp --overwrite "$H/one" c:/tmp
        run look c /tmp/one
        is one
        run kelp cp --overwrite "$H/dir" c:/tmp/one
        code 0
        run look c /tmp/one/sub/two
        is two
        # on the host the destination is told as it was given
        mkdir "$H/to" "$H/to/one"
        kelp cp "$H/one" c:/tmp/file
        kelp cp c:/tmp/file "$H/to/named"
        mkdir "$H/to/file"
        run kelp cp c:/tmp/file "$H/to"
        code 125
        has "copy to $H/to: error creating \"/file\": a directory is there: file exists"
        rmdir "$H/to/file"
        : >"$H/to/sub"
        run kelp cp c:/tmp/one/sub "$H/to"
        code 125
        has "copy to $H/to: error creating \"/sub\": a file is there: file exists"
}

@test "cp: links in a container do not lead out of it, neither for reading nor for writing" {
        host
        echo secret >"$H/secret"
        mkdir "$H/victim"
        running c
        inside c ln -s "$H/secret" /tmp/secret
        inside c ln -s "$H/victim" /tmp/victim
        inside c ln -s ../../../../../../.. /up
        inside c ln -s .. /tmp/parent
        for stopped in no yes; do
                run kelp cp c:/tmp/secret "$H/stolen"
                code 125
                [ ! -e "$H/stolen" ]
                run kelp cp "$H/one" c:/tmp/victim/one
                code 125
                run kelp cp c:/up/etc/passwd -
                [[ $output == *web:x:33* ]]
                rm -rf "$H/top"
                kelp cp c:/up "$H/top"
                [ -e "$H/top/bin/payload" ]
                rm -rf "$H/top"
                kelp cp c:/tmp/parent "$H/top"
                [ -e "$H/top/bin/payload" ]
                kelp cp "$H/one" c:/up
                [ -z "$(ls "$H/victim")" ]
                [ $stopped = yes ] || kelp stop -t 0 c
        done
        # A directory of the copy that is a link on the other side is not written through.
        mkdir -p "$H/dest/app"
        ln -s "$H/victim" "$H/dest/app/sub"
        kelp create --name d --network=none busybox true
        kelp cp "$H/dir" d:/app
        run kelp cp d:/app "$H/dest"
        code 125
        [ -z "$(ls "$H/victim")" ]
}

@test "cp: modes are kept whatever the umask is, of fifos too" {
        host
        mkfifo -m 0666 "$H/dir/fifo"
        chmod 0660 "$H/one"
        kelp create --name c --network=none busybox true
        umask 077
        kelp cp "$H/dir" c:/tmp
        kelp cp "$H/one" c:/tmp
        run bash -c "'$KELP' --root '$ROOT' --runroot '$RUNROOT' cp c:/tmp - | tar -tv"
        has "prw-rw-rw-"
        has "-rw-rw----"
}

@test "cp: setuid bits stay in the container, proc is not copied" {
        host
        running c
        inside c sh -c 'cp /bin/busybox /tmp/su && chmod 4755 /tmp/su'
        kelp cp c:/tmp/su "$H/su"
        [ "$(stat -c %a "$H/su")" = 755 ]
        kelp cp c:/ "$H/all"
        [ -z "$(ls "$H/all/proc")" ]
        [ -e "$H/all/bin/sh" ]
}
