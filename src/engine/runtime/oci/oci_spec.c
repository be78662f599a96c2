/* The template of a config.json. See oci_spec.h. */
#include "engine/runtime/oci/oci_spec.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "engine/runtime/plan.h"

#include <string.h>

static json_t *words(const char *text)
{
        AUTO(strv) list = { 0 };

        strv_split(&list, text, ',');
        return json_from_strv(&list);
}

static json_t *process(void)
{
        static const char few[] = "CAP_AUDIT_WRITE,CAP_KILL,CAP_NET_BIND_SERVICE";

        return json_pack(
                "{s:b, s:{s:i, s:i}, s:[s], s:[s, s], s:s, s:{s:o, s:o, s:o}, s:[{s:s, s:i, s:i}],"
                " s:b}",
                "terminal", 1, "user", "uid", 0, "gid", 0, "args", "sh", "env",
                "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "TERM=xterm",
                "cwd", "/", "capabilities", "bounding", words(few), "effective", words(few),
                "permitted", words(few), "rlimits", "type", "RLIMIT_NOFILE", "hard", 1024, "soft",
                1024, "noNewPrivileges", 1);
}

struct mount_row {
        const char *target, *type, *source, *options;
};

static void add_mounts(json_t *mounts, const struct mount_row *rows, size_t count)
{
        for (size_t i = 0; i < count; i++)
                json_array_append_new(mounts,
                                      json_pack("{s:s, s:s, s:s, s:o}", "destination",
                                                rows[i].target, "type", rows[i].type, "source",
                                                rows[i].source, "options", words(rows[i].options)));
}

static json_t *mounts(bool rootless)
{
        static const struct mount_row first[] = {
                { "/proc", "proc", "proc", "nosuid,noexec,nodev" },
                { "/dev", "tmpfs", "tmpfs", "nosuid,strictatime,mode=755,size=65536k" },
                { "/dev/shm", "tmpfs", "shm", "nosuid,noexec,nodev,mode=1777,size=65536k" },
                { "/dev/mqueue", "mqueue", "mqueue", "nosuid,noexec,nodev" },
        };
        /* Without a network namespace of its own a container may not mount a sysfs, and without a
         * group 5 not give terminals to it. */
        const struct mount_row rest[] = {
                { "/dev/pts", "devpts", "devpts",
                  rootless ? "nosuid,noexec,newinstance,ptmxmode=0666,mode=0620"
                           : "nosuid,noexec,newinstance,ptmxmode=0666,mode=0620,gid=5" },
                /* All below it too: the caller's own cgroups are there (CVE-2023-25809). */
                { "/sys", rootless ? "none" : "sysfs", rootless ? "/sys" : "sysfs",
                  rootless ? "rbind,nosuid,noexec,nodev,rro" : "nosuid,noexec,nodev,ro" },
                { "/sys/fs/cgroup", "cgroup", "cgroup", "nosuid,noexec,nodev,relatime,ro" },
        };
        json_t *list = json_array();

        add_mounts(list, first, ARRAY_SIZE(first));
        add_mounts(list, rest, ARRAY_SIZE(rest));
        return list;
}

static json_t *own_id(uint32_t id)
{
        return json_pack("[{s:i, s:I, s:i}]", "containerID", 0, "hostID", (json_int_t)id, "size",
                         1);
}

static json_t *linux_part(bool rootless)
{
        static const char *const kinds[] = { "pid", "ipc", "uts", "mount", "cgroup" };
        json_t *namespaces = json_array();
        json_t *part = json_pack(
                "{s:o, s:o, s:o}", "namespaces", namespaces, "maskedPaths",
                words("/proc/acpi,/proc/asound,/proc/kcore,/proc/keys,/proc/latency_stats,"
                      "/proc/timer_list,/proc/timer_stats,/proc/sched_debug,/sys/firmware,"
                      "/proc/scsi"),
                "readonlyPaths",
                words("/proc/bus,/proc/fs,/proc/irq,/proc/sys,/proc/sysrq-trigger"));

        for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
                json_array_append_new(namespaces, json_pack("{s:s}", "type", kinds[i]));
        json_array_append_new(namespaces,
                              json_pack("{s:s}", "type", rootless ? "user" : "network"));
        if (rootless) {
                json_object_set_new(part, "uidMappings", own_id(geteuid()));
                json_object_set_new(part, "gidMappings", own_id(getegid()));
        } else {
                json_object_set_new(
                        part, "resources",
                        json_pack("{s:[{s:b, s:s}]}", "devices", "allow", 0, "access", "rwm"));
        }
        return part;
}

json_t *oci_spec_template(bool rootless)
{
        return json_pack("{s:s, s:o, s:{s:s, s:b}, s:s, s:o, s:o}", "ociVersion", OCI_VERSION,
                         "process", process(), "root", "path", "rootfs", "readonly", 1, "hostname",
                         "kelp", "mounts", mounts(rootless), "linux", linux_part(rootless));
}
