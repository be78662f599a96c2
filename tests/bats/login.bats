#!/usr/bin/env bats
# Who is asked for what: credentials, registries.conf, certificates, policies.
# shellcheck disable=SC2034,SC2030,SC2031

load helper

setup_file() {
        htpasswd -Bbc "$BATS_FILE_TMPDIR/htpasswd" ann secret
        start_registry locked "$BATS_FILE_TMPDIR/htpasswd"
        echo "$REGISTRY" >"$BATS_FILE_TMPDIR/locked.address"
        push busybox "$REGISTRY/private:1" --dest-creds ann:secret
        start_registry open
        echo "$REGISTRY" >"$BATS_FILE_TMPDIR/open.address"
        push busybox "$REGISTRY/library/tool:1"
}

teardown_file() {
        stop_registries
}

IMAGE=none

# A home of its own, with nobody's files in it.
home() {
        LOCKED=$(cat "$BATS_FILE_TMPDIR/locked.address") OPEN=$(cat "$BATS_FILE_TMPDIR/open.address")
        export HOME=$BATS_TEST_TMPDIR/home
        export XDG_RUNTIME_DIR=$BATS_TEST_TMPDIR/xdg
        mkdir -p "$HOME/.config/containers" "$XDG_RUNTIME_DIR"
        unset XDG_CONFIG_HOME REGISTRY_AUTH_FILE DOCKER_CONFIG
}

@test "login: kept, used, shown, forgotten" {
        home
        run kelp pull "$LOCKED/private:1"
        code 125
        has "none were found"
        has "kelp login"
        run bash -c 'echo wrong | "$0" login -u ann --password-stdin "$1"' "$KELP" "$LOCKED"
        code 125
        has "logging into \"$LOCKED\": invalid username/password"
        [ ! -e "$XDG_RUNTIME_DIR/containers/auth.json" ]
        run bash -c 'echo secret | "$0" login -u ann --password-stdin "$1"' "$KELP" "$LOCKED"
        code 0
        is "Login Succeeded!"
        [ "$(stat -c %a "$XDG_RUNTIME_DIR/containers/auth.json")" = 600 ]
        [ "$(jq -r ".auths[\"$LOCKED\"].auth" "$XDG_RUNTIME_DIR/containers/auth.json" | base64 -d)" = ann:secret ]
        run kelp login --get-login "$LOCKED"
        is ann
        run kelp login "$LOCKED"
        has "Existing credentials are valid. Already logged in to $LOCKED"
        kelp pull -q "$LOCKED/private:1"
        skopeo inspect --tls-verify=false "docker://$LOCKED/private:1" >/dev/null
        run kelp login --explain "$LOCKED/private"
        has "auth.json: entry for $LOCKED"
        has 'asked as "ann"'
        run kelp logout "$LOCKED"
        is "Removed login credentials for $LOCKED"
        run kelp logout "$LOCKED"
        code 125
        has "not logged into"
        run kelp login --get-login "$LOCKED"
        code 125
        run kelp login --explain "$LOCKED/private"
        has "no entry"
        has "without credentials"
}

@test "login: podman's and docker's files, one repository, a helper" {
        home
        echo secret | kelp login -u ann --password-stdin --authfile "$HOME/mine.json" "$LOCKED/private"
        run kelp pull -q "$LOCKED/private:1"
        code 125
        kelp pull -q --authfile "$HOME/mine.json" "$LOCKED/private:1"
        echo secret | kelp login -u ann --password-stdin --compat-auth-file "$HOME/.docker/config.json" "$LOCKED"
        kelp pull -q "$LOCKED/private:1"
        run kelp logout "$LOCKED"
        code 125
        has ".docker/config.json"
        kelp logout --compat-auth-file "$HOME/.docker/config.json" "$LOCKED"
        # A helper that keeps what it gets in a file.
        mkdir "$HOME/bin"
        cat >"$HOME/bin/docker-credential-filed" <<'END'
#!/bin/sh
case $1 in
store) cat >"$HOME/kept.json" ;;
get) [ -e "$HOME/kept.json" ] && cat "$HOME/kept.json" ;;
erase) rm "$HOME/kept.json" ;;
esac
END
        chmod +x "$HOME/bin/docker-credential-filed"
        export PATH=$HOME/bin:$PATH
        mkdir -p "$XDG_RUNTIME_DIR/containers"
        echo "{\"credHelpers\": {\"$LOCKED\": \"filed\"}, \"other\": 1}" >"$XDG_RUNTIME_DIR/containers/auth.json"
        echo secret | kelp login -u ann --password-stdin "$LOCKED"
        [ "$(jq -r .Secret "$HOME/kept.json")" = secret ]
        kelp pull -q "$LOCKED/private:1"
        run kelp login --explain "$LOCKED/private"
        has "docker-credential-filed has an entry"
        kelp logout "$LOCKED"
        [ ! -e "$HOME/kept.json" ]
        [ "$(jq .other "$XDG_RUNTIME_DIR/containers/auth.json")" = 1 ]
        echo nonsense >"$XDG_RUNTIME_DIR/containers/auth.json"
        run bash -c 'echo secret | "$0" login -u ann --password-stdin "$1"' "$KELP" "$OPEN"
        code 125
        [ "$(cat "$XDG_RUNTIME_DIR/containers/auth.json")" = nonsense ]
}

