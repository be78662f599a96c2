/* Pushing a manifest list: its images first, each under its digest, then the index. An image whose
 * layers had to be compressed has another digest there, so that the index is written for what was
 * sent. */
#include "engine/image/list.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/limits.h"
#include "engine/image/interrupt.h"
#include "engine/image/manifest.h"
#include "engine/storage/blob.h"

#include <string.h>

struct list_sender {
        const struct store *store;
        const struct push_options *options;
        struct target *target;
        json_t *index;
        bool changed;
};

/* The manifest that a target was given, as large as it was. */
struct recorder {
        struct target target;
        struct target *real;
        size_t len;
        char media_type[128];
};

static int record_manifest(struct target *target, const char *reference, const char *media_type,
                           const char *text, size_t len, struct error *err)
{
        struct recorder *recorder = (struct recorder *)target;
        struct digest digest;

        (void)reference;
        digest_of(text, len, &digest);
        recorder->len = len;
        snprintf(recorder->media_type, sizeof(recorder->media_type), "%s", media_type);
        return target_put_manifest(recorder->real, digest.text, media_type, text, len, err);
}

static int pass_has_blob(struct target *target, const struct digest *digest, bool *has_out,
                         struct error *err)
{
        struct target *real = ((struct recorder *)target)->real;

        return real->ops->has_blob(real, digest, has_out, err);
}

static int pass_put_blob(struct target *target, const struct target_blob *blob, struct error *err)
{
        struct target *real = ((struct recorder *)target)->real;

        return real->ops->put_blob(real, blob, err);
}

static struct target *pass_clone(struct target *target, struct error *err)
{
        struct target *real = ((struct recorder *)target)->real;

        return real->ops->clone(real, err);
}

static int send_entry(struct list_sender *s, json_t *entry, struct error *err)
{
        struct target_ops ops = { .has_blob = pass_has_blob,
                                  .put_blob = pass_put_blob,
                                  .put_manifest = record_manifest,
                                  .clone = s->target->ops->clone ? pass_clone : NULL,
                                  .compressed = s->target->ops->compressed };
        struct recorder recorder = { .target = { .ops = &ops }, .real = s->target };
        AUTO(image) image = { 0 };
        struct send_request request = { .image = &image,
                                        .target = &recorder.target,
                                        .format = s->options->format,
                                        .compression = s->options->compression,
                                        .level = s->options->level,
                                        .quiet = s->options->quiet,
                                        .cancel = interrupt_flag() };
        struct digest digest;

        if (digest_parse(json_get_string(entry, "digest", ""), &image.manifest, err) < 0)
                return -1;
        if (image_fill(s->store, &image, err) < 0)
                return error_context(err, "the list's image %.19s", image.manifest.text);
        if (send_image(s->store, &request, &digest, err) < 0)
                return -1;
        if (strcmp(digest.text, json_get_string(entry, "digest", "")) == 0)
                return 0;
        s->changed = true;
        json_set_string(entry, "digest", digest.text);
        json_set_string(entry, "mediaType", recorder.media_type);
        json_object_set_new(entry, "size", json_integer((json_int_t)recorder.len));
        return 0;
}

static int send_list(struct list_sender *s, const char *reference, const struct digest *stored,
                     bool all, struct digest *digest_out, struct error *err)
{
        bool docker = s->options->format == SEND_DOCKER;
        const char *type = docker ? MEDIA_DOCKER_LIST : MEDIA_OCI_INDEX;
        AUTO_FREE char *text = NULL;
        size_t i, len;
        json_t *entry;

        json_array_foreach (json_object_get(s->index, "manifests"), i, entry)
                if (all && send_entry(s, entry, err) < 0)
                        return -1;
        if (!s->changed && strcmp(json_get_string(s->index, "mediaType", type), type) == 0) {
                if (blob_read(s->store, stored, LIMIT_MANIFEST, &text, &len, err) < 0)
                        return -1;
        } else {
                json_set_string(s->index, "mediaType", type);
                text = json_dumps(s->index, JSON_COMPACT);
                len = strlen(text);
        }
        digest_of(text, len, digest_out);
        return target_put_manifest(s->target, reference, type, text, len, err);
}

static int push_to(struct list_sender *s, const struct transport *transport,
                   const struct digest *stored, bool all, struct digest *digest_out,
                   struct error *err)
{
        AUTO_FREE char *reference = push_target_reference(transport);
        AUTO_CLOSE int fd = -1;
        int rc;

        if (push_open_target(s->store, transport, &s->options->registry, &s->target, &fd, err) < 0)
                return -1;
        rc = send_list(s, reference, stored, all, digest_out, err);
        if (rc == 0)
                rc = target_finish(s->target, err);
        target_close(s->target);
        return rc;
}

int list_push(const struct store *store, const char *list, const char *destination, bool all,
              const struct push_options *options, struct digest *digest_out, struct error *err)
{
        struct list_sender s = { .store = store, .options = options };
        AUTO(transport) transport = { 0 };
        AUTO(image) image = { 0 };
        AUTO_FREE char *name = NULL;
        AUTO_JSON json_t *index = NULL;
        int rc;

        if (list_load(store, list, &name, &index, err) < 0 ||
            image_find(store, list, &image, err) < 0 ||
            transport_parse(destination ? destination : name, &transport, err) < 0)
                return -1;
        if (transport.kind == TRANSPORT_DOCKER_ARCHIVE)
                return error_set(err, ERROR_UNSUPPORTED, "docker-archive: has no manifest lists");
        s.index = index;
        interrupt_catch();
        rc = push_to(&s, &transport, &image.manifest, all, digest_out, err);
        interrupt_restore();
        return rc < 0 ? error_context(err, "pushing %s", destination ? destination : name) : 0;
}
