/* What run, create, start and attach share. See session.h. */
#include "cli/container/session.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/log.h"
#include "cli/container/replace.h"
#include "cli/global.h"
#include "cli/options/conf_mounts.h"
#include "cli/options/default_mounts.h"
#include "cli/options/storage_options.h"
#include "engine/container/attach.h"
#include "engine/container/create.h"
#include "engine/container/merge.h"
#include "engine/container/namespaces_of.h"
#include "engine/container/phases.h"
#include "engine/container/start.h"
#include "engine/container/state.h"
#include "engine/container/userns_auto.h"
#include "engine/container/userns_of.h"
#include "engine/container/volumes.h"
#include "engine/image/pull.h"

#include <fcntl.h>
#include <string.h>

/* What finding an image needs, and the pod. */
struct search {
        struct context *ctx;
        const struct container_args *args;
        struct userns_plan *plan;
        struct userns_entry *entry;
        struct pod_member pod;
        bool begun; /* the entry is */
};

static int find_image(void *data, const char *name, struct image *image_out, struct error *err)
{
        const struct search *search = data;
        const struct container_args *args = search->args;
        AUTO_FREE char *platform = NULL;
        struct pull_options options;

        if (pull_options_read(&args->pull, &search->ctx->global, &options, &platform, err) < 0)
                return -1;
        if (options.policy == PULL_MISSING && !platform &&
            image_lookup(&search->ctx->store, name, image_out, NULL) == 0)
                return 0;
        /* Unpacking needs the ids. */
        if (userns_enter_finish(search->plan, search->entry, err) < 0)
                return -1;
        return image_pull(&search->ctx->store, name, &options, image_out, err);
}

/* The same for an image that is mounted; its layers may have to be unpacked. */
static int find_mounted(void *data, const char *name, struct image *image_out, struct error *err)
{
        const struct search *search = data;

        return userns_enter_finish(search->plan, search->entry, err) < 0
                       ? -1
                       : find_image(data, name, image_out, err);
}

/* With auto the ids wait for the image: *ids_out holds them until the container is there. */
static int choose_ids(struct context *ctx, const struct userns_mode *mode,
                      const struct image *image, struct container_spec *spec,
                      struct userns_plan *plan, struct userns_entry *entry, int *ids_out,
                      struct error *err)
{
        const json_t *config = json_object_get(image->config, "config");
        const char *user = spec->user ? spec->user : json_get_string(config, "User", NULL);
        uint32_t size = mode->size;

        if (mode->kind != USERNS_AUTO)
                return 0;
        if (userns_enter_finish(plan, entry, err) < 0 ||
            (size == 0 && userns_auto_size(&ctx->store, image, user, &size, err) < 0))
                return -1;
        return userns_auto_choose(&ctx->store, mode, size, spec, plan, ids_out, err);
}

