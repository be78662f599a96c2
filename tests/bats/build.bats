# kelp build: Containerfiles to images.
# shellcheck shell=bash

load helper
load build_helper

setup_file() {
        export BATS_TEST_TIMEOUT=120
}

@test "FROM, RUN, COPY, ENV, WORKDIR, CMD make an image that runs" {
        containerfile 'FROM busybox' 'ENV WHAT="a b"' 'RUN echo $WHAT >/said' 'COPY page /data/' \
                'WORKDIR /data/more' 'RUN pwd >/where' 'CMD ["cat", "/said", "/data/page", "/where"]'
        echo hello >page
        run build -t made .
        [ "$status" = 0 ]
        has 'STEP 1/7: FROM busybox'
        has 'STEP 3/7: RUN echo $WHAT >/said'
        has 'COMMIT made'
        has 'Successfully tagged localhost/made:latest'
        [ "${lines[-1]}" = "$(kelp inspect -f '{{.Id}}' made)" ]
        run run_quick made
        is $'a b\nhello\n/data/more'
        nothing_left
}

@test "the second build takes every step over, a change makes what follows anew" {
        containerfile 'FROM busybox' 'RUN echo one >/one' 'COPY page /' 'RUN cat /page >/two' 'LABEL x=1'
        echo first >page
        build -t a . >/dev/null
        run build -t b .
        [ "$(grep -c '^--> Using cache' <<<"$output")" = 4 ]
        [ "$(kelp inspect -f '{{.Id}}' a)" = "$(kelp inspect -f '{{.Id}}' b)" ]
        touch page
        run build -t b .
        [ "$(grep -c '^--> Using cache' <<<"$output")" = 4 ]
        echo second >page
        run build -t b .
        [ "$(grep -c '^--> Using cache' <<<"$output")" = 1 ]
        run cat_of b cat /two
        is second
        run build --no-cache -t b .
        lacks 'Using cache'
        chmod 600 page
        run build -t b .
        [ "$(grep -c '^--> Using cache' <<<"$output")" = 1 ]
        nothing_left
}

@test "images of steps are shown by -a, and go with the image built of them" {
        containerfile 'FROM busybox' 'ENV A=1' 'RUN echo x >/x' 'CMD ["true"]'
        build -t made . >/dev/null
        [ "$(kelp images -q | wc -l)" = 2 ]
        [ "$(kelp images -aq | wc -l)" = 4 ]
        [ "$(kelp images -q --filter intermediate=true | wc -l)" = 2 ]
        [ -z "$(kelp images -q --filter dangling=true)" ]
        kelp image prune -f >/dev/null
        [ "$(kelp images -aq | wc -l)" = 4 ]
        run kelp rmi made
        [ "$(grep -c ^Deleted: <<<"$output")" = 3 ]
        [ "$(kelp images -aq | wc -l)" = 1 ]
        nothing_left
}

@test "an image that lost its name is pruned with the steps that made it" {
        containerfile 'FROM busybox' 'RUN echo 1 >/x' 'RUN echo 1 >/y'
        build -t made . >/dev/null
        sed -i s/1/2/g Containerfile
        build -t made . >/dev/null
        run kelp image prune -f
        [ "${#lines[@]}" = 2 ]
        [ "$(kelp images -aq | wc -l)" = 3 ]
        nothing_left
}

@test "stages: by name, by number, only what the target needs" {
        containerfile 'FROM busybox AS one' 'RUN echo 1 >/one' 'FROM busybox AS unused' 'RUN false' \
                'FROM one' 'RUN echo 3 >/three' 'FROM busybox' 'COPY --from=one /one /from-one' \
                'COPY --from=2 /three /from-two' 'COPY --from=localhost/busybox /bin/true /from-image'
        run build -t made .
        [ "$status" = 0 ]
        has '[4/4] STEP 4/4: COPY --from=localhost/busybox /bin/true /from-image'
        lacks 'RUN false'
        run cat_of made sh -c 'cat /from-one /from-two; ls /from-image; ls /one'
        has $'1\n3\n/from-image'
        has 'No such file'
        run build --target one -t first .
        lacks three
        run cat_of first cat /one
        is 1
        run build --skip-unused-stages=false .
        [ "$status" = 1 ]
        run build --target nowhere .
        [ "$status" = 125 ]
        has 'target "nowhere" was not found'
        nothing_left
}

