/* The steps that give a container its file systems.
 *
 * Every mount is made detached and then moved onto a target that was opened beneath the container's
 * root (openat2 RESOLVE_IN_ROOT). No path is looked up twice, so a symlink in an image, or one that
 * changes meanwhile, cannot lead a mount outside (CVE-2021-30465).
 *
 * Propagation: our copy of the host's mounts becomes its slave (or private, as rootfsPropagation
 * says), and so do the clones. A bind that is to be shared with the host is cloned before that, and
 * then all clones are.
 */
#include "engine/runtime/steps.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/path.h"
#include "engine/runtime/copy_up.h"
#include "engine/runtime/devices.h"
#include "engine/runtime/foreign.h"
#include "engine/runtime/idmap.h"
#include "engine/runtime/mask.h"
#include "engine/runtime/mounting.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <linux/mount.h>
#include <linux/openat2.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>

static bool changes(const struct attribute_change *change)
{
        return change->set || change->clear;
}

static int open_bind(const struct launch_plan *plan, const struct step *step, int *fd_out,
                     struct error *err)
{
        AUTO_CLOSE int fd = mounting_clone(AT_FDCWD, step->source, step->recursive);

        if (fd < 0 && errno == EINVAL && foreign_is(step->source)) {
                fd = foreign_clone(step->source, step->recursive, err);
                if (fd < 0)
                        return -1;
        }
        if (fd < 0)
                return error_sys(err, errno, "bind %s", step->source);
        if ((changes(&step->deep) && mounting_change(fd, true, step->deep, 0) < 0) ||
            (changes(&step->change) && mounting_change(fd, false, step->change, 0) < 0))
                return error_sys(err, errno, "set mount options of %s", step->source);
        if (step->idmap && idmap_apply(plan, step, fd, err) < 0)
                return -1;
        *fd_out = take_fd(&fd);
        return 0;
}

static int open_filesystem(const struct launch_plan *plan, const struct step *step, int *fd_out,
                           struct error *err)
{
        AUTO_CLOSE int fd = -1;

        if (mounting_new_or_host(step, &fd, err) < 0 ||
            (fd >= 0 && step->idmap && idmap_apply(plan, step, fd, err) < 0))
                return -1;
        *fd_out = take_fd(&fd);
        return 0;
}

static int open_device(const struct launch_plan *plan, const struct step *step, int *fd_out,
                       struct error *err)
{
        static const struct attribute_change node_only = { .set = MOUNT_ATTR_NOSUID |
                                                                  MOUNT_ATTR_NOEXEC };

        if (plan->make_devices || step->device.type == S_IFIFO)
                return 0;
        /* Those are where they have always been; it would show if not. */
        *fd_out = step->device.standard ? mounting_clone(AT_FDCWD, step->source, false)
                                        : device_open_host(step, err);
        if (*fd_out < 0 && step->device.standard)
                return error_sys(err, errno, "bind %s", step->source);
        if (*fd_out < 0)
                return -1;
        if (mounting_change(*fd_out, false, node_only, 0) < 0)
                return error_sys(err, errno, "set mount options of %s", step->target);
        return 0;
}

static int open_step(const struct launch_plan *plan, const struct step *step, int *fd_out,
                     struct error *err)
{
        switch (step->kind) {
        case STEP_FILESYSTEM:
                return open_filesystem(plan, step, fd_out, err);
        case STEP_BIND:
                return open_bind(plan, step, fd_out, err);
        case STEP_DEVICE:
                return open_device(plan, step, fd_out, err);
        default:
                return 0;
        }
}

static void prepare(const struct launch_plan *plan, struct opened_steps *opened)
{
        if (opened->fds)
                return;
        opened->fds = xcalloc(plan->step_count, sizeof(int));
        opened->count = plan->step_count;
        for (size_t i = 0; i < plan->step_count; i++)
                opened->fds[i] = -1;
}

static int open_each(const struct launch_plan *plan, struct opened_steps *opened, struct error *err)
{
        for (size_t i = 0; i < plan->step_count; i++)
                if (opened->fds[i] < 0 &&
                    open_step(plan, &plan->steps[i], &opened->fds[i], err) < 0)
                        return -1;
        return 0;
}

static int open_all(const struct launch_plan *plan, bool late, struct opened_steps *opened,
                    struct error *err)
{
        for (size_t i = 0; i < plan->step_count; i++)
                if (plan->steps[i].late == late && opened->fds[i] < 0 &&
                    open_step(plan, &plan->steps[i], &opened->fds[i], err) < 0)
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

/* Clones that were taken while the mounts were tied to the host's. */
static int untie_clones(const struct launch_plan *plan, struct opened_steps *opened,
                        struct error *err)
{
        static const struct attribute_change nothing;