@test "login: with a secret, with --config, and what does not go together" {
        home
        printf secret | kelp secret create word -
        printf secret | kelp secret create ann -
        run kelp login --secret word --username ann "$LOCKED"
        is "Login Succeeded!"
        kelp logout "$LOCKED"
        run kelp login --secret word "$LOCKED"
        code 125
        is "kelp: logging into \"$LOCKED\": invalid username/password"
        run kelp --config "$HOME/docker" login --secret ann "$LOCKED"
        is "Login Succeeded!"
        jq -e ".auths[\"$LOCKED\"].auth" "$HOME/docker/config.json"
        run kelp pull -q "$LOCKED/private:1"
        code 125
        has "authentication required"
        kelp --config "$HOME/docker" pull -q "$LOCKED/private:1"
        run kelp push -q "$LOCKED/private:1" "$LOCKED/mine:1"
        code 125
        [[ $output == *"checking whether a blob sha256:"*" exists in $LOCKED/mine: authentication required"* ]]
        kelp --config "$HOME/docker" logout "$LOCKED"
        [ "$(jq -c .auths "$HOME/docker/config.json")" = "{}" ]
        for option in get-login explain; do
                run kelp login --secret ann --$option "$LOCKED"
                code 125
                has "--$option can not be used with --secret options"
        done
        run kelp login --secret ann -p x "$LOCKED"
        code 125
        for verb in login logout; do
                run kelp "$verb" --authfile a --compat-auth-file b "$LOCKED"
                code 125
                has "can not be set simultaneously"
        done
}

@test "registries.conf: search registries, aliases, mirrors, blocked, drop-ins" {
        home
        conf=$HOME/.config/containers/registries.conf
        printf 'unqualified-search-registries = ["%s", "%s"]\nshort-name-mode = "permissive"\n' "127.0.0.1:1" "$OPEN" >"$conf"
        kelp pull -q library/tool:1
        run kelp pull -q library/nosuch
        code 125
        has "127.0.0.1:1/library/nosuch"
        has "$OPEN/library/nosuch"
        printf 'unqualified-search-registries = ["a.example", "b.example"]\nshort-name-mode = "enforcing"\n' >"$conf"
        run kelp pull -q sometool
        code 125
        has "a.example/sometool, b.example/sometool"
        mkdir -p "$HOME/.config/containers/registries.conf.d"
        cat >"$conf" <<END
[[registry]]
prefix = "example.org/tools"
location = "127.0.0.1:1/nothing"
[[registry.mirror]]
location = "127.0.0.1:1/broken"
[[registry.mirror]]
location = "$OPEN/library"
insecure = true
[[registry]]
prefix = "*.blocked.example"
blocked = true
END
        printf '[aliases]\n"mytool" = "example.org/tools/tool"\n' >"$HOME/.config/containers/registries.conf.d/a.conf"
        kelp pull -q example.org/tools/tool:1
        run kelp images --format '{{.Repository}}'
        has example.org/tools/tool
        kelp pull -q mytool:1
        run kelp pull x.blocked.example/y
        code 125
        has "is blocked by"
        printf 'unqualified-search-registries = "x"\n' >"$conf"
        run kelp pull -q sometool
        code 125
        has "registries.conf"
        has "list of strings"
        printf 'broken = [\n' >"$conf"
        run kelp pull -q sometool
        code 125
        has "line 2"
}

@test "certificates: a private CA by certs.d and by --cert-dir" {
        home
        openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=ca \
                -keyout "$HOME/ca.key" -out "$HOME/ca.crt" 2>/dev/null
        openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN=localhost \
                -keyout "$HOME/server.key" -out "$HOME/server.csr" 2>/dev/null
        printf 'subjectAltName=DNS:localhost,IP:127.0.0.1' >"$HOME/san"
        openssl x509 -req -in "$HOME/server.csr" -CA "$HOME/ca.crt" -CAkey "$HOME/ca.key" -CAcreateserial \
                -days 2 -extfile "$HOME/san" -out "$HOME/server.crt" 2>/dev/null
        port=$(free_port)
        cat >"$HOME/tls.yml" <<END
version: 0.1
storage: {filesystem: {rootdirectory: $HOME/data}}
http: {addr: "127.0.0.1:$port", tls: {certificate: $HOME/server.crt, key: $HOME/server.key}}
log: {level: error, accesslog: {disabled: true}}
END
        docker-registry serve "$HOME/tls.yml" >/dev/null 2>&1 3>&- &
        echo $! >>"$BATS_FILE_TMPDIR/pids"
        poll 10 curl_up "$port"
        kelp pull -q "$OPEN/library/tool:1"
        run kelp push -q "$OPEN/library/tool:1" "localhost:$port/tool:1"
        code 125
        mkdir "$HOME/certs"
        cp "$HOME/ca.crt" "$HOME/certs/"
        kelp push -q --cert-dir "$HOME/certs" "$OPEN/library/tool:1" "localhost:$port/tool:1"
        mkdir -p "$HOME/.config/containers/certs.d/localhost:$port"
        cp "$HOME/ca.crt" "$HOME/.config/containers/certs.d/localhost:$port/"
        kelp pull -q "localhost:$port/tool:1"
        kelp pull -q --tls-verify=false "127.0.0.1:$port/tool:1"
}