@test "a RUN that fails: its exit code, no container, and the steps before it stay" {
        containerfile 'FROM busybox' 'RUN echo x >/x' 'RUN echo failing; exit 7'
        run build -t made .
        [ "$status" = 7 ]
        has failing
        has 'building at STEP "RUN echo failing; exit 7": while running runtime: exit status 7'
        nothing_left
        run kelp image exists made
        [ "$status" = 1 ]
        sed -i 's/exit 7/true/' Containerfile
        run build -t made .
        has 'Using cache'
        [ "$status" = 0 ]
        containerfile 'FROM busybox' 'RUN exit 3'
        run build --layers=false .
        [ "$status" = 3 ]
        nothing_left
}

@test "COPY: directories, patterns, links, slashes" {
        containerfile 'FROM busybox' 'COPY d /d1' 'COPY d /d2/' 'COPY d/a d/b /both/' 'COPY d/* /star/' \
                'COPY link /from-link' 'COPY d/a /plain' 'WORKDIR /w' 'COPY d/a rel' 'COPY . /all/' \
                'COPY nodir/../d/b /clean'
        mkdir -p d/sub nodir
        echo a >d/a && echo b >d/b && echo c >d/sub/c && ln -s a d/rel && ln -s d/a link
        build -t made . >/dev/null
        run cat_of made sh -c 'cd /; find d1 d2 both star from-link plain w clean | sort; cat from-link clean;
                readlink d1/rel; ls all | tr "\n" " "'
        is $'both\nboth/a\nboth/b\nclean\nd1\nd1/a\nd1/b\nd1/rel\nd1/sub\nd1/sub/c\nd2\nd2/a\nd2/b\nd2/rel\nd2/sub\nd2/sub/c\nfrom-link\nplain\nstar\nstar/a\nstar/b\nstar/c\nstar/rel\nw\nw/rel\na\nb\na\nContainerfile d link nodir '
        nothing_left
}

@test "COPY follows the image's links, and keeps its directories as they are" {
        containerfile 'FROM busybox' 'RUN mkdir -m 1711 /real && chown 3:4 /real && ln -s /real /link && ln -s ../../.. /up' \
                'COPY d /link' 'COPY d/a /link/new/' 'COPY d/a /up/top'
        mkdir d && echo a >d/a
        build -t made . >/dev/null
        run cat_of made sh -c 'stat -c "%a %u:%g %F" /real; readlink /link; cat /real/a /real/new/a /top'
        is $'1711 3:4 directory\n/real\na\na\na'
        containerfile 'FROM busybox' 'COPY d /bin/sh/x'
        run build .
        [ "$status" = 125 ]
        containerfile 'FROM busybox' 'COPY d/a /etc' 'COPY d/a /'
        build -t made . >/dev/null
        run cat_of made cat /etc/a /a
        is $'a\na'
        containerfile 'FROM busybox' 'COPY x /'
        mkdir -p x && echo file >x/etc
        run build .
        [ "$status" = 125 ]
        has 'a file cannot replace it'
        nothing_left
}

@test "COPY --chown, --chmod, --parents, --exclude, --link" {
        containerfile 'FROM busybox' 'RUN echo me:x:12:34::/:/bin/sh >>/etc/passwd; echo us:x:56: >>/etc/group' \
                'COPY --chown=me:us d /o1/' 'COPY --chown=7 d/a /o2/a' 'COPY --chmod=4711 d/a /m' \
                'COPY --parents d/sub/c /p/' 'COPY --exclude=*.o d /e/' 'COPY --link d/a /l/a' 'COPY d/s /s'
        mkdir -p d/sub && echo a >d/a && echo c >d/sub/c && touch d/x.o d/s && chmod 6755 d/s
        build -t made . >/dev/null
        run cat_of made sh -c 'stat -c "%u:%g %a %n" /o1 /o1/a /o1/sub/c /o2 /o2/a /m /s; find /p /e | sort; cat /l/a'
        is $'12:56 755 /o1\n12:56 644 /o1/a\n12:56 644 /o1/sub/c\n7:7 755 /o2\n7:7 644 /o2/a\n0:0 4711 /m\n0:0 755 /s\n/e\n/e/a\n/e/s\n/e/sub\n/e/sub/c\n/p\n/p/d\n/p/d/sub\n/p/d/sub/c\na'
        containerfile 'FROM busybox' 'COPY --chown=nobody-here d /x'
        run build .
        [ "$status" = 125 ]
        has 'nobody-here'
}

