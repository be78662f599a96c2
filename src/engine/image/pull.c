/* Pulling. See pull.h; the transfer itself is bring.c's.
 *
 * A short name is tried under each full name that it may stand for, and an error tells all of them.
 * A transfer that fails for a passing reason is begun again, going on where it stopped.
 */
#include "engine/image/pull.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/log.h"
#include "base/strbuf.h"
#include "engine/image/bring.h"
#include "engine/image/interrupt.h"
#include "engine/image/load.h"
#include "engine/image/manifest.h"
#include "engine/image/origin.h"
#include "engine/image/policy.h"
#include "engine/image/progress.h"
#include "engine/image/prune.h"
#include "engine/image/reference.h"
#include "engine/image/transport.h"
#include "engine/registry/catalog.h"
#include "engine/registry/registries.h"
#include "rootless/userns.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>

#define RETRIES_DEFAULT 3
#define PARTIAL_MAX_AGE (7 * 24 * 3600) /* seconds */

int pull_policy_parse(const char *text, enum pull_policy *policy_out, struct error *err)
{
        static const struct {
                const char *word;
                enum pull_policy policy;
        } words[] = { { "missing", PULL_MISSING }, { "", PULL_MISSING },
                      { "always", PULL_ALWAYS },   { "true", PULL_ALWAYS },
                      { "never", PULL_NEVER },     { "false", PULL_MISSING },
                      { "newer", PULL_NEWER },     { "ifnotpresent", PULL_MISSING },
                      { "ifnewer", PULL_NEWER } };

        for (size_t i = 0; i < ARRAY_SIZE(words); i++)
                if (strcmp(words[i].word, text) == 0) {
                        *policy_out = words[i].policy;
                        return 0;
                }
        error_set(err, ERROR_USAGE, "unsupported pull policy \"%s\"", text);
        return error_cure(err, "it is always, missing, never or newer");
}

bool registry_retries(const struct registry_options *options, int attempt, const struct error *err)
{
        int retries = options->retries >= 0 ? options->retries : RETRIES_DEFAULT;
        int seconds = options->retry_delay >= 0 ? options->retry_delay : 1 << (attempt - 1);

        if (attempt > retries || err->kind != ERROR_NETWORK || *interrupt_flag() ||
            (err->sys == EHOSTUNREACH && options->retries < 0))
                return false;
        log_warn("Failed, retrying in %ds ... (%d/%d). Error: %s", seconds, attempt, retries,
                 err->text);
        for (int tenths = 0; tenths < seconds * 10 && !*interrupt_flag(); tenths++)
                poll(NULL, 0, 100);
        return !*interrupt_flag();
}

static int bring_retrying(const struct store *store, const struct bring_request *request,
                          const struct registry_options *options, struct error *err)
{
        struct digest digest;

        for (int attempt = 1;; attempt++) {
                *err = (struct error){ 0 };
                if (bring_image(store, request, &digest, err) == 0)
                        return 0;
                if (!registry_retries(options, attempt, err))
                        return -1;
        }
}

/* A push to the same registry may find the blobs there. */
static void note_origin(const struct store *store, const struct reference *ref, const char *name)
{
        AUTO(image) image = { 0 };
        AUTO(strv) digests = { 0 };

        if (image_lookup(store, name, &image, NULL) < 0)
                return;
        strv_add(&digests, image.config_digest.text);
        for (size_t i = 0; i < image.layer_count; i++)
                strv_add(&digests, image.layers[i].text);
        origin_note(store, ref->registry, ref->path, &digests);
}

/* Is the image allowed by policy.json? */
struct gate {
        struct policy *policy;
        const char *transport, *name;
        struct source *source;
};

static int allow(void *data, const char *manifest, size_t len, struct error *err)
{
        const struct gate *gate = data;

        return policy_check(gate->policy, gate->transport, gate->name, gate->source, manifest, len,
                            err);
}

static int pull_from_registry(const struct store *store, const struct reference *ref,
                              const struct digest *have, const struct pull_options *options,
                              struct error *err)
{
        AUTO_FREE char *name = reference_name(ref);
        struct client_options client = { .authfile = options->registry.authfile,
                                         .creds = options->registry.creds,
                                         .cert_dir = options->registry.cert_dir,
                                         .tls_verify = options->registry.tls_verify,
                                         .cancel = interrupt_flag() };
        struct bring_request request = { .reference = ref->digest ? ref->digest
                                                      : ref->tag  ? ref->tag
                                                                  : "latest",
                                         .platform = options->platform,
                                         .name = name,
                                         .have = have,
                                         .quiet = options->quiet,
                                         .cancel = interrupt_flag() };
        struct gate gate = { .transport = "docker", .name = name };
        int rc;

