/* Container spec -> OCI runtime specification (runtime-spec 1.2). The defaults are podman's: its
 * mounts, masked and read-only paths, capabilities, seccomp profile. */
#include "engine/container/oci.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/strbuf.h"
#include "engine/container/cgroup_of.h"
#include "engine/container/seccomp_profile.h"
#include "engine/runtime/capability.h"
#include "engine/runtime/plan.h"

#include <ctype.h>
#include <string.h>

static const char *const masked_paths[] = {
        "/proc/acpi",        "/proc/kcore",
        "/proc/keys",        "/proc/latency_stats",
        "/proc/sched_debug", "/proc/scsi",
        "/proc/timer_list",  "/proc/timer_stats",
        "/proc/interrupts",  "/sys/devices/virtual/powercap",
        "/sys/firmware",     "/sys/fs/selinux",
        "/sys/dev/block",
};

static const char *const readonly_paths[] = {
        "/proc/asound", "/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger",
};

/* Option words separated by commas to a JSON array. */
static json_t *words(const char *text)
{
        AUTO(strv) list = { 0 };

        strv_split(&list, text, ',');
        return json_from_strv(&list);
}

static void add_mount(json_t *mounts, const char *target, const char *type, const char *source,
                      const char *options)
{
        json_t *mount = json_object();

        json_set_string(mount, "destination", target);
        json_set_string(mount, "type", type);
        json_set_string(mount, "source", source);
        json_object_set_new(mount, "options", words(options));
        json_array_append_new(mounts, mount);
}

static bool user_mounts_at(const struct container_spec *spec, const char *target)
{
        for (size_t i = 0; i < spec->mount_count; i++)
                if (strcmp(spec->mounts[i].target, target) == 0)
                        return true;
        return false;
}

struct default_mount {
        const char *target, *type, *source, *options;
};

static void add_default_mounts(json_t *mounts, const struct oci_input *input)
{
        const struct container_spec *spec = input->spec;
        bool host_network = spec->network == NETWORK_HOST;
        bool host_cgroups = spec->cgroupns && strcmp(spec->cgroupns, "host") == 0;
        const struct default_mount defaults[] = {
                { "/proc", "proc", "proc", "nosuid,noexec,nodev" },
                { "/dev", "tmpfs", "tmpfs", "nosuid,noexec,strictatime,mode=755,size=65536k" },
                { "/dev/pts", "devpts", "devpts",
                  input->ids_mapped ? "nosuid,noexec,newinstance,ptmxmode=0666,mode=0620,gid=5"
                                    : "nosuid,noexec,newinstance,ptmxmode=0666,mode=0620" },
                { "/dev/shm", "tmpfs", "shm", "nosuid,noexec,nodev,mode=1777,size=64000k" },
                { "/dev/mqueue", "mqueue", "mqueue", "nosuid,noexec,nodev" },
                /* sysfs shows the network namespace it was mounted in and needs its owner. What is
                 * mounted below the host's is made read-only too: among it are the cgroups, the
                 * caller's own writable (CVE-2023-25809). */
                { "/sys", host_network ? "bind" : "sysfs", host_network ? "/sys" : "sysfs",
                  host_network ? "rbind,rnosuid,rnoexec,rnodev,rro" : "nosuid,noexec,nodev,ro" },
                /* A cgroup2 of our own shows only a namespace of our own. */
                { "/sys/fs/cgroup", host_cgroups ? "bind" : "cgroup",
                  host_cgroups ? "/sys/fs/cgroup" : "cgroup",
                  host_cgroups ? "rbind,rro,nosuid,noexec,nodev" : "nosuid,noexec,nodev,ro" },
        };

        for (size_t i = 0; i < ARRAY_SIZE(defaults); i++) {
                const struct default_mount *m = &defaults[i];

                if (host_network && host_cgroups && strcmp(m->target, "/sys/fs/cgroup") == 0)
                        continue; /* the bind of /sys has it */
                if (!user_mounts_at(spec, m->target))
                        add_mount(mounts, m->target, m->type, m->source, m->options);
        }
}

