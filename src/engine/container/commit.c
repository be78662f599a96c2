/* commit and export. See commit.h.
 *
 * The changes are the container's upper directory, packed by a child process and unpacked again on
 * the way into the store like every other layer: so a committed layer is what a pulled one would
 * be.
 */
#include "engine/container/commit.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/json.h"
#include "engine/containerfile/build_config.h"
#include "engine/container/rootfs_of.h"
#include "engine/container/tree.h"
#include "engine/image/build.h"
#include "engine/image/image.h"
#include "engine/image/import.h"
#include "engine/network/exposed.h"
#include "engine/storage/copy.h"
#include "engine/storage/implied.h"
#include "engine/storage/pack.h"
#include "engine/container/userns_of.h"

#include <fcntl.h>
#include <string.h>
#include <time.h>

/* What kelp puts over these at start leaves empty files in the upper directory. */
static void mount_targets(const struct container_spec *spec, struct strv *names)
{
        for (size_t i = 0; i < spec->secret_count; i++)
                if (!spec->secrets[i].env)
                        strv_add(names, spec->secrets[i].target + 1);
        strv_add_array(names, (const char *const[]){ "etc/hosts", "etc/resolv.conf", "etc/hostname",
                                                     "run/.containerenv", NULL });
        if (spec->timezone)
                strv_add(names, "etc/localtime");
        if (spec->read_only)
                strv_add_array(names, (const char *const[]){ "etc/passwd", "etc/group", NULL });
}

/* How to pack it. */
struct packing {
        bool changes;               /* an upper directory */
        const struct changes *only; /* of a whole tree these */
        const struct strv *skip;    /* of container_pack_changes(), or NULL */
        const time_t *mtime;
};

static int pack_layer(struct intake *intake, const struct container *container, int root_fd,
                      const struct packing *packing, struct built_layer *layer, struct error *err)
{
        AUTO(strv) targets = { 0 };
        struct id_maps owners;
        struct pack_options options = { .whiteouts = packing->changes,
                                        .recorded = userns_mapping_records(container->spec.mapping),
                                        .only = packing->only,
                                        .mtime = packing->mtime,
                                        .skip_empty = &targets };
        struct error why = { 0 };
        struct pack pack;
        int rc;

        mount_targets(&container->spec, &targets);
        if (packing->skip)
                strv_extend(&targets, packing->skip);
        if (userns_of_translates(&container->spec, &owners))
                options.ids = &owners;
        if (pack_start(root_fd, &options, &pack, err) < 0)
                return -1;
        rc = build_layer(intake, pack.fd, layer, err);
        if (pack_wait(&pack, &why) < 0 && (rc == 0 || why.kind != ERROR_GENERAL))
                return error_copy(err, &why);
        return rc;
}

static void set_list(json_t *config, const char *key, const struct strv *list)
{
        if (list->count)
                json_object_set_new(config, key, json_from_strv(list));
        else
                json_object_del(config, key);
}

static void set_text(json_t *config, const char *key, const char *value)
{
        if (value && value[0])
                json_set_string(config, key, value);
        else
                json_object_del(config, key);
}

static void set_labels(json_t *config, const struct strv *labels)
{
        json_t *json = json_object();

        for (size_t i = 0; i < labels->count; i++) {
                AUTO_FREE char *pair = xstrdup(labels->items[i]);
                char *equals = strchr(pair, '=');

                if (equals)
                        *equals = '\0';
                json_set_string(json, pair, equals ? equals + 1 : "");
        }
        if (labels->count)
                json_object_set(config, "Labels", json);
        json_decref(json);
}

static void set_volumes(json_t *config, const struct container_spec *spec)
{
        json_t *volumes = json_object();

        for (size_t i = 0; i < spec->mount_count; i++)
                if (spec->mounts[i].kind == MOUNT_BIND || spec->mounts[i].kind == MOUNT_VOLUME)
                        json_object_set_new(volumes, spec->mounts[i].target, json_object());
        if (json_object_size(volumes))
                json_object_set(config, "Volumes", volumes);
        json_decref(volumes);
}

