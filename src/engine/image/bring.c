/* From a source to a published image. See bring.h.
 *
 * The store is not locked while bytes come, so what was there at the beginning may be removed
 * meanwhile. Under the shared lock, just before everything is committed, it is looked at again;
 * what went away is fetched in another round.
 */
#include "engine/image/bring.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/json.h"
#include "base/limits.h"
#include "engine/image/image.h"
#include "engine/image/layer_load.h"
#include "engine/image/manifest.h"
#include "engine/image/progress.h"
#include "engine/storage/blob.h"
#include "engine/storage/blob_writer.h"
#include "engine/storage/implied.h"
#include "engine/storage/layer.h"
#include "rootless/userns.h"

#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/statvfs.h>

#define ROUNDS 4

struct bring {
        const struct store *store;
        const struct bring_request *request;
        struct intake *intake;
        struct digest manifest_digest, index_digest;
        bool has_index;
        struct manifest manifest;
        struct digest *diff_ids;
        /* one round */
        struct client_transfer *transfers;
        struct load *loads;
        size_t load_count;
        bool stale; /* a load failed on what an earlier try had left */
        struct progress progress;
};

struct load {
        struct layer_load layer;
        size_t line; /* of manifest and progress */
        struct bring *bring;
};

static void release_round(struct bring *bring)
{
        for (size_t i = 0; i < bring->load_count; i++) {
                layer_load_release(&bring->loads[i].layer);
                bring->stale = bring->stale || bring->loads[i].layer.stale;
        }
        free(take_ptr(bring->loads));
        free(take_ptr(bring->transfers));
        bring->load_count = 0;
}

static void bring_release(struct bring *bring)
{
        release_round(bring);
        free(bring->diff_ids);
        manifest_release(&bring->manifest);
        progress_release(&bring->progress);
        intake_close(bring->intake);
}

static bool cancelled(const struct bring *bring)
{
        return bring->request->cancel && *bring->request->cancel;
}

/* The sink of the transfers. */

static int start(struct client_transfer *transfer, struct error *err)
{
        struct load *load = transfer->data;
        const struct bring *bring = load->bring;
        const struct digest *diff_id = &bring->diff_ids[load->line];
        bool unpack = !intake_has_layer(bring->intake, diff_id, userns_own_mapping());

        if (layer_load_open(bring->intake, &bring->manifest.layers[load->line], diff_id, unpack,
                            &load->layer, err) < 0)
                return -1;
        transfer->received = load->layer.resumed;
        return 0;
}

static int take(struct client_transfer *transfer, uint64_t offset, const void *data, size_t len,
                struct error *err)
{
        struct load *load = transfer->data;

        if (cancelled(load->bring))
                return error_set(err, ERROR_CANCELLED, "cancelled");
        return layer_load_take(&load->layer, offset, data, len, err);
}

static int settle(struct client_transfer *transfer, uint64_t upto, struct error *err)
{
        struct load *load = transfer->data;

        return layer_load_settle(&load->layer, upto, err);
}

static int done(struct client_transfer *transfer, struct error *err)
{
        struct load *load = transfer->data;

        if (layer_load_finish(&load->layer, &transfer->digest, err) < 0)
                return -1;
        progress_finish(&load->bring->progress, load->line, PROGRESS_DONE);
        return 0;
}

static void tick(void *data)
{
        struct bring *bring = data;

        for (size_t i = 0; i < bring->load_count; i++) {
                const struct load *load = bring->transfers[i].data;
                struct progress_line *line = &bring->progress.lines[load->line];

                line->received = bring->transfers[i].arrived;
                if (line->state == PROGRESS_WAITING && line->received > 0)
                        line->state = PROGRESS_LOADING;
        }
        progress_draw(&bring->progress, false);
}

static bool repeated(const struct bring *bring, size_t layer)
{
        for (size_t i = 0; i < layer; i++)
                if (digest_equal(&bring->manifest.layers[i].digest,
                                 &bring->manifest.layers[layer].digest))
                        return true;
        return false;
}

static int largest_first(const void *a, const void *b)
{
        const struct client_transfer *x = a, *y = b;

        return (x->size < y->size) - (x->size > y->size);
}