static void add_file_mounts(json_t *mounts, const struct oci_input *input)
{
        static const struct {
                const char *file, *target;
        } files[] = {
                { "resolv.conf", "/etc/resolv.conf" },
                { "hosts", "/etc/hosts" },
                { "hostname", "/etc/hostname" },
                { "containerenv", "/run/.containerenv" },
        };

        for (size_t i = 0; input->files_dir && i < ARRAY_SIZE(files); i++) {
                AUTO_FREE char *source = xasprintf("%s/%s", input->files_dir, files[i].file);

                if (!user_mounts_at(input->spec, files[i].target))
                        add_mount(mounts, files[i].target, "bind", source, "bind,rprivate");
        }
}

static size_t depth(const char *path)
{
        size_t count = 0;

        for (; *path; path++)
                count += *path == '/' && path[1];
        return count;
}

/* The user's own, parents before what lies below them. */
static void add_user_mounts(json_t *mounts, const struct container_spec *spec)
{
        size_t deepest = 0;

        for (size_t i = 0; i < spec->mount_count; i++)
                if (depth(spec->mounts[i].target) > deepest)
                        deepest = depth(spec->mounts[i].target);
        for (size_t level = 0; level <= deepest; level++)
                for (size_t i = 0; i < spec->mount_count; i++) {
                        const struct container_mount *m = &spec->mounts[i];
                        bool bind = m->kind == MOUNT_BIND;
                        json_t *mount;

                        if (depth(m->target) != level)
                                continue;
                        mount = json_pack("{s:s, s:s, s:s, s:o}", "destination", m->target, "type",
                                          bind ? "bind" : "tmpfs", "source",
                                          bind ? m->source : "tmpfs", "options",
                                          json_from_strv(&m->options));
                        json_array_append_new(mounts, mount);
                }
}

/* --read-only still leaves the places that programs expect to write to (podman-run(1)). */
static void add_read_only_tmpfs(json_t *mounts, const struct container_spec *spec)
{
        static const char *const places[] = { "/run", "/tmp", "/var/tmp" };

        for (size_t i = 0; spec->read_only && i < ARRAY_SIZE(places); i++)
                if (!user_mounts_at(spec, places[i]))
                        add_mount(mounts, places[i], "tmpfs", "tmpfs",
                                  strcmp(places[i], "/run") == 0
                                          ? "nosuid,nodev,mode=755,tmpcopyup"
                                          : "nosuid,nodev,mode=1777,tmpcopyup");
}

static json_t *make_mounts(const struct oci_input *input)
{
        json_t *mounts = json_array();

        add_default_mounts(mounts, input);
        add_read_only_tmpfs(mounts, input->spec);
        add_file_mounts(mounts, input);
        add_user_mounts(mounts, input->spec);
        return mounts;
}

static bool unmasked(const struct container_spec *spec, const char *path)
{
        for (size_t i = 0; i < spec->unmask.count; i++) {
                const char *item = spec->unmask.items[i];
                size_t len = strlen(item);

                if (strcasecmp(item, "ALL") == 0 || strcmp(item, path) == 0)
                        return true;
                if (len > 1 && item[len - 1] == '*' && strncmp(item, path, len - 1) == 0)
                        return true;
        }
        return false;
}

static json_t *make_paths(const struct container_spec *spec, const char *const *paths, size_t count)
{
        json_t *array = json_array();

        for (size_t i = 0; i < count; i++)
                if (!unmasked(spec, paths[i]))
                        json_array_append_new(array, json_string(paths[i]));
        return array;
}

static json_t *make_namespaces(const struct oci_input *input)
{
        const struct container_spec *spec = input->spec;
        static const char *const always[] = { "mount", "pid", "ipc", "uts" };
        json_t *array = json_array();

        for (size_t i = 0; i < ARRAY_SIZE(always); i++)
                json_array_append_new(array, json_pack("{s:s}", "type", always[i]));
        if (input->cgroupns)
                json_array_append_new(
                        array, json_pack("{s:s, s:s}", "type", "cgroup", "path", input->cgroupns));
        else if (!spec->cgroupns || strcmp(spec->cgroupns, "private") == 0)
                json_array_append_new(array, json_pack("{s:s}", "type", "cgroup"));
        if (spec->network != NETWORK_HOST)
                json_array_append_new(array, json_pack("{s:s}", "type", "network"));
        return array;
}