@test "what COPY names cannot lead out of the context" {
        echo secret >"$BATS_TEST_TMPDIR/secret"
        containerfile 'FROM busybox' 'COPY ../secret /s'
        run build .
        [ "$status" = 125 ]
        has 'no such file or directory'
        ln -s ../secret up && ln -s "$BATS_TEST_TMPDIR/secret" abs && ln -s .. parent && ln -s / root
        for source in up abs parent/secret "root$BATS_TEST_TMPDIR/secret" "root/etc/passwd"; do
                containerfile 'FROM busybox' "COPY $source /s"
                run build .
                [ "$status" = 125 ]
        done
        # in a directory a link is copied as a link
        mkdir -p d && ln -sf ../../secret d/l
        containerfile 'FROM busybox' 'COPY d /d'
        build -t made . >/dev/null
        run cat_of made readlink /d/l
        is ../../secret
        containerfile 'FROM busybox' "RUN --mount=type=bind,source=../secret,target=/m cat /m"
        run build .
        [ "$status" = 125 ]
        nothing_left
}

@test "ADD unpacks archives, and takes no entry that leads outside" {
        containerfile 'FROM busybox' 'RUN ln -s usr /real' 'ADD a.tar.gz /x/' 'ADD a.tar.xz /real' 'ADD plain /plain'
        mkdir -p in/d && echo a >in/d/a && ln in/d/a in/d/b && ln -s a in/d/l && echo plain >plain
        tar -czf a.tar.gz -C in . && tar -cJf a.tar.xz -C in d
        build -t made . >/dev/null
        run cat_of made sh -c 'cat /x/d/a /x/d/b /usr/d/a /plain; readlink /x/d/l; readlink /real; stat -c %h /x/d/a'
        is $'a\na\na\nplain\na\nusr\n2'
        python3 -c 'import tarfile, io
t = tarfile.open("evil.tar", "w"); i = tarfile.TarInfo("../../evil"); i.size = 1; t.addfile(i, io.BytesIO(b"x"))'
        containerfile 'FROM busybox' 'ADD evil.tar /x/'
        run build .
        [ "$status" = 125 ]
        has 'leads outside'
        containerfile 'FROM busybox' 'COPY a.tar.gz /x/'
        build -t made . >/dev/null
        run cat_of made ls /x
        is a.tar.gz
        nothing_left
}

@test "here-documents: a program, a shell's, a file" {
        containerfile 'FROM busybox' 'RUN <<EOF' 'echo one >/one' 'echo two >/two' 'EOF' \
                'RUN cat <<A >/three && cat <<B >>/three' 'x $HOME' 'A' 'y' 'B' \
                'RUN <<EOF' '#!/bin/sh' 'echo "$0" >/four' 'EOF' 'ARG V=5' \
                'COPY <<five <<"six" /files/' 'value $V' 'five' 'value $V' 'six'
        build -t made . >/dev/null
        run cat_of made cat /one /two /three /four /files/five /files/six
        is $'one\ntwo\nx /root\ny\n/dev/kelp-script\nvalue 5\nvalue $V'
        nothing_left
}

@test "ARG: given, default, unused; in the history and the cache" {
        containerfile 'ARG BASE=busybox' 'FROM $BASE' 'ARG A=one' 'RUN echo $A >/a' 'ARG B' 'RUN echo "$B" >/b'
        export C=from-the-environment
        run build -t made --build-arg B=two --build-arg C --build-arg D=4 .
        has 'one or more build args were not consumed: [C D]'
        run cat_of made cat /a /b
        is $'one\ntwo'
        run kelp history --no-trunc made
        has '|1 A=one /bin/sh -c echo $A >/a'
        run build -t made --build-arg B=three .
        [ "$(grep -c 'Using cache' <<<"$output")" = 3 ]
        printf '# values\nB=file\n' >args
        build -t made --build-arg-file args . >/dev/null
        run cat_of made cat /b
        is file
}

