/* The steps that give a container its file systems, with the mount calls of Linux 5.12.
 *
 * Every mount is made detached (fsopen(2), open_tree(2)) and then moved onto a target that was
 * opened beneath the container's root (openat2 RESOLVE_IN_ROOT). No path is looked up twice, so a
 * symlink in an image, or one that changes meanwhile, cannot lead a mount outside.
 */
#include "engine/runtime/steps.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/path.h"
#include "engine/runtime/copy_up.h"

#include <fcntl.h>
#include <linux/mount.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#define DETACHED_TREE (OPEN_TREE_CLONE | O_CLOEXEC)

static int open_tree_fd(int dir_fd, const char *path, unsigned flags)
{
        return (int)syscall(SYS_open_tree, dir_fd, path, flags | O_CLOEXEC);
}

static int set_attributes(int fd, bool recursive, uint64_t attributes, uint64_t propagation)
{
        struct mount_attr attr = { .attr_set = attributes, .propagation = propagation };
        unsigned flags = AT_EMPTY_PATH | (recursive ? AT_RECURSIVE : 0);

        if (attributes & MOUNT_ATTR__ATIME)
                attr.attr_clr = MOUNT_ATTR__ATIME;
        return (int)syscall(SYS_mount_setattr, fd, "", flags, &attr, sizeof(attr));
}

static int move_onto(int mount_fd, int target_fd)
{
        return (int)syscall(SYS_move_mount, mount_fd, "", target_fd, "",
                            MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH);
}

/* fsconfig(2) one option word: "size=64m" or "newinstance". */
static int configure(int context_fd, const char *option)
{
        AUTO_FREE char *key = xstrdup(option);
        char *value = strchr(key, '=');

        if (!value)
                return (int)syscall(SYS_fsconfig, context_fd, FSCONFIG_SET_FLAG, key, NULL, 0);
        *value++ = '\0';
        return (int)syscall(SYS_fsconfig, context_fd, FSCONFIG_SET_STRING, key, value, 0);
}

