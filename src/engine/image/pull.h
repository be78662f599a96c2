/* Pulling an image: policy, the names that a short one may stand for, where it comes from. */
#ifndef KELP_ENGINE_IMAGE_PULL_H
#define KELP_ENGINE_IMAGE_PULL_H

#include "base/error.h"
#include "engine/image/image.h"

enum pull_policy { PULL_MISSING, PULL_ALWAYS, PULL_NEVER, PULL_NEWER };

/* What talking to a registry needs, for pull, push, login and search alike. */
struct registry_options {
        const char *authfile; /* NULL: the usual places */
        const char *creds;    /* "user:password" */
        const char *cert_dir; /* NULL: the usual places */
        int tls_verify;       /* -1: default (plain HTTP is tried on loopback only), 0, 1 */
        int retries;          /* times that a failed transfer is begun again; -1: default */
        int retry_delay;      /* seconds before it; -1: grows from one second */
};

/* After the attempt-th failure (from 1): may another try be better, and is it allowed? Says so, and
 * waits. That nobody answers at the address is tried again only where the number was given. */
bool registry_retries(const struct registry_options *options, int attempt, const struct error *err);

struct pull_options {
        enum pull_policy policy;
        const char *platform;         /* "os/arch[/variant]", NULL: this machine's */
        const char *signature_policy; /* policy.json, NULL: the usual places */
        struct registry_options registry;
        bool quiet; /* no progress */
};

#define REGISTRY_OPTIONS_DEFAULT                                                                   \
        {                                                                                          \
                .tls_verify = -1, .retries = -1, .retry_delay = -1                                 \
        }

/* Parse --pull / --policy's value: always missing never newer; "" and "true" mean missing/always.
 */
int pull_policy_parse(const char *text, enum pull_policy *policy_out, struct error *err);

/* The image, pulled when the policy says so. Progress goes to standard error. The text may name a
 * transport (transport.h). The function enters the user namespace itself when it has to. */
int image_pull(const struct store *store, const char *text, const struct pull_options *options,
               struct image *image_out, struct error *err);

/* Every tag of a repository, one after the other; ids_out gets the images' IDs. */
int image_pull_all_tags(const struct store *store, const char *text,
                        const struct pull_options *options, struct strv *ids_out,
                        struct error *err);

#endif
