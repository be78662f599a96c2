/* Labels of security modules. See lsm.h. */
#include "engine/runtime/lsm.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "engine/runtime/procfs.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/vfs.h>

static bool has_apparmor(void)
{
        char text[4] = "";
        AUTO_CLOSE int fd =
                open("/sys/module/apparmor/parameters/enabled", O_RDONLY | O_CLOEXEC | O_NOCTTY);

        return fd >= 0 && fd_read_full(fd, text, sizeof(text) - 1) > 0 && text[0] == 'Y';
}

static bool has_selinux(void)
{
        struct statfs fs;

        return statfs("/sys/fs/selinux", &fs) == 0 && fs.f_type == SELINUX_MAGIC;
}

int lsm_check(const struct process_plan *process, bool mount_label, struct error *err)
{
        const char *what = mount_label ? "linux.mountLabel" : "process.selinuxLabel";

        if (process->apparmor_profile && !has_apparmor())
                return error_set(
                        err, ERROR_UNSUPPORTED,
                        "process.apparmorProfile: AppArmor is not enabled on this machine");
        if ((process->selinux_label || mount_label) && !has_selinux())
                return error_set(err, ERROR_UNSUPPORTED,
                                 "%s: SELinux is not enabled on this machine", what);
        return 0;
}

/* The module's own file where the kernel has one (5.8), else the one that modules share. */
static int set_profile(const char *profile)
{
        AUTO_FREE char *text = xasprintf("exec %s", profile);

        if (procfs_write("thread-self/attr/apparmor/exec", text) == 0)
                return 0;
        return errno == ENOENT ? procfs_write("thread-self/attr/exec", text) : -1;
}

int lsm_apply(const struct process_plan *process, struct error *err)
{
        if (process->apparmor_profile && set_profile(process->apparmor_profile) < 0)
                return error_sys(err, errno, "use AppArmor profile %s", process->apparmor_profile);
        if (process->selinux_label &&
            procfs_write("thread-self/attr/exec", process->selinux_label) < 0)
                return error_sys(err, errno, "use SELinux label %s", process->selinux_label);
        return 0;
}