        for (size_t i = 0; i < opened->count; i++)
                if (opened->fds[i] >= 0 && plan->steps[i].propagation != MS_SHARED &&
                    mounting_change(opened->fds[i], true, nothing, MS_SLAVE) < 0)
                        return error_sys(err, errno, "set propagation of %s",
                                         plan->steps[i].target);
        return 0;
}

/* A container's own nodes cannot be made in its user namespace; real root makes them out here, as
 * far as this kernel lets it. Else the host's are taken. */
static void make_devices(const struct launch_plan *plan, struct opened_steps *opened)
{
        bool may = (plan->clone_flags & CLONE_NEWUSER) && devices_can_be_made();

        for (size_t i = 0; may && i < plan->step_count; i++) {
                const struct step *step = &plan->steps[i];

                if (step->kind != STEP_DEVICE || step->device.standard ||
                    step->device.type == S_IFIFO)
                        continue;
                prepare(plan, opened);
                opened->fds[i] = device_make_apart(step, &plan->uid_maps, &plan->gid_maps);
        }
}

int steps_open_before(const struct launch_plan *plan, struct opened_steps *opened,
                      struct error *err)
{
        bool may = (plan->clone_flags & CLONE_NEWUSER) && capability_in_effect(CAP_SYS_ADMIN);