@test "ONBUILD is done by whoever builds on the image" {
        containerfile 'FROM busybox' 'ONBUILD COPY page /' 'ONBUILD RUN cat /page >/copied'
        echo hi >page
        build -t base . >/dev/null
        run cat_of base ls /page
        [ "$status" != 0 ]
        containerfile 'FROM base' 'RUN cat /copied >/again'
        run build -t made .
        has 'STEP 3/4: RUN cat /page >/copied'
        run cat_of made cat /again
        is hi
        run kelp inspect -f '{{.Config.OnBuild}}' made
        lacks COPY
}

@test "USER, ENTRYPOINT, LABEL, EXPOSE, VOLUME, STOPSIGNAL, SHELL, HEALTHCHECK, MAINTAINER" {
        containerfile 'FROM busybox' 'MAINTAINER somebody' 'USER 5:6' 'RUN id -u >/tmp/u; id -g >>/tmp/u' \
                'LABEL a=b "c d"="e f"' 'EXPOSE 80 53/udp' 'VOLUME /v' 'STOPSIGNAL SIGINT' \
                'SHELL ["/bin/sh", "-ec"]' 'HEALTHCHECK CMD true' 'ENTRYPOINT ["cat"]' 'CMD ["/tmp/u"]'
        run build --format docker -t made .
        [ "$status" = 0 ]
        run run_quick made
        is $'5\n6'
        run kelp inspect -f '{{.Author}} {{.Config.Labels}} {{.Config.StopSignal}} {{.User}} {{.Config.Healthcheck}}' made
        has 'somebody map[a:b c d:e f] SIGINT 5:6'
        has true
        run build -t oci .
        has 'HEALTHCHECK is not supported for OCI image format'
}

@test "FROM scratch: only what is copied" {
        containerfile 'FROM scratch' 'COPY page /d/'
        echo hi >page
        build -t made . >/dev/null
        kelp create --name c made x
        run bash -c '"$KELP" --root "$ROOT" --runroot "$RUNROOT" export c | tar -t | sort'
        has d/page
        lacks bin
        kelp rm c >/dev/null
        run build -t made .
        has 'Using cache'
        containerfile 'FROM scratch' 'RUN x'
        run build .
        [ "$status" = 125 ]
        has 'nothing to run'
        containerfile 'FROM scratch'
        build -t empty . >/dev/null
        nothing_left
}

@test "--squash, --squash-all, --layers=false" {
        containerfile 'FROM busybox' 'RUN echo 1 >/one; echo x >/gone' 'RUN rm /gone /bin/true; mkdir /d' 'RUN echo 2 >/d/two'
        base=$(kelp inspect -f '{{len .RootFS.Layers}}' busybox)
        for how in --squash --layers=false --squash-all; do
                build $how -t made . >/dev/null
                run kelp inspect -f '{{len .RootFS.Layers}}' made
                if [ $how = --squash-all ]; then is 1; else is $((base + 1)); fi
                run cat_of made sh -c 'cat /one /d/two; ls /gone /bin/true'
                has $'1\n2'
                has '/gone: No such file'
                has '/bin/true: No such file'
        done
        kelp rmi made >/dev/null
        kelp image prune -f >/dev/null
        [ "$(kelp images -aq | wc -l)" = 1 ]
        build --layers=false -t made . >/dev/null
        [ "$(kelp images -aq | wc -l)" = 2 ]
        nothing_left
}

@test "RUN --mount: bind, cache, tmpfs, secret" {
        containerfile 'FROM busybox AS one' 'RUN echo 1 >/one' 'FROM busybox' \
                'RUN --mount=type=bind,target=/m cat /m/page >/page; ! touch /m/new' \
                'RUN --mount=type=bind,source=d,target=/m,rw touch /m/new' \
                'RUN --mount=type=bind,from=one,source=/one,target=/m2 cat /m2 >/one' \
                'RUN --mount=type=cache,target=/c echo x >>/c/count; wc -l </c/count >/count' \
                'RUN --mount=type=tmpfs,target=/t,size=1m grep -c " /t tmpfs" /proc/mounts' \
                'RUN --mount=type=secret,id=s cat /run/secrets/s >/said' \
                'RUN --mount=type=secret,id=s,env=S,target=/k,mode=0444 echo "$S" >>/said; stat -c %a /k >>/said'
        mkdir -p d && echo page >page
        echo hush >"$BATS_TEST_TMPDIR/s"
        build --secret id=s,src="$BATS_TEST_TMPDIR/s" -t made . >/dev/null
        run cat_of made sh -c 'cat /page /one /count /said; ls -d /m /m2 /c /t /k /run/secrets'
        has $'page\n1\n1\nhush\nhush\n'
        has 444
        for path in /m /m2 /c /t /k /run/secrets; do
                has "$path: No such file"
        done
        [ ! -e d/new ]
        build --no-cache --secret id=s,src="$BATS_TEST_TMPDIR/s" -t made . >/dev/null
        run cat_of made cat /count
        is 2
        kelp image prune -f --build-cache >/dev/null
        build --no-cache --secret id=s,src="$BATS_TEST_TMPDIR/s" -t made . >/dev/null
        run cat_of made cat /count
        is 1
        run kelp history --no-trunc made
        lacks hush
        containerfile 'FROM busybox' 'RUN --mount=type=ssh true'
        run build .
        [ "$status" = 125 ]
        has 'type=ssh is not offered'
        containerfile 'FROM busybox' 'RUN --mount=type=secret,id=none,required=true true'
        run build .
        [ "$status" = 125 ]
        nothing_left
}

