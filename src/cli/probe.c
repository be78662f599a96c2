/* Probes. What changes the process (namespaces) or needs directories is done in a child and removed
 * again; the directory is below staging/, so that a probe that died is swept with the rest. */
#include "cli/probe.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/path.h"
#include "base/spawn.h"
#include "rootless/userns.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <sys/xattr.h>

static int enter(void *data, struct error *err)
{
        (void)data;
        return userns_enter(err);
}

int probe_userns(struct error *err)
{
        return spawn_call(enter, NULL, err);
}

static int mount_overlay(void *data, struct error *err)
{
        const char *options = "userxattr,lowerdir=lower,upperdir=upper,workdir=work";

        if (userns_enter(err) < 0)
                return -1;
        if (chdir(data) < 0 || unshare(CLONE_NEWNS) < 0 ||
            mount("overlay", "merged", "overlay", 0, options) < 0)
                return error_sys(err, errno, "native overlay");
        return 0;
}

/* The kernel gives work/work an owner that only the namespace can remove. */
static int remove_directory(void *data, struct error *err)
{
        if (userns_enter(err) < 0)
                return -1;
        return path_remove_tree(AT_FDCWD, data, err);
}

int probe_overlay(const struct store *store, struct error *err)
{
        static const char *const names[] = { "lower", "upper", "work", "merged" };
        AUTO(staging) staging = STAGING_EMPTY;
        AUTO_FREE char *dir = NULL;
        int rc = 0;

        if (staging_create(store, "probe", &staging, err) < 0)
                return -1;
        for (size_t i = 0; i < ARRAY_SIZE(names) && rc == 0; i++)
                if (mkdirat(staging.dir_fd, names[i], 0700) < 0)
                        rc = error_sys(err, errno, "make a directory in the store");
        dir = xasprintf("%s/staging/%s", store->root, staging.name);
        if (rc == 0)
                rc = spawn_call(mount_overlay, dir, err);
        (void)spawn_call(remove_directory, dir, NULL);
        return rc;
}

int probe_xattrs(const struct store *store, struct error *err)
{
        AUTO(staging) staging = STAGING_EMPTY;
        AUTO_CLOSE int fd = -1;

        if (staging_create(store, "probe", &staging, err) < 0)
                return -1;
        fd = openat(staging.dir_fd, "file", O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
        if (fd < 0 || fsetxattr(fd, "user.kelp.probe", "1", 1, 0) < 0)
                return error_sys(err, errno, "set a user.* attribute");
        return 0;
}

const char *probe_file_system(const struct store *store)
{
        static const struct {
                long magic;
                const char *name;
        } known[] = {
                { EXT4_SUPER_MAGIC, "ext4" },         { BTRFS_SUPER_MAGIC, "btrfs" },
                { XFS_SUPER_MAGIC, "xfs" },           { TMPFS_MAGIC, "tmpfs" },
                { NFS_SUPER_MAGIC, "nfs" },           { OVERLAYFS_SUPER_MAGIC, "overlay" },
                { F2FS_SUPER_MAGIC, "f2fs" },         { FUSE_SUPER_MAGIC, "fuse" },
                { SMB2_SUPER_MAGIC, "cifs" },         { 0x2fc12fc1, "zfs" },
                { ECRYPTFS_SUPER_MAGIC, "ecryptfs" },
        };
        static char other[24];
        struct statfs fs;

        if (statfs(store->root, &fs) < 0)
                return "unknown";
        for (size_t i = 0; i < ARRAY_SIZE(known); i++)
                if (known[i].magic == (long)fs.f_type)
                        return known[i].name;
        snprintf(other, sizeof(other), "0x%lx", (unsigned long)fs.f_type);
        return other;
}

bool probe_cgroup_v2(void)
{
        struct statfs fs;

        return statfs("/sys/fs/cgroup", &fs) == 0 && fs.f_type == CGROUP2_SUPER_MAGIC;
}
