/* Pulling an image.
 *
 * Manifest and config come first; then every layer that the store lacks streams from the registry
 * into two places at once, its blob and its unpacker's pipe, several layers side by side. The
 * reference is published last, after one syncfs: an interruption at any time leaves blobs and
 * layers that are whole and named by their content, and no image that is not.
 */
#include "engine/image/pull.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/limits.h"
#include "engine/image/manifest.h"
#include "engine/image/progress.h"
#include "engine/image/reference.h"
#include "engine/registry/client.h"
#include "engine/storage/blob.h"
#include "engine/storage/implied.h"
#include "engine/storage/layer.h"
#include "rootless/userns.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

static bool interrupted;

static void on_interrupt(int signal_number)
{
        (void)signal_number;
        interrupted = true;
}

int pull_policy_parse(const char *text, enum pull_policy *policy_out, struct error *err)
{
        static const struct {
                const char *word;
                enum pull_policy policy;
        } words[] = { { "missing", PULL_MISSING }, { "", PULL_MISSING },
                      { "always", PULL_ALWAYS },   { "true", PULL_ALWAYS },
                      { "never", PULL_NEVER },     { "false", PULL_MISSING },
                      { "newer", PULL_NEWER } };

        for (size_t i = 0; i < ARRAY_SIZE(words); i++)
                if (strcmp(words[i].word, text) == 0) {
                        *policy_out = words[i].policy;
                        return 0;
                }
        return error_set(err, ERROR_USAGE,
                         "unknown pull policy \"%s\": always, missing, never or newer", text);
}

/* One layer on its way. */
struct layer_load {
        struct layer_writer *writer; /* NULL: the unpacked layer is there already */
        struct blob_writer *blob;
        char *pending; /* what the unpacker's pipe had no room for */
        size_t pending_len, pending_at;
        bool deaf;   /* the unpacker gave up; its reason comes at the end */
        size_t line; /* of the progress */
};

struct pull {
        const struct store *store;
        struct client *client;
        struct manifest manifest;
        struct digest *diff_ids;
        struct client_transfer *transfers;
        struct layer_load *loads;
        size_t load_count;
        struct progress progress;
};

static void load_release(struct layer_load *load)
{
        layer_writer_abort(load->writer);
        blob_writer_abort(load->blob);
        free(load->pending);
        *load = (struct layer_load){ 0 };
}

static void pull_release(struct pull *pull)
{
        for (size_t i = 0; i < pull->load_count; i++)
                load_release(&pull->loads[i]);
        free(pull->loads);
        free(pull->transfers);
        free(pull->diff_ids);
        manifest_release(&pull->manifest);
        progress_release(&pull->progress);
        client_close(pull->client);
}

/* Write what the pipe takes; what is left waits. */
static void feed(struct layer_load *load, const char *data, size_t len)
{
        ssize_t n;

        if (load->deaf || !load->writer)
                return;
        do {
                n = write(layer_writer_fd(load->writer), data, len);
        } while (n < 0 && errno == EINTR);
        if (n < 0 && errno != EAGAIN) {
                load->deaf = true;
                return;
        }
        if (n < 0)
                n = 0;
        if ((size_t)n < len) {
                load->pending = xmalloc(len - (size_t)n);
                load->pending_len = len - (size_t)n;
                load->pending_at = 0;
                memcpy(load->pending, data + n, load->pending_len);
        }
}

/* True when nothing is pending any more. */
static bool flush_pending(struct layer_load *load)
{
        ssize_t n;

        if (!load->pending)
                return true;
        n = write(layer_writer_fd(load->writer), load->pending + load->pending_at,
                  load->pending_len - load->pending_at);
        if (n < 0 && (errno == EAGAIN || errno == EINTR))
                return false;
        if (n < 0)
                load->deaf = true;
        else
                load->pending_at += (size_t)n;
        if (!load->deaf && load->pending_at < load->pending_len)
                return false;
        free(load->pending);
        load->pending = NULL;
        return true;
}

static ssize_t take(struct client_transfer *transfer, const void *data, size_t len,
                    struct error *err)
{
        struct layer_load *load = transfer->data;