@test "RUN with fuse-overlayfs: places to mount at are no change, what is made is one" {
        [ -w /dev/fuse ] || skip "no /dev/fuse"
        containerfile 'FROM busybox' 'RUN --mount=type=tmpfs,target=/t/u true' 'RUN mkdir -p /new/empty; echo x >/new/x'
        kelp --storage-driver fuse-overlayfs build --network none --iidfile ../id --layers -t made . >/dev/null
        run cat_of made sh -c 'ls -d /t; cat /new/x; ls -A /new /new/empty'
        has '/t: No such file'
        has $'x\n/new:\nempty\nx\n\n/new/empty:'
        kelp save -o ../made.tar --format oci-archive made
        mkdir ../made && tar -xf ../made.tar -C ../made
        # each entry of a layer once, the marker of a new directory among them
        for layer in ../made/blobs/sha256/*; do
                [ -z "$(tar -tf "$layer" 2>/dev/null | sort | uniq -d)" ]
        done
        nothing_left
}

@test "--stdin, --mount, --group-add, --cap-drop, --shm-size, --volume: a RUN has them" {
        # shellcheck disable=SC2016
        containerfile 'FROM busybox' 'RUN cat >/in; echo end >>/in' 'RUN --mount=type=cache,target=/c cat /m/page >/page' \
                'RUN id -G >/groups; grep CapEff /proc/self/status >/caps; df /dev/shm | tail -1 >/shm; cat /v/w/page >/vol'
        mkdir ../vol && echo volume >../vol/page && echo page >page
        echo typed | build --stdin --mount type=bind,target=/m --group-add 1234 --cap-drop ALL --shm-size 10m \
                -v "$BATS_TEST_TMPDIR/vol:/v/w:ro" -t made . >/dev/null
        run cat_of made sh -c 'cat /in /page /groups /caps /vol; ls -d /m /v; grep -o 10240 /shm | head -1'
        has $'typed\nend\npage\n0 1234\nCapEff:\t0000000000000000\nvolume\n'
        has '/m: No such file'
        has '/v: No such file'
        has 10240
        run build --mount type=nosuch,target=/m .
        [ "$status" = 125 ]
        has '--mount type=nosuch,target=/m: invalid mount type "nosuch"'
        run build .
        [ "$status" = 1 ] # no /m/page
        nothing_left
}

@test "a layer that an image has twice" {
        containerfile 'FROM busybox' 'RUN --mount=type=tmpfs,target=/t true' \
                'RUN --mount=type=bind,target=/m true' 'RUN echo x >/x' \
                'RUN --mount=type=tmpfs,target=/t true'
        build --timestamp 1 -t made . >/dev/null
        [ "$(kelp inspect -f '{{json .RootFS.Layers}}' made | jq 'length - (unique | length)')" = 2 ]
        kelp run --rm --network=none --name c -d made sleep 100
        [ "$(kelp inspect -f '{{.Driver}}' c)" = overlay ]
        [ "$(kelp exec c cat /x)" = x ]
        kelp rm -f -t 0 c
        nothing_left
}

@test "RUN --network, --security" {
        containerfile 'FROM busybox' 'RUN --network=none ls /sys/class/net >/net'
        kelp build --network host -t made . >/dev/null
        run cat_of made cat /net
        is lo
        containerfile 'FROM busybox' 'RUN --security=insecure true'
        run build .
        [ "$status" = 125 ]
        has 'RUN --security=insecure is not offered'
}

@test "--network container:, --ipc container:, ns:" {
        kelp run -d --name c --network none busybox sleep 1000 >/dev/null
        ns=/proc/$(kelp inspect -f '{{.State.Pid}}' c)/ns
        containerfile 'FROM busybox' 'RUN readlink /proc/self/ns/net >/net; readlink /proc/self/ns/ipc >/ipc; chown 5:6 /net' \
                'RUN echo again' 'COPY page /'
        echo hi >page
        kelp build --network container:c --ipc container:c -t made . >/dev/null
        run cat_of made sh -c 'cat /net /ipc /page; stat -c %u:%g /net /ipc'
        is "$(kelp exec c readlink /proc/self/ns/net)"$'\n'"$(kelp exec c readlink /proc/self/ns/ipc)"$'\nhi\n5:6\n0:0'
        kelp build --network "ns:$ns/net" --no-cache -t made . >/dev/null
        run cat_of made cat /net
        is "$(kelp exec c readlink /proc/self/ns/net)"
        kelp rm -ft 0 c
        run kelp build --network container:c .
        [ "$status" = 125 ]
        nothing_left
}

@test "contexts: the working directory, standard input as an archive and as a file, a named file" {
        containerfile 'FROM busybox' 'COPY page /'
        echo hi >page
        run build -q .
        [[ $output =~ ^[0-9a-f]{64}$ ]]
        (cd "$BATS_TEST_TMPDIR" && mv ctx/Containerfile other && build -q -t made -f other ctx) >/dev/null
        run cat_of made cat /page
        is hi
        cp ../other Dockerfile
        run bash -c 'tar -cz . | "$KELP" --root "$ROOT" --runroot "$RUNROOT" build -q --no-cache -t made -'
        [ "$status" = 0 ]
        run cat_of made cat /page
        is hi
        run bash -c 'printf "FROM busybox\nENV A=b\n" | "$KELP" --root "$ROOT" --runroot "$RUNROOT" build -q -t made -'
        [ "$status" = 0 ]
        run kelp inspect -f '{{.Config.Env}}' made
        has A=b
        run bash -c 'printf "FROM busybox\nCOPY page /second\n" | "$KELP" --root "$ROOT" --runroot "$RUNROOT" build -q -t made -f - .'
        [ "$status" = 0 ]
        run cat_of made cat /second
        is hi
        mkdir ../none
        run build ../none
        [ "$status" = 125 ]
        has 'no Containerfile or Dockerfile'
        run build https://example.com/x.git
        [ "$status" = 125 ]
        has 'repositories are not fetched'
        nothing_left
}

@test "contexts: a URL is an archive, or a Containerfile without files" {
        containerfile 'FROM busybox' 'COPY page /'
        echo hi >page
        mkdir ../web && tar -czf ../web/context.tar.gz .
        printf 'FROM busybox\nENV A=b\n' >../web/alone
        python3 -u -m http.server 0 --bind 127.0.0.1 --directory ../web >../served 2>&1 3>&- &
        server=$!
        poll 10 grep -q "port [0-9]" ../served
        url=http://127.0.0.1:$(sed -n 's/.*port \([0-9]*\).*/\1/p' ../served)
        run build -q -t packed "$url/context.tar.gz"
        [ "$status" = 0 ]
        run build -q -t alone "$url/alone"
        [ "$status" = 0 ]
        run build "$url/nosuch"
        [ "$status" = 125 ]
        has 404
        kill "$server"
        run cat_of packed cat /page
        is hi
        run kelp inspect -f '{{.Config.Env}}' alone
        has A=b
        nothing_left
}

