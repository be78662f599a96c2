/* Setting ids: the set*id family and setgroups(2).
 *
 * The rules are the kernel's (kernel/sys.c; setresuid(2)), with root by effective id in the place
 * of CAP_SETUID. A process's threads share its ids, where the kernel has them for each thread and
 * the C library sets all.
 */
#include "engine/monitor/supervisor_ids.h"

#include <assert.h>
#include <errno.h>
#include <linux/capability.h>
#include <string.h>

/* uid_t and gid_t are one type, and both kinds have the same rules. */
static_assert(sizeof(uid_t) == sizeof(gid_t) && sizeof(uid_t) == 4, "ids are 32 bits");

#define UNCHANGED UINT32_MAX

static bool has(const uint32_t id[ID_KINDS], uint32_t wanted, bool with_saved)
{
        return wanted == id[ID_REAL] || wanted == id[ID_EFFECTIVE] ||
               (with_saved && wanted == id[ID_SAVED]);
}

static int set_one(uint32_t id[ID_KINDS], uint32_t wanted, bool may)
{
        if (wanted == UNCHANGED)
                return EINVAL;
        if (may)
                id[ID_REAL] = id[ID_SAVED] = wanted;
        else if (wanted != id[ID_REAL] && wanted != id[ID_SAVED])
                return EPERM;
        id[ID_EFFECTIVE] = id[ID_FS] = wanted;
        return 0;
}

static int set_two(uint32_t id[ID_KINDS], uint32_t real, uint32_t effective, bool may)
{
        uint32_t old_real = id[ID_REAL];

        if ((real != UNCHANGED && !may && !has(id, real, false)) ||
            (effective != UNCHANGED && !may && !has(id, effective, true)))
                return EPERM;
        if (real != UNCHANGED)
                id[ID_REAL] = real;
        if (effective != UNCHANGED)
                id[ID_EFFECTIVE] = effective;
        if (real != UNCHANGED || (effective != UNCHANGED && effective != old_real))
                id[ID_SAVED] = id[ID_EFFECTIVE];
        id[ID_FS] = id[ID_EFFECTIVE];
        return 0;
}

static int set_three(uint32_t id[ID_KINDS], const uint32_t wanted[3], bool may)
{
        for (int i = 0; i < 3; i++)
                if (wanted[i] != UNCHANGED && !may && !has(id, wanted[i], true))
                        return EPERM;
        for (int i = 0; i < 3; i++)
                if (wanted[i] != UNCHANGED)
                        id[i] = wanted[i];
        id[ID_FS] = id[ID_EFFECTIVE];
        return 0;
}

enum setter { SET_ONE, SET_TWO, SET_THREE, SET_FS };

static int carry_out(enum setter setter, uint32_t id[ID_KINDS], const uint32_t wanted[3], bool may)
{
        switch (setter) {
        case SET_ONE:
                return set_one(id, wanted[0], may);
        case SET_TWO:
                return set_two(id, wanted[0], wanted[1], may);
        case SET_THREE:
                return set_three(id, wanted, may);
        case SET_FS: /* tells the old id, whatever happens (setfsuid(2)) */
                if (wanted[0] != UNCHANGED &&
                    (may || has(id, wanted[0], true) || wanted[0] == id[ID_FS]))
                        id[ID_FS] = wanted[0];
                return 0;
        }
        return EINVAL;
}

static void set(struct call *call, enum setter setter, bool group)
{
        uint32_t wanted[3] = { (uint32_t)call_arg(call, 0), (uint32_t)call_arg(call, 1),
                               (uint32_t)call_arg(call, 2) };
        struct fake_ids ids;
        uint32_t *id, old;
        int error;

        ids_of_caller(call, &ids);
        id = group ? ids.gid : ids.uid;
        old = id[ID_FS];
        error = carry_out(setter, id, wanted,
                          ids_capable(call, &ids, group ? CAP_SETGID : CAP_SETUID));
        if (error)
                call_fail(call, error);
        else if (!call_valid(call) || ids_give((pid_t)call->notif->pid, &ids) < 0)
                call_fail(call, errno);
        else
                call_return(call, setter == SET_FS ? (int64_t)old : 0);
}

void supervisor_setuid(struct call *call)
{
        set(call, SET_ONE, false);
}

void supervisor_setgid(struct call *call)
{
        set(call, SET_ONE, true);
}

void supervisor_setreuid(struct call *call)
{
        set(call, SET_TWO, false);
}

void supervisor_setregid(struct call *call)
{
        set(call, SET_TWO, true);
}

void supervisor_setresuid(struct call *call)
{
        set(call, SET_THREE, false);
}

void supervisor_setresgid(struct call *call)
{
        set(call, SET_THREE, true);
}

void supervisor_setfsuid(struct call *call)
{
        set(call, SET_FS, false);
}

void supervisor_setfsgid(struct call *call)
{
        set(call, SET_FS, true);
}

void supervisor_setgroups(struct call *call)
{
        uint64_t count = call_arg(call, 0);
        struct fake_ids ids;

        ids_of_caller(call, &ids);
        if (!ids_capable(call, &ids, CAP_SETGID)) {
                call_fail(call, EPERM);
                return;
        }
        if (count > SUPERVISOR_GROUPS_MAX) {
                call_fail(call, EINVAL);
                return;
        }
        memset(ids.groups, 0, sizeof(ids.groups));
        ids.group_count = (uint32_t)count;
        if ((count && call_read(call, call_arg(call, 1), ids.groups, count * sizeof(gid_t)) < 0) ||
            !call_valid(call) || ids_give((pid_t)call->notif->pid, &ids) < 0)
                call_fail(call, errno);
        else
                call_return(call, 0);
}
