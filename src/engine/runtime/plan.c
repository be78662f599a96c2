/* OCI runtime specification -> launch plan. Reads JSON, touches nothing else.
 *
 * The order of steps is the order of the specification's mounts, then masked and read-only paths:
 * what the higher half lists first is covered by what it lists later.
 */
#include "engine/runtime/plan.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "engine/runtime/mount_options.h"
#include "engine/runtime/rlimit.h"

#include <sched.h>
#include <string.h>

static void step_release(struct step *step)
{
        free(step->source);
        free(step->target);
        free(step->fstype);
        strv_release(&step->data);
}

void process_plan_release(struct process_plan *process)
{
        strv_release(&process->args);
        strv_release(&process->env);
        free(process->cwd);
        free(process->groups);
        seccomp_program_release(&process->seccomp);
        *process = (struct process_plan){ 0 };
}

void launch_plan_release(struct launch_plan *plan)
{
        for (size_t i = 0; i < plan->step_count; i++)
                step_release(&plan->steps[i]);
        free(plan->steps);
        free(plan->root);
        free(plan->hostname);
        free(plan->domainname);
        strv_release(&plan->sysctl);
        process_plan_release(&plan->process);
        *plan = (struct launch_plan){ 0 };
}

static struct step *add_step(struct launch_plan *plan, enum step_kind kind, const char *source,
                             const char *target)
{
        struct step *step;

        plan->steps = xreallocarray(plan->steps, plan->step_count + 1, sizeof(*plan->steps));
        step = &plan->steps[plan->step_count++];
        *step = (struct step){ .kind = kind, .source = xstrdup(source), .target = xstrdup(target) };
        return step;
}

static int plan_mount(struct launch_plan *plan, const json_t *mount, struct error *err)
{
        const char *target = json_get_string(mount, "destination", NULL);
        const char *type = json_get_string(mount, "type", "");
        const char *source = json_get_string(mount, "source", type);
        AUTO(strv) options = { 0 };
        struct step *step;

        if (!target || target[0] != '/')
                return error_set(err, ERROR_INVALID, "a mount has no absolute destination");
        json_to_strv(json_object_get(mount, "options"), &options);
        step = add_step(plan, STEP_FILESYSTEM, source, target);
        for (size_t i = 0; i < options.count; i++)
                mount_option_apply(step, options.items[i]);
        if (strcmp(type, "bind") == 0)
                step->kind = STEP_BIND;
        if (strcmp(type, "cgroup") == 0 || strcmp(type, "cgroup2") == 0) {
                /* Where the host has no usable v2 tree there is nothing to show. */
                step->optional = true;
                type = "cgroup2";
        }
        if (step->kind == STEP_FILESYSTEM && type[0] == '\0')
                return error_set(err, ERROR_INVALID, "mount %s has no type", target);
        step->fstype = xstrdup(type);
        /* A file system whose options or whose root directory name ids waits for the maps. */
        step->late = step->kind == STEP_FILESYSTEM && strcmp(type, "proc") != 0 &&
                     strcmp(type, "sysfs") != 0;
        return 0;
}

static int plan_mounts(struct launch_plan *plan, const json_t *spec, struct error *err)
{
        size_t i;
        json_t *mount;

        json_array_foreach (json_object_get(spec, "mounts"), i, mount) {
                if (plan_mount(plan, mount, err) < 0)
                        return -1;
        }
        return 0;
}

static void plan_paths(struct launch_plan *plan, const json_t *paths, enum step_kind kind)
{
        size_t i;
        json_t *path;

        json_array_foreach (paths, i, path) {
                if (json_is_string(path))
                        add_step(plan, kind, NULL, json_string_value(path));
        }
}