@test "an ignore file keeps files out" {
        containerfile 'FROM busybox' 'COPY . /all/'
        mkdir -p d && touch a b.o c d/x d/y
        printf '# not these\n*.o\nd\n!d/y\nContainerfile\n' >.containerignore
        build -t made . >/dev/null
        run cat_of made sh -c 'cd /all; find . -type f | sort'
        is $'./.containerignore\n./a\n./c\n./d/y'
        containerfile 'FROM busybox' 'COPY b.o /'
        run build .
        [ "$status" = 125 ]
        has 'filtered out'
        printf 'c\n' >../other
        containerfile 'FROM busybox' 'COPY . /all/'
        build --ignorefile ../other -t made . >/dev/null
        run cat_of made ls /all/b.o /all/c
        has /all/b.o
        has 'c: No such file'
}

@test "--build-context: a directory, an image, in place of a base" {
        containerfile 'FROM base' 'COPY --from=dir page /page' 'COPY --from=img /etc/passwd /passwd'
        mkdir ../dir && echo hi >../dir/page
        build --build-context dir=../dir --build-context img=docker-image://busybox \
                --build-context base=docker-image://localhost/busybox -t made . >/dev/null
        run cat_of made cat /page
        is hi
}

@test "--label, --annotation, --env, --unsetenv, --unsetlabel, --from, several --tag" {
        containerfile 'FROM nothing-of-that-name' 'ENV A=1 B=2' 'LABEL l=1 m=2'
        build --from busybox -t one -t two --label x=y --annotation n=o --env E=f --unsetenv A --unsetlabel l . >/dev/null
        run kelp inspect -f '{{.Config.Env}} {{.Config.Labels}} {{.Annotations}}' one
        has 'E=f B=2'
        has 'map[m:2 x:y]'
        has 'n:o'
        lacks A=1
        [ "$(kelp inspect -f '{{.Id}}' one)" = "$(kelp inspect -f '{{.Id}}' two)" ]
}

