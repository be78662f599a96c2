/* Pulling an image: resolve the name, fetch manifest and config, stream the layers side by side. */
#ifndef KELP_ENGINE_IMAGE_PULL_H
#define KELP_ENGINE_IMAGE_PULL_H

#include "base/error.h"
#include "engine/image/image.h"

enum pull_policy { PULL_MISSING, PULL_ALWAYS, PULL_NEVER, PULL_NEWER };

struct pull_options {
        enum pull_policy policy;
        const char *platform; /* "os/arch[/variant]", NULL: this machine's */
        const char *authfile; /* NULL: the usual places */
        const char *creds;    /* "user:password" */
        int tls_verify;       /* -1: default (plain HTTP is tried on loopback only), 0, 1 */
        bool quiet;           /* no progress */
};

/* Parse --pull / --policy's value: always missing never newer; "" and "true" mean missing/always.
 */
int pull_policy_parse(const char *text, enum pull_policy *policy_out, struct error *err);

/* The image, pulled when the policy says so. Progress goes to standard error. This process must be
 * in the user namespace (userns_enter) when a transfer is needed: the function enters it itself. */
int image_pull(const struct store *store, const char *reference, const struct pull_options *options,
               struct image *image_out, struct error *err);

#endif