static void set_ports(json_t *config, const struct container_spec *spec)
{
        json_t *ports = json_object();
        struct exposed_port port = { 0 };

        for (size_t i = 0; i < spec->port_count; i++) {
                AUTO_FREE char *key = xasprintf("%u/%s", spec->ports[i].container_port,
                                                spec->ports[i].udp ? "udp" : "tcp");

                json_object_set_new(ports, key, json_object());
        }
        while (exposed_next(&spec->exposed_ports, &port)) {
                AUTO_FREE char *key = xasprintf("%u/%s", port.number, port.protocol);

                json_object_set_new(ports, key, json_object());
        }
        if (json_object_size(ports))
                json_object_set(config, "ExposedPorts", ports);
        json_decref(ports);
}

/* The container's settings become the image's (podman-commit(1)). */
static void take_settings(json_t *config, const struct container_spec *spec, bool volumes)
{
        set_list(config, "Cmd", &spec->command);
        set_list(config, "Entrypoint", &spec->entrypoint);
        set_list(config, "Env", &spec->env);
        set_text(config, "User", spec->user);
        set_text(config, "WorkingDir", spec->workdir);
        set_labels(config, &spec->labels);
        set_ports(config, spec);
        if (volumes)
                set_volumes(config, spec);
}

static json_t *make_config(const struct image *base, const struct container *container,
                           const struct commit_options *options, struct error *err)
{
        json_t *whole = json_deep_copy(base->config);
        json_t *config = json_object_get(whole, "config");
        AUTO_FREE char *created_by = xasprintf("kelp commit %.12s", container->id);
        char now[32];

        if (!json_is_object(config)) {
                config = json_object();
                json_object_set_new(whole, "config", config);
        }
        build_timestamp(time(NULL), now);
        json_set_string(whole, "created", now);
        if (options->author)
                json_set_string(whole, "author", options->author);
        take_settings(config, &container->spec, options->include_volumes);
        if (options->config && import_merge_config(config, options->config, err) < 0) {
                json_decref(whole);
                return NULL;
        }
        for (size_t i = 0; i < options->changes->count; i++)
                if (build_config_change(config, options->changes->items[i], err) < 0) {
                        json_decref(whole);
                        return NULL;
                }
        if (options->squash)
                json_object_del(whole, "history");
        build_add_history(whole, now, created_by, options->message, false);
        return whole;
}

/* All of it. */
static int open_tree(const struct store *store, const struct container *container,
                     const struct commit_options *options, int *fd_out, struct error *err)
{
        if (container->state.driver == STORAGE_COPY)
                return container_tree_open_copy(container, fd_out, err);
        if (options->running_fd >= 0) {
                *fd_out = fcntl(options->running_fd, F_DUPFD_CLOEXEC, 3);
                return 0;
        }
        return container_tree_mount(store, container, fd_out, err);
}

/* With the storage driver "copy" what has changed has to be looked for. */
static int pack_copy(struct intake *intake, const struct store *store,
                     const struct container *container, const struct packing *how,
                     struct built_layer *layer, struct error *err)
{
        struct packing packing = *how;
        AUTO_CLOSE int source = -1;
        AUTO(rootfs) rootfs = { 0 };
        AUTO(changes) changes = { 0 };

        if (container_tree_open_copy(container, &source, err) < 0)
                return -1;
        rootfs_of(store, container, &rootfs);
        if (copy_changes(&rootfs, &changes, err) < 0)
                return -1;
        packing.only = &changes;
        return pack_layer(intake, container, source, &packing, layer, err);
}

