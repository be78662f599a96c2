#!/usr/bin/env bats
# kelp image sign: gpg's own verdict on what it writes.
load helper

make_key() {
        export GNUPGHOME=$BATS_TEST_TMPDIR/gnupg
        mkdir -m 700 "$GNUPGHOME"
        gpg --batch --quiet --passphrase '' --quick-generate-key 'Signer <signer@example.com>' rsa2048 sign never 2>/dev/null
        mkdir "$BATS_TEST_TMPDIR/sigs"
        S=$BATS_TEST_TMPDIR/sigs
}

teardown() {
        [ -z "${GNUPGHOME-}" ] || gpgconf --kill gpg-agent
        stop_registries
        clean_up
}

@test "sign: what is signed is the name and the digest of the manifest" {
        make_key
        kelp tag busybox quay.io/some/image:1
        digest=$(kelp image inspect -f '{{.Digest}}' quay.io/some/image:1)
        run kelp image sign --sign-by signer@example.com --directory "$S" quay.io/some/image:1
        code 0
        is ""
        dir="$S/some/image@${digest/:/=}"
        [ "$(ls -A "$dir")" = signature-1 ]
        run gpg --verify "$dir/signature-1"
        code 0
        has 'Good signature from "Signer <signer@example.com>"'
        gpg --quiet --decrypt "$dir/signature-1" 2>/dev/null >"$BATS_TEST_TMPDIR/payload"
        [ "$(jq -r '.critical | .identity["docker-reference"], .image["docker-manifest-digest"], .type' "$BATS_TEST_TMPDIR/payload")" = \
                "quay.io/some/image:1"$'\n'"$digest"$'\n'"atomic container signature" ]
        [ "$(jq '.optional.timestamp' "$BATS_TEST_TMPDIR/payload")" -ge "$(($(date +%s) - 600))" ]
        kelp image sign --sign-by signer@example.com -d "$S" containers-storage:quay.io/some/image:1
        [ "$(echo "$dir"/*)" = "$dir/signature-1 $dir/signature-2" ]
}

@test "sign: what cannot be signed leaves nothing" {
        make_key
        run kelp image sign -d "$S" busybox
        code 125
        has "no identity provided"
        run kelp image sign --sign-by signer@example.com busybox
        code 125
        has "--directory is needed"
        run kelp image sign --sign-by signer@example.com -d "$S/nosuch" busybox
        code 125
        has "$S/nosuch: No such file or directory"
        run kelp image sign --sign-by signer@example.com -d "$S" "$(kelp images -q busybox)"
        code 125
        has "name the image"
        run kelp image sign --sign-by signer@example.com -d "$S" docker://nosuch
        code 125
        has "docker://nosuch names no registry"
        run kelp image sign --sign-by signer@example.com -d "$S" --all busybox
        code 125
        has "--all is for a list in a registry"
        run kelp image sign --authfile "$S/none" --sign-by signer@example.com -d "$S" busybox
        code 125
        has "credential file is not accessible"
        [ -z "$(ls -A "$S")" ]
        run kelp image sign --sign-by nobody@example.com -d "$S" busybox
        code 125
        has 'sign busybox: gpg did not sign with the key "nobody@example.com": '
        mkdir "$BATS_TEST_TMPDIR/bin"
        run env PATH="$BATS_TEST_TMPDIR/bin" "$KELP" --root "$ROOT" --runroot "$RUNROOT" image sign --sign-by x -d "$S" busybox
        code 125
        has "sign with gpg"
        [ -z "$(ls -A "$S")" ]
        run kelp image sign --sign-by signer@example.com -d "$GNUPGHOME/pubring.kbx" busybox
        code 125
        is "kelp: $GNUPGHOME/pubring.kbx: Not a directory"
        if [ "$(id -u)" -ne 0 ]; then
                chmod 500 "$S"
                run kelp image sign --sign-by signer@example.com -d "$S" busybox
                code 125
                is "kelp: $S: Permission denied"
        fi
}

@test "sign: an image and a list in a registry" {
        make_key
        start_registry plain
        kelp push -q --tls-verify=false busybox "$REGISTRY/app:1"
        kelp manifest create list >/dev/null
        kelp manifest add list busybox >/dev/null
        kelp manifest push -q --tls-verify=false list "docker://$REGISTRY/list:1"
        run kelp image sign --tls-verify=false --sign-by signer@example.com -d "$S" "docker://$REGISTRY/app:1"
        code 0
        [ -s "$S/app@$(skopeo inspect --tls-verify=false -f '{{.Digest}}' "docker://$REGISTRY/app:1" | tr : =)/signature-1" ]
        run kelp image sign --tls-verify=false --all --sign-by signer@example.com -d "$S" "docker://$REGISTRY/app:1"
        code 125
        has "is not a list of images"
        kelp image sign --tls-verify=false --all --sign-by signer@example.com -d "$S" "docker://$REGISTRY/list:1"
        entry=$(skopeo inspect --raw --tls-verify=false "docker://$REGISTRY/list:1" | jq -r ".manifests[0].digest")
        [ "$(ls "$S" | grep -c '^list@')" -eq 1 ]
        [ -s "$S/list@${entry/:/=}/signature-1" ]
}