        if (!flush_pending(load))
                return 0;
        if (load->deaf) {
                /* Its reason is worth more than the rest of the download. */
                if (layer_writer_finish(take_ptr(load->writer), NULL, NULL, err) == 0)
                        error_set(err, ERROR_GENERAL, "the unpacker stopped early");
                return -1;
        }
        if (blob_writer_add(load->blob, data, len, err) < 0)
                return -1;
        feed(load, data, len);
        return (ssize_t)len;
}

/* Everything came: the rest of the pipe, then digest, diffID, and both are published. */
static int finish_load(struct layer_load *load, const struct digest *digest, struct error *err)
{
        if (load->writer) {
                (void)fd_set_nonblock(layer_writer_fd(load->writer), false);
                while (!flush_pending(load))
                        ;
        }
        if (blob_writer_finish(take_ptr(load->blob), digest, NULL, err) < 0)
                return error_context(err, "layer %.19s", digest->text);
        if (load->writer && layer_writer_finish(take_ptr(load->writer), NULL, NULL, err) < 0)
                return error_context(err, "layer %.19s", digest->text);
        return 0;
}

static struct pull *current;

static int done(struct client_transfer *transfer, struct error *err)
{
        struct layer_load *load = transfer->data;

        if (finish_load(load, &transfer->digest, err) < 0)
                return -1;
        progress_finish(&current->progress, load->line, PROGRESS_DONE);
        return 0;
}

static void tick(void *data)
{
        struct pull *pull = data;

        for (size_t i = 0; i < pull->load_count; i++) {
                struct progress_line *line = &pull->progress.lines[pull->loads[i].line];

                line->received = pull->transfers[i].received;
                if (line->state == PROGRESS_WAITING && line->received > 0)
                        line->state = PROGRESS_LOADING;
        }
        progress_draw(&pull->progress, false);
}

static bool repeated(const struct pull *pull, size_t layer)
{
        for (size_t i = 0; i < layer; i++)
                if (digest_equal(&pull->manifest.layers[i].digest,
                                 &pull->manifest.layers[layer].digest))
                        return true;
        return false;
}

static int open_load(struct pull *pull, size_t layer, struct error *err)
{
        const struct manifest_layer *l = &pull->manifest.layers[layer];
        struct layer_load *load = &pull->loads[pull->load_count];
        struct layer_source source = { .compression = l->compression,
                                       .diff_id = &pull->diff_ids[layer],
                                       .mapping = userns_own_mapping() };

        *load = (struct layer_load){ .line = layer };
        pull->transfers[pull->load_count] = (struct client_transfer){
                .digest = l->digest, .size = l->size, .data = load, .pause_fd = -1
        };
        pull->load_count++;
        if (blob_writer_open(pull->store, &load->blob, err) < 0)
                return -1;
        if (layer_exists(pull->store, source.diff_id, source.mapping))
                return 0;
        if (layer_writer_open(pull->store, &source, &load->writer, err) < 0)
                return -1;
        pull->transfers[pull->load_count - 1].pause_fd = layer_writer_fd(load->writer);
        return fd_set_nonblock(layer_writer_fd(load->writer), true) < 0
                       ? error_sys(err, errno, "set up the unpacker's pipe")
                       : 0;
}

/* A blob that is there needs no transfer; its layer may still have to be unpacked. */
static int plan_layers(struct pull *pull, struct error *err)
{
        size_t count = pull->manifest.layer_count;

        pull->loads = xcalloc(count, sizeof(*pull->loads));
        pull->transfers = xcalloc(count, sizeof(*pull->transfers));
        for (size_t i = 0; i < count; i++) {
                struct progress_line *line = &pull->progress.lines[i];

                line->digest = &pull->manifest.layers[i].digest;
                line->size = pull->manifest.layers[i].size;
        }
        for (size_t i = 0; i < count; i++) {
                if (repeated(pull, i) || blob_exists(pull->store, &pull->manifest.layers[i].digest))
                        progress_finish(&pull->progress, i, PROGRESS_EXISTS);
                else if (open_load(pull, i, err) < 0)
                        return -1;
        }
        return 0;
}