        if (policy_load(options->signature_policy, &gate.policy, err) < 0)
                return -1;
        if (source_registry_open(ref, &client, &request.source, err) < 0) {
                policy_free(gate.policy);
                return -1;
        }
        gate.source = request.source;
        request.allow = allow;
        request.data = &gate;
        if (!options->quiet && !have)
                fprintf(stderr, "Trying to pull %s...\n", name);
        rc = bring_retrying(store, &request, &options->registry, err);
        source_close(request.source);
        policy_free(gate.policy);
        if (rc == 0)
                note_origin(store, ref, name);
        return rc;
}

/* The full names a reference may stand for in registries. */
static int full_names(const struct reference *ref, struct strv *names, struct error *err)
{
        AUTO_FREE char *tail = reference_tail(ref);
        AUTO(strv) repositories = { 0 };
        struct registries *registries;
        int rc;

        if (ref->registry) {
                strv_take(names, reference_name(ref));
                return 0;
        }
        if (registries_load(&registries, err) < 0)
                return -1;
        rc = registries_complete(registries, ref->path, &repositories, err);
        registries_free(registries);
        for (size_t i = 0; rc == 0 && i < repositories.count; i++)
                strv_addf(names, "%s%s", repositories.items[i], tail);
        return rc;
}

/* Each name in turn; the first one's error is told where they all fail the same way. */
static int try_names(const struct store *store, const struct strv *names, const struct digest *have,
                     const struct pull_options *options, char **name_out, struct error *err)
{
        AUTO(strbuf) tried = { .max = 600 };

        for (size_t i = 0; i < names->count; i++) {
                AUTO(reference) ref = { 0 };

                if (reference_parse(names->items[i], &ref, err) < 0)
                        return -1;
                *err = (struct error){ 0 };
                if (pull_from_registry(store, &ref, have, options, err) == 0) {
                        *name_out = reference_name(&ref);
                        return 0;
                }
                if (names->count == 1 || err->kind == ERROR_CANCELLED)
                        return error_context(err, "pulling %s", names->items[i]);
                strbuf_addf(&tried, "%s%s: %s", i ? "; " : "", names->items[i], err->text);
        }
        return error_set(err, err->kind, "none of %zu names could be pulled: %s", names->count,
                         tried.data);
}

static int pull_reference(const struct store *store, const char *text, const struct image *have,
                          const struct pull_options *options, char **name_out, struct error *err)
{
        AUTO(reference) ref = { 0 };
        AUTO(strv) names = { 0 };
        bool looks = options->policy == PULL_NEWER && have->names.count && !have->list;

        if (reference_parse(text, &ref, err) < 0)
                return -1;
        /* What was found by a short name is pulled from where it came from. */
        if (have->names.count && !ref.registry)
                strv_add(&names, have->names.items[0]);
        else if (full_names(&ref, &names, err) < 0)
                return -1;
        return try_names(store, &names, looks ? &have->manifest : NULL, options, name_out, err);
}

/* The name of an image that comes out of a layout or a directory; NULL: none. */
static char *file_name(const struct transport *transport)
{
        if (transport->kind == TRANSPORT_DIR)
                return transport_local_name(transport->path);
        return transport->reference ? transport_local_name(transport->reference) : NULL;
}

static int pull_from_directory(const struct store *store, const struct transport *transport,
                               const struct pull_options *options, char **name_out,
                               struct error *err)
{
        AUTO_FREE char *name = file_name(transport);
        struct bring_request request = { .reference = transport->reference,
                                         .platform = options->platform,
                                         .name = name,
                                         .quiet = options->quiet,
                                         .cancel = interrupt_flag() };
        struct gate gate = { .transport = transport_name(transport->kind),
                             .name = transport->path };
        struct digest digest;
        int rc = policy_load(options->signature_policy, &gate.policy, err);

        if (rc < 0)
                return -1;
        request.allow = allow;
        request.data = &gate;
        rc = transport->kind == TRANSPORT_OCI
                     ? source_layout_open(transport->path, &request.source, err)
                     : source_dir_open(transport->path, &request.source, err);
        if (rc == 0)
                rc = bring_image(store, &request, &digest, err);
        policy_free(gate.policy);
        if (rc == 0)
                *name_out = name ? take_ptr(name) : xstrdup(digest.text);
        source_close(request.source);
        return rc;
}

static int pull_from_archive(const struct store *store, const struct transport *transport,
                             const struct pull_options *options, char **name_out, struct error *err)
{
        struct load_request request = { .path = transport->path,
                                        .only = transport->reference,
                                        .signature_policy = options->signature_policy,
                                        .platform = options->platform,
                                        .cancel = interrupt_flag() };
        AUTO(strv) names = { 0 };
        AUTO(image) image = { 0 };

        if (image_load(store, &request, &names, err) < 0)
                return -1;
        *name_out = xstrdup(names.items[0]);
        if (!options->quiet && image_lookup(store, *name_out, &image, NULL) == 0)
                progress_tell(image.layers, image.layer_count, &image.config_digest);
        return 0;
}

/* What dead processes left, and downloads that nobody went on with for a week. */
static void sweep(const struct store *store)
{
        uint64_t bytes;

        (void)staging_sweep(store, NULL);
        (void)partial_prune(store, PARTIAL_MAX_AGE, &bytes, NULL);
}