static json_t *make_rlimits(const struct container_spec *spec)
{
        json_t *array = json_array();

        for (size_t i = 0; i < spec->ulimit_count; i++) {
                AUTO_FREE char *type = xasprintf("RLIMIT_%s", spec->ulimits[i].name);

                for (char *p = type; *p; p++)
                        *p = (char)toupper((unsigned char)*p);
                /* Unsigned in the file (spec_file.h). */
                json_array_append_new(array, json_pack("{s:s, s:I, s:I}", "type", type, "soft",
                                                       (json_int_t)spec->ulimits[i].soft, "hard",
                                                       (json_int_t)spec->ulimits[i].hard));
        }
        return array;
}

static json_t *make_user(const struct container_user *user)
{
        json_t *json =
                json_pack("{s:I, s:I}", "uid", (json_int_t)user->uid, "gid", (json_int_t)user->gid);
        json_t *groups = json_array();

        for (size_t i = 0; i < user->group_count; i++)
                json_array_append_new(groups, json_integer(user->groups[i]));
        json_object_set_new(json, "additionalGids", groups);
        return json;
}

/* Root gets the whole set; another user keeps it only as what a set-user-ID program may regain,
 * unless it was asked for by --cap-add (then it is ambient, podman's way). */
static json_t *make_capabilities(const struct container_spec *spec, uint64_t set, uid_t uid,
                                 struct error *err)
{
        uint64_t own = set, added = 0;

        if (uid != 0) {
                if (spec && capability_parse_list(&spec->cap_add, &added, err) < 0)
                        return NULL;
                own = set & added;
        }
        return json_pack("{s:o, s:o, s:o, s:o, s:o}", "bounding", capability_names(set),
                         "effective", capability_names(own), "permitted", capability_names(own),
                         "inheritable", capability_names(uid != 0 ? own : 0), "ambient",
                         capability_names(uid != 0 ? own : 0));
}

static json_t *make_env(const struct oci_input *input)
{
        AUTO(strv) env = { 0 };

        strv_extend(&env, &input->spec->env);
        if (!strv_env_get(&env, "HOME"))
                strv_addf(&env, "HOME=%s", input->user->home);
        if (!strv_env_get(&env, "HOSTNAME"))
                strv_addf(&env, "HOSTNAME=%s", input->spec->hostname);
        return json_from_strv(&env);
}

static json_t *make_process(const struct oci_input *input, json_t *capabilities)
{
        const struct container_spec *spec = input->spec;
        json_t *json;

        json = json_pack("{s:b, s:o, s:o, s:o, s:s, s:o, s:o, s:b}", "terminal", spec->terminal,
                         "user", make_user(input->user), "args", json_from_strv(&spec->args), "env",
                         make_env(input), "cwd", spec->workdir, "capabilities", capabilities,
                         "rlimits", make_rlimits(spec), "noNewPrivileges", spec->no_new_privileges);
        if (json && spec->oom_score_adj)
                json_object_set_new(json, "oomScoreAdj", json_integer(atoi(spec->oom_score_adj)));
        return json;
}

static int add_seccomp(json_t *linux_part, const struct container_spec *spec, uint64_t bounding,
                       struct error *err)
{
        AUTO_JSON json_t *names = NULL;
        AUTO(strv) capabilities = { 0 };
        json_t *section = NULL;

        if (spec->seccomp && strcmp(spec->seccomp, "unconfined") == 0)
                return 0;
        names = capability_names(bounding);
        json_to_strv(names, &capabilities);
        if (seccomp_profile_section(spec->seccomp, &capabilities, &section, err) < 0)
                return -1;
        return json_object_set_new(linux_part, "seccomp", section);
}