# sign IMAGE KEY [REFERENCE]: attach a signature, as cosign does
sign() {
        local digest payload hex size empty
        digest=$(skopeo inspect --tls-verify=false --format '{{.Digest}}' "docker://$1")
        payload=$BATS_TEST_TMPDIR/payload
        printf '{"critical":{"identity":{"docker-reference":"%s"},"image":{"docker-manifest-digest":"%s"},"type":"cosign container image signature"},"optional":null}' \
                "${3-$1}" "$digest" >"$payload"
        hex=$(sha256sum "$payload" | cut -d' ' -f1)
        size=$(stat -c %s "$payload")
        d=$BATS_TEST_TMPDIR/sig
        rm -rf "$d"
        mkdir "$d"
        cp "$payload" "$d/$hex"
        printf '{}' >"$d/config"
        empty=$(sha256sum "$d/config" | cut -d' ' -f1)
        mv "$d/config" "$d/$empty"
        printf '{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":{"mediaType":"application/vnd.oci.image.config.v1+json","size":2,"digest":"sha256:%s"},"layers":[{"mediaType":"application/vnd.dev.cosign.simplesigning.v1+json","size":%s,"digest":"sha256:%s","annotations":{"dev.cosignproject.cosign/signature":"%s"}}]}' \
                "$empty" "$size" "$hex" "$(openssl dgst -sha256 -sign "$2" "$payload" | base64 -w0)" >"$d/manifest.json"
        printf 'Directory Transport Version: 1.1\n' >"$d/version"
        skopeo --insecure-policy copy -q --dest-tls-verify=false "dir:$d" "docker://${1%:*}:sha256-${digest#sha256:}.sig"
}

@test "policy.json: accept, reject, and signatures by a public key" {
        home
        for key in good other; do
                openssl ecparam -name prime256v1 -genkey -noout -out "$HOME/$key.key"
                openssl ec -in "$HOME/$key.key" -pubout -out "$HOME/$key.pub" 2>/dev/null
        done
        kelp image trust set -t reject default
        run kelp pull "$OPEN/library/tool:1"
        code 125
        has "it is rejected"
        has policy.json
        run kelp load -i "$FIXTURES/busybox.tar"
        code 125
        has "it is rejected"
        kelp image trust set -t accept "$OPEN"
        kelp pull -q "$OPEN/library/tool:1"
        kelp image trust set -t sigstoreSigned -f "$HOME/good.pub" "$OPEN/library/tool"
        run kelp pull "$OPEN/library/tool:1"
        code 125
        has "it has no signature"
        sign "$OPEN/library/tool:1" "$HOME/other.key"
        run kelp pull "$OPEN/library/tool:1"
        code 125
        has "not by the key"
        sign "$OPEN/library/tool:1" "$HOME/good.key" "$OPEN/library/another"
        run kelp pull "$OPEN/library/tool:1"
        code 125
        has "signature is for the name"
        sign "$OPEN/library/tool:1" "$HOME/good.key"
        kelp pull -q "$OPEN/library/tool:1"
        # podman's library reads the same file and the same signature.
        run kelp image trust show
        has "$OPEN/library/tool"
        has sigstoreSigned
        run kelp image trust show --json "$OPEN/library"
        has '"type": "sigstoreSigned"'
        jq '.transports.docker["x"] = [{"type": "signedBy", "keyType": "GPGKeys", "keyPath": "/k"}]' \
                "$HOME/.config/containers/policy.json" >"$HOME/p.json"
        run kelp pull --signature-policy "$HOME/p.json" x/y
        code 125
        jq '.default = [{"type": "mystery"}]' "$HOME/p.json" >"$HOME/q.json"
        run kelp pull --signature-policy "$HOME/q.json" "$OPEN/library/tool:1"
        code 125
        has "unknown type"
        run kelp pull --signature-policy "$HOME/nosuch.json" "$OPEN/library/tool:1"
        code 125
}