/* A blob that is there needs no transfer; its layer may still have to be unpacked. */
static void plan_round(struct bring *bring)
{
        size_t count = bring->manifest.layer_count;

        bring->loads = xcalloc(count + 1, sizeof(*bring->loads));
        bring->transfers = xcalloc(count + 1, sizeof(*bring->transfers));
        for (size_t i = 0; i < count; i++) {
                const struct manifest_layer *layer = &bring->manifest.layers[i];
                struct load *load = &bring->loads[bring->load_count];

                if (repeated(bring, i) || intake_has_blob(bring->intake, &layer->digest)) {
                        if (bring->progress.lines[i].state != PROGRESS_DONE)
                                progress_finish(&bring->progress, i, PROGRESS_EXISTS);
                        continue;
                }
                *load = (struct load){ .line = i, .bring = bring };
                bring->transfers[bring->load_count++] = (struct client_transfer){
                        .digest = layer->digest, .size = layer->size, .data = load
                };
        }
        qsort(bring->transfers, bring->load_count, sizeof(*bring->transfers), largest_first);
}

/* From how many bytes on a transfer is worth a thread that writes behind. */
#define LARGE ((uint64_t)64 << 20)

/* What the manifest declares must fit before a byte is fetched: a lie about sizes costs nothing. */
static int check_space(struct bring *bring, struct error *err)
{
        uint64_t needed = 0, free_bytes;
        struct statvfs fs;

        if (fstatvfs(bring->store->root_fd, &fs) < 0)
                return error_sys(err, errno, "look at the store's file system");
        free_bytes = (uint64_t)fs.f_bavail * fs.f_frsize;
        for (size_t i = 0; i < bring->load_count; i++) {
                needed += bring->transfers[i].size;
                if (bring->transfers[i].size > free_bytes || needed > free_bytes) {
                        error_set(err, ERROR_TOO_LARGE,
                                  "the image's layers need more than the %llu MB that are free "
                                  "in the store",
                                  (unsigned long long)(free_bytes / 1000000));
                        return error_cure(err, "see what takes the space: kelp system df");
                }
        }
        if (needed > LARGE)
                intake_write_behind(bring->intake);
        return 0;
}

/* Each layer keeps a descriptor until the end: its partial download's lock. */
static void raise_descriptors(void)
{
        struct rlimit limit;

        if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < 2048 &&
            limit.rlim_cur < limit.rlim_max) {
                limit.rlim_cur = limit.rlim_max < 2048 ? limit.rlim_max : 2048;
                (void)setrlimit(RLIMIT_NOFILE, &limit);
        }
}

static int fetch_round(struct bring *bring, struct error *err)
{
        struct client_sink sink = {
                .start = start,
                .take = take,
                .settle = settle,
                .done = done,
                .tick = tick,
                .data = bring,
        };
        int rc = 0;

        plan_round(bring);
        if (bring->load_count > 0)
                rc = check_space(bring, err) < 0
                             ? -1
                             : source_fetch(bring->request->source, bring->transfers,
                                            bring->load_count, &sink, err);
        release_round(bring);
        return rc;
}

static int unpack_existing(struct bring *bring, struct error *err)
{
        const char *mapping = userns_own_mapping();

        for (size_t i = 0; i < bring->manifest.layer_count; i++) {
                struct layer_source source = { .compression = LAYER_DETECT,
                                               .diff_id = &bring->diff_ids[i],
                                               .mapping = mapping };

                if (intake_has_layer(bring->intake, &bring->diff_ids[i], mapping))
                        continue;
                if (cancelled(bring))
                        return error_set(err, ERROR_CANCELLED, "cancelled");
                if (layer_unpack_blob(bring->intake, &bring->manifest.layers[i].digest, &source,
                                      err) < 0)
                        return error_context(err, "layer %.19s",
                                             bring->manifest.layers[i].digest.text);
        }
        return implied_dirs_fix(bring->intake, bring->diff_ids, bring->manifest.layer_count,
                                mapping, err);
}

/* With the lock held: is all still there? */
static bool complete(const struct bring *bring)
{
        for (size_t i = 0; i < bring->manifest.layer_count; i++)
                if (!intake_has_blob(bring->intake, &bring->manifest.layers[i].digest) ||
                    !intake_has_layer(bring->intake, &bring->diff_ids[i], userns_own_mapping()))
                        return false;
        return true;
}

static int publish(struct bring *bring, struct error *err)
{
        const char *name = bring->request->name;

        if (intake_commit(bring->intake, NULL, err) < 0)
                return -1;
        return image_publish(bring->store, name ? name : bring->manifest_digest.text,
                             &bring->manifest_digest,
                             bring->has_index ? &bring->index_digest : NULL, err);
}

/* 1: done, 0: once more, -1. */
static int one_round(struct bring *bring, struct error *err)
{
        AUTO_CLOSE int shared = -1;

        bring->stale = false;
        if (fetch_round(bring, err) < 0)
                return bring->stale ? 0 : -1;
        if (unpack_existing(bring, err) < 0)
                return err->kind == ERROR_NOT_FOUND ? 0 : -1;
        shared = store_lock_shared(bring->store, err);
        if (shared < 0)
                return -1;
        if (!complete(bring))
                return 0;
        return publish(bring, err) < 0 ? -1 : 1;
}

