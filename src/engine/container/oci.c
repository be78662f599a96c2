/* Container spec -> OCI runtime specification (runtime-spec 1.2). The defaults are podman's: its
 * mounts (oci_mounts.c), masked and read-only paths, capabilities, seccomp profile. */
#include "engine/container/oci.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/strbuf.h"
#include "engine/container/cgroup_of.h"
#include "engine/container/notify.h"
#include "engine/container/oci_mounts.h"
#include "engine/container/oci_paths.h"
#include "engine/container/seccomp_profile.h"
#include "engine/runtime/capability.h"
#include "engine/container/userns_of.h"
#include "engine/runtime/plan.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define UMASK_DEFAULT "0022" /* podman-run(1) */

static size_t depth(const char *path)
{
        size_t count = 0;

        for (; *path; path++)
                count += *path == '/' && path[1];
        return count;
}

/* U of a tmpfs. */
static void add_owner(json_t *options, const struct container_user *user)
{
        AUTO_FREE char *uid = xasprintf("uid=%u", user->uid);
        AUTO_FREE char *gid = xasprintf("gid=%u", user->gid);

        json_array_append_new(options, json_string(uid));
        json_array_append_new(options, json_string(gid));
}

/* A bind of a path, or a file system of its own. */
static json_t *user_mount(const struct container_mount *m, const char *source,
                          const struct container_user *user)
{
        bool bind = source[0] == '/';
        json_t *options = json_from_strv(&m->options);
        json_t *mount = json_object();

        if (bind && !strv_contains(&m->options, "bind") && !strv_contains(&m->options, "rbind"))
                json_array_append_new(options, json_string("rbind"));
        if (!bind && m->chown)
                add_owner(options, user);
        json_set_string(mount, "destination", m->target);
        json_set_string(mount, "type", bind ? "bind" : source);
        json_set_string(mount, "source", source);
        json_object_set_new(mount, "options", options);
        return mount;
}

/* The user's own, parents before what lies below them. */
static void add_user_mounts(json_t *mounts, const struct oci_input *input)
{
        const struct container_spec *spec = input->spec;
        size_t deepest = 0;

        for (size_t i = 0; i < spec->mount_count; i++)
                if (depth(spec->mounts[i].target) > deepest)
                        deepest = depth(spec->mounts[i].target);
        for (size_t level = 0; level <= deepest; level++)
                for (size_t i = 0; i < spec->mount_count; i++) {
                        const struct container_mount *m = &spec->mounts[i];
                        const char *source = m->kind == MOUNT_BIND ? m->source : "tmpfs";

                        if (depth(m->target) != level)
                                continue;
                        if (input->mount_sources)
                                source = input->mount_sources->items[i];
                        json_array_append_new(mounts, user_mount(m, source, input->user));
                }
}

static void add_secret_mounts(json_t *mounts, const struct oci_input *input)
{
        for (size_t i = 0; input->secrets_dir && i < input->spec->secret_count; i++) {
                AUTO_FREE char *source = xasprintf("%s/%zu", input->secrets_dir, i);

                if (!input->spec->secrets[i].env)
                        oci_mount_add(mounts, input->spec->secrets[i].target, "bind", source,
                                      "bind,rprivate,nosuid,noexec,nodev,ro");
        }
}

static void add_notify_mount(json_t *mounts, const struct oci_input *input)
{
        AUTO_FREE char *source = NULL;

        if (!input->files_dir || !notify_passes(input->spec))
                return;
        source = xasprintf("%s/" NOTIFY_DIR, input->files_dir);
        oci_mount_add(mounts, NOTIFY_TARGET, "bind", source,
                      "bind,rprivate,nosuid,noexec,nodev,ro");
}

