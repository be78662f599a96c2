/* kelp cp. Both ends become a directory and a name in it; then the tree is copied, or packed, or
 * unpacked into staging and copied from there.
 *
 * A running container is looked into through its init, before this process enters the user
 * namespace; one that does not run is mounted in a mount namespace of this process, with what it
 * has from the host on top, and cannot be started meanwhile.
 */
#include "engine/container/copy.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/path.h"
#include "engine/container/copy_place.h"
#include "engine/container/rootfs_of.h"
#include "engine/container/state.h"
#include "engine/container/tree.h"
#include "engine/container/userns_of.h"
#include "engine/storage/copy_tree.h"
#include "engine/storage/inflate.h"
#include "engine/storage/pack.h"
#include "engine/storage/unpack.h"
#include "rootless/userns.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#define STREAM_MAX ((uint64_t)1 << 44)

/* An end while it is worked on. */
struct side {
        const struct copy_end *end;
        int root_fd; /* of the container, -1: the host */
        int lock_fd; /* a container that does not run: it cannot be started */
        struct tree_points points;
};

#define SIDE_EMPTY ((struct side){ .root_fd = -1, .lock_fd = -1 })

static void side_release(struct side *side)
{
        container_tree_unmount(side->root_fd, &side->points);
        tree_points_release(&side->points);
        if (side->root_fd >= 0)
                close(side->root_fd);
        if (side->lock_fd >= 0)
                close(side->lock_fd);
        *side = SIDE_EMPTY;
}

static int side_begin(struct side *side, const struct copy_end *end, struct error *err)
{
        *side = SIDE_EMPTY;
        side->end = end;
        if (!end->container)
                return 0;
        side->lock_fd = state_lock_change(end->container->dir_fd, err);
        if (side->lock_fd < 0 || container_refresh(end->container, err) < 0 ||
            container_tree_of_running(end->container, &side->root_fd, err) < 0)
                return -1;
        if (side->root_fd >= 0) {
                close(side->lock_fd); /* it may be stopped while we copy */
                side->lock_fd = -1;
        }
        return 0;
}

static int side_mount(const struct store *store, struct side *side, struct error *err)
{
        struct container *container = side->end->container;

        if (!container || side->root_fd >= 0)
                return 0;
        return container_tree_mount_all(store, container, &side->root_fd, &side->points, err);
}

static const char *mapping(const struct copy_end *end)
{
        return end->container && end->container->spec.mapping ? end->container->spec.mapping : "";
}

/* Whoever could map more ids before, or less, has containers of either kind. */
static int enter(const struct copy_end *from, const struct copy_end *to, struct error *err)
{
        if (from->container && to->container &&
            userns_mapping_records(mapping(from)) != userns_mapping_records(mapping(to))) {
                error_set(err, ERROR_UNSUPPORTED,
                          "%s and %s have user namespaces with different ids",
                          from->container->spec.name, to->container->spec.name);
                return error_cure(err, "copy through a pipe: kelp cp %s:%s - | kelp cp - %s:%s",
                                  from->container->spec.name, from->path, to->container->spec.name,
                                  to->path);
        }
        return userns_enter(err);
}

/* How a container counts its owners, seen from the default namespace; NULL: as they are. */
static const struct id_maps *ids_of(const struct copy_end *end, struct id_maps *maps)
{
        return end->container && userns_of_translates(&end->container->spec, maps) ? maps : NULL;
}

static int tree_options(const struct store *store, const struct copy_end *from,
                        const struct copy_end *to, const struct copy_options *options,
                        struct copy_tree_options *tree, struct error *err)
{
        AUTO(rootfs) rootfs = { 0 };
        struct container_user user;

        *tree = (struct copy_tree_options){
                .overwrite = options->overwrite,
                .strip_ids = !to->container,
                .to_root = -1,
                .recorded_from = from->container && userns_mapping_records(mapping(from)),
                .recorded_to = to->container && userns_mapping_records(mapping(to)),
        };
        if (!to->container)
                return 0;
        tree->owner = options->keep_owners ? COPY_OWNER_SOURCE : COPY_OWNER_FIXED;
        if (options->keep_owners)
                return 0;
        rootfs_of(store, to->container, &rootfs);
        if (rootfs_resolve_user(&rootfs, to->container->spec.user, &user, err) < 0)
                return -1;
        tree->uid = user.uid;
        tree->gid = user.gid;
        return 0;
}

static int to_stream(const struct side *from, const struct copy_tree_options *tree,
                     struct error *err)
{
        struct pack_options options = { .mounts = true,
                                        .ids = tree->ids_from,
                                        .recorded = userns_mapping_records(mapping(from->end)) };
        AUTO(copy_place) place = COPY_PLACE_EMPTY;

        if (copy_place_source(from->root_fd, from->end, &place, err) < 0)
                return -1;
        if (!place.contents)
                return pack_entry_as(place.dir_fd, place.name, place.base, &options, STDOUT_FILENO,
                                     err);
        return pack_tree(place.fd, &options, STDOUT_FILENO, err);
}

struct stream {
        struct inflater *inflater;
        char piece[65536];
};

static ssize_t next_piece(void *data, const void **piece_out, struct error *err)
{
        struct stream *stream = data;

        *piece_out = stream->piece;
        return inflater_read(stream->inflater, stream->piece, sizeof(stream->piece), err);
}