/* The nodes and links every container has (runtime-spec, config-linux.md "Default Devices"). */
static void plan_devices(struct launch_plan *plan)
{
        static const char *const nodes[] = { "/dev/null", "/dev/zero",   "/dev/full",
                                             "/dev/tty",  "/dev/random", "/dev/urandom" };
        static const char *const links[][2] = {
                { "/proc/self/fd", "/dev/fd" },       { "/proc/self/fd/0", "/dev/stdin" },
                { "/proc/self/fd/1", "/dev/stdout" }, { "/proc/self/fd/2", "/dev/stderr" },
                { "/proc/kcore", "/dev/core" },       { "pts/ptmx", "/dev/ptmx" },
        };

        for (size_t i = 0; i < ARRAY_SIZE(nodes); i++)
                add_step(plan, STEP_BIND, nodes[i], nodes[i]);
        for (size_t i = 0; i < ARRAY_SIZE(links); i++)
                add_step(plan, STEP_SYMLINK, links[i][0], links[i][1]);
}

static int plan_namespaces(struct launch_plan *plan, const json_t *linux_part, struct error *err)
{
        static const struct {
                const char *type;
                unsigned long long flag;
        } known[] = {
                { "mount", CLONE_NEWNS },
                { "pid", CLONE_NEWPID },
                { "ipc", CLONE_NEWIPC },
                { "uts", CLONE_NEWUTS },
                { "network", CLONE_NEWNET },
                { "cgroup", CLONE_NEWCGROUP },
                { "user", 0 }, /* entered before: rootless/ */
        };
        size_t i, k;
        json_t *entry;

        json_array_foreach (json_object_get(linux_part, "namespaces"), i, entry) {
                const char *type = json_get_string(entry, "type", "");

                if (json_object_get(entry, "path"))
                        return error_set(err, ERROR_UNSUPPORTED,
                                         "joining a %s namespace by path is not supported", type);
                for (k = 0; k < ARRAY_SIZE(known) && strcmp(known[k].type, type) != 0; k++)
                        ;
                if (k == ARRAY_SIZE(known))
                        return error_set(err, ERROR_UNSUPPORTED,
                                         "namespace type \"%s\" is not supported", type);
                plan->clone_flags |= known[k].flag;
        }
        return 0;
}

static void plan_sysctl(struct launch_plan *plan, const json_t *sysctl)
{
        const char *key;
        json_t *value;

        json_object_foreach ((json_t *)(uintptr_t)sysctl, key, value) {
                AUTO_FREE char *path = xstrdup(key);

                for (char *dot = path; (dot = strchr(dot, '.'));)
                        *dot = '/';
                strv_addf(&plan->sysctl, "%s=%s", path, json_string_value(value));
        }
}

/* What the specification can ask and this runtime has not learnt is refused by name. */
static int refuse_unknown(const json_t *spec, struct error *err)
{
        static const char *const top[] = { "hooks", "solaris", "windows", "vm", "zos" };
        static const char *const inner[] = { "resources",   "devices",     "intelRdt",
                                             "personality", "timeOffsets", "mountLabel",
                                             "netDevices" };
        const json_t *linux_part = json_object_get(spec, "linux");

        for (size_t i = 0; i < ARRAY_SIZE(top); i++)
                if (json_object_get(spec, top[i]))
                        return error_set(err, ERROR_UNSUPPORTED,
                                         "\"%s\" in the runtime specification is not supported",
                                         top[i]);
        for (size_t i = 0; i < ARRAY_SIZE(inner); i++)
                if (json_object_get(linux_part, inner[i]))
                        return error_set(
                                err, ERROR_UNSUPPORTED,
                                "\"linux.%s\" in the runtime specification is not supported",
                                inner[i]);
        return 0;
}

static void plan_groups(struct process_plan *process, const json_t *user)
{
        const json_t *groups = json_object_get(user, "additionalGids");
        size_t count = json_array_size(groups), i;
        json_t *gid;

        process->groups = xcalloc(count, sizeof(gid_t));
        json_array_foreach (groups, i, gid) {
                process->groups[process->group_count++] = (gid_t)json_integer_value(gid);
        }
}