static json_t *make_linux(const struct oci_input *input)
{
        const struct container_spec *spec = input->spec;
        AUTO_FREE char *cgroup = cgroup_of_path(spec, input->id, input->manager);
        json_t *json = json_pack(
                "{s:o, s:s, s:o, s:o}", "namespaces", make_namespaces(input), "cgroupsPath", cgroup,
                "maskedPaths", make_paths(spec, masked_paths, ARRAY_SIZE(masked_paths)),
                "readonlyPaths", make_paths(spec, readonly_paths, ARRAY_SIZE(readonly_paths)));

        if (spec->resources)
                json_object_set(json, "resources", spec->resources);
        /* ping without CAP_NET_RAW, for every group that is mapped. */
        if (spec->network != NETWORK_HOST)
                json_object_set_new(json, "sysctl",
                                    json_pack("{s:s}", "net.ipv4.ping_group_range", "0 0"));
        return json;
}

static json_t *make_annotations(const struct container_spec *spec, bool emulate)
{
        json_t *json = json_object();

        if (spec->init)
                json_set_string(json, ANNOTATION_INIT, "true");
        if (spec->workdir_create)
                json_set_string(json, ANNOTATION_CWD_CREATE, "true");
        if (emulate)
                json_set_string(json, ANNOTATION_EMULATE, "true");
        return json;
}

int oci_spec_make(const struct oci_input *input, json_t **spec_out, struct error *err)
{
        const struct container_spec *spec = input->spec;
        AUTO_JSON json_t *linux_part = NULL;
        json_t *capabilities;
        uint64_t bounding;

        if (capability_merge(&spec->cap_add, &spec->cap_drop, &bounding, err) < 0)
                return -1;
        linux_part = make_linux(input);
        if (add_seccomp(linux_part, spec, bounding, err) < 0)
                return -1;
        capabilities = make_capabilities(spec, bounding, input->user->uid, err);
        if (!capabilities)
                return -1;
        *spec_out = json_pack("{s:s, s:o, s:{s:s, s:b}, s:s, s:o, s:O, s:o}", "ociVersion", "1.2.0",
                              "process", make_process(input, capabilities), "root", "path",
                              input->root, "readonly", spec->read_only, "hostname", spec->hostname,
                              "mounts", make_mounts(input), "linux", linux_part, "annotations",
                              make_annotations(spec, input->emulate));
        if (!*spec_out)
                return error_set(
                        err, ERROR_INVALID,
                        "a path, a name or an argument of the container is not valid UTF-8");
        return 0;
}

static void merge_env(json_t *process, const struct oci_exec *exec)
{
        AUTO(strv) env = { 0 };

        json_to_strv(json_object_get(process, "env"), &env);
        if (exec->user) {
                AUTO_FREE char *home = xasprintf("HOME=%s", exec->user->home);

                strv_env_set(&env, home);
        }
        for (size_t i = 0; exec->env && i < exec->env->count; i++)
                strv_env_set(&env, exec->env->items[i]);
        json_object_set_new(process, "env", json_from_strv(&env));
}

/* The bounding set of the container, seen from this user. */
static int exec_capabilities(json_t *process, const struct oci_exec *exec, struct error *err)
{
        const json_t *old = json_object_get(process, "capabilities");
        const json_t *user = json_object_get(process, "user");
        struct capability_sets sets;
        json_t *capabilities;

        capability_sets_from_json(old, &sets);
        if (exec->privileged)
                sets.bounding = capability_all();
        else if (!exec->user)
                return 0;
        capabilities =
                make_capabilities(NULL, sets.bounding, (uid_t)json_get_int(user, "uid", 0), err);
        return json_object_set_new(process, "capabilities", capabilities);
}

int oci_exec_process(const json_t *container_process, const struct oci_exec *exec,
                     json_t **process_out, struct error *err)
{
        AUTO_JSON json_t *process = json_deep_copy(container_process);

        json_object_set_new(process, "args", json_from_strv(exec->args));
        json_object_set_new(process, "terminal", json_boolean(exec->terminal));
        if (exec->cwd)
                json_set_string(process, "cwd", exec->cwd);
        if (exec->user)
                json_object_set_new(process, "user", make_user(exec->user));
        if (exec->terminal && exec->rows)
                json_object_set_new(
                        process, "consoleSize",
                        json_pack("{s:i, s:i}", "height", exec->rows, "width", exec->columns));
        merge_env(process, exec);
        if (exec_capabilities(process, exec, err) < 0)
                return -1;
        *process_out = take_ptr(process);
        return 0;
}