static int unpack_stream(int dir_fd, bool recorded, struct error *err)
{
        static struct stream stream;
        struct unpack_source source = {
                .next = next_piece, .data = &stream, .plain = true, .recorded = recorded
        };
        struct unpack_result result = { 0 };
        int rc;

        if (inflater_open(STDIN_FILENO, LAYER_DETECT, STREAM_MAX, &stream.inflater, err) < 0)
                return -1;
        rc = unpack_tar(dir_fd, &source, &result, err);
        inflater_close(stream.inflater);
        unpack_result_release(&result);
        if (rc == 0)
                return 0;
        if (err && strstr(err->text, "Unrecognized archive format")) /* libarchive's words */
                return error_set(err, ERROR_USAGE,
                                 "source must be a (compressed) tar archive when copying from "
                                 "stdin");
        return error_context(err, "the archive on standard input");
}

static int from_stream(const struct store *store, const struct side *to,
                       struct copy_tree_options *tree, struct error *err)
{
        AUTO(copy_place) place = COPY_PLACE_EMPTY;
        AUTO(staging) staging = STAGING_EMPTY;

        if (copy_place_target(to->root_fd, to->end, true, &place, err) < 0)
                return -1;
        if (place.fd < 0 || !place.is_dir)
                return error_set(err, ERROR_USAGE,
                                 "destination must be a directory when copying from stdin");
        tree->recorded_from = tree->recorded_to;
        (void)staging_sweep(store, NULL); /* what a killed one left is as large as its archive */
        if (staging_create(store, "cp", &staging, err) < 0 ||
            unpack_stream(staging.dir_fd, tree->recorded_from, err) < 0)
                return -1;
        return copy_tree_contents(staging.dir_fd, place.fd, tree, err);
}

/* The destination's directory is made when only its last component is missing. */
static int copy_dir(const struct copy_place *from, struct copy_place *to,
                    const struct copy_tree_options *tree, struct error *err)
{
        if (to->fd < 0) /* under a new name */
                return copy_tree(from->dir_fd, from->name, to->dir_fd, to->name, tree, err);
        if (!to->is_dir && !tree->overwrite)
                return error_set(err, ERROR_USAGE,
                                 "destination must be a directory when copying a directory");
        if (!to->is_dir)
                return copy_tree(from->dir_fd, from->name, to->dir_fd, to->name, tree, err);
        if (from->contents)
                return copy_tree_contents(from->fd, to->fd, tree, err);
        return copy_tree(from->dir_fd, from->name, to->fd, from->base, tree, err);
}

static int copy_file(const struct copy_place *from, const struct copy_place *to,
                     const struct copy_tree_options *tree, struct error *err)
{
        if (to->fd >= 0 && to->is_dir)
                return copy_tree(from->dir_fd, from->name, to->fd, from->base, tree, err);
        return copy_tree(from->dir_fd, from->name, to->dir_fd, to->name, tree, err);
}

/* Errors on the host name the destination as it was given, then the path below it. */
static void tell_below(const struct side *to, const struct copy_place *target,
                       struct copy_tree_options *tree)
{
        if (!to->end->container)
                tree->to_root = target->fd >= 0 && target->is_dir ? target->fd : target->dir_fd;
}

static int told(const struct side *to, int rc, struct error *err)
{
        return rc < 0 && !to->end->container && err && err->kind == ERROR_EXISTS
                       ? error_context(err, "copy to %s", to->end->path)
                       : rc;
}

static int copy_between(const struct side *from, const struct side *to,
                        struct copy_tree_options *tree, struct error *err)
{
        AUTO(copy_place) source = COPY_PLACE_EMPTY, target = COPY_PLACE_EMPTY;

        if (copy_place_source(from->root_fd, from->end, &source, err) < 0 ||
            copy_place_target(to->root_fd, to->end, source.is_dir, &target, err) < 0)
                return -1;
        tell_below(to, &target, tree);
        return told(to,
                    source.is_dir ? copy_dir(&source, &target, tree, err)
                                  : copy_file(&source, &target, tree, err),
                    err);
}

static int copy(const struct store *store, struct side *from, struct side *to,
                const struct copy_options *options, struct error *err)
{
        struct copy_tree_options tree;
        struct id_maps maps[2];

        if (tree_options(store, from->end, to->end, options, &tree, err) < 0 ||
            enter(from->end, to->end, err) < 0 || side_mount(store, from, err) < 0 ||
            side_mount(store, to, err) < 0)
                return -1;
        tree.ids_from = ids_of(from->end, &maps[0]);
        tree.ids_to = ids_of(to->end, &maps[1]);
        if (to->end->container)
                tree.to_root = to->root_fd;
        if (!to->end->path)
                return to_stream(from, &tree, err);
        return from->end->path ? copy_between(from, to, &tree, err)
                               : from_stream(store, to, &tree, err);
}

int container_copy(const struct store *store, const struct copy_end *from,
                   const struct copy_end *to, const struct copy_options *options, struct error *err)
{
        AUTO(side) source = SIDE_EMPTY, target = SIDE_EMPTY;
        bool same = from->container && to->container &&
                    strcmp(from->container->id, to->container->id) == 0;

        umask(0); /* files get the modes that they had */
        if (side_begin(&source, from, err) < 0)
                return -1;
        if (same && source.lock_fd >= 0) { /* the one lock will do for both */
                target.end = to;
                return copy(store, &source, &target, options, err);
        }
        if (side_begin(&target, to, err) < 0)
                return -1;
        return copy(store, &source, &target, options, err);
}