static int make_mounts(const struct oci_input *input, json_t **mounts_out, struct error *err)
{
        AUTO_JSON json_t *mounts = json_array();

        if (oci_mounts_add(mounts, input, err) < 0)
                return -1;
        add_user_mounts(mounts, input);
        add_secret_mounts(mounts, input);
        add_notify_mount(mounts, input);
        *mounts_out = take_ptr(mounts);
        return 0;
}

static void add_user_namespace(json_t *array, const struct userns_plan *plan)
{
        json_t *entry;

        if (!plan->nested)
                return;
        entry = json_pack("{s:s}", "type", "user");
        if (plan->join_path[0])
                json_set_string(entry, "path", plan->join_path);
        json_array_append_new(array, entry);
}

static json_t *make_map(const struct id_map *map)
{
        json_t *array = json_array();

        for (size_t i = 0; i < map->count; i++)
                json_array_append_new(array, json_pack("{s:I, s:I, s:I}", "containerID",
                                                       (json_int_t)map->ranges[i].inside, "hostID",
                                                       (json_int_t)map->ranges[i].outside, "size",
                                                       (json_int_t)map->ranges[i].count));
        return array;
}

static json_t *make_namespaces(const struct oci_input *input)
{
        static const char *const types[] = { [SHARED_PID] = "pid",
                                             [SHARED_IPC] = "ipc",
                                             [SHARED_UTS] = "uts",
                                             [SHARED_NETWORK] = "network",
                                             [SHARED_CGROUP] = "cgroup" };
        json_t *array = json_pack("[{s:s}]", "type", "mount");

        add_user_namespace(array, input->userns);
        for (enum shared_kind k = 0; k < SHARED_KINDS; k++) {
                const char *path = input->shared ? input->shared->paths[k] : NULL;

                if (path)
                        json_array_append_new(
                                array, json_pack("{s:s, s:s}", "type", types[k], "path", path));
                else if (namespaces_own(input->spec, k))
                        json_array_append_new(array, json_pack("{s:s}", "type", types[k]));
        }
        return array;
}

static json_t *make_rlimits(const struct container_spec *spec)
{
        json_t *array = json_array();

        for (size_t i = 0; i < spec->ulimit_count; i++) {
                AUTO_FREE char *type = xasprintf("RLIMIT_%s", spec->ulimits[i].name);

                /* Unsigned in the file (spec_file.h). */
                json_array_append_new(array, json_pack("{s:s, s:I, s:I}", "type", type, "soft",
                                                       (json_int_t)spec->ulimits[i].soft, "hard",
                                                       (json_int_t)spec->ulimits[i].hard));
        }
        return array;
}

static json_t *make_user(const struct container_user *user, json_t *umask)
{
        json_t *json =
                json_pack("{s:I, s:I}", "uid", (json_int_t)user->uid, "gid", (json_int_t)user->gid);
        json_t *groups = json_array();

        for (size_t i = 0; i < user->group_count; i++)
                json_array_append_new(groups, json_integer(user->groups[i]));
        json_object_set_new(json, "additionalGids", groups);
        if (umask)
                json_object_set(json, "umask", umask);
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
        if (!strv_env_get(&env, "HOME") && !strv_contains(&input->spec->unset_env, "HOME"))
                strv_addf(&env, "HOME=%s", input->user->home);
        if (!strv_env_get(&env, "HOSTNAME") && !strv_contains(&input->spec->unset_env, "HOSTNAME"))
                strv_addf(&env, "HOSTNAME=%s", input->spec->hostname);
        if (input->spec->systemd_mode && !strv_env_get(&env, "container_uuid"))
                strv_addf(&env, "container_uuid=%.32s", input->id);
        if (notify_passes(input->spec))
                strv_env_set(&env, "NOTIFY_SOCKET=" NOTIFY_ADDRESS);
        return json_from_strv(&env);
}

/* --init-path: that program runs the others. */
static json_t *make_args(const struct container_spec *spec)
{
        AUTO(strv) args = { 0 };

        if (spec->init_path)
                strv_add_array(&args, (const char *const[]){ OCI_INIT_PATH, "--", NULL });
        strv_extend(&args, &spec->args);
        return json_from_strv(&args);
}

