# kelp build: what comes from the web: ADD, contexts, Containerfiles.
# shellcheck shell=bash

load helper
load build_helper

setup_file() {
        export BATS_TEST_TIMEOUT=120
}

teardown() {
        stop_server
        clean_up
}

# serve [PYTHON]: the directory ../www at $URL, or what the program makes of requests
serve() {
        local port
        port=$(free_port)
        mkdir -p "$BATS_TEST_TMPDIR/www"
        python3 - "$port" "$BATS_TEST_TMPDIR/www" "${1-}" 3>&- <<'END' >"$BATS_TEST_TMPDIR/requests" 2>&1 &
import http.server, os, sys, time
port, root, program = int(sys.argv[1]), sys.argv[2], sys.argv[3]
class Handler(http.server.SimpleHTTPRequestHandler):
    def __init__(self, *args):
        super().__init__(*args, directory=root)
exec(program)
http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler).serve_forever()
END
        SERVER=$!
        URL=http://127.0.0.1:$port
        poll 10 curl_up "$port"
}

stop_server() {
        [ -z "${SERVER-}" ] || kill "$SERVER" 2>/dev/null || true
}

@test "ADD of a URL: its name, owner, mode, time; an archive as it is" {
        serve
        echo hi >"$BATS_TEST_TMPDIR/www/page"
        touch -d @1000000000 "$BATS_TEST_TMPDIR/www/page"
        tar -cf "$BATS_TEST_TMPDIR/www/x.tar" -C "$BATS_TEST_TMPDIR/www" page
        containerfile 'FROM busybox' "ADD $URL/page?query /d/" "ADD --chown=5:6 --chmod=640 $URL/page /other" "ADD $URL/x.tar $URL/page /e/"
        run build -t made .
        [ "$status" = 0 ]
        run cat_of made sh -c 'cat /d/page; stat -c "%n %u:%g %a %Y" /d/page /other; ls /e'
        is $'hi\n/d/page 0:0 600 1000000000\n/other 5:6 640 1000000000\npage\nx.tar'
        run build -t made .
        [ "$(grep -c 'Using cache' <<<"$output")" = 3 ]
        echo other >"$BATS_TEST_TMPDIR/www/page"
        run build -t made .
        lacks 'Using cache'
        containerfile 'FROM busybox' "ADD $URL/none /x"
        run build .
        [ "$status" = 125 ]
        has "$URL/none answered with status 404"
        containerfile 'FROM busybox' "ADD $URL/ /x"
        run build .
        [ "$status" = 125 ]
        has 'names no file'
        nothing_left
}

@test "ADD --checksum" {
        serve
        echo hi >"$BATS_TEST_TMPDIR/www/page"
        sum=sha256:$(sha256sum "$BATS_TEST_TMPDIR/www/page" | cut -d' ' -f1)
        containerfile 'FROM busybox' 'ARG SUM' "ADD --checksum=\$SUM $URL/page /page"
        build -t made --build-arg "SUM=$sum" . >/dev/null
        run cat_of made cat /page
        is hi
        echo changed >"$BATS_TEST_TMPDIR/www/page"
        run build --build-arg "SUM=$sum" .
        [ "$status" = 125 ]
        has "unexpected response digest for \"$URL/page\""
        has "want $sum"
        run build --build-arg SUM=md5:12 .
        [ "$status" = 125 ]
        has 'invalid checksum flag'
        containerfile 'FROM busybox' "ADD --checksum=$sum Containerfile /x"
        run build .
        [ "$status" = 125 ]
        has 'not supported for local sources'
        containerfile 'FROM busybox' "COPY --checksum=$sum Containerfile /x"
        run build .
        [ "$status" = 125 ]
        nothing_left
}

@test "a context and a Containerfile by their URLs" {
        serve
        mkdir in && echo hi >in/page && printf 'FROM busybox\nCOPY page /\n' >in/Containerfile
        printf 'FROM busybox\nCOPY page /other\n' >in/second
        tar -czf "$BATS_TEST_TMPDIR/www/context.tar.gz" -C in .
        printf 'FROM busybox\nENV A=b\n' >"$BATS_TEST_TMPDIR/www/file"
        build -q -t made "$URL/context.tar.gz" >/dev/null
        run cat_of made cat /page
        is hi
        build -q -t made -f second "$URL/context.tar.gz" >/dev/null
        run cat_of made cat /other
        is hi
        build -q -t made "$URL/file" >/dev/null
        run kelp inspect -f '{{.Config.Env}}' made
        has A=b
        build -q -t two -f "$URL/file" in >/dev/null
        [ "$(kelp inspect -f '{{.Id}}' made)" = "$(kelp inspect -f '{{.Id}}' two)" ]
        run build "$URL/none"
        [ "$status" = 125 ]
        has 'status 404'
        run build "http://127.0.0.1:1/x"
        [ "$status" = 125 ]
        nothing_left
}

@test "a context from elsewhere leads nowhere else" {
        serve
        printf 'FROM busybox\n' >outside
        for kind in link fifo ignore; do
                rm -rf in && mkdir in
                case $kind in
                link) ln -s "$PWD/outside" in/Containerfile ;;
                fifo) mkfifo in/Containerfile ;;
                ignore) printf 'FROM busybox\n' >in/Containerfile && ln -s "$PWD/outside" in/.containerignore ;;
                esac
                tar -cf "$BATS_TEST_TMPDIR/www/context.tar" -C in .
                run timeout 20 "$KELP" --root "$ROOT" --runroot "$RUNROOT" build -q "$URL/context.tar"
                [ $kind = ignore ] || [ "$status" = 125 ]
        done
        nothing_left
}

@test "a server that says nothing more: an interruption ends the build" {
        serve 'def slow(self):
    self.send_response(200)
    self.send_header("Content-Length", "1000")
    self.end_headers()
    self.wfile.write(b"begin")
    self.wfile.flush()
    time.sleep(100)
Handler.do_GET = slow'
        containerfile 'FROM busybox' "ADD $URL/page /x"
        build_behind .
        pid=$!
        poll 20 grep -q 'GET /page' "$BATS_TEST_TMPDIR/requests" || poll 5 grep -q 'ADD' ../log
        sleep 0.5
        kill -INT $pid
        code=0
        wait $pid || code=$?
        [ $code = 125 ]
        grep -q 'interrupted' ../log
        nothing_left
}
