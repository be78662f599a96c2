/* See sign.h. gpg writes to a name that nobody looks for, which is renamed when it is whole: only
 * then is there a directory for it. */
#include "engine/image/sign.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/json.h"
#include "base/path.h"
#include "base/spawn.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define COMPLAINT_MAX  4096
#define SIGNATURES_MAX 10000

static char *make_payload(const struct reference *ref, const struct digest *manifest)
{
        AUTO_FREE char *name = reference_name(ref);
        AUTO_JSON json_t *json =
                json_pack("{s:{s:{s:s}, s:{s:s}, s:s}, s:{s:s, s:I}}", "critical", "identity",
                          "docker-reference", name, "image", "docker-manifest-digest",
                          manifest->text, "type", "atomic container signature", "optional",
                          "creator", "kelp " KELP_VERSION, "timestamp", (json_int_t)time(NULL));

        return json_dumps(json, JSON_COMPACT);
}

static int call_gpg(const char *payload, const char *key, const char *file, struct error *err)
{
        const char *argv[] = { "gpg", "--batch",  "--quiet", "--no-armor", "--local-user",
                               key,   "--output", file,      "--sign",     NULL };
        AUTO_FREE char *out = NULL;
        AUTO_FREE char *complaint = NULL;
        int code = spawn_capture(argv, payload, COMPLAINT_MAX, &out, &complaint, err);

        if (code < 0)
                return error_context(err, "sign with gpg");
        if (code == 0)
                return 0;
        complaint[strcspn(complaint, "\n")] = '\0';
        return error_set(err, ERROR_GENERAL, "gpg did not sign with the key \"%s\": %s", key,
                         complaint);
}

static int publish(const char *made, const char *dir, struct error *err)
{
        if (path_make_dirs(dir, 0755, err) < 0)
                return -1;
        for (int n = 1; n <= SIGNATURES_MAX; n++) {
                AUTO_FREE char *name = xasprintf("%s/signature-%d", dir, n);

                if (renameat2(AT_FDCWD, made, AT_FDCWD, name, RENAME_NOREPLACE) == 0)
                        return 0;
                if (errno != EEXIST)
                        return error_sys(err, errno, "write %s", name);
        }
        return error_set(err, ERROR_GENERAL, "%s has %d signatures already", dir, SIGNATURES_MAX);
}

int sign_manifest(const struct reference *ref, const struct digest *manifest, const char *key,
                  const char *directory, struct error *err)
{
        AUTO_FREE char *dir =
                xasprintf("%s/%s@sha256=%s", directory, ref->path, digest_hex(manifest));
        AUTO_FREE char *made = xasprintf("%s/.kelp-%d", directory, (int)getpid());
        AUTO_FREE char *payload = make_payload(ref, manifest);
        int rc;

        if (!payload)
                return error_set(err, ERROR_INVALID, "the name of the image is not UTF-8");
        (void)unlink(made);
        rc = call_gpg(payload, key, made, err) < 0 || publish(made, dir, err) < 0 ? -1 : 0;
        (void)unlink(made);
        return rc;
}
