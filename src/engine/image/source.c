/* Sources: the calls, and the registry behind them. See source.h. */
#include "engine/image/source.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/log.h"
#include "engine/registry/registries.h"

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
        struct client_options options;
        struct registry_endpoints endpoints;
        size_t next; /* endpoint to try after this one */
        struct client *client;
};

/* The next place of a mirrored repository. */
static int open_next(struct registry_source *registry, struct error *err)
{
        const struct registry_endpoint *endpoint = &registry->endpoints.items[registry->next++];
        struct client_options options = registry->options;

        client_close(take_ptr(registry->client));
        if (endpoint->insecure && options.tls_verify < 0)
                options.tls_verify = 0;
        if (endpoint->mirror)
                log_info("trying the mirror %s/%s", endpoint->registry, endpoint->path);
        return client_open(endpoint->registry, endpoint->path, &options, &registry->client, err);
}

/* The place that has the manifest is asked for all that follows. */
static int registry_manifest(struct source *source, const char *reference, char **data_out,
                             size_t *len_out, char **media_type_out, struct error *err)
{
        struct registry_source *registry = (struct registry_source *)source;

        for (;;) {
                if (client_manifest(registry->client, reference ? reference : "latest", data_out,
                                    len_out, media_type_out, err) == 0)
                        return 0;
                if (registry->next >= registry->endpoints.count || err->kind == ERROR_CANCELLED)
                        return -1;
                log_info("%s, continuing with the next location", err->text);
                if (open_next(registry, err) < 0)
                        return -1;
        }
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
        registry_endpoints_release(&registry->endpoints);
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
        AUTO_FREE char *name = reference_name(ref);
        struct registries *registries = NULL;
        int rc;

        registry->source.ops = &registry_ops;
        registry->options = *options;
        rc = registries_load(&registries, err);
        if (rc == 0)
                rc = registries_endpoints(registries, name, true, &registry->endpoints, err);
        registries_free(registries);
        if (rc < 0 || open_next(registry, err) < 0) {
                registry_close(&registry->source);
                return -1;
        }
        *source_out = &registry->source;
        return 0;
}