static json_t *make_process(const struct oci_input *input, json_t *capabilities)
{
        const struct container_spec *spec = input->spec;
        AUTO_JSON json_t *umask =
                json_integer(strtol(spec->umask ? spec->umask : UMASK_DEFAULT, NULL, 8));
        json_t *json;

        json = json_pack("{s:b, s:o, s:o, s:o, s:s, s:o, s:o, s:b}", "terminal", spec->terminal,
                         "user", make_user(input->user, umask), "args", make_args(spec), "env",
                         make_env(input), "cwd", spec->workdir, "capabilities", capabilities,
                         "rlimits", make_rlimits(spec), "noNewPrivileges", spec->no_new_privileges);
        if (json && spec->oom_score_adj)
                json_object_set_new(json, "oomScoreAdj", json_integer(atoi(spec->oom_score_adj)));
        if (json && spec->apparmor)
                json_set_string(json, "apparmorProfile", spec->apparmor);
        return json;
}

static int add_seccomp(json_t *linux_part, const struct container_spec *spec, uint64_t bounding,
                       struct error *err)
{
        AUTO_JSON json_t *names = NULL;
        AUTO(strv) capabilities = { 0 };
        json_t *section = NULL;

        if (spec->seccomp ? strcmp(spec->seccomp, "unconfined") == 0 : spec->privileged)
                return 0;
        names = capability_names(bounding);
        json_to_strv(names, &capabilities);
        if (seccomp_profile_section(spec->seccomp, &capabilities, &section, err) < 0)
                return -1;
        return json_object_set_new(linux_part, "seccomp", section);
}

#define PING_SYSCTL "net/ipv4/ping_group_range" /* of OCI_DEFAULT_SYSCTL */

static bool sets_default_sysctl(const struct oci_input *input)
{
        const struct container_spec *spec = input->spec;

        return !spec->no_default_sysctl && namespaces_own(spec, SHARED_NETWORK) &&
               userns_of_has_gid(input->userns, 0) &&
               !strv_env_get(&spec->sysctls, "net.ipv4.ping_group_range");
}

static json_t *make_sysctl(const struct oci_input *input)
{
        AUTO(strv) sysctls = { 0 };

        if (sets_default_sysctl(input))
                strv_add(&sysctls, OCI_DEFAULT_SYSCTL);
        strv_extend(&sysctls, &input->spec->sysctls);
        return json_from_pairs(&sysctls);
}

static json_t *make_linux(const struct oci_input *input)
{
        const struct container_spec *spec = input->spec;
        AUTO_FREE char *cgroup = cgroup_of_path(spec, input->id, input->manager);
        json_t *json = json_pack("{s:o, s:s, s:o, s:o}", "namespaces", make_namespaces(input),
                                 "cgroupsPath", cgroup, "maskedPaths", oci_masked_paths(spec),
                                 "readonlyPaths", oci_readonly_paths(spec));

        if (input->userns->nested && !input->userns->join_path[0]) {
                json_object_set_new(json, "uidMappings", make_map(&input->userns->maps.uids));
                json_object_set_new(json, "gidMappings", make_map(&input->userns->maps.gids));
        }
        if (spec->resources)
                json_object_set(json, "resources", spec->resources);
        if (spec->personality)
                json_object_set_new(json, "personality",
                                    json_pack("{s:s}", "domain", spec->personality));
        if (sets_default_sysctl(input) || spec->sysctls.count > 0)
                json_object_set_new(json, "sysctl", make_sysctl(input));
        return json;
}

/* Not the user's, or what a new namespace has anyway. */
static bool hostname_is_ours(const struct oci_input *input)
{
        const char *name = input->spec->hostname;
        char host[HOST_NAME_MAX + 1] = "";

        if (!name || !name[0])
                return false;
        if (gethostname(host, sizeof(host) - 1) == 0 && strcmp(host, name) == 0)
                return true;
        return strncmp(input->id, name, strlen(name)) == 0;
}

