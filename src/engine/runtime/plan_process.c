/* The `process` object of a runtime specification -> process plan: who, with what, how. The start
 * of a container and exec both come here. */
#include "engine/runtime/plan.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "engine/runtime/priority.h"
#include "engine/runtime/rlimit.h"
#include "engine/runtime/spec_check.h"

#include <string.h>
#include <sys/personality.h>

#define GROUPS_MAX 65536 /* NGROUPS_MAX */

void process_plan_release(struct process_plan *process)
{
        strv_release(&process->args);
        strv_release(&process->env);
        free(process->cwd);
        free(process->groups);
        free(process->cpus_initial);
        free(process->cpus_final);
        free(process->apparmor_profile);
        free(process->selinux_label);
        seccomp_program_release(&process->seccomp);
        *process = (struct process_plan){ 0 };
}

static int plan_groups(struct process_plan *process, const json_t *user, struct error *err)
{
        const json_t *groups = json_object_get(user, "additionalGids");
        size_t count = json_array_size(groups), i;
        json_t *gid;

        if (count > GROUPS_MAX)
                return error_set(err, ERROR_TOO_LARGE, "process.user.additionalGids: more than %d",
                                 GROUPS_MAX);
        process->groups = xcalloc(count, sizeof(gid_t));
        json_array_foreach (groups, i, gid) {
                process->groups[process->group_count++] = (gid_t)json_integer_value(gid);
        }
        return 0;
}

static int add_limit(struct process_plan *process, const json_t *entry, struct error *err)
{
        const char *type = json_get_string(entry, "type", "");
        struct process_limit *limit = &process->limits[process->limit_count];
        int resource;

        if (strncmp(type, "RLIMIT_", 7) != 0 || !rlimit_parse(type, &resource))
                return error_set(err, ERROR_INVALID, "process.rlimits: \"%s\" is not known", type);
        for (size_t i = 0; i < process->limit_count; i++)
                if (process->limits[i].resource == resource)
                        return error_set(err, ERROR_INVALID, "process.rlimits: %s is there twice",
                                         type);
        /* Two's complement: RLIM_INFINITY is -1 (spec_file.h). */
        limit->resource = resource;
        limit->limit.rlim_cur = (rlim_t)json_get_int(entry, "soft", 0);
        limit->limit.rlim_max = (rlim_t)json_get_int(entry, "hard", 0);
        if (limit->limit.rlim_cur > limit->limit.rlim_max)
                return error_set(err, ERROR_INVALID,
                                 "process.rlimits: %s has a soft limit over its hard one", type);
        process->limit_count++;
        return 0;
}

/* No kind may come twice, so there is a place for each. */
static int plan_limits(struct process_plan *process, const json_t *limits, struct error *err)
{
        size_t i;
        json_t *entry;

        json_array_foreach (limits, i, entry) {
                if (add_limit(process, entry, err) < 0)
                        return -1;
        }
        return 0;
}

static int plan_personality(struct process_plan *process, const json_t *personality,
                            struct error *err)
{
        const char *domain = json_get_string(personality, "domain", "");

        if (!json_is_object(personality))
                return 0;
        if (json_array_size(json_object_get(personality, "flags")) > 0)
                return error_set(err, ERROR_UNSUPPORTED,
                                 "linux.personality.flags: the specification has none yet");
        if (strcmp(domain, "LINUX") != 0 && strcmp(domain, "LINUX32") != 0)
                return error_set(err, ERROR_INVALID,
                                 "linux.personality.domain: LINUX or LINUX32 is needed, not \"%s\"",
                                 domain);
        process->personality_set = true;
        process->personality = strcmp(domain, "LINUX32") == 0 ? PER_LINUX32 : PER_LINUX;
        return 0;
}

static int plan_affinity(struct process_plan *process, const json_t *affinity, struct error *err)
{
        const char *initial = json_get_string(affinity, "initial", "");
        const char *final = json_get_string(affinity, "final", "");

        if ((initial[0] && !(process->cpus_initial = cpu_list_parse(initial))) ||
            (final[0] && !(process->cpus_final = cpu_list_parse(final))))
                return error_set(err, ERROR_INVALID,
                                 "process.execCPUAffinity: a list of CPUs is needed, as in 0-3,7");
        return 0;
}

/* "" is as good as nothing to runtimes written in Go, which leave out empty members. */
static char *label(const json_t *process, const char *key)
{
        const char *text = json_get_string(process, key, "");

        return text[0] ? xstrdup(text) : NULL;
}

static void plan_identity(struct process_plan *plan, const json_t *process)
{
        const json_t *user = json_object_get(process, "user");
        const json_t *size = json_object_get(process, "consoleSize");

        json_to_strv(json_object_get(process, "env"), &plan->env);
        plan->cwd = xstrdup(json_get_string(process, "cwd", "/"));
        plan->terminal = json_get_bool(process, "terminal", false);
        plan->rows = (unsigned short)json_get_int(size, "height", 0);
        plan->columns = (unsigned short)json_get_int(size, "width", 0);
        plan->uid = (uid_t)json_get_int(user, "uid", 0);
        plan->gid = (gid_t)json_get_int(user, "gid", 0);
        plan->umask = (int)json_get_int(user, "umask", -1);
        plan->no_new_privileges = json_get_bool(process, "noNewPrivileges", false);
        plan->oom_score_set = json_is_integer(json_object_get(process, "oomScoreAdj"));
        plan->oom_score_adj = (int)json_get_int(process, "oomScoreAdj", 0);
        plan->apparmor_profile = label(process, "apparmorProfile");
        plan->selinux_label = label(process, "selinuxLabel");
}

int process_plan_make(const json_t *process, const json_t *seccomp, const json_t *personality,
                      int cache_fd, struct process_plan *process_out, struct error *err)
{
        AUTO(process_plan) plan = { 0 };

        if (spec_check_process(process, err) < 0)
                return -1;
        json_to_strv(json_object_get(process, "args"), &plan.args);
        if (plan.args.count == 0)
                return error_set(err, ERROR_INVALID, "process.args: no command is given to run");
        plan_identity(&plan, process);
        capability_sets_from_json(json_object_get(process, "capabilities"), &plan.capabilities);
        if (plan_groups(&plan, json_object_get(process, "user"), err) < 0 ||
            plan_limits(&plan, json_object_get(process, "rlimits"), err) < 0 ||
            priority_parse(process, &plan.priority, err) < 0 ||
            plan_affinity(&plan, json_object_get(process, "execCPUAffinity"), err) < 0 ||
            plan_personality(&plan, personality, err) < 0)
                return -1;
        if (json_is_object(seccomp) && seccomp_compile(seccomp, cache_fd, &plan.seccomp, err) < 0)
                return -1;
        *process_out = plan;
        plan = (struct process_plan){ 0 };
        return 0;
}