static int unpack_existing(struct pull *pull, struct error *err)
{
        for (size_t i = 0; i < pull->manifest.layer_count; i++) {
                struct layer_source source = { .compression = LAYER_DETECT,
                                               .diff_id = &pull->diff_ids[i],
                                               .mapping = userns_own_mapping() };

                if (!layer_exists(pull->store, &pull->diff_ids[i], source.mapping) &&
                    layer_unpack_blob(pull->store, &pull->manifest.layers[i].digest, &source, err) <
                            0)
                        return -1;
        }
        return implied_dirs_fix(pull->store, pull->diff_ids, pull->manifest.layer_count,
                                userns_own_mapping(), err);
}

static size_t parallelism(void)
{
        long cores = sysconf(_SC_NPROCESSORS_ONLN);

        return cores < 3 ? 3 : cores > 8 ? 8 : (size_t)cores;
}

/* What the manifest declares must fit before a byte is fetched: a lie about sizes costs nothing. */
static int check_space(const struct pull *pull, struct error *err)
{
        uint64_t needed = 0, free_bytes;
        struct statvfs fs;

        if (fstatvfs(pull->store->root_fd, &fs) < 0)
                return error_sys(err, errno, "look at the store's file system");
        free_bytes = (uint64_t)fs.f_bavail * fs.f_frsize;
        for (size_t i = 0; i < pull->load_count; i++) {
                needed += pull->transfers[i].size;
                if (pull->transfers[i].size > free_bytes || needed > free_bytes)
                        return error_set(
                                err, ERROR_TOO_LARGE,
                                "the image's layers need more than the %llu MB that are free "
                                "in the store",
                                (unsigned long long)(free_bytes / 1000000));
        }
        return 0;
}

static int fetch_layers(struct pull *pull, struct error *err)
{
        struct client_sink sink = { .take = take, .done = done, .tick = tick, .data = pull };

        current = pull;
        if (plan_layers(pull, err) < 0 || check_space(pull, err) < 0)
                return -1;
        if (pull->load_count > 0 && client_fetch(pull->client, pull->transfers, pull->load_count,
                                                 parallelism(), &sink, err) < 0)
                return -1;
        return unpack_existing(pull, err);
}

struct fetched_manifest {
        char *text;
        size_t len;
        char *media_type;
};

static void fetched_manifest_release(struct fetched_manifest *m)
{
        free(m->text);
        free(m->media_type);
        *m = (struct fetched_manifest){ 0 };
}

/* The manifest for the platform; through the index where there is one. */
static int fetch_manifest(struct pull *pull, const struct reference *ref, const char *platform_text,
                          struct fetched_manifest *out, json_t **json_out, struct error *err)
{
        const char *name = ref->digest ? ref->digest : ref->tag ? ref->tag : "latest";
        AUTO_JSON json_t *json = NULL;
        struct platform platform;
        struct digest chosen;

        if (client_manifest(pull->client, name, &out->text, &out->len, &out->media_type, err) < 0 ||
            json_parse(out->text, out->len, "the manifest", &json, err) < 0)
                return -1;
        platform_host(&platform);
        if (platform_text && platform_parse(platform_text, &platform, err) < 0)
                return -1;
        if (manifest_is_index(json, out->media_type)) {
                if (manifest_choose(json, &platform, &chosen, err) < 0)
                        return -1;
                fetched_manifest_release(out);
                json_decref(take_ptr(json));
                if (client_manifest(pull->client, chosen.text, &out->text, &out->len,
                                    &out->media_type, err) < 0 ||
                    json_parse(out->text, out->len, "the manifest", &json, err) < 0)
                        return -1;
        }
        *json_out = take_ptr(json);
        return 0;
}

static int fetch_config(struct pull *pull, struct error *err)
{
        AUTO_FREE char *text = NULL;
        AUTO_JSON json_t *config = NULL;
        size_t len;

        if (pull->manifest.config_size > LIMIT_IMAGE_CONFIG)
                return error_set(err, ERROR_TOO_LARGE, "the image config is larger than %zu bytes",
                                 LIMIT_IMAGE_CONFIG);
        if (client_blob(pull->client, &pull->manifest.config, LIMIT_IMAGE_CONFIG, &text, &len,
                        err) < 0)
                return error_context(err, "image config");
        if (json_parse(text, len, "the image config", &config, err) < 0 ||
            config_diff_ids(config, pull->manifest.layer_count, &pull->diff_ids, err) < 0)
                return -1;
        return blob_add(pull->store, text, len, NULL, err);
}