@test "--timestamp makes the same image again" {
        containerfile 'FROM busybox' 'RUN echo x >/x' 'COPY page /'
        echo hi >page
        first=$(build -q --no-cache --timestamp 1000000000 .)
        touch page
        [ "$first" = "$(build -q --no-cache --timestamp 1000000000 .)" ]
        run kelp inspect -f '{{.Created}}' "$first"
        has 2001-09-09
        run run_quick "$first" stat -c %Y /x /page
        is $'1000000000\n1000000000'
        run kelp inspect -f '{{.Created}}' "$(build -q --source-date-epoch 1000000001 .)"
        has 2001-09-09
        nothing_left
}

@test "--iidfile, --logfile, --output, --manifest, --metadata-file" {
        containerfile 'FROM busybox' 'RUN echo printed; echo x >/x'
        run build --iidfile ../id -t made .
        [ "$(cat ../id)" = "sha256:$(kelp inspect -f '{{.Id}}' made)" ]
        lacks "$(cut -d: -f2 ../id)"
        run build --no-cache --logfile ../log -t made .
        [ "${#lines[@]}" = 1 ]
        grep -q printed ../log
        printf 'FROM busybox\nRUN echo 4"2"; exit 9\n' >fails
        run build --logfile ../log2 -f fails .
        [ "$status" = 9 ]
        has 'exit status 9'
        lacks 42
        grep -qx 42 ../log2
        build -q -o ../out -o type=tar,dest=../out.tar --manifest list --metadata-file ../meta . >/dev/null
        [ "$(cat ../out/x)" = x ]
        tar -tf ../out.tar | grep -qx x
        grep -q containerimage.digest ../meta
        run kelp manifest inspect list
        has linux
        kelp build -q --network none -o - . 2>/dev/null | tar -t | grep -qx bin/sh
}

@test "what cannot be done is refused by name" {
        containerfile 'FROM busybox'
        for flag in --isolation=chroot --ssh=default --cache-from=x --squash-all=x --rm=false --userns=keep-id \
                --sbom=x --platform=linux/amd64,linux/arm64; do
                run build "$flag" .
                [ "$status" = 125 ]
                has "${flag%%=*}"
        done
        build --isolation oci --rm --force-rm --jobs 4 . >/dev/null
        run build /etc/passwd
        [ "$status" = 125 ]
        has 'context must be a directory'
        containerfile 'FROM busybox' 'COPY https://example.com/x /'
        run build .
        has "source can't be a URL for COPY"
        containerfile 'FROM busybox' 'ADD https://example.com/x.git /'
        run build .
        has 'repositories are not fetched'
        containerfile 'FROM busybox' 'ARG B'
        # shellcheck disable=SC2016
        seq -f 'LABEL a%g=$B' 45 >>Containerfile
        run build --build-arg "B=$(head -c 100000 /dev/zero | tr '\0' x)" .
        [ "$status" = 125 ]
        has 'configuration becomes larger than 4 MiB'
        containerfile 'FROM busybox' 'COPY .wh.x /'
        touch .wh.x
        run build .
        [ "$status" = 125 ]
        has '.wh.'
}

