/* What run, create, start and attach share. See session.h. */
#include "cli/session.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/log.h"
#include "engine/container/attach.h"
#include "engine/container/create.h"
#include "engine/container/merge.h"
#include "engine/container/namespaces_of.h"
#include "engine/container/phases.h"
#include "engine/container/start.h"
#include "engine/container/state.h"
#include "engine/image/pull.h"

#include <fcntl.h>
#include <string.h>

static int find_image(struct context *ctx, const struct container_args *args,
                      const struct userns_plan *plan, struct userns_entry *entry,
                      struct image *image_out, struct error *err)
{
        struct pull_options options = { .platform = args->platform,
                                        .registry = REGISTRY_OPTIONS_DEFAULT,
                                        .quiet = args->quiet };
        const char *name = ctx->argv[0];

        if (pull_policy_parse(args->pull ? args->pull : "missing", &options.policy, err) < 0)
                return -1;
        if (options.policy == PULL_MISSING && !args->platform &&
            image_lookup(&ctx->store, name, image_out, NULL) == 0)
                return 0;
        /* Unpacking needs the ids. */
        if (userns_enter_finish(plan, entry, err) < 0)
                return -1;
        return image_pull(&ctx->store, name, &options, image_out, err);
}

static int ensure_layers(struct context *ctx, const struct image *image,
                         const struct userns_plan *plan, struct userns_entry *entry,
                         const char *mapping, struct error *err)
{
        if (image_has_layers(&ctx->store, image, mapping))
                return 0;
        if (userns_enter_finish(plan, entry, err) < 0)
                return -1;
        return image_ensure_layers(&ctx->store, image, mapping, err);
}

static int write_cidfile(const char *path, const char *id, struct error *err)
{
        AUTO_CLOSE int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);

        if (fd < 0 && errno == EEXIST)
                return error_set(
                        err, ERROR_EXISTS,
                        "container ID file %s exists: another container may be running, or "
                        "remove it",
                        path);
        if (fd < 0 || fd_write_all(fd, id, strlen(id)) < 0)
                return error_sys(err, errno, "write container ID file %s", path);
        return 0;
}

static int create(struct context *ctx, struct container_spec *spec,
                  const struct container_args *args, const struct image *image,
                  struct container *container_out, struct error *err)
{
        char id[CONTAINER_ID_LEN + 1];
        AUTO_CLOSE int shared = store_lock_shared(&ctx->store, err);

        /* From here on the lock keeps it; it may have been removed just before. */
        if (shared >= 0 && !image_has_layers(&ctx->store, image, spec->mapping))
                return error_set(err, ERROR_NOT_FOUND,
                                 "%s: image not known: it was removed just now", ctx->argv[0]);
        if (shared < 0 || container_new_id(id, err) < 0 ||
            container_spec_merge(spec, image, args->entrypoint != NULL, id, err) < 0)
                return -1;
        if (spec->cidfile && write_cidfile(spec->cidfile, id, err) < 0)
                return -1;
        return container_create(&ctx->store, id, spec, container_out, err);
}

/* Whose namespaces it shares has to run when it starts, not when it is made. */
static int plan_userns(struct context *ctx, const struct container_args *args,
                       const struct container_spec *spec, struct userns_plan *plan,
                       struct error *err)
{
        return args->only_made ? userns_plan(spec->keep_id, plan, err)
                               : container_userns_plan(&ctx->store, spec, plan, err);
}

int session_create(struct context *ctx, const struct container_args *args,
                   struct container *container_out, struct userns_plan *plan,
                   struct userns_entry *entry, struct error *err)
{
        AUTO(container_spec) spec = { 0 };
        AUTO(image) image = { 0 };
        char mapping[64];

        if (container_spec_from_args(args, ctx->argv + 1, ctx->argc - 1, &spec, err) < 0 ||
            namespaces_resolve(&ctx->store, &spec, err) < 0 ||
            plan_userns(ctx, args, &spec, plan, err) < 0 ||
            userns_enter_begin(plan, entry, err) < 0)
                return -1;
        /* While the helpers write the maps. */
        if (runtime_options_fill(&args->runtime, &ctx->global.runtime, &spec, err) < 0)
                return -1;
        if (plan->reason)
                log_info("user namespace with a single id: %s, continuing", plan->reason);
        phases_mark("namespace begun");
        userns_mapping_name(plan, mapping, sizeof(mapping));
        spec.mapping = xstrdup(mapping);
        spec.storage_driver = xstrdup(ctx->global.storage_driver);
        if (find_image(ctx, args, plan, entry, &image, err) < 0 ||
            ensure_layers(ctx, &image, plan, entry, mapping, err) < 0)
                return -1;
        phases_mark("image found");
        if (create(ctx, &spec, args, &image, container_out, err) < 0)
                return -1;
        image_touch(&ctx->store, &image);
        phases_mark("container created");
        return 0;
}

int session_attach(const struct container *container, int socket_fd, bool input, bool signals,
                   const char *detach_keys, struct error *err)
{
        struct attach_options options = {
                .input = input, .terminal = container->spec.terminal, .signals = signals, .pid = 0
        };
        const char *keys = detach_keys ? detach_keys : container->spec.detach_keys;
        enum attach_end end;
        int code = 0;

        if (detach_keys_parse(keys ? keys : DETACH_KEYS_DEFAULT, &options.keys, err) < 0 ||
            attach_run(socket_fd, &options, &end, &code, err) < 0)
                return -1;
        if (end == ATTACH_DETACHED)
                return 0;
        /* The monitor could not tell us: the exit record can. */
        if (end == ATTACH_LOST &&
            (state_wait_end(container->dir_fd, 1000, &code, NULL) <= 0 || code < 0))
                return error_set(err, ERROR_GENERAL, "the container's monitor was lost");
        return code;
}