static int parse(const char *text, size_t len, json_t **json_out, struct error *err)
{
        return json_parse(text, len, "the manifest", json_out, err);
}

/* A manifest, kept as it came. */
static int fetch_one(struct bring *bring, const char *reference, struct digest *digest_out,
                     json_t **json_out, char **media_type_out, struct error *err)
{
        const struct bring_request *request = bring->request;
        AUTO_FREE char *text = NULL;
        size_t len;

        if (source_manifest(request->source, reference, &text, &len, media_type_out, err) < 0 ||
            (request->allow && request->allow(request->data, text, len, err) < 0) ||
            parse(text, len, json_out, err) < 0)
                return -1;
        return blob_add(bring->intake, text, len, digest_out, err);
}

/* The manifest for the platform; through the index where there is one. */
static int fetch_manifest(struct bring *bring, json_t **json_out, struct error *err)
{
        AUTO_JSON json_t *json = NULL;
        AUTO_FREE char *media_type = NULL;
        struct platform platform;
        struct digest chosen;

        if (fetch_one(bring, bring->request->reference, &bring->manifest_digest, &json, &media_type,
                      err) < 0)
                return -1;
        platform_host(&platform);
        if (bring->request->platform &&
            platform_parse(bring->request->platform, &platform, err) < 0)
                return -1;
        if (manifest_is_index(json, media_type)) {
                bring->has_index = true;
                bring->index_digest = bring->manifest_digest;
                if (manifest_choose(json, &platform, &chosen, err) < 0)
                        return -1;
                json_decref(take_ptr(json));
                if (fetch_one(bring, chosen.text, &bring->manifest_digest, &json, NULL, err) < 0)
                        return -1;
        }
        *json_out = take_ptr(json);
        return 0;
}

static int fetch_config(struct bring *bring, struct error *err)
{
        AUTO_FREE char *text = NULL;
        AUTO_JSON json_t *config = NULL;
        size_t len;

        if (bring->manifest.config_size > LIMIT_IMAGE_CONFIG)
                return error_set(err, ERROR_TOO_LARGE, "the image config is larger than %zu bytes",
                                 LIMIT_IMAGE_CONFIG);
        /* What the store has need not come again. */
        if (blob_read(bring->store, &bring->manifest.config, LIMIT_IMAGE_CONFIG, &text, &len,
                      NULL) < 0 &&
            source_blob(bring->request->source, &bring->manifest.config, LIMIT_IMAGE_CONFIG, &text,
                        &len, err) < 0)
                return error_context(err, "image config");
        if (json_parse(text, len, "the image config", &config, err) < 0 ||
            config_diff_ids(config, bring->manifest.layer_count, &bring->diff_ids, err) < 0)
                return -1;
        return blob_add(bring->intake, text, len, NULL, err);
}

static bool is_known(const struct bring *bring)
{
        const struct digest *have = bring->request->have;

        return have && digest_equal(have, &bring->manifest_digest);
}

static void start_progress(struct bring *bring)
{
        progress_init(&bring->progress, bring->manifest.layer_count, bring->request->quiet);
        for (size_t i = 0; i < bring->manifest.layer_count; i++) {
                bring->progress.lines[i].digest = &bring->manifest.layers[i].digest;
                bring->progress.lines[i].size = bring->manifest.layers[i].size;
        }
}

static int bring_all(struct bring *bring, struct error *err)
{
        AUTO_JSON json_t *json = NULL;

        if (intake_open(bring->store, "pull", &bring->intake, err) < 0)
                return -1;
        if (fetch_manifest(bring, &json, err) < 0)
                return err->kind == ERROR_NETWORK ? error_context(err, "initializing source") : -1;
        if (is_known(bring))
                return 0;
        if (manifest_parse(json, &bring->manifest, err) < 0 || fetch_config(bring, err) < 0)
                return -1;
        start_progress(bring);
        raise_descriptors();
        for (int round = 0; round < ROUNDS; round++) {
                int rc = one_round(bring, err);

                if (rc < 0)
                        return -1;
                if (rc > 0) {
                        progress_end(&bring->progress, &bring->manifest.config);
                        return 0;
                }
        }
        if (err->kind == ERROR_NONE)
                error_set(err, ERROR_IN_USE, "other processes keep removing the image's layers");
        return -1;
}

int bring_image(const struct store *store, const struct bring_request *request,
                struct digest *manifest_out, struct error *err)
{
        AUTO(bring) bring = { .store = store, .request = request };

        if (bring_all(&bring, err) < 0)
                return -1;
        *manifest_out = bring.manifest_digest;
        return 0;
}