@test "builds at the same time, and a prune among them" {
        containerfile 'FROM busybox' 'RUN echo $RANDOM >/x; sleep 0.2' 'COPY page /' 'RUN cat /page >/y'
        echo hi >page
        pids=()
        for i in 1 2 3 4; do
                build -q --no-cache -t "made$i" . >"../log$i" 2>&1 &
                pids+=($!)
        done
        for i in 1 2 3 4 5; do
                kelp image prune -f >/dev/null
                sleep 0.1
        done
        wait "${pids[@]}"
        for i in 1 2 3 4; do
                run cat_of "made$i" cat /y
                is hi
        done
        nothing_left
}

@test "COPY of a large file can be interrupted" {
        containerfile 'FROM busybox' 'COPY big /big'
        truncate -s 8G big
        build_behind -t made .
        pid=$!
        poll 20 grep -q 'COPY big' ../log
        sleep 0.5
        kill -TERM $pid
        SECONDS=0 code=0
        wait $pid || code=$?
        [ $code = 125 ]
        [ $SECONDS -le 2 ]
        grep -q 'STEP "COPY big /big": the build was interrupted' ../log
        nothing_left
}

@test "a build without layers leaves those that another one has taken over" {
        containerfile 'FROM busybox' 'RUN echo x >/x' 'RUN sleep 2'
        build_behind --layers=false .
        pid=$!
        poll 20 grep -q 'STEP 3/3' ../log
        sed 's/sleep 2/sleep 4/' Containerfile >second
        run build -f second -t made .
        has 'Using cache'
        wait $pid
        run cat_of made cat /x
        is x
        nothing_left
}

@test "a build that is interrupted leaves nothing but whole images" {
        containerfile 'FROM busybox' 'RUN echo x >/x' 'RUN sleep 100'
        build_behind -t made .
        pid=$!
        poll 20 grep -q 'sleep 100' ../log
        sleep 0.5
        kill -TERM $pid
        code=0
        wait $pid || code=$?
        [ $code = 125 ]
        grep -q 'the build was interrupted' ../log
        nothing_left
        run kelp image exists made
        [ "$status" = 1 ]
}

@test "a build that is killed: its container ends with it, the next one sweeps up" {
        containerfile 'FROM busybox' 'RUN echo x >/x' 'RUN sleep 100'
        build_behind -t made .
        poll 20 grep -q 'sleep 100' ../log
        sleep 0.5
        kill -KILL $!
        wait $! || true
        poll 10 store_is_swept
        nothing_left
        sed -i 's/sleep 100/true/' Containerfile
        run build -t made .
        [ "$status" = 0 ]
        has 'Using cache'
        nothing_left
}

@test "a build that is killed with all that is beside it: prune --build sweeps up" {
        containerfile 'FROM busybox' 'RUN sleep 100'
        "$KELP" --root "$ROOT" --runroot "$RUNROOT" build --network none . >../log 2>&1 &
        poll 20 grep -q 'sleep 100' ../log
        sleep 0.5
        mapfile -t all < <(pgrep -f -- "--root $ROOT ")
        kill -STOP "${all[@]}"
        kill -KILL "${all[@]}"
        wait $! || true
        kelp system prune -f >/dev/null
        [ "$(kelp ps -aq --external | wc -l)" = 1 ]
        kelp system prune -f --build >/dev/null
        nothing_left
}

@test "without overlay: copies" {
        containerfile 'FROM busybox' 'RUN echo x >/x' 'COPY page /d/' 'RUN rm /bin/true; cat /d/page >/y'
        echo hi >page
        kelp --storage-driver copy build --network none -t made . >/dev/null
        run cat_of made sh -c 'cat /x /y; ls /bin/true'
        has $'x\nhi'
        has 'No such file'
        nothing_left
}

@test "an image without /etc/mtab: a container has the link, a RUN does not add it" {
        containerfile 'FROM busybox' 'RUN rm -f /etc/mtab; true' 'RUN ls /etc >/list'
        build -t made . >/dev/null
        run cat_of made sh -c 'grep -c mtab /list; readlink /etc/mtab'
        is $'0\n/proc/mounts'
        kelp run --network none --name c made true
        run kelp diff c
        lacks mtab
}
