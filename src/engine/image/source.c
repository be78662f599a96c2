/* Sources: the calls, and the registry behind them. See source.h. */
#include "engine/image/source.h"

#include "base/alloc.h"

#include <stdlib.h>
#include <unistd.h>

int source_manifest(struct source *source, const char *reference, char **data_out, size_t *len_out,
                    char **media_type_out, struct error *err)
{
        return source->ops->manifest(source, reference, data_out, len_out, media_type_out, err);
}

int source_blob(struct source *source, const struct digest *digest, size_t max, char **data_out,
                size_t *len_out, struct error *err)
{
        return source->ops->blob(source, digest, max, data_out, len_out, err);
}

int source_fetch(struct source *source, struct client_transfer *transfers, size_t count,
                 const struct client_sink *sink, struct error *err)
{
        return source->ops->fetch(source, transfers, count, sink, err);
}

void source_close(struct source *source)
{
        if (source)
                source->ops->close(source);
}

struct registry_source {
        struct source source;
        struct client *client;
};

static int registry_manifest(struct source *source, const char *reference, char **data_out,
                             size_t *len_out, char **media_type_out, struct error *err)
{
        struct registry_source *registry = (struct registry_source *)source;

        return client_manifest(registry->client, reference ? reference : "latest", data_out,
                               len_out, media_type_out, err);
}

static int registry_blob(struct source *source, const struct digest *digest, size_t max,
                         char **data_out, size_t *len_out, struct error *err)
{
        struct registry_source *registry = (struct registry_source *)source;

        return client_blob(registry->client, digest, max, data_out, len_out, err);
}

/* Transfers side by side: as many as the machine can unpack, and enough to hide a distance. */
static size_t parallelism(void)
{
        long cores = sysconf(_SC_NPROCESSORS_ONLN);

        return cores < 3 ? 3 : cores > 8 ? 8 : (size_t)cores;
}

static int registry_fetch(struct source *source, struct client_transfer *transfers, size_t count,
                          const struct client_sink *sink, struct error *err)
{
        struct registry_source *registry = (struct registry_source *)source;

        return client_fetch(registry->client, transfers, count, parallelism(), sink, err);
}

static void registry_close(struct source *source)
{
        struct registry_source *registry = (struct registry_source *)source;

        client_close(registry->client);
        free(registry);
}

static const struct source_ops registry_ops = { .manifest = registry_manifest,
                                                .blob = registry_blob,
                                                .fetch = registry_fetch,
                                                .close = registry_close };

int source_registry_open(const struct reference *ref, const struct client_options *options,
                         struct source **source_out, struct error *err)
{
        struct registry_source *registry = xcalloc(1, sizeof(*registry));

        registry->source.ops = &registry_ops;
        if (client_open(ref->registry, ref->path, options, &registry->client, err) < 0) {
                free(registry);
                return -1;
        }
        *source_out = &registry->source;
        return 0;
}