static json_t *make_annotations(const struct oci_input *input)
{
        const struct container_spec *spec = input->spec;
        json_t *json = json_from_pairs(&spec->annotations);
        AUTO_FREE char *optional = NULL;

        if (strv_contains(&spec->group_add, GROUPS_KEEP))
                json_set_string(json, ANNOTATION_KEEP_GROUPS, "1");
        if (spec->init)
                json_set_string(json, ANNOTATION_INIT, "true");
        if (spec->workdir_create)
                json_set_string(json, ANNOTATION_CWD_CREATE, "true");
        if (input->emulate)
                json_set_string(json, ANNOTATION_EMULATE, "true");
        optional = xasprintf("%s%s", hostname_is_ours(input) ? "hostname " : "",
                             sets_default_sysctl(input) ? PING_SYSCTL : "");
        json_set_string(json, ANNOTATION_OPTIONAL, optional);
        return json;
}

int oci_bounding_set(const struct container_spec *spec, uint64_t *set_out, struct error *err)
{
        uint64_t dropped, base = capability_default();
        AUTO(strv) names = { 0 };

        if (spec->default_capabilities && spec->default_capabilities[0])
                strv_split(&names, spec->default_capabilities, ',');
        if (spec->default_capabilities && capability_parse_list(&names, &base, err) < 0)
                return -1;
        if (!spec->privileged)
                return capability_merge(base, &spec->cap_add, &spec->cap_drop, set_out, err);
        /* What this process may not give is left out later. */
        if (capability_parse_list(&spec->cap_drop, &dropped, err) < 0)
                return -1;
        *set_out = capability_all() & ~dropped;
        return 0;
}

/* Where the names are another's, they are not to be set. */
static void add_names(json_t *json, const struct container_spec *spec)
{
        if (!namespaces_own(spec, SHARED_UTS))
                return;
        json_set_string(json, "hostname", spec->hostname);
        if (spec->domainname)
                json_set_string(json, "domainname", spec->domainname);
}

int oci_spec_make(const struct oci_input *input, json_t **spec_out, struct error *err)
{
        const struct container_spec *spec = input->spec;
        AUTO_JSON json_t *linux_part = NULL;
        AUTO_JSON json_t *mounts = NULL;
        json_t *capabilities;
        uint64_t bounding;

        if (oci_bounding_set(spec, &bounding, err) < 0 || make_mounts(input, &mounts, err) < 0)
                return -1;
        linux_part = make_linux(input);
        if (add_seccomp(linux_part, spec, bounding, err) < 0)
                return -1;
        capabilities = make_capabilities(spec, bounding, input->user->uid, err);
        if (!capabilities)
                return -1;
        *spec_out = json_pack("{s:s, s:o, s:{s:s, s:b}, s:O, s:O, s:o}", "ociVersion", "1.2.0",
                              "process", make_process(input, capabilities), "root", "path",
                              input->root, "readonly", spec->read_only, "mounts", mounts, "linux",
                              linux_part, "annotations", make_annotations(input));
        if (!*spec_out)
                return error_set(
                        err, ERROR_INVALID,
                        "a path, a name or an argument of the container is not valid UTF-8");
        add_names(*spec_out, spec);
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
        if (exec->terminal && !strv_env_get(&env, "TERM"))
                strv_add(&env, "TERM=xterm");
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
        json_t *umask = json_object_get(json_object_get(container_process, "user"), "umask");

        json_object_set_new(process, "args", json_from_strv(exec->args));
        json_object_set_new(process, "terminal", json_boolean(exec->terminal));
        if (exec->cwd)
                json_set_string(process, "cwd", exec->cwd);
        if (exec->user)
                json_object_set_new(process, "user", make_user(exec->user, umask));
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