static int new_filesystem(const struct step *step)
{
        AUTO_CLOSE int context_fd = (int)syscall(SYS_fsopen, step->fstype, FSOPEN_CLOEXEC);

        if (context_fd < 0)
                return -1;
        /* The source only names the mount in /proc/mounts. */
        (void)syscall(SYS_fsconfig, context_fd, FSCONFIG_SET_STRING, "source", step->source, 0);
        for (size_t i = 0; i < step->data.count; i++)
                if (configure(context_fd, step->data.items[i]) < 0)
                        return -1;
        if (syscall(SYS_fsconfig, context_fd, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
                return -1;
        return (int)syscall(SYS_fsmount, context_fd, FSMOUNT_CLOEXEC, (unsigned)step->change.set);
}

static int open_filesystem(const struct step *step, int *fd_out, struct error *err)
{
        int fd = new_filesystem(step);

        if (fd < 0 && !step->optional)
                return error_sys(err, errno, "mount %s (%s)", step->target, step->fstype);
        *fd_out = fd;
        return 0;
}

static int open_bind(const struct step *step, int *fd_out, struct error *err)
{
        unsigned recursive = step->recursive ? AT_RECURSIVE : 0;
        AUTO_CLOSE int fd = open_tree_fd(AT_FDCWD, step->source, DETACHED_TREE | recursive);
        bool deep = step->deep.set != 0;

        if (fd < 0)
                return error_sys(err, errno, "bind %s", step->source);
        if (step->change.set && set_attributes(fd, deep, step->change.set, 0) < 0)
                return error_sys(err, errno, "set mount options of %s", step->source);
        *fd_out = take_fd(&fd);
        return 0;
}

static int open_step(const struct step *step, int *fd_out, struct error *err)
{
        switch (step->kind) {
        case STEP_FILESYSTEM:
                return open_filesystem(step, fd_out, err);
        case STEP_BIND:
                return open_bind(step, fd_out, err);
        default:
                return 0;
        }
}

int steps_open(const struct launch_plan *plan, bool late, struct opened_steps *opened,
               struct error *err)
{
        if (!opened->fds) {
                opened->fds = xcalloc(plan->step_count, sizeof(int));
                opened->count = plan->step_count;
                for (size_t i = 0; i < plan->step_count; i++)
                        opened->fds[i] = -1;
        }
        for (size_t i = 0; i < plan->step_count; i++)
                if (plan->steps[i].late == late &&
                    open_step(&plan->steps[i], &opened->fds[i], err) < 0)
                        return -1;
        return 0;
}

void opened_steps_release(struct opened_steps *opened)
{
        for (size_t i = 0; i < opened->count; i++)
                if (opened->fds[i] >= 0)
                        close(opened->fds[i]);
        free(opened->fds);
        *opened = (struct opened_steps){ 0 };
}

/* The file a bind of a non-directory goes onto; made empty when missing. */
static int open_file_target(int root_fd, const char *target)
{
        AUTO_FREE char *parent = xstrdup(target);
        AUTO_CLOSE int parent_fd = -1, created = -1;
        char *slash = strrchr(parent, '/');
        int fd = path_open_in(root_fd, target, O_PATH, 0);

        if (fd >= 0 || errno != ENOENT || !slash)
                return fd;
        *slash = '\0';
        parent_fd = path_make_dirs_in(root_fd, parent, 0755);
        if (parent_fd < 0)
                return -1;
        created = path_open_in(root_fd, target, O_WRONLY | O_CREAT | O_NOCTTY, 0644);
        return created < 0 ? -1 : path_open_in(root_fd, target, O_PATH, 0);
}

static int open_target(int root_fd, const struct step *step, int mount_fd, struct error *err)
{
        struct stat st;
        int fd;

        if (fstat(mount_fd, &st) < 0)
                return error_sys(err, errno, "mount %s", step->target);
        fd = S_ISDIR(st.st_mode) ? path_make_dirs_in(root_fd, step->target, 0755)
                                 : open_file_target(root_fd, step->target);
        if (fd < 0)
                return error_sys(err, errno, "create mount point %s in the container",
                                 step->target);
        return fd;
}

static int attach_mount(int root_fd, const struct step *step, int mount_fd, struct error *err)
{
        AUTO_CLOSE int target_fd = -1;

        if (mount_fd < 0)
                return 0; /* optional and refused */
        target_fd = open_target(root_fd, step, mount_fd, err);
        if (target_fd < 0)
                return -1;
        if (step->copy_up && copy_up(target_fd, mount_fd, err) < 0)
                return error_context(err, "tmpfs %s", step->target);
        if (move_onto(mount_fd, target_fd) < 0)
                return error_sys(err, errno, "mount onto %s", step->target);
        if (step->propagation &&
            set_attributes(mount_fd, step->recursive, 0, step->propagation) < 0)
                return error_sys(err, errno, "set propagation of %s", step->target);
        return 0;
}

static int mask_directory(const struct step *step, int target_fd)
{
        struct step empty = { .fstype = (char *)(uintptr_t) "tmpfs",
                              .source = step->target,
                              .change.set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID |
                                            MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC };
        AUTO_CLOSE int fd = new_filesystem(&empty);

        return fd < 0 ? -1 : move_onto(fd, target_fd);
}

static int mask_file(int target_fd)
{
        AUTO_CLOSE int fd = open_tree_fd(AT_FDCWD, "/dev/null", DETACHED_TREE);

        return fd < 0 ? -1 : move_onto(fd, target_fd);
}

/* A path that is not there needs no mask. */
static int mask_path(int root_fd, const struct step *step, struct error *err)
{
        AUTO_CLOSE int target_fd = path_open_in(root_fd, step->target, O_PATH, 0);
        struct stat st;
        int rc;

        if (target_fd < 0 && (errno == ENOENT || errno == ENOTDIR))
                return 0;
        if (target_fd < 0 || fstat(target_fd, &st) < 0)
                return error_sys(err, errno, "mask %s", step->target);
        rc = S_ISDIR(st.st_mode) ? mask_directory(step, target_fd) : mask_file(target_fd);
        return rc < 0 ? error_sys(err, errno, "mask %s", step->target) : 0;
}

static int make_read_only(int root_fd, const struct step *step, struct error *err)
{
        AUTO_CLOSE int target_fd = path_open_in(root_fd, step->target, O_PATH, 0);
        AUTO_CLOSE int clone_fd = -1;

        if (target_fd < 0 && (errno == ENOENT || errno == ENOTDIR))
                return 0;
        if (target_fd >= 0)
                clone_fd =
                        open_tree_fd(target_fd, "", DETACHED_TREE | AT_EMPTY_PATH | AT_RECURSIVE);
        if (clone_fd < 0 || set_attributes(clone_fd, false, MOUNT_ATTR_RDONLY, 0) < 0 ||
            move_onto(clone_fd, target_fd) < 0)
                return error_sys(err, errno, "make %s read-only", step->target);
        return 0;
}

static int make_symlink(int root_fd, const struct step *step, struct error *err)
{
        AUTO_FREE char *parent = xstrdup(step->target);
        AUTO_CLOSE int parent_fd = -1;
        char *slash = strrchr(parent, '/');

        *slash = '\0';
        parent_fd = path_open_in(root_fd, parent, O_PATH | O_DIRECTORY, 0);
        if (parent_fd < 0 || symlinkat(step->source, parent_fd, slash + 1) == 0 || errno == EEXIST)
                return 0; /* without a /dev there is no place for its links */
        return error_sys(err, errno, "create link %s", step->target);
}

int steps_attach(const struct launch_plan *plan, int root_fd, struct opened_steps *opened,
                 struct error *err)
{
        for (size_t i = 0; i < plan->step_count; i++) {
                const struct step *step = &plan->steps[i];
                int rc = 0;

                if (step->kind == STEP_MASK)
                        rc = mask_path(root_fd, step, err);
                else if (step->kind == STEP_READONLY)
                        rc = make_read_only(root_fd, step, err);
                else if (step->kind == STEP_SYMLINK)
                        rc = make_symlink(root_fd, step, err);
                else
                        rc = attach_mount(root_fd, step, opened->fds[i], err);
                if (rc < 0)
                        return -1;
        }
        return 0;
}