static int plan_limits(struct process_plan *process, const json_t *limits, struct error *err)
{
        size_t i;
        json_t *entry;

        json_array_foreach (limits, i, entry) {
                const char *type = json_get_string(entry, "type", "");
                struct process_limit *limit = &process->limits[process->limit_count];

                if (process->limit_count == PROCESS_LIMITS_MAX ||
                    !rlimit_parse(type, &limit->resource))
                        return error_set(err, ERROR_INVALID, "resource limit \"%s\" is not known",
                                         type);
                /* JSON integers are signed 64 bit here; RLIM_INFINITY travels as -1. */
                limit->limit.rlim_cur = (rlim_t)json_get_int(entry, "soft", -1);
                limit->limit.rlim_max = (rlim_t)json_get_int(entry, "hard", -1);
                process->limit_count++;
        }
        return 0;
}

int process_plan_make(const json_t *process, const json_t *seccomp, int cache_fd,
                      struct process_plan *process_out, struct error *err)
{
        const json_t *user = json_object_get(process, "user");
        const json_t *size = json_object_get(process, "consoleSize");
        AUTO(process_plan) plan = { 0 };

        json_to_strv(json_object_get(process, "args"), &plan.args);
        if (plan.args.count == 0)
                return error_set(err, ERROR_INVALID, "no command is given to run");
        json_to_strv(json_object_get(process, "env"), &plan.env);
        plan.cwd = xstrdup(json_get_string(process, "cwd", "/"));
        plan.terminal = json_get_bool(process, "terminal", false);
        plan.rows = (unsigned short)json_get_int(size, "height", 0);
        plan.columns = (unsigned short)json_get_int(size, "width", 0);
        plan.uid = (uid_t)json_get_int(user, "uid", 0);
        plan.gid = (gid_t)json_get_int(user, "gid", 0);
        plan.umask = (int)json_get_int(user, "umask", -1);
        plan_groups(&plan, user);
        plan.no_new_privileges = json_get_bool(process, "noNewPrivileges", false);
        plan.oom_score_set = json_object_get(process, "oomScoreAdj") != NULL;
        plan.oom_score_adj = (int)json_get_int(process, "oomScoreAdj", 0);
        if (capability_sets_from_json(json_object_get(process, "capabilities"), &plan.capabilities,
                                      err) < 0 ||
            plan_limits(&plan, json_object_get(process, "rlimits"), err) < 0)
                return -1;
        if (seccomp && seccomp_compile(seccomp, cache_fd, &plan.seccomp, err) < 0)
                return -1;
        *process_out = plan;
        plan = (struct process_plan){ 0 };
        return 0;
}

static bool annotated(const json_t *spec, const char *name)
{
        return strcmp(json_get_string(json_object_get(spec, "annotations"), name, ""), "true") == 0;
}

int launch_plan_make(const json_t *spec, int cache_fd, struct launch_plan *plan_out,
                     struct error *err)
{
        const json_t *linux_part = json_object_get(spec, "linux");
        const json_t *root = json_object_get(spec, "root");
        AUTO(launch_plan) plan = { 0 };

        if (refuse_unknown(spec, err) < 0 || plan_mounts(&plan, spec, err) < 0 ||
            plan_namespaces(&plan, linux_part, err) < 0)
                return -1;
        plan_devices(&plan);
        plan_paths(&plan, json_object_get(linux_part, "maskedPaths"), STEP_MASK);
        plan_paths(&plan, json_object_get(linux_part, "readonlyPaths"), STEP_READONLY);
        plan_sysctl(&plan, json_object_get(linux_part, "sysctl"));
        plan.root = xstrdup(json_get_string(root, "path", ""));
        plan.root_read_only = json_get_bool(root, "readonly", false);
        plan.hostname = xstrdup(json_get_string(spec, "hostname", NULL));
        plan.domainname = xstrdup(json_get_string(spec, "domainname", NULL));
        if (process_plan_make(json_object_get(spec, "process"),
                              json_object_get(linux_part, "seccomp"), cache_fd, &plan.process,
                              err) < 0)
                return -1;
        plan.process.die_with_parent = true;
        plan.process.init = annotated(spec, ANNOTATION_INIT);
        plan.process.cwd_create = annotated(spec, ANNOTATION_CWD_CREATE);
        plan.process.emulate = annotated(spec, ANNOTATION_EMULATE);
        *plan_out = plan;
        plan = (struct launch_plan){ 0 };
        return 0;
}