static int transfer(struct pull *pull, const struct reference *ref, const char *name,
                    const struct pull_options *options, struct error *err)
{
        AUTO(fetched_manifest) fetched = { 0 };
        AUTO_JSON json_t *json = NULL;
        AUTO_CLOSE int shared = store_lock_shared(pull->store, err);
        struct digest digest;

        if (shared < 0 || fetch_manifest(pull, ref, options->platform, &fetched, &json, err) < 0 ||
            manifest_parse(json, &pull->manifest, err) < 0 || fetch_config(pull, err) < 0)
                return -1;
        progress_init(&pull->progress, pull->manifest.layer_count, options->quiet);
        if (fetch_layers(pull, err) < 0 ||
            blob_add(pull->store, fetched.text, fetched.len, &digest, err) < 0 ||
            store_sync(pull->store, err) < 0)
                return -1;
        return image_publish(
                pull->store, name, &digest, fetched.len,
                json_get_string(json, "mediaType",
                                fetched.media_type[0] ? fetched.media_type : MEDIA_OCI_MANIFEST),
                err);
}

static int pull_from(const struct store *store, const struct reference *ref, const char *name,
                     const struct pull_options *options, struct error *err)
{
        AUTO(pull) pull = { .store = store };
        struct client_options client = { .authfile = options->authfile,
                                         .creds = options->creds,
                                         .tls_verify = options->tls_verify,
                                         .cancel = &interrupted };
        struct sigaction old_int, old_term, action = { .sa_handler = on_interrupt };
        int rc;

        if (client_open(ref->registry, ref->path, &client, &pull.client, err) < 0)
                return -1;
        if (!options->quiet)
                fprintf(stderr, "Trying to pull %s...\n", name);
        sigaction(SIGINT, &action, &old_int);
        sigaction(SIGTERM, &action, &old_term);
        rc = transfer(&pull, ref, name, options, err);
        sigaction(SIGINT, &old_int, NULL);
        sigaction(SIGTERM, &old_term, NULL);
        return rc < 0 ? error_context(err, "pulling %s", name) : 0;
}

/* A short name is tried at docker.io; localhost/ is never a registry to ask. */
static void complete(struct reference *ref)
{
        char *path;

        if (ref->registry)
                return;
        ref->registry = xstrdup("docker.io");
        if (strchr(ref->path, '/'))
                return;
        path = xasprintf("library/%s", ref->path);
        free(ref->path);
        ref->path = path;
}

int image_pull(const struct store *store, const char *reference, const struct pull_options *options,
               struct image *image_out, struct error *err)
{
        AUTO(reference) ref = { 0 };
        AUTO_FREE char *name = NULL;
        struct image have = { 0 };
        bool found = image_lookup(store, reference, &have, NULL) == 0;

        if (found && (options->policy == PULL_MISSING || options->policy == PULL_NEVER)) {
                *image_out = have;
                return 0;
        }
        if (options->policy == PULL_NEVER)
                return error_set(err, ERROR_NOT_FOUND,
                                 "%s: image not known, and it is not to be pulled", reference);
        if (reference_parse(reference, &ref, err) < 0) {
                image_release(&have);
                return -1;
        }
        /* What was found by a short name is pulled from where it came from. */
        if (found && !ref.registry && have.names.count) {
                reference_release(&ref);
                (void)reference_parse(have.names.items[0], &ref, NULL);
        }
        complete(&ref);
        name = reference_name(&ref);
        (void)staging_sweep(store, NULL);
        if (userns_enter(err) < 0 || pull_from(store, &ref, name, options, err) < 0) {
                if (found && options->policy == PULL_NEWER) {
                        *image_out = have;
                        return 0;
                }
                image_release(&have);
                return -1;
        }
        image_release(&have);
        return image_lookup(store, name, image_out, err);
}