        for (size_t i = 0; (plan->clone_flags & CLONE_NEWUSER) && i < plan->step_count; i++) {
                const struct step *step = &plan->steps[i];

                if (step->kind != STEP_BIND || !(may || step->idmap))
                        continue;
                prepare(plan, opened);
                if (open_bind(plan, step, &opened->fds[i], err) < 0)
                        return -1;
        }
        make_devices(plan, opened);
        return may && opened->fds ? untie_clones(plan, opened, err) : 0;
}

static bool shares(const struct launch_plan *plan)
{
        for (size_t i = 0; i < plan->step_count; i++)
                if (plan->steps[i].propagation == MS_SHARED)
                        return true;
        return false;
}

static int untie(const struct launch_plan *plan, struct error *err)
{
        bool apart =
                plan->root_propagation == MS_PRIVATE || plan->root_propagation == MS_UNBINDABLE;

        if (mount(NULL, "/", NULL, MS_REC | (apart ? MS_PRIVATE : MS_SLAVE), NULL) < 0)
                return error_sys(err, errno, "make mounts private");
        return 0;
}

/* mountinfo(5) lists mounts as they were made. Real root's container has no maps to wait for, so
 * that all can be made in the order that was asked for (config.md, "Mounts"). */
static bool in_one_pass(const struct launch_plan *plan)
{
        return plan->make_devices && !shares(plan);
}

int steps_open_early(const struct launch_plan *plan, struct opened_steps *opened, struct error *err)
{
        prepare(plan, opened);
        if (in_one_pass(plan))
                return untie(plan, err);
        if (!shares(plan))
                return untie(plan, err) < 0 ? -1 : open_all(plan, false, opened, err);
        if (open_all(plan, false, opened, err) < 0 || untie_clones(plan, opened, err) < 0)
                return -1;
        return untie(plan, err);
}

int steps_open_late(const struct launch_plan *plan, struct opened_steps *opened, struct error *err)
{
        if (in_one_pass(plan))
                return open_each(plan, opened, err);
        return open_all(plan, true, opened, err);
}

/* proc and sysfs only onto ordinary directories: through a symlink of the image's, what a process
 * is told to write there would go elsewhere (CVE-2019-19921). */
static int open_plain_target(int root_fd, const char *target)
{
        struct open_how how = { .flags = O_PATH | O_DIRECTORY | O_CLOEXEC,
                                .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_SYMLINKS };
        int fd = (int)syscall(SYS_openat2, root_fd, target, &how, sizeof(how));
        AUTO_CLOSE int made = -1;

        if (fd >= 0 || errno != ENOENT)
                return fd;
        made = path_make_dirs_in(root_fd, target, 0755);
        return made < 0 ? -1 : (int)syscall(SYS_openat2, root_fd, target, &how, sizeof(how));
}

static bool shows_kernel(const struct step *step)
{
        return step->kind == STEP_FILESYSTEM &&
               (strcmp(step->fstype, "proc") == 0 || strcmp(step->fstype, "sysfs") == 0);
}

static int open_target(int root_fd, const struct step *step, int mount_fd, struct error *err)
{
        struct stat st;
        int fd;

        if (fstat(mount_fd, &st) < 0)
                return error_sys(err, errno, "mount %s", step->target);
        if (shows_kernel(step))
                fd = open_plain_target(root_fd, step->target);
        else if (S_ISDIR(st.st_mode))
                fd = path_make_dirs_in(root_fd, step->target, 0755);
        else
                fd = path_make_file_in(root_fd, step->target, 0644);
        if (fd < 0)
                return error_sys(err, errno, "create mount point %s in the container",
                                 step->target);
        return fd;
}

/* The mode of the directory that a tmpfs goes onto, when there was one. */
static int copy_mode(int target_fd, int mount_fd)
{
        AUTO_CLOSE int fd = openat(mount_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        struct stat st;

        return fd < 0 || fstat(target_fd, &st) < 0 ? -1 : fchmod(fd, st.st_mode & 07777);
}

/* Give a new tmpfs what it has of the directory under it. */
static int fill(const struct step *step, int target_fd, bool existed, int mount_fd,
                struct error *err)
{
        if (step->copy_up && copy_up(target_fd, mount_fd, err) < 0)
                return error_context(err, "tmpfs %s", step->target);
        if (step->keep_mode && existed && copy_mode(target_fd, mount_fd) < 0)
                return error_sys(err, errno, "tmpfs %s", step->target);
        return 0;
}

static bool is_there(int root_fd, const char *path)
{
        AUTO_CLOSE int fd = path_open_in(root_fd, path, O_PATH, 0);

        return fd >= 0;
}

static int attach_mount(int root_fd, const struct step *step, int mount_fd, struct error *err)
{
        static const struct attribute_change nothing;
        AUTO_CLOSE int target_fd = -1;
        bool filled = step->copy_up || step->keep_mode, existed;

        if (mount_fd < 0)
                return 0; /* optional and refused */
        existed = filled && is_there(root_fd, step->target);
        target_fd = open_target(root_fd, step, mount_fd, err);
        if (target_fd < 0 || (filled && fill(step, target_fd, existed, mount_fd, err) < 0))
                return -1;
        if (mounting_move(mount_fd, target_fd) < 0)
                return error_sys(err, errno, "mount onto %s", step->target);
        if (step->propagation &&
            mounting_change(mount_fd, step->propagation_recursive, nothing, step->propagation) < 0)
                return error_sys(err, errno, "set propagation of %s", step->target);
        return 0;
}

static int remount(int root_fd, const struct step *step, struct error *err)
{
        AUTO_CLOSE int fd = path_open_in(root_fd, step->target, O_PATH, 0);

        if (fd < 0 || (step->superblock && mounting_reconfigure(fd, &step->data) < 0) ||
            (changes(&step->deep) && mounting_change(fd, true, step->deep, 0) < 0) ||
            (changes(&step->change) && mounting_change(fd, false, step->change, 0) < 0))
                return error_sys(err, errno, "remount %s", step->target);
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

static int take_step(int root_fd, const struct step *step, int mount_fd, int *null_fd,
                     struct error *err)
{
        switch (step->kind) {
        case STEP_MASK:
                return mask_path(root_fd, step->target, null_fd, err);
        case STEP_READONLY:
                return mask_read_only(root_fd, step->target, err);
        case STEP_SYMLINK:
                return make_symlink(root_fd, step, err);
        case STEP_REMOUNT:
                return remount(root_fd, step, err);
        case STEP_DEVICE:
                if (mount_fd < 0)
                        return device_make(root_fd, step, err);
                return attach_mount(root_fd, step, mount_fd, err);
        default:
                return attach_mount(root_fd, step, mount_fd, err);
        }
}

int steps_finish(const struct launch_plan *plan, const struct opened_steps *opened,
                 struct error *err)
{
        static const struct attribute_change read_only = { .set = MOUNT_ATTR_RDONLY };

        for (size_t i = 0; i < plan->step_count; i++)
                if (plan->steps[i].read_only_last &&
                    mounting_change(opened->fds[i], false, read_only, 0) < 0)
                        return error_sys(err, errno, "make %s read-only", plan->steps[i].target);
        return 0;
}

int steps_attach(const struct launch_plan *plan, int root_fd, struct opened_steps *opened,
                 struct error *err)
{
        AUTO_CLOSE int null_fd = -1;

        for (size_t i = 0; i < plan->step_count; i++)
                if (take_step(root_fd, &plan->steps[i], opened->fds[i], &null_fd, err) < 0)
                        return -1;
        return 0;
}
