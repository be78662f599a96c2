/* kelp doctor: what isolates containers, connects them, limits them, and keeps them in a session.
 */
#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/path.h"
#include "base/strbuf.h"
#include "base/strv.h"
#include "cli/system/doctor.h"
#include "cli/system/probe.h"
#include "engine/runtime/cgroup.h"
#include "engine/runtime/cgroup_apply.h"
#include "rootless/userns.h"

#include <dlfcn.h>
#include <fcntl.h>

static void check_file_system(struct doctor_report *report, const char *type, const char *cost)
{
        struct error err = { 0 };
        bool able = probe_filesystem(type, &err) == 0;

        doctor_add(report, type, able ? DOCTOR_OK : DOCTOR_WARNING,
                   able ? "containers get their own" : err.text, cost,
                   doctor_cure(report,
                               "unmount what covers parts of it, or see /proc/self/mountinfo",
                               "start the outer container with --security-opt unmask=ALL"));
}

/* Needed by containers with a single id alone. */
static void check_listener(struct doctor_report *report)
{
        struct userns_plan plan = { 0 };
        struct error err = { 0 };
        bool able = probe_seccomp_listener(&err) == 0, outer = err.kind == ERROR_IN_USE;
        bool needed = userns_plan(&plan, NULL) == 0 && plan.rung == USERNS_SINGLE;

        doctor_add(report, "seccomp notification",
                   able || outer ? DOCTOR_OK
                   : needed      ? DOCTOR_MISSING
                                 : DOCTOR_WARNING,
                   able    ? "a supervisor can answer system calls"
                   : outer ? "a supervisor of an outer container's answers"
                           : err.text,
                   "no containers without subordinate ids",
                   doctor_cure(report, "a kernel of 5.5 or newer with CONFIG_SECCOMP_FILTER",
                               "start the outer container with --security-opt seccomp=unconfined"));
}

static void check_landlock(struct doctor_report *report)
{
        int version = probe_landlock();
        AUTO_FREE char *detail = version ? xasprintf("version %d", version)
                                         : xstrdup("this kernel does not have it, or it is off");

        doctor_add(report, "landlock", version ? DOCTOR_OK : DOCTOR_WARNING, detail,
                   "layers are unpacked by a process that only its own care and a seccomp filter "
                   "keep in its directory",
                   "boot with lsm=landlock,... (Linux 5.13 or newer)");
}

void doctor_isolation(struct doctor_report *report)
{
        if (report->userns) {
                check_file_system(report, "proc",
                                  "containers see the processes of the container that we are in");
                check_file_system(report, "sysfs",
                                  "containers see the devices of the network that we are in");
        }
        check_listener(report);
        check_landlock(report);
}

static bool can_open(const char *path)
{
        AUTO_CLOSE int fd = open(path, O_RDWR | O_CLOEXEC);

        return fd >= 0;
}

void doctor_network(struct doctor_report *report)
{
        AUTO_FREE char *slirp = path_find_program("slirp4netns");
        bool tun = can_open("/dev/net/tun");
        void *curl = dlopen("libcurl.so.4", RTLD_LAZY);

        doctor_add(report, "slirp4netns", slirp ? DOCTOR_OK : DOCTOR_WARNING,
                   slirp ? slirp : "not installed",
                   "containers have no network of their own, only --network=none and host",
                   "sudo apt-get install slirp4netns");
        doctor_add(report, "/dev/net/tun", tun ? DOCTOR_OK : DOCTOR_WARNING,
                   tun ? "can be opened" : "cannot be opened",
                   "containers have no network of their own, only --network=none and host",
                   doctor_cure(report, "sudo modprobe tun; sudo chmod 0666 /dev/net/tun",
                               "start the outer container with --device /dev/net/tun"));
        doctor_add(report, "libcurl", curl ? DOCTOR_OK : DOCTOR_WARNING,
                   curl ? "libcurl.so.4" : "not installed",
                   "images can be neither pulled nor pushed", "sudo apt-get install libcurl4");
        if (curl)
                dlclose(curl);
}

/* Which of those that limits need are not there, as "memory pids", and the first of them. */
static char *missing_controllers(enum cgroup_manager manager, const char **first_out)
{
        static const char *const needed[] = { "cpu", "memory", "pids" };
        AUTO(strv) present = { 0 };
        AUTO(strbuf) missing = { 0 };

        *first_out = NULL;
        (void)cgroup_available(manager, getuid(), &present);
        for (size_t i = 0; i < ARRAY_SIZE(needed); i++) {
                if (strv_contains(&present, needed[i]))
                        continue;
                strbuf_addf(&missing, "%s%s", missing.len ? " " : "", needed[i]);
                *first_out = *first_out ? *first_out : needed[i];
        }
        return strbuf_take(&missing);
}

static void check_cgroup(struct doctor_report *report)
{
        enum cgroup_manager manager = cgroup_manager_choose(getuid());
        struct error why = { 0 };
        bool able = manager == CGROUP_SYSTEMD || probe_cgroup(&why) == 0;
        const char *first;
        AUTO_FREE char *missing = missing_controllers(manager, &first);
        AUTO_FREE char *detail =
                able ? xasprintf("%s%s%s", manager == CGROUP_SYSTEMD ? "scopes of systemd" : "ours",
                                 missing[0] ? "; not delegated: " : "", missing)
                     : xstrdup(why.text);

        (void)cgroup_missing(first ? first : "memory", &why);
        doctor_add(
                report, "cgroup v2", able && !missing[0] ? DOCTOR_OK : DOCTOR_WARNING, detail,
                able ? "limits of these kinds are refused"
                     : "containers get no cgroup of their own, limits are refused",
                doctor_cure(
                        report, why.cure,
                        able ? why.cure
                             : "start the outer container with --cgroupns=private --security-opt "
                               "unmask=/sys/fs/cgroup"));
}

static void check_runtime_dir(struct doctor_report *report)
{
        const char *dir = getenv("XDG_RUNTIME_DIR");
        bool able = dir && access(dir, W_OK) == 0;
        AUTO_FREE char *refused = xasprintf("%s cannot be written", dir ? dir : "");

        doctor_add(report, "runtime directory", able ? DOCTOR_OK : DOCTOR_WARNING,
                   able  ? dir
                   : dir ? refused
                         : "XDG_RUNTIME_DIR is not set",
                   "a directory in /tmp or /run/user is used",
                   doctor_cure(report, "sudo loginctl enable-linger $USER, then log in again",
                               "export XDG_RUNTIME_DIR=$(mktemp -d)"));
}

void doctor_session(struct doctor_report *report)
{
        check_cgroup(report);
        check_runtime_dir(report);
}
