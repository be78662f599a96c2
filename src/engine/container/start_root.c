/* The ids, the mounts and the root file system of a start. See start_parts.h.
 *
 * Native overlay is mounted in the container's own mount namespace. What cannot be, is made in a
 * mount namespace of the monitor's, of which the container's is a copy: what another driver serves,
 * what the user's mounts want prepared, and the root of a container whose user namespace lies below
 * ours.
 */
#include "engine/container/start_parts.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "engine/container/files_of.h"
#include "engine/container/mounts.h"
#include "engine/container/phases.h"
#include "engine/container/secrets.h"
#include "engine/container/userns_of.h"
#include "rootless/map_write.h"

#include <sched.h>
#include <sys/mount.h>

int start_finish_userns(struct start *start, struct error *err)
{
        int rc = userns_enter_finish(start->userns, start->entry, err);

        if (rc == 0)
                userns_of_give_root(start->userns,
                                    start->container->state.started_ns ? -1
                                                                       : start->container->dir_fd,
                                    start->files_fd);
        phases_mark("ids mapped");
        return rc;
}

/* Of a namespace below the one that was entered, the maps are written here. */
int start_wait_mapped(void *data, pid_t pid, struct error *err)
{
        struct start *start = data;
        const struct id_maps *maps = &start->userns->maps;
        struct map_request request = { .target = pid,
                                       .uids = maps->uids.ranges,
                                       .uid_count = maps->uids.count,
                                       .gids = maps->gids.ranges,
                                       .gid_count = maps->gids.count };

        if (!start->userns->nested)
                return start_finish_userns(start, err);
        return start->plan.clone_flags & CLONE_NEWUSER ? map_write(&request, err) : 0;
}

/* Into a mount namespace of this process's own, once. */
static int leave_mounts(struct start *start, struct error *err)
{
        if (start_finish_userns(start, err) < 0)
                return -1;
        if (start->own_mounts)
                return 0;
        if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL) < 0)
                return error_sys(err, errno, "create a mount namespace");
        start->own_mounts = true;
        return 0;
}

/* A RUN of a build does not add it to the image. */
static void link_mtab(const struct start *start)
{
        const struct container_spec *spec = &start->container->spec;
        uint32_t uid, gid;

        if (!spec->read_only && !spec->builder && userns_of_root(start->userns, &uid, &gid))
                files_of_link_mtab(start->plan.root, uid, gid);
}

int start_mount_root(void *data, struct error *err)
{
        struct start *start = data;
        int rc = root_driver_mount(&start->driver, err);

        if (rc == 0 && !start->container->spec.read_only)
                rc = accounts_write(&start->accounts, start->plan.root, err);
        if (rc == 0)
                link_mtab(start);
        phases_mark("root mounted");
        return rc;
}

/* For the time that a volume is filled from it. */
static int show_root(void *data, char **path_out, struct error *err)
{
        struct start *start = data;

        if (root_driver_mount(&start->driver, err) < 0)
                return -1;
        *path_out = xasprintf("%s/%s/merged", start->store->root, start->rootfs.container);
        return 0;
}

static void hide_root(void *data)
{
        struct start *start = data;

        if (start->driver.fuse_pid <= 0)
                (void)umount2(start->plan.root, 0);
}

static int link_zone(struct start *start, struct error *err)
{
        AUTO_FREE char *root = NULL;
        int rc;

        if (!start->link_zone)
                return 0;
        if (show_root(start, &root, err) < 0)
                return -1;
        rc = files_of_link_timezone(root, start->container->spec.timezone, err);
        hide_root(start);
        return rc;
}

static uint32_t outside(const struct id_map *map, uint32_t id)
{
        uint32_t mapped;

        return map && id_map_outside(map, id, &mapped) ? mapped : id;
}

static int prepare_mounts(struct start *start, struct error *err)
{
        const struct id_maps *owners = userns_of_owners(start->userns);
        struct mounts_request request = {
                .store = start->store,
                .container = start->container,
                .uid = outside(owners ? &owners->uids : NULL, start->plan.process.uid),
                .gid = outside(owners ? &owners->gids : NULL, start->plan.process.gid),
                .records = start->userns->rung == USERNS_SINGLE,
                .root_show = show_root,
                .root_hide = hide_root,
                .data = start
        };

        if (!start->prepare_mounts)
                return 0;
        if (container_secrets_own(start->container->dir_fd, &start->container->spec, owners,
                                  request.records, err) < 0)
                return -1;
        return mounts_prepare(&request, err) < 0 ? -1 : link_zone(start, err);
}

/* What the container's mount namespace, cloned from ours, is to have. A user namespace below this
 * one cannot be made before this one has its ids, and its root is nobody where the store is. */
int start_prepare_root(void *data, int attempt, struct error *err)
{
        struct start *start = data;
        bool nested = start->userns->nested;

        if ((nested || start->prepare_mounts) && leave_mounts(start, err) < 0)
                return -1;
        if (root_driver_prepares(&start->driver, attempt) &&
            (start_finish_userns(start, err) < 0 ||
             root_driver_prepare(&start->driver, attempt, err) < 0))
                return -1;
        if (prepare_mounts(start, err) < 0)
                return -1;
        return nested ? start_mount_root(data, err) : 0;
}
