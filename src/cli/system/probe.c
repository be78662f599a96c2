/* Probes. What changes the process (namespaces) or needs directories is done in a child and removed
 * again; the directory is below staging/, so that a probe that died is swept with the rest. */
#include "cli/system/probe.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/path.h"
#include "base/spawn.h"
#include "engine/runtime/cgroup.h"
#include "engine/storage/rootfs.h"
#include "rootless/userns.h"

#include <fcntl.h>
#include <linux/filter.h>
#include <linux/fs.h>
#include <linux/magic.h>
#include <linux/mount.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <sys/xattr.h>

static int enter(void *data, struct error *err)
{
        (void)data;
        if (userns_enter(err) < 0)
                return -1;
        /* Ubuntu's AppArmor lets one in and takes all capabilities away. */
        if (unshare(CLONE_NEWNS) < 0) {
                error_sys(err, errno, "a user namespace gives no capabilities here");
                return error_cure(err,
                                  "sudo sysctl kernel.apparmor_restrict_unprivileged_userns=0");
        }
        return 0;
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

/* try() in a child process, with a directory that has lower, upper, work and merged. */
static int probe_mount(const struct store *store, int (*try)(void *data, struct error *err),
                       struct error *err)
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
                rc = spawn_call(try, dir, err);
        (void)spawn_call(remove_directory, dir, NULL);
        return rc;
}

int probe_overlay(const struct store *store, struct error *err)
{
        return probe_mount(store, mount_overlay, err);
}

/* data: ROOT/staging/NAME */
static int mount_fuse(void *data, struct error *err)
{
        AUTO_FREE char *root = xstrdup(data);
        struct store store = { .root = root };
        AUTO(rootfs) rootfs = { .store = &store };
        char *name = strstr(root, "/staging/");
        pid_t pid = 0;
        int rc;

        while (strstr(name + 1, "/staging/"))
                name = strstr(name + 1, "/staging/");
        *name++ = '\0';
        rootfs.container = xstrdup(name);
        strv_addf(&rootfs.layers, "%s/lower", name);
        if (userns_enter(err) < 0)
                return -1;
        if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL) < 0)
                return error_sys(err, errno, "create a mount namespace");
        rc = rootfs_mount_fuse(&rootfs, &pid, err);
        if (pid > 0) {
                kill(pid, SIGTERM);
                (void)waitpid(pid, NULL, 0);
        }
        return rc;
}

int probe_fuse_overlayfs(const struct store *store, struct error *err)
{
        return probe_mount(store, mount_fuse, err);
}

static int mount_new(void *data, struct error *err)
{
        const char *type = data;
        bool proc = strcmp(type, "proc") == 0;
        int context_fd;
        pid_t pid;

        if (userns_enter(err) < 0)
                return -1;
        if (unshare(CLONE_NEWNS | (proc ? CLONE_NEWPID : CLONE_NEWNET)) < 0)
                return error_sys(err, errno, "create namespaces");
        /* Its first process is in the pid namespace, we are not. */
        pid = proc ? fork() : 0;
        if (pid < 0)
                return error_sys(err, errno, "fork");
        if (pid > 0) {
                int sys = spawn_wait(pid);

                return sys == 0 ? 0 : error_sys(err, sys, "mount a new %s", type);
        }
        context_fd = (int)syscall(SYS_fsopen, type, FSOPEN_CLOEXEC);
        if (context_fd >= 0 &&
            syscall(SYS_fsconfig, context_fd, FSCONFIG_CMD_CREATE, NULL, NULL, 0) == 0 &&
            syscall(SYS_fsmount, context_fd, FSMOUNT_CLOEXEC, 0) >= 0)
                errno = 0;
        if (proc)
                _exit(errno);
        return errno ? error_sys(err, errno, "mount a new %s", type) : 0;
}

int probe_filesystem(const char *type, struct error *err)
{
        return spawn_call(mount_new, (void *)(uintptr_t)type, err);
}

bool probe_reflinks(const struct store *store)
{
        AUTO(staging) staging = STAGING_EMPTY;
        AUTO_CLOSE int from = -1, to = -1;

        if (staging_create(store, "probe", &staging, NULL) < 0)
                return false;
        from = openat(staging.dir_fd, "from", O_CREAT | O_RDWR | O_CLOEXEC, 0600);
        to = openat(staging.dir_fd, "to", O_CREAT | O_RDWR | O_CLOEXEC, 0600);
        return from >= 0 && to >= 0 && ftruncate(from, 65536) == 0 && ioctl(to, FICLONE, from) == 0;
}

int probe_cgroup(struct error *err)
{
        AUTO_FREE char *id = xasprintf("probe-%d", getpid());
        struct cgroup_request request = { .manager = CGROUP_FS, .id = id, .required = true };
        AUTO(cgroup) cgroup = CGROUP_EMPTY;

        if (cgroup_create(&request, &cgroup, err) < 0)
                return -1;
        (void)cgroup_delete(cgroup.path, NULL);
        return 0;
}

static int make_listener(void *data, struct error *err)
{
        struct sock_filter allow = { BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW };
        struct sock_fprog program = { .len = 1, .filter = &allow };

        (void)data;
        if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
            syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER,
                    &program) >= 0)
                return 0;
        error_sys(err, errno, "a filter with a supervisor");
        if (err && err->sys == EBUSY)
                err->kind = ERROR_IN_USE;
        return -1;
}

int probe_seccomp_listener(struct error *err)
{
        return spawn_call(make_listener, NULL, err);
}

int probe_landlock(void)
{
        long version = syscall(SYS_landlock_create_ruleset, NULL, 0, 1 /* query the version */);

        return version > 0 ? (int)version : 0;
}

bool probe_inside_container(void)
{
        const char *name = getenv("container");

        return (name && name[0]) || access("/run/.containerenv", F_OK) == 0 ||
               access("/.dockerenv", F_OK) == 0;
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