static int ensure_layers(struct context *ctx, const struct image *image,
                         const struct userns_plan *plan, struct userns_entry *entry,
                         const char *mapping, struct error *err)
{
        if (image_has_layers(&ctx->store, image, mapping))
                return 0;
        if (userns_enter_finish(plan, entry, err) < 0)
                return -1;
        return image_ensure_layers(&ctx->store, image, mapping, userns_of_owners(plan), err);
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

/* An infra container's is known to its pod already. */
static int choose_id(const struct container_args *args, char id[CONTAINER_ID_LEN + 1],
                     struct error *err)
{
        if (!args->pod.infra_id)
                return container_new_id(id, err);
        memcpy(id, args->pod.infra_id, CONTAINER_ID_LEN + 1);
        return 0;
}

static int create(struct context *ctx, struct container_spec *spec,
                  const struct container_args *args, const struct image *image,
                  struct container *container_out, struct error *err)
{
        char id[CONTAINER_ID_LEN + 1];
        AUTO_CLOSE int pod = -1;
        AUTO_CLOSE int shared = store_lock_shared(&ctx->store, err);

        /* From here on the lock keeps it; it may have been removed just before. */
        if (shared >= 0 && !image_has_layers(&ctx->store, image, spec->mapping))
                return error_set(err, ERROR_NOT_FOUND,
                                 "%s: image not known: it was removed just now", ctx->argv[0]);
        if (shared < 0 || choose_id(args, id, err) < 0 ||
            container_spec_merge(spec, image, args->entrypoint != NULL, id, err) < 0)
                return -1;
        if (volume_args_settle(&args->mounts, &ctx->store, image, spec, err) < 0)
                return -1;
        if (spec->cidfile && write_cidfile(spec->cidfile, id, err) < 0)
                return -1;
        if (spec->pod && !spec->infra && (pod = pod_hold(&ctx->store, spec->pod, err)) < 0)
                return -1;
        return container_create(&ctx->store, id, spec, container_out, err);
}

/* Whose namespaces it shares has to run when it starts, not when it is made. */
static int plan_userns(const struct search *search, struct container_spec *spec,
                       struct userns_mode *mode_out, struct error *err)
{
        struct context *ctx = search->ctx;
        const struct container_args *args = search->args;
        struct userns_plan *plan = search->plan;
        struct userns_request request = userns_request_of(&args->userns);

        if (search->pod.infra.id[0]) {
                if (userns_of_same(&ctx->store, &search->pod.infra.spec, spec, plan, err) < 0)
                        return -1;
        } else if (userns_of_new(&ctx->store, &request, spec, mode_out, plan, err) < 0)
                return -1;
        if (mode_out->kind == USERNS_AUTO && namespaces_shared(spec))
                return error_set(err, ERROR_USAGE,
                                 "--userns=auto chooses ids of the container's own: it cannot "
                                 "share another's namespaces");
        return args->only_made ? 0 : namespaces_plan_userns(&ctx->store, spec, plan, err);
}

static void note_mapping(struct container_spec *spec, const struct userns_plan *plan)
{
        char mapping[ID_MAPS_NAME_LEN + 1];

        userns_mapping_name(plan, mapping, sizeof(mapping));
        spec->mapping = xstrdup(mapping);
}

static int remove_old(const struct search *search, struct replaced *old, struct error *err)
{
        if (old->stopper <= 0)
                return 0;
        if (userns_enter_finish(search->plan, search->entry, err) < 0)
                return -1;
        return replaced_remove(search->ctx, old, err);
}

/* From the command line to the user namespace, whose maps the helpers still write. What it requires
 * runs before the plan, which may be to share its namespaces. */
static int begin(struct search *search, struct replaced *old, struct container_spec *spec,
                 struct userns_mode *mode, struct error *err)
{
        struct context *ctx = search->ctx;
        const struct container_args *args = search->args;

        if (container_spec_from_args(args, ctx->argv + 1, ctx->argc - 1, spec, err) < 0 ||
            pod_member_fill(ctx, &search->pod, args, spec, err) < 0 ||
            (!spec->infra && (conf_mounts_fill(spec, err) < 0 ||
                              default_mounts_fill(ctx->global.default_mounts, spec, err) < 0)) ||
            namespaces_resolve(&ctx->store, spec, err) < 0 ||
            rootfs_options_fill(&args->rootfs, ctx->argv[0], spec, err) < 0 ||
            requires_options_fill(&args->requires, &ctx->store, spec, err) < 0 ||
            runtime_options_fill(&args->runtime, &ctx->global.runtime, spec, err) < 0 ||
            (args->environment.replace && replaced_find(ctx, args->name, old, err) < 0) ||
            (!args->only_made && requires_start(ctx, spec, err) < 0) ||
            plan_userns(search, spec, mode, err) < 0 ||
            userns_enter_begin(search->plan, search->entry, err) < 0)
                return -1;
        search->begun = true;
        if (search->plan->reason)
                log_info("user namespace with a single id: %s, continuing", search->plan->reason);
        if (args->remove_image)
                spec->remove_image = xstrdup(ctx->argv[0]);
        spec->storage_driver = xstrdup(storage_options_driver(&ctx->global, &ctx->store));
        if (global_as_podman())
                spec->manager = xstrdup("podman");
        phases_mark("namespace begun");
        return 0;
}

/* The images with their layers. *ids_out: see choose_ids(). */
static int find_files(struct search *search, const struct userns_mode *mode,
                      struct container_spec *spec, struct image *image, int *ids_out,
                      struct error *err)
{
        struct context *ctx = search->ctx;
        struct userns_plan *plan = search->plan;

        if ((!spec->rootfs && !(spec->infra && !search->args->pod.infra_image) &&
             find_image(search, ctx->argv[0], image, err) < 0) ||
            choose_ids(ctx, mode, image, spec, plan, search->entry, ids_out, err) < 0)
                return -1;
        note_mapping(spec, plan);
        if (ensure_layers(ctx, image, plan, search->entry, spec->mapping, err) < 0 ||
            volume_args_images(&ctx->store, spec, userns_of_owners(plan), find_mounted, search,
                               err) < 0)
                return -1;
        phases_mark("image found");
        return 0;
}

static int create_over(struct search *search, struct replaced *old, struct container *container_out,
                       struct error *err)
{
        struct context *ctx = search->ctx;
        AUTO(container_spec) spec = { 0 };
        AUTO(userns_mode) mode = { 0 };
        AUTO(image) image = { 0 };
        AUTO_CLOSE int ids = -1;

        if (begin(search, old, &spec, &mode, err) < 0 ||
            find_files(search, &mode, &spec, &image, &ids, err) < 0 ||
            remove_old(search, old, err) < 0)
                return -1;
        if (create(ctx, &spec, search->args, &image, container_out, err) < 0) {
                container_volumes_remove(&ctx->store, &spec);
                return -1;
        }
        if (image.id[0])
                image_touch(&ctx->store, &image);
        phases_mark("container created");
        return 0;
}

/* One that was made for a container that could not be. Where this process has entered a user
 * namespace, it is the one that the pod's infra container lives in, if that runs. */
static void remove_new_pod(const struct search *search)
{
        if (!search->pod.made)
                return;
        pod_member_stop(search->ctx, &search->pod);
        if ((search->begun ? userns_enter_finish(search->plan, search->entry, NULL)
                           : context_enter_userns(search->ctx, NULL)) == 0)
                (void)pod_remove(&search->ctx->store, &search->pod.pod, NULL);
}

int session_create(struct context *ctx, const struct container_args *args,
                   struct container *container_out, struct userns_plan *plan,
                   struct userns_entry *entry, struct error *err)
{
        struct container_args own = *args; /* what the pod takes over is taken out */
        struct replaced old = REPLACED_EMPTY;
        struct search search = { ctx, &own, plan, entry, POD_MEMBER_EMPTY, false };
        int rc = 0;

        if (args->pod.name || args->pod.id_file)
                rc = pod_member_find(ctx, &own, &search.pod, err);
        if (rc == 0)
                rc = create_over(&search, &old, container_out, err);
        if (rc < 0)
                remove_new_pod(&search);
        pod_member_release(&search.pod);
        replaced_release(&old);
        return rc;
}

int session_attach(const struct container *container, int socket_fd, struct stream_set streams,
                   bool signals, const char *detach_keys, bool *detached_out, struct error *err)
{
        struct attach_options options = { .input = streams.in,
                                          .no_stdout = !streams.out,
                                          .no_stderr = !streams.err,
                                          .terminal = container->spec.terminal,
                                          .signals = signals };
        const char *keys = detach_keys ? detach_keys : container->spec.detach_keys;
        enum attach_end end;
        int code = 0;

        if (detach_keys_parse(keys ? keys : DETACH_KEYS_DEFAULT, &options.keys, err) < 0 ||
            attach_run(socket_fd, &options, &end, &code, err) < 0)
                return -1;
        if (detached_out)
                *detached_out = end == ATTACH_DETACHED;
        if (end == ATTACH_DETACHED)
                return 0;
        /* The monitor could not tell us: the exit record can. */
        if (end == ATTACH_LOST &&
            (state_wait_end(container->dir_fd, 1000, &code, NULL) <= 0 || code == STATE_NO_RECORD))
                return error_set(err, ERROR_GENERAL, "the container's monitor was lost");
        return code & 0xff; /* of what --timeout has killed: 255 */
}
