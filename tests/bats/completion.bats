#!/usr/bin/env bats
# Completion: what the program offers, and that the shells ask it and insert the answer. bash and zsh are driven
# on a terminal: Tab, then ^X, that shows the line.
load helper

setup_file() {
        mkdir -p "$BATS_FILE_TMPDIR/bin" "$BATS_FILE_TMPDIR/here/directory"
        ln -s "$KELP" "$BATS_FILE_TMPDIR/bin/kelp"
        touch "$BATS_FILE_TMPDIR/here/datafile"
        export COMPLETIONS=$BATS_TEST_DIRNAME/../../completions
}

# offers WORDS...: output is what is offered for the last one
offers() {
        run kelp __completeNoDesc "$@"
        code 0
}

# The words of a line: NAME is what the user typed for kelp
line() {
        echo "kelp --root $ROOT --runroot $RUNROOT $*"
}

in_bash() {
        cd "$BATS_FILE_TMPDIR/here"
        PATH=$BATS_FILE_TMPDIR/bin:$PATH TERM=dumb HOME=$PWD python3 "$BATS_TEST_DIRNAME/terminal.py" \
                "resize 50 400" \
                "send . $COMPLETIONS/kelp.bash; bind -x '\"\\\\C-x\": echo \"<\$READLINE_LINE>\"'; PS1='@''@ '\r" \
                "expect @@ " "$@" "send \x15exit\r" "exit 0" -- bash --norc --noprofile -i
}

in_zsh() {
        cd "$BATS_FILE_TMPDIR/here"
        PATH=$BATS_FILE_TMPDIR/bin:$PATH TERM=dumb HOME=$PWD python3 "$BATS_TEST_DIRNAME/terminal.py" \
                "resize 50 400" \
                "send fpath=($COMPLETIONS \$fpath); autoload -Uz compinit; compinit -u -D; show() { print -r -- \"<\$BUFFER>\" }; zle -N show; bindkey '^X' show; PS1='@''@ '\r" \
                "expect @@ " "$@" "send \x15exit\r" "exit 0" -- zsh -f -i
}

# in_fish LINE: output is what is offered
in_fish() {
        cd "$BATS_FILE_TMPDIR/here"
        PATH=$BATS_FILE_TMPDIR/bin:$PATH HOME=$PWD run fish -N -c 'source $argv[1]; complete -C $argv[2]' \
                "$COMPLETIONS/kelp.fish" "$1"
        code 0
}

@test "completion: commands, groups, flags" {
        offers ru
        is $'run\n:4'
        offers image tr
        is $'tree\ntrust\n:4'
        offers image trust ''
        is $'set\nshow\n:4'
        offers oci st
        is $'start\nstate\n:4'
        offers --runro
        is $'--runroot\n:4'
        offers run --pu
        is $'--publish\n--pull\n--publish-all\n:4'
        offers run --rm -i --tt
        is $'--tty\n:4'
        offers run --gp
        is :4
        offers run --runro
        is $'--runroot\n:4'
        offers ps --storage-driver ove
        is $'overlay\n:4'
        offers oci create --runro
        is :4
        offers oci create --pid
        is $'--pid-file\n:4'
        run kelp __complete run --pul
        is $'--pull\talways, missing, never or newer\n:4'
        offers help vers
        is $'version\n:4'
        offers completion ''
        is $'bash\nzsh\nfish\n:4'
}

@test "completion: values of flags come from their help" {
        offers run --pull ''
        is $'always\nmissing\nnever\nnewer\n:4'
        offers run --pull=ne
        is $'never\nnewer\n:4'
        offers run -it --network ns
        is $'ns:\n:6'
        offers --log-level ''
        is $'trace\ndebug\ninfo\nwarn\nerror\nfatal\npanic\n:4'
        offers kill -s SIGU
        is $'SIGUSR1\nSIGUSR2\nSIGURG\n:4'
        offers run --cap-add NET_A
        is $'NET_ADMIN\n:4'
        offers run --cap-add CAP_NET_A
        is $'CAP_NET_ADMIN\n:4'
        offers images -f dang
        is $'dangling=\n:6'
        offers rm --filter ance
        is $'ancestor=\n:6'
        offers run --env-file ''
        is :0
        offers oci create --bundle ''
        is :20
}

@test "completion: pods by their names" {
        kelp pod create --network none web >/dev/null
        offers pod stop w
        is $'web\n:4'
        offers run --pod ''
        has web
        kelp pod rm web >/dev/null
}

@test "completion: every value that is offered is one that the command takes" {
        kelp create --name web localhost/busybox true
        for v in $(kelp __completeNoDesc images --sort '' | grep -v ^:); do
                kelp images --sort "$v"
        done
        for v in $(kelp __completeNoDesc images --filter '' | grep -v ^:); do
                run kelp images --filter "${v}x"
                lacks "invalid image filter"
                lacks "no such filter"
        done
        for v in $(kelp __completeNoDesc run --pull '' | grep -v ^:); do
                run kelp create --pull "$v" --network=none localhost/busybox true
                lacks "invalid"
        done
        for v in $(kelp __completeNoDesc create --cap-add '' | grep -v ^:); do
                kelp create --cap-add "$v" --network=none localhost/busybox true
        done
        for v in $(kelp __completeNoDesc --log-level '' | grep -v ^:); do
                kelp --log-level "$v" ps
        done
        run kelp --log-level loud ps
        code 1
}

