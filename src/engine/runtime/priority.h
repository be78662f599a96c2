/* How a process is scheduled: process.scheduler, ioPriority and execCPUAffinity of the runtime
 * specification. */
#ifndef KELP_ENGINE_RUNTIME_PRIORITY_H
#define KELP_ENGINE_RUNTIME_PRIORITY_H

#include "base/error.h"
#include "base/json.h"
#include "engine/runtime/plan.h"

/* Of the `process` object; nothing set where it says nothing. */
int priority_parse(const json_t *process, struct process_priority *priority_out, struct error *err);

/* To this process; needs its privileges still. */
int priority_apply(const struct process_priority *priority, struct error *err);

/* "0-3,7"; NULL when it is no such list or has a CPU over CPU_LIST_MAX. Heap. */
struct cpu_list *cpu_list_parse(const char *text);

/* sched_setaffinity(2) of this process; NULL: nothing. */
int cpu_list_apply(const struct cpu_list *list, struct error *err);

#endif
