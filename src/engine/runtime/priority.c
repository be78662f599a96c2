/* Scheduler, IO priority and CPU affinity of a process. See priority.h. */
#include "engine/runtime/priority.h"

#include "base/alloc.h"
#include "base/cleanup.h"

#include <ctype.h>
#include <linux/ioprio.h>
#include <linux/sched.h>
#include <linux/sched/types.h>
#include <string.h>
#include <sys/syscall.h>

struct name {
        const char *name;
        unsigned value;
};

static const struct name policies[] = {
        { "SCHED_OTHER", SCHED_NORMAL }, { "SCHED_FIFO", SCHED_FIFO },
        { "SCHED_RR", SCHED_RR },        { "SCHED_BATCH", SCHED_BATCH },
        { "SCHED_IDLE", SCHED_IDLE },    { "SCHED_DEADLINE", SCHED_DEADLINE },
};

static const struct name flags[] = {
        { "SCHED_FLAG_RESET_ON_FORK", SCHED_FLAG_RESET_ON_FORK },
        { "SCHED_FLAG_RECLAIM", SCHED_FLAG_RECLAIM },
        { "SCHED_FLAG_DL_OVERRUN", SCHED_FLAG_DL_OVERRUN },
        { "SCHED_FLAG_KEEP_POLICY", SCHED_FLAG_KEEP_POLICY },
        { "SCHED_FLAG_KEEP_PARAMS", SCHED_FLAG_KEEP_PARAMS },
        { "SCHED_FLAG_UTIL_CLAMP_MIN", SCHED_FLAG_UTIL_CLAMP_MIN },
        { "SCHED_FLAG_UTIL_CLAMP_MAX", SCHED_FLAG_UTIL_CLAMP_MAX },
};

static const struct name classes[] = {
        { "IOPRIO_CLASS_RT", IOPRIO_CLASS_RT },
        { "IOPRIO_CLASS_BE", IOPRIO_CLASS_BE },
        { "IOPRIO_CLASS_IDLE", IOPRIO_CLASS_IDLE },
};

static bool find(const struct name *table, size_t count, const char *name, unsigned *value_out)
{
        for (size_t i = 0; name && i < count; i++)
                if (strcmp(table[i].name, name) == 0) {
                        *value_out = table[i].value;
                        return true;
                }
        return false;
}

static int parse_flags(const json_t *array, uint64_t *flags_out, struct error *err)
{
        size_t i;
        json_t *item;

        json_array_foreach (array, i, item) {
                unsigned flag;

                if (!find(flags, ARRAY_SIZE(flags), json_string_value(item), &flag))
                        return error_set(err, ERROR_INVALID,
                                         "process.scheduler.flags: \"%s\" is not known",
                                         json_string_value(item));
                *flags_out |= flag;
        }
        return 0;
}

static int parse_scheduler(const json_t *json, struct process_priority *priority, struct error *err)
{
        const char *policy = json_get_string(json, "policy", "");

        if (!find(policies, ARRAY_SIZE(policies), policy, &priority->policy))
                return error_set(err, ERROR_UNSUPPORTED,
                                 "process.scheduler.policy: Linux has no \"%s\"", policy);
        priority->scheduler_set = true;
        priority->nice = (int)json_get_int(json, "nice", 0);
        if (priority->nice < -20 || priority->nice > 19)
                return error_set(err, ERROR_INVALID,
                                 "process.scheduler.nice: a number from -20 to 19 is needed");
        priority->priority = (unsigned)json_get_int(json, "priority", 0);
        priority->runtime = (uint64_t)json_get_int(json, "runtime", 0);
        priority->deadline = (uint64_t)json_get_int(json, "deadline", 0);
        priority->period = (uint64_t)json_get_int(json, "period", 0);
        return parse_flags(json_object_get(json, "flags"), &priority->flags, err);
}

int priority_parse(const json_t *process, struct process_priority *priority_out, struct error *err)
{
        const json_t *scheduler = json_object_get(process, "scheduler");
        const json_t *io = json_object_get(process, "ioPriority");
        const char *class_name = json_get_string(io, "class", "");
        unsigned io_class = 0;

        if (json_is_object(scheduler) && parse_scheduler(scheduler, priority_out, err) < 0)
                return -1;
        if (!json_is_object(io))
                return 0;
        if (!find(classes, ARRAY_SIZE(classes), class_name, &io_class))
                return error_set(err, ERROR_INVALID,
                                 "process.ioPriority.class: \"%s\" is not known", class_name);
        priority_out->io_set = true;
        priority_out->io =
                (int)(io_class << IOPRIO_CLASS_SHIFT) | (int)json_get_int(io, "priority", 0);
        return 0;
}

int priority_apply(const struct process_priority *priority, struct error *err)
{
        struct sched_attr attr = {
                .size = sizeof(attr),
                .sched_policy = priority->policy,
                .sched_flags = priority->flags,
                .sched_nice = priority->nice,
                .sched_priority = priority->priority,
                .sched_runtime = priority->runtime,
                .sched_deadline = priority->deadline,
                .sched_period = priority->period,
        };

        if (priority->scheduler_set && syscall(SYS_sched_setattr, 0, &attr, 0) < 0)
                return error_sys(err, errno, "set the scheduler (process.scheduler)");
        if (priority->io_set && syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, 0, priority->io) < 0)
                return error_sys(err, errno, "set the IO priority (process.ioPriority)");
        return 0;
}

#define BITS (8 * sizeof(unsigned long))

/* A number below CPU_LIST_MAX; NULL when there is none. */
static const char *parse_cpu(const char *p, unsigned *cpu_out)
{
        unsigned value = 0;

        if (!isdigit((unsigned char)*p))
                return NULL;
        for (; isdigit((unsigned char)*p); p++) {
                value = value * 10 + (unsigned)(*p - '0');
                if (value >= CPU_LIST_MAX)
                        return NULL;
        }
        *cpu_out = value;
        return p;
}

struct cpu_list *cpu_list_parse(const char *text)
{
        AUTO_FREE struct cpu_list *list = xcalloc(1, sizeof(*list));
        const char *p = text;

        do {
                unsigned first, last;

                p = parse_cpu(p + strspn(p, " "), &first);
                last = first;
                if (p && *p == '-')
                        p = parse_cpu(p + 1, &last);
                if (!p || last < first)
                        return NULL;
                for (unsigned cpu = first; cpu <= last; cpu++)
                        list->bits[cpu / BITS] |= 1UL << (cpu % BITS);
                p += strspn(p, " ");
        } while (*p++ == ',');
        return p[-1] == '\0' ? take_ptr(list) : NULL;
}

int cpu_list_apply(const struct cpu_list *list, struct error *err)
{
        if (list && syscall(SYS_sched_setaffinity, 0, sizeof(list->bits), list->bits) < 0)
                return error_sys(err, errno, "set the CPU affinity (process.execCPUAffinity)");
        return 0;
}