@test "completion: containers, images, files" {
        kelp create --name web localhost/busybox true
        kelp create --name worker localhost/busybox true
        offers rm we
        is $'web\n:4'
        offers rm -f web wo
        is $'worker\n:4'
        run "$KELP" __completeNoDesc rm --root "$ROOT" --runroot "$RUNROOT" we
        is $'web\n:4'
        offers exec -it web ''
        is :0
        offers cp wo
        is $'worker:\n:2'
        offers run --rm busy
        is $'busybox:latest\n:4'
        offers rmi localhost/bu
        is $'localhost/busybox:latest\n:4'
        offers run --rm busybox:latest ''
        is :0
        offers run --pid container:we
        is $'container:web\n:4'
        kelp volume create walls
        offers volume rm wal
        is $'walls\n:4'
        offers run -v wal
        is $'walls\n:0'
        offers inspect we
        is $'web\n:4'
        offers rm w
        is $'worker\nweb\n:4'
        offers load -i ''
        is :0
        offers rename web ''
        is :4
}

@test "completion: nonsense is no error" {
        offers nosuch ''
        is :4
        offers run --nosuch ''
        offers image nosuch ''
        is :4
        offers oci nosuch ''
        is :4
        offers run --network=container:nosuch ''
        offers -- ''
        run kelp __complete
        code 1
}

@test "completion: kelp completion prints the scripts of the tree" {
        kelp completion bash | cmp - "$COMPLETIONS/kelp.bash"
        kelp completion zsh | cmp - "$COMPLETIONS/_kelp"
        kelp completion -f "$BATS_TEST_TMPDIR/kelp.fish" fish
        cmp "$BATS_TEST_TMPDIR/kelp.fish" "$COMPLETIONS/kelp.fish"
        run kelp completion --no-desc zsh
        has " __completeNoDesc "
        lacks " __complete "
        run kelp completion powershell
        code 125
        has "bash, zsh and fish"
}

@test "completion: in bash" {
        kelp create --name web localhost/busybox true
        run in_bash "send kelp run --pul\t\x18" "expect <kelp run --pull >" \
                "send \x15kelp run --pull=nev\t\x18" "expect <kelp run --pull=never >" \
                "send \x15kelp run --label a=b:c=d --network ns\t\x18" "expect <kelp run --label a=b:c=d --network ns:>" \
                "send \x15kelp load -i dat\t\x18" "expect <kelp load -i datafile >" \
                "send \x15kelp oci create --bundle=d\t\x18" "expect <kelp oci create --bundle=directory/>" \
                "send \x15$(line rm we)\t\x18" "expect rm web >" \
                "send \x15$(line run --pid=container:we)\t\x18" "expect --pid=container:web >" \
                "send \x15kelp kill -s SIGUSR\t" "sleep 0.3" "send \t" "expect SIGUSR2"
        code 0
        # What is typed is not evaluated.
        run in_bash "send kelp run --name \$(touch evil) --pul\t\x18" "expect --pull >"
        code 0
        [ ! -e "$BATS_FILE_TMPDIR/here/evil" ]
        run in_bash "send alias podman=kelp; complete -o default -F _kelp podman\rpodman run --pul\t\x18" \
                "expect <podman run --pull >"
        code 0
}

@test "completion: in zsh" {
        kelp create --name web localhost/busybox true
        run in_zsh "send kelp run --pul\t\x18" "expect <kelp run --pull >" \
                "send \x15kelp run --pull=nev\t\x18" "expect <kelp run --pull=never >" \
                "send \x15kelp run --network ns\t\x18" "expect <kelp run --network ns:>" \
                "send \x15kelp load -i dat\t\x18" "expect <kelp load -i datafile >" \
                "send \x15kelp oci create --bundle=d\t\x18" "expect <kelp oci create --bundle=directory/>" \
                "send \x15$(line rm we)\t\x18" "expect rm web >" \
                "send \x15$(line run --pid=container:we)\t\x18" "expect --pid=container:web >" \
                "send \x15kelp run --read-on\t\t" "expect Read-only root file system"
        code 0
        run in_zsh "send alias podman=kelp\rpodman run --pul\t\x18" "expect <podman run --pull >"
        code 0
}

@test "completion: in fish" {
        kelp create --name web localhost/busybox true
        in_fish "kelp run --pul"
        is $'--pull\talways, missing, never or newer'
        in_fish "kelp run --pull=ne"
        is $'--pull=never\n--pull=newer'
        in_fish "kelp load -i dat"
        is datafile
        in_fish "kelp oci create --bundle=d"
        is --bundle=directory/
        in_fish "$(line rm we)"
        is $'web\tlocalhost/busybox:latest'
        in_fish "$(line run --pid=container:we)"
        is $'--pid=container:web\tlocalhost/busybox:latest'
        in_fish "kelp rename a b"
        is ""
}
