/* Masked and read-only paths. See mask.h.
 *
 * A path is looked up once, inside the root, and what was found is what gets covered. What covers
 * files is the device 1:3 and not whatever bears its name (CVE-2025-31133).
 */
#include "engine/runtime/mask.h"

#include "base/cleanup.h"
#include "base/path.h"
#include "engine/runtime/mounting.h"

#include <fcntl.h>
#include <linux/mount.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

static int open_null(void)
{
        AUTO_CLOSE int fd = open("/dev/null", O_PATH | O_NOFOLLOW | O_CLOEXEC);
        struct stat st;

        if (fd < 0 || fstat(fd, &st) < 0)
                return -1;
        if (!S_ISCHR(st.st_mode) || st.st_rdev != makedev(1, 3)) {
                errno = ENODEV;
                return -1;
        }
        return take_fd(&fd);
}

static int cover_directory(const char *path, int target_fd)
{
        struct step empty = { .fstype = (char *)(uintptr_t) "tmpfs",
                              .source = (char *)(uintptr_t)path,
                              .change.set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID |
                                            MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC };
        AUTO_CLOSE int fd = mounting_new(&empty);

        return fd < 0 ? -1 : mounting_move(fd, target_fd);
}

static int cover_file(int target_fd, int *null_fd)
{
        AUTO_CLOSE int fd = -1;

        if (*null_fd < 0)
                *null_fd = open_null();
        if (*null_fd >= 0)
                fd = mounting_clone(*null_fd, "", false);
        return fd < 0 ? -1 : mounting_move(fd, target_fd);
}

int mask_path(int root_fd, const char *path, int *null_fd, struct error *err)
{
        AUTO_CLOSE int target_fd = path_open_in(root_fd, path, O_PATH, 0);
        struct stat st;
        int rc;

        if (target_fd < 0 && (errno == ENOENT || errno == ENOTDIR))
                return 0;
        if (target_fd < 0 || fstat(target_fd, &st) < 0)
                return error_sys(err, errno, "mask %s", path);
        rc = S_ISDIR(st.st_mode) ? cover_directory(path, target_fd)
                                 : cover_file(target_fd, null_fd);
        return rc < 0 ? error_sys(err, errno, "mask %s", path) : 0;
}

int mask_read_only(int root_fd, const char *path, struct error *err)
{
        AUTO_CLOSE int target_fd = path_open_in(root_fd, path, O_PATH, 0);
        AUTO_CLOSE int clone_fd = -1;
        struct attribute_change change = { .set = MOUNT_ATTR_RDONLY };

        if (target_fd < 0 && (errno == ENOENT || errno == ENOTDIR))
                return 0;
        if (target_fd >= 0)
                clone_fd = mounting_clone(target_fd, "", true);
        if (clone_fd < 0 || mounting_change(clone_fd, false, change, 0) < 0 ||
            mounting_move(clone_fd, target_fd) < 0)
                return error_sys(err, errno, "make %s read-only", path);
        return 0;
}
