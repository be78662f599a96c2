/* Choosing a driver for the root file system. See root_driver.h. */
#include "engine/container/root_driver.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/log.h"
#include "engine/container/state.h"
#include "engine/storage/copy.h"

#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/wait.h>

static enum storage_driver *current(const struct root_driver *driver)
{
        return &driver->container->state.driver;
}

int root_driver_init(struct root_driver *driver, const char *asked, struct error *err)
{
        enum storage_driver wanted = STORAGE_CHOOSE, *now = current(driver);

        if (!storage_driver_parse(asked, &wanted))
                return error_set(err, ERROR_INVALID, "unknown storage driver \"%s\"", asked);
        /* Another driver would keep its changes elsewhere. */
        if (driver->rootfs->bare)
                wanted = STORAGE_OVERLAY;
        driver->by_hand = wanted != STORAGE_CHOOSE;
        if (*now == STORAGE_COPY && driver->by_hand && wanted != STORAGE_COPY) {
                error_set(err, ERROR_STATE,
                          "the container's files are a copy, it cannot be started with the storage "
                          "driver %s",
                          storage_driver_name(wanted));
                return error_cure(err, "leave --storage-driver away, or make an image of it: kelp "
                                       "commit");
        }
        if (*now == STORAGE_COPY)
                return 0;
        driver->container->state.driver_reason[0] = '\0';
        *now = driver->by_hand ? wanted : STORAGE_OVERLAY;
        return 0;
}

bool root_driver_prepares(const struct root_driver *driver, int attempt)
{
        return attempt > 0 || *current(driver) == STORAGE_FUSE_OVERLAYFS ||
               (*current(driver) == STORAGE_COPY && !driver->rootfs->copied);
}

/* It serves a mount that must be there before the container's own mount namespace is cloned from
 * ours. */
static int serve_fuse(struct root_driver *driver, struct error *err)
{
        if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL) < 0)
                return error_sys(err, errno, "create a mount namespace");
        return rootfs_mount_fuse(driver->rootfs, &driver->fuse_pid, err);
}

/* From now on its changes are there, whatever becomes of this start. */
static int make_copy(struct root_driver *driver, struct error *err)
{
        struct container *container = driver->container;
        bool shared = false;

        if (!driver->rootfs->copied &&
            copy_make(driver->rootfs, driver->recorded, &shared, err) < 0)
                return -1;
        log_debug("the image was copied%s", shared ? ", its blocks are shared" : "");
        container->state.driver = STORAGE_COPY;
        return state_write(container->dir_fd, &container->state, err);
}

static void note_reason(struct root_driver *driver, const struct error *native,
                        const struct error *fuse)
{
        struct container_state *state = &driver->container->state;
        const size_t half = sizeof(state->driver_reason) / 2;

        snprintf(state->driver_reason, half, "%.200s", native->text);
        if (fuse)
                snprintf(state->driver_reason + strlen(state->driver_reason), half, "; %.200s",
                         fuse->text);
}

static int fall_back(struct root_driver *driver, struct error *err)
{
        const char *reason = driver->container->state.driver_reason;
        struct error native = *err, fuse = { 0 };

        if (driver->by_hand) {
                error_copy(err, &native);
                return error_cure(err, "leave --storage-driver away: fuse-overlayfs or a copy is "
                                       "used where overlay cannot be");
        }
        *current(driver) = STORAGE_FUSE_OVERLAYFS;
        note_reason(driver, &native, NULL);
        if (serve_fuse(driver, &fuse) == 0) {
                log_info("%s: fuse-overlayfs is used, continuing", reason);
                return 0;
        }
        root_driver_undo(driver);
        note_reason(driver, &native, &fuse);
        log_warn("%s: the image is copied, continuing", reason);
        return make_copy(driver, err);
}

int root_driver_prepare(struct root_driver *driver, int attempt, struct error *err)
{
        if (attempt > 0)
                return fall_back(driver, err);
        return *current(driver) == STORAGE_COPY ? make_copy(driver, err) : serve_fuse(driver, err);
}

int root_driver_mount(const struct root_driver *driver, struct error *err)
{
        switch (*current(driver)) {
        case STORAGE_FUSE_OVERLAYFS:
                return 0;
        case STORAGE_COPY:
                return copy_mount(driver->rootfs, err);
        default:
                return rootfs_mount_overlay(driver->rootfs, err);
        }
}

/* Nobody starts it meanwhile. */
static int copy_stopped(struct root_driver *driver, struct error *err)
{
        AUTO_CLOSE int alive = -1;

        if (!driver->rootfs->copied) {
                alive = state_lock_alive(driver->container->dir_fd, err);
                if (alive < 0 || make_copy(driver, err) < 0)
                        return -1;
        }
        return copy_mount(driver->rootfs, err);
}

int root_driver_mount_stopped(struct root_driver *driver, struct error *err)
{
        struct error native = { 0 }, fuse = { 0 };

        if (*current(driver) == STORAGE_COPY)
                return copy_stopped(driver, err);
        if (state_await_root(driver->container->dir_fd, err) < 0)
                return -1;
        if (*current(driver) == STORAGE_FUSE_OVERLAYFS)
                return rootfs_mount_fuse(driver->rootfs, &driver->fuse_pid, err);
        if (rootfs_mount_overlay(driver->rootfs, &native) == 0)
                return 0;
        if (native.kind != ERROR_NO_OVERLAY || driver->by_hand)
                return error_copy(err, &native);
        if (rootfs_mount_fuse(driver->rootfs, &driver->fuse_pid, &fuse) == 0)
                return 0;
        root_driver_undo(driver);
        note_reason(driver, &native, &fuse);
        return copy_stopped(driver, err);
}

void root_driver_undo(struct root_driver *driver)
{
        const struct rootfs *rootfs = driver->rootfs;
        AUTO_FREE char *merged = NULL;

        if (driver->fuse_pid <= 0)
                return;
        merged = xasprintf("%s/%s/merged", rootfs->store->root, rootfs->container);
        (void)umount2(merged, MNT_DETACH);
        kill(driver->fuse_pid, SIGTERM);
        (void)waitpid(driver->fuse_pid, NULL, 0);
        driver->fuse_pid = 0;
}