static int transfer(const struct store *store, const struct transport *transport,
                    const struct image *have, const struct pull_options *options, char **name_out,
                    struct error *err)
{
        int rc;

        if (userns_enter(err) < 0)
                return -1;
        sweep(store);
        interrupt_catch();
        switch (transport->kind) {
        case TRANSPORT_DOCKER:
                rc = pull_reference(store, transport->reference, have, options, name_out, err);
                break;
        case TRANSPORT_OCI:
        case TRANSPORT_DIR:
                rc = pull_from_directory(store, transport, options, name_out, err);
                break;
        default:
                rc = pull_from_archive(store, transport, options, name_out, err);
        }
        interrupt_restore();
        return rc;
}

/* "localhost/web is here for linux/amd64, not linux/arm64" */
static int tell_other_platform(const struct image *have, const char *text, const char *platform,
                               struct error *err)
{
        return error_context(err, "%s is here for %s/%s, not %s", text,
                             json_get_string(have->config, "os", "linux"),
                             json_get_string(have->config, "architecture", ""), platform);
}

/* Is the image that was found one for the platform that was asked for? */
static int check_platform(const struct image *have, const char *platform, bool *fits_out,
                          struct error *err)
{
        struct platform wanted;

        *fits_out = true;
        if (!platform)
                return 0;
        if (platform_parse(platform, &wanted, err) < 0)
                return -1;
        *fits_out = platform_fits(have->config, &wanted);
        return 0;
}

static int pull_by_policy(const struct store *store, const struct transport *transport,
                          const struct pull_options *options, struct image *image_out,
                          struct error *err)
{
        AUTO(image) have = { 0 };
        AUTO_FREE char *name = NULL;
        bool here = transport->kind == TRANSPORT_DOCKER &&
                    image_lookup(store, transport->reference, &have, NULL) == 0;
        bool fits = false, found;

        if (here && check_platform(&have, options->platform, &fits, err) < 0)
                return -1;
        found = here && fits;
        if (found && (options->policy == PULL_MISSING || options->policy == PULL_NEVER)) {
                *image_out = have;
                have = (struct image){ 0 };
                return 0;
        }
        if (options->policy == PULL_NEVER) {
                error_set(err, ERROR_NOT_FOUND, "%s: image not known", transport->reference);
                if (here)
                        tell_other_platform(&have, transport->reference, options->platform, err);
                return error_cure(err,
                                  "it is not to be pulled: another policy than never fetches it");
        }
        if (transfer(store, transport, &have, options, &name, err) < 0) {
                if (here && !found)
                        return tell_other_platform(&have, transport->reference, options->platform,
                                                   err);
                if (!found || options->policy != PULL_NEWER || err->kind == ERROR_CANCELLED)
                        return -1;
                *image_out = have;
                have = (struct image){ 0 };
                return 0;
        }
        return image_lookup(store, name, image_out, err);
}

int image_pull(const struct store *store, const char *text, const struct pull_options *options,
               struct image *image_out, struct error *err)
{
        AUTO(transport) transport = { 0 };

        if (transport_parse(text, &transport, err) < 0)
                return -1;
        return pull_by_policy(store, &transport, options, image_out, err);
}

static int list_tags(const struct reference *ref, const struct pull_options *options,
                     struct strv *tags, struct error *err)
{
        struct client_options client_options = { .authfile = options->registry.authfile,
                                                 .creds = options->registry.creds,
                                                 .cert_dir = options->registry.cert_dir,
                                                 .tls_verify = options->registry.tls_verify };
        struct client *client;
        int rc;

        if (client_open(ref->registry, ref->path, &client_options, &client, err) < 0)
                return -1;
        rc = client_tags(client, 0, tags, err);
        client_close(client);
        return rc;
}

int image_pull_all_tags(const struct store *store, const char *text,
                        const struct pull_options *options, struct strv *ids_out, struct error *err)
{
        AUTO(reference) ref = { 0 };
        AUTO(strv) names = { 0 };
        AUTO(strv) tags = { 0 };

        if (strncmp(text, "docker://", 9) == 0)
                text += 9;
        if (reference_parse(text, &ref, err) < 0)
                return -1;
        if (ref.tag || ref.digest)
                return error_set(err, ERROR_USAGE, "--all-tags takes a repository without a tag");
        if (full_names(&ref, &names, err) < 0)
                return -1;
        reference_release(&ref);
        if (reference_parse(names.items[0], &ref, err) < 0 ||
            list_tags(&ref, options, &tags, err) < 0)
                return -1;
        for (size_t i = 0; i < tags.count; i++) {
                AUTO_FREE char *name = xasprintf("%s/%s:%s", ref.registry, ref.path, tags.items[i]);
                AUTO(image) image = { 0 };

                if (image_pull(store, name, options, &image, err) < 0)
                        return -1;
                strv_add(ids_out, image.id);
        }
        return 0;
}
