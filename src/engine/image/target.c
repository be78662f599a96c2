/* Targets: the calls, and the registry behind them. See target.h. */
#include "engine/image/target.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "engine/image/origin.h"
#include "engine/registry/upload.h"

#include <stdlib.h>

int target_put_manifest(struct target *target, const char *reference, const char *media_type,
                        const char *text, size_t len, struct error *err)
{
        return target->ops->put_manifest(target, reference, media_type, text, len, err);
}

int target_finish(struct target *target, struct error *err)
{
        return target->ops->finish(target, err);
}

void target_close(struct target *target)
{
        if (target)
                target->ops->close(target);
}

struct registry_target {
        struct target target;
        const struct store *store;
        struct client *client;
        char *registry, *path;
        struct client_options options;
        struct strv sent; /* digests that the repository has now */
};

static int registry_has_blob(struct target *target, const struct digest *digest, bool *has_out,
                             struct error *err)
{
        return client_has_blob(((struct registry_target *)target)->client, digest, has_out, err);
}

static int registry_put_blob(struct target *target, const struct target_blob *blob,
                             struct error *err)
{
        struct registry_target *registry = (struct registry_target *)target;
        AUTO_FREE char *from =
                origin_find(registry->store, registry->registry, registry->path, &blob->digest);
        struct client_upload upload = { .digest = &blob->digest,
                                        .size = blob->size,
                                        .fd = blob->fd,
                                        .mount_from = from,
                                        .sent = blob->sent,
                                        .data = blob->data };

        if (client_put_blob(registry->client, &upload, NULL, err) < 0)
                return -1;
        strv_add(&registry->sent, blob->digest.text);
        return 0;
}

static int registry_stream_blob(struct target *target, const struct client_stream *stream,
                                struct error *err)
{
        struct registry_target *registry = (struct registry_target *)target;
        struct digest digest;

        if (client_stream_blob(registry->client, stream, &digest, err) < 0)
                return -1;
        strv_add(&registry->sent, digest.text);
        return 0;
}

static int registry_put_manifest(struct target *target, const char *reference,
                                 const char *media_type, const char *text, size_t len,
                                 struct error *err)
{
        struct registry_target *registry = (struct registry_target *)target;

        return client_put_manifest(registry->client, reference ? reference : "latest", media_type,
                                   text, len, err);
}

static int registry_finish(struct target *target, struct error *err)
{
        (void)target, (void)err;
        return 0;
}

static void registry_close(struct target *target)
{
        struct registry_target *registry = (struct registry_target *)target;

        if (registry->sent.count)
                origin_note(registry->store, registry->registry, registry->path, &registry->sent);
        strv_release(&registry->sent);
        client_close(registry->client);
        free(registry->registry);
        free(registry->path);
        free(registry);
}

static struct target *registry_clone(struct target *target, struct error *err);

static const struct target_ops registry_ops = { .has_blob = registry_has_blob,
                                                .put_blob = registry_put_blob,
                                                .stream_blob = registry_stream_blob,
                                                .put_manifest = registry_put_manifest,
                                                .finish = registry_finish,
                                                .close = registry_close,
                                                .clone = registry_clone,
                                                .compressed = true };

static int open_registry(const struct store *store, const char *host, const char *path,
                         const struct client_options *options, struct target **target_out,
                         struct error *err)
{
        struct registry_target *registry = xcalloc(1, sizeof(*registry));

        registry->target.ops = &registry_ops;
        registry->store = store;
        registry->registry = xstrdup(host);
        registry->path = xstrdup(path);
        registry->options = *options;
        if (client_open(host, path, options, &registry->client, err) < 0) {
                registry_close(&registry->target);
                return -1;
        }
        *target_out = &registry->target;
        return 0;
}

int target_registry_open(const struct store *store, const struct reference *ref,
                         const struct client_options *options, struct target **target_out,
                         struct error *err)
{
        return open_registry(store, ref->registry, ref->path, options, target_out, err);
}

static struct target *registry_clone(struct target *target, struct error *err)
{
        const struct registry_target *registry = (struct registry_target *)target;
        struct target *clone;

        if (open_registry(registry->store, registry->registry, registry->path, &registry->options,
                          &clone, err) < 0)
                return NULL;
        return clone;
}