int container_pack_changes(struct intake *intake, const struct store *store,
                           const struct container *container, const struct strv *skip,
                           const time_t *mtime, struct built_layer *layer_out, struct error *err)
{
        struct packing packing = { .skip = skip, .mtime = mtime };
        AUTO_CLOSE int upper = -1;

        if (container->state.driver == STORAGE_COPY)
                return pack_copy(intake, store, container, &packing, layer_out, err);
        packing.changes = true;
        upper = openat(container->dir_fd, "upper", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (upper < 0)
                return error_sys(err, errno, "open the container's changes");
        return pack_layer(intake, container, upper, &packing, layer_out, err);
}

static int pack_source(struct intake *intake, const struct store *store,
                       const struct container *container, const struct commit_options *options,
                       struct built_layer *layer, struct error *err)
{
        const struct packing whole = { 0 };
        AUTO_CLOSE int source = -1;

        if (!options->squash)
                return container_pack_changes(intake, store, container, NULL, NULL, layer, err);
        if (open_tree(store, container, options, &source, err) < 0)
                return -1;
        return pack_layer(intake, container, source, &whole, layer, err);
}

/* What the archive of an upper directory does not say of the layers below. */
static int fix_members(struct intake *intake, const struct image *base,
                       const struct digest *diff_id, struct error *err)
{
        size_t count = base->layer_count;
        AUTO_FREE struct digest *diff_ids = xcalloc(count + 1, sizeof(*diff_ids));

        for (size_t i = 0; i < count; i++)
                diff_ids[i] = base->diff_ids[i];
        diff_ids[count] = *diff_id;
        return implied_dirs_fix(intake, diff_ids, count + 1, userns_own_mapping(), err);
}

static int commit_into(struct intake *intake, const struct store *store,
                       const struct container *container, const struct commit_options *options,
                       struct digest *id_out, struct error *err)
{
        AUTO(image) base = { 0 };
        AUTO_JSON json_t *config = NULL;
        AUTO_CLOSE int shared = -1;
        struct built_layer layer;
        struct build build = { .layer = &layer, .docker = options->docker };
        struct digest manifest;

        if (container->spec.rootfs)
                return error_set(err, ERROR_UNSUPPORTED,
                                 "a container of --rootfs cannot be committed: it has no image to "
                                 "build on; kelp export and kelp import make one of its tree");
        if (image_lookup(store, container->spec.image_id, &base, err) < 0)
                return error_context(err, "the container's image");
        config = make_config(&base, container, options, err);
        if (!config || pack_source(intake, store, container, options, &layer, err) < 0)
                return -1;
        if (!options->squash && fix_members(intake, &base, &layer.diff_id, err) < 0)
                return -1;
        build.base = options->squash ? NULL : &base;
        build.config = config;
        if (build_image(intake, &build, id_out, &manifest, err) < 0)
                return -1;
        shared = store_lock_shared(store, err);
        if (shared < 0 || intake_commit(intake, NULL, err) < 0)
                return -1;
        return image_publish(store, options->reference ? options->reference : manifest.text,
                             &manifest, NULL, err);
}

int container_commit(const struct store *store, const struct container *container,
                     const struct commit_options *options, struct digest *id_out, struct error *err)
{
        struct intake *intake;
        int rc;

        if (intake_open(store, "commit", &intake, err) < 0)
                return -1;
        rc = commit_into(intake, store, container, options, id_out, err);
        intake_close(intake);
        return rc;
}

int container_export(const struct store *store, const struct container *container, int running_fd,
                     int out_fd, struct error *err)
{
        AUTO(strv) targets = { 0 };
        struct pack_options options = { .recorded = userns_mapping_records(container->spec.mapping),
                                        .skip_empty = &targets };
        AUTO_CLOSE int mounted = -1;
        struct id_maps owners;

        mount_targets(&container->spec, &targets);
        if (userns_of_translates(&container->spec, &owners))
                options.ids = &owners;
        if (running_fd < 0 && container_tree_mount(store, container, &mounted, err) < 0)
                return -1;
        return pack_tree(running_fd >= 0 ? running_fd : mounted, &options, out_fd, err);
}
