/* The container's root file system. See root.h. */
#include "engine/runtime/root.h"

#include "base/cleanup.h"
#include "engine/runtime/mounting.h"
#include "engine/runtime/root_hide.h"

#include <fcntl.h>
#include <linux/mount.h>
#include <sys/mount.h>
#include <sys/syscall.h>

static const struct attribute_change nothing;

int root_open(const struct launch_plan *plan, int *root_fd_out, struct error *err)
{
        int fd = open(plan->root, O_PATH | O_DIRECTORY | O_CLOEXEC);

        if (fd < 0)
                return error_sys(err, errno, "open the root file system %s", plan->root);
        *root_fd_out = fd;
        return 0;
}

int root_open_directory(const struct launch_plan *plan, int *root_fd_out, int *place_fd_out,
                        struct error *err)
{
        AUTO_CLOSE int place_fd = open(plan->root, O_PATH | O_DIRECTORY | O_CLOEXEC);
        AUTO_CLOSE int root_fd = place_fd < 0 ? -1 : mounting_clone(place_fd, "", true);
        /* Not even a slave, unless that is wanted: a mount of the host's below it would show. */
        uint64_t propagation = plan->root_propagation == MS_SLAVE ? MS_SLAVE : MS_PRIVATE;

        if (root_fd < 0)
                return error_sys(err, errno, "open the root file system %s", plan->root);
        if (mounting_change(root_fd, true, nothing, propagation) < 0)
                return error_sys(err, errno, "set propagation of the root file system");
        *root_fd_out = take_fd(&root_fd);
        *place_fd_out = take_fd(&place_fd);
        return 0;
}

int root_attach(const struct launch_plan *plan, int root_fd, int place_fd, struct error *err)
{
        AUTO_CLOSE int found = -1;

        if (place_fd < 0)
                place_fd = found = open(plan->root, O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (place_fd < 0 || mounting_move(root_fd, place_fd) < 0)
                return error_sys(err, errno, "mount the root file system at %s", plan->root);
        return 0;
}

static int pivot(int root_fd)
{
        /* The old root ends up below "." and is let go at once (pivot_root(2), NOTES). */
        return fchdir(root_fd) < 0 || syscall(SYS_pivot_root, ".", ".") < 0 ||
                               umount2(".", MNT_DETACH) < 0 || chdir("/") < 0
                       ? -1
                       : 0;
}

/* For a root that cannot be pivoted away from, such as an initial ramdisk. */
static int move(int root_fd)
{
        return fchdir(root_fd) < 0 || mount(".", "/", NULL, MS_MOVE, NULL) < 0 || chroot(".") < 0 ||
                               chdir("/") < 0
                       ? -1
                       : 0;
}

static int change_root(int root_fd)
{
        return fchdir(root_fd) < 0 || chroot(".") < 0 || chdir("/") < 0 ? -1 : 0;
}

int root_enter(const struct launch_plan *plan, int root_fd, bool keep_old, struct error *err)
{
        struct attribute_change read_only = { .set = MOUNT_ATTR_RDONLY };
        int rc;

        if (plan->root_read_only && mounting_change(root_fd, false, read_only, 0) < 0)
                return error_sys(err, errno, "make the root file system read-only");
        if (plan->no_pivot && !keep_old && root_hide_old(root_fd, err) < 0)
                return -1;
        rc = keep_old ? change_root(root_fd) : plan->no_pivot ? move(root_fd) : pivot(root_fd);
        if (rc < 0)
                return error_sys(err, errno, "change the root directory");
        /* Last, because pivot_root(2) refuses shared mounts. */
        if (plan->root_propagation && mounting_change(root_fd, plan->root_propagation_recursive,
                                                      nothing, plan->root_propagation) < 0)
                return error_sys(err, errno, "set propagation of the root file system");
        return 0;
}
