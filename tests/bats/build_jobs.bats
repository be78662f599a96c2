# kelp build --jobs: stages side by side.
# shellcheck shell=bash

load helper
load build_helper

setup_file() {
        export BATS_TEST_TIMEOUT=120
}

# A RUN that goes on once the other stage is in the midst of its own: 10 seconds at most.
meet() { # ME OTHER COMMAND
        echo "RUN --mount=type=cache,id=meet,target=/c touch /c/$1; for i in \$(seq 100); do [ -e /c/$2 ] && break; sleep 0.1; done; [ -e /c/$2 ] && $3"
}

two_stages() { # COMMAND COMMAND
        containerfile 'FROM busybox AS one' "$(meet 1 2 "$1")" 'FROM busybox AS two' "$(meet 2 1 "$2")" \
                'FROM busybox' 'COPY --from=one /one /' 'COPY --from=two /two /'
}

@test "--jobs: two stages at the same time, their lines whole" {
        # shellcheck disable=SC2016
        slowly='for i in $(seq 20); do printf %s; sleep 0.02; done; echo; echo >'
        two_stages "${slowly/\%s/a}/one" "${slowly/\%s/b}/two"
        run build --jobs 2 -t made .
        [ "$status" = 0 ]
        [ "$(grep -c '^aaaaaaaaaaaaaaaaaaaa$' <<<"$output")" = 1 ]
        [ "$(grep -c '^bbbbbbbbbbbbbbbbbbbb$' <<<"$output")" = 1 ]
        has '[3/3] STEP 3/3: COPY --from=two /two /'
        has 'Successfully tagged localhost/made:latest'
        run cat_of made ls /one /two
        is $'/one\n/two'
        nothing_left
        run build --jobs 0 -t again .
        [ "$(grep -c 'Using cache' <<<"$output")" = 4 ]
        kelp image prune -f --build-cache >/dev/null
        run build --jobs 0 --no-cache -t again .
        [ "$status" = 0 ]
        run build --jobs=-1 .
        [ "$status" = 125 ]
        has '--jobs=-1'
}

@test "--jobs: the same image as one after the other" {
        containerfile 'ARG V=1' 'FROM busybox AS one' 'ARG V' 'ARG W=a' 'RUN echo $V $W >/one' 'ENV A=b' 'FROM one AS two' \
                'RUN echo $V $W >/two' 'FROM scratch AS three' 'COPY page /three' 'FROM busybox AS four' 'FROM two' \
                'COPY --from=three /three /' 'COPY --from=four /bin/true /four' \
                'RUN --mount=type=bind,from=one,target=/m cat /m/one >/five'
        echo hi >page
        one=$(build -q --no-cache --timestamp 1 --build-arg V=2 .)
        for how in --jobs=0 '--jobs=3 --layers=false' '--jobs=2 --skip-unused-stages=false'; do
                # shellcheck disable=SC2086
                two=$(build -q --no-cache --timestamp 1 --build-arg V=2 $how -t made .)
                [ "$(kelp run --rm --network none made cat /one /two /three /five)" = $'2 a\n2 a\nhi\n2 a' ]
                case $how in *layers*) ;; *) [ "$one" = "$two" ] ;; esac
        done
        # nothing of the steps stays without layers
        kelp rmi -fa >/dev/null
        kelp import "$FIXTURES/busybox.tar" localhost/busybox >/dev/null
        build -q --jobs=0 --layers=false -t made . >/dev/null
        [ "$(kelp images -aq | wc -l)" = 2 ]
        nothing_left
}

@test "--jobs: the first stage that fails ends the others; its exit code" {
        two_stages 'sleep 100' 'exit 7'
        run build --jobs 2 .
        [ "$status" = 7 ]
        has 'while running runtime: exit status 7'
        lacks 'the build was interrupted'
        nothing_left
        containerfile 'FROM busybox AS one' 'RUN true' 'FROM nosuch/image AS two' 'FROM one' 'COPY --from=two /x /'
        run build --jobs 2 --pull=never .
        [ "$status" = 125 ]
        has nosuch/image
        nothing_left
}

@test "--jobs: a build that is interrupted, and one that is killed, leave whole images alone" {
        two_stages 'sleep 100' 'sleep 100'
        for signal in TERM KILL; do
                build_behind --jobs 0 --no-cache .
                pid=$!
                poll 20 running 2
                kill -$signal $pid
                code=0
                wait $pid || code=$?
                [ $signal = KILL ] || [ $code = 125 ]
                [ $signal = KILL ] || grep -q 'the build was interrupted' ../log
                poll 10 store_is_swept
                nothing_left
        done
}

running() { # COUNT: containers of RUN
        [ "$(kelp ps -q --external | wc -l)" = "$1" ]
}

@test "--jobs: a process of a stage that is killed ends the build" {
        two_stages 'sleep 100' 'sleep 100'
        build_behind --jobs 0 .
        pid=$!
        poll 20 running 2
        kill -KILL "$(pgrep -P $pid | head -1)"
        code=0
        wait $pid || code=$?
        [ $code = 125 ]
        grep -q 'was killed by signal 9' ../log
        poll 10 store_is_swept
        nothing_left
}

@test "ONBUILD COPY --from of a stage that nothing else needs" {
        containerfile 'FROM busybox' 'ONBUILD COPY --from=one /one /two'
        build -t base . >/dev/null
        containerfile 'FROM busybox AS one' 'RUN echo 1 >/one' 'FROM base'
        run build .
        [ "$status" = 125 ]
        has '--from=one: the stage is not built'
        has '--skip-unused-stages=false'
        build --skip-unused-stages=false -t made . >/dev/null
        run cat_of made cat /two
        is 1
}
