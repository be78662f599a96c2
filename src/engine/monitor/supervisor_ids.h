/* The ids that supervised processes have set. See supervisor_ids.c. */
#ifndef KELP_ENGINE_MONITOR_SUPERVISOR_IDS_H
#define KELP_ENGINE_MONITOR_SUPERVISOR_IDS_H

#include "engine/monitor/supervisor_call.h"

enum id_kind { ID_REAL, ID_EFFECTIVE, ID_SAVED, ID_FS, ID_KINDS };

struct fake_ids {
        uid_t uid[ID_KINDS];
        gid_t gid[ID_KINDS];
        uint32_t group_count;
        gid_t groups[SUPERVISOR_GROUPS_MAX];
        /* the set-user-ID program that gave the effective ids, 0: none did */
        dev_t program_dev;
        ino_t program_ino;
};

void ids_init(const struct supervisor_config *config);

/* Of a process or thread. */
void ids_of(pid_t pid, struct fake_ids *ids_out);
/* EAGAIN when there is no room for another set of ids. */
int ids_give(pid_t pid, const struct fake_ids *ids);

/* Of the caller, after an execve(2) that may have changed them. */
void ids_of_caller(const struct call *call, struct fake_ids *ids_out);

/* May the caller do what root may? capability: CAP_*. */
bool ids_capable(const struct call *call, const struct fake_ids *ids, int capability);

bool ids_in_group(const struct fake_ids *ids, gid_t gid);

#endif
