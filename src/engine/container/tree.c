/* Trees of containers. See tree.h. */
#include "engine/container/tree.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "engine/container/rootfs_of.h"
#include "rootless/userns.h"

#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <sys/mount.h>

int container_tree_of_running(const struct container *container, int *fd_out, struct error *err)
{
        char path[64];

        *fd_out = -1;
        if (container->state.status != CONTAINER_RUNNING)
                return 0;
        snprintf(path, sizeof(path), "/proc/%d/root", (int)container->state.pid);
        *fd_out = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        return *fd_out < 0 ? error_sys(err, errno, "look into the running container") : 0;
}

int container_tree_enter(const struct container *container, struct error *err)
{
        struct userns_plan plan;
        struct userns_entry entry = { 0 };

        if (userns_entered())
                return 0;
        if (userns_plan(container->spec.keep_id, &plan, err) < 0 ||
            userns_enter_begin(&plan, &entry, err) < 0)
                return -1;
        return userns_enter_finish(&plan, &entry, err);
}

static int mount_tree(const struct rootfs *rootfs, struct error *err)
{
        struct error why = { 0 };
        pid_t server; /* ends with the mount, which ends with this process */

        if (rootfs_mount_overlay(rootfs, &why) == 0)
                return 0;
        if (why.kind != ERROR_UNSUPPORTED)
                return error_copy(err, &why);
        return rootfs_mount_fuse(rootfs, &server, err);
}

int container_tree_mount(const struct store *store, const struct container *container, int *fd_out,
                         struct error *err)
{
        AUTO(rootfs) rootfs = { 0 };
        AUTO_FREE char *merged = xasprintf("containers/%s/merged", container->id);
        AUTO_CLOSE int here = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
        int rc;

        rootfs_of(store, container, &rootfs);
        if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL) < 0)
                return error_sys(err, errno, "create a mount namespace");
        rc = rootfs_check_layers(&rootfs, err) < 0 ? -1 : mount_tree(&rootfs, err);
        if (rc == 0) {
                AUTO_FREE char *path = xasprintf("%s/%s", store->root, merged);

                *fd_out = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
                if (*fd_out < 0)
                        rc = error_sys(err, errno, "open %s", path);
        }
        if (here >= 0)
                (void)!fchdir(here);
        return rc;
}
