/* kelp doctor: the kernel, user namespaces, and the ids that a user can have in one. */
#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/limits.h"
#include "base/path.h"
#include "cli/system/doctor.h"
#include "cli/system/probe.h"
#include "rootless/subid.h"
#include "rootless/userns.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <sys/xattr.h>

#define NOTHING_STARTS "no container can be started"

static void check_kernel(struct doctor_report *report)
{
        struct utsname name = { 0 };
        unsigned major = 0, minor = 0;
        bool able = uname(&name) == 0 && sscanf(name.release, "%u.%u", &major, &minor) == 2 &&
                    (major > 5 || (major == 5 && minor >= 12));

        doctor_add(report, "kernel", able ? DOCTOR_OK : DOCTOR_MISSING, name.release,
                   NOTHING_STARTS, "a kernel of 5.12 or newer");
}

static void check_userns(struct doctor_report *report)
{
        struct error err = { 0 };

        report->userns = probe_userns(&err) == 0;
        if (strstr(err.cure, "kelp doctor"))
                err.cure[0] = '\0'; /* that is us */
        doctor_add(report, "user namespaces", report->userns ? DOCTOR_OK : DOCTOR_MISSING,
                   report->userns ? "can be created" : err.text, NOTHING_STARTS, err.cure);
}

/* -1: the kernel has no such setting. */
static long setting(const char *name)
{
        AUTO_FREE char *path = xasprintf("/proc/sys/%s", name);
        AUTO_FREE char *text = NULL;

        if (fd_read_file(AT_FDCWD, path, LIMIT_PROC_FILE, &text, NULL, NULL) < 0)
                return -1;
        return strtol(text, NULL, 10);
}

/* Settings that forbid user namespaces. One that would, and does not (for root, or by a profile of
 * AppArmor's for this program), is no finding. */
static void check_settings(struct doctor_report *report)
{
        static const struct {
                const char *path, *name;
                long forbidding;
                const char *cure;
        } settings[] = {
                { "user/max_user_namespaces", "limit of namespaces", 0,
                  "sudo sysctl user.max_user_namespaces=15000" },
                { "kernel/unprivileged_userns_clone", "namespaces for users", 0,
                  "sudo sysctl kernel.unprivileged_userns_clone=1" },
                { "kernel/apparmor_restrict_unprivileged_userns", "AppArmor", 1,
                  "sudo sysctl kernel.apparmor_restrict_unprivileged_userns=0" },
        };

        for (size_t i = 0; i < ARRAY_SIZE(settings); i++) {
                long value = setting(settings[i].path);
                bool forbids = value == settings[i].forbidding;
                AUTO_FREE char *detail =
                        value < 0 ? xasprintf("no %s in this kernel", settings[i].path)
                                  : xasprintf("%s is %ld%s", settings[i].path, value,
                                              forbids && report->userns ? ", not in our way" : "");

                doctor_add(report, settings[i].name,
                           forbids && !report->userns ? DOCTOR_MISSING : DOCTOR_OK, detail,
                           NOTHING_STARTS, settings[i].cure);
        }
}

static void check_subids(struct doctor_report *report, const char *path)
{
        AUTO_FREE char *user = subid_user_name(getuid());
        AUTO_FREE char *cure = xasprintf("sudo usermod --add-subuids 100000-165535 --add-subgids "
                                         "100000-165535 %s",
                                         user ? user : "$USER");
        AUTO_FREE char *detail = NULL;
        struct id_range ranges[ID_RANGES_MAX];
        size_t count = subid_load(path, user, getuid(), ranges, ARRAY_SIZE(ranges));
        unsigned long long ids = 0;

        for (size_t i = 0; i < count; i++)
                ids += ranges[i].count;
        detail = ids ? xasprintf("%llu ids", ids)
                     : xasprintf("has no ids for %s", user ? user : "this user");
        doctor_add(report, path, ids ? DOCTOR_OK : DOCTOR_WARNING, detail,
                   "containers have a single id, and a supervisor that stands in for others", cure);
}

/* newuidmap(1) works by its setuid bit or a file capability. */
static void check_map_helper(struct doctor_report *report, const char *name)
{
        AUTO_FREE char *path = path_find_program(name);
        AUTO_FREE char *cure = NULL, *detail = NULL;
        struct stat st = { 0 };
        bool there = path && stat(path, &st) == 0;
        bool set_id = there && (st.st_mode & S_ISUID) && st.st_uid == 0;
        bool capable = there && getxattr(path, "security.capability", NULL, 0) > 0;

        cure = path ? xasprintf("sudo chmod u+s %s", path) : xstrdup("sudo apt-get install uidmap");
        detail = path ? xasprintf("%s, %s", path,
                                  set_id    ? "setuid root"
                                  : capable ? "with a file capability"
                                            : "neither setuid root nor with a capability")
                      : xstrdup("not installed");
        doctor_add(report, name, set_id || capable ? DOCTOR_OK : DOCTOR_WARNING, detail,
                   "containers have a single id, and a supervisor that stands in for others", cure);
}

static void check_ids(struct doctor_report *report)
{
        struct userns_plan plan;
        struct error err = { 0 };
        bool single;

        if (userns_plan(&plan, &err) < 0) {
                doctor_add(report, "ids", DOCTOR_MISSING, err.text, NOTHING_STARTS, err.cure);
                return;
        }
        single = plan.rung == USERNS_SINGLE;
        doctor_add(report, "ids", single ? DOCTOR_WARNING : DOCTOR_OK,
                   single ? plan.reason : userns_rung_name(plan.rung),
                   "containers have a single id, and a supervisor that stands in for others",
                   plan.cure ? plan.cure : "");
        if (plan.rung == USERNS_PRIVILEGED || geteuid() == 0)
                return; /* maps are written directly, or there is nothing to be had */
        check_subids(report, "/etc/subuid");
        check_subids(report, "/etc/subgid");
        check_map_helper(report, "newuidmap");
        check_map_helper(report, "newgidmap");
}

void doctor_users(struct doctor_report *report)
{
        check_kernel(report);
        check_userns(report);
        check_settings(report);
        check_ids(report);
}
