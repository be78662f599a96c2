/* The ids of supervised processes.
 *
 * Each distinct set of ids has a place in a table. Which one a process has is written into a limit
 * of its own that the kernel keeps and has no use for since Linux 2.4: RLIMIT_LOCKS (getrlimit(2)).
 * So the kernel hands it on with fork(2) and clone(2), keeps it over execve(2) and forgets it with
 * the process, also for one whose parent died first: there is nothing to follow and nothing to
 * sweep. The filter answers whoever wants to set that limit. A process that got round it could give
 * itself other ids of its own container, which protect nothing: to the kernel all are one user.
 *
 * set*id follows the kernel's rules (kernel/sys.c; setresuid(2)), with root by effective id in the
 * place of CAP_SETUID. A process's threads share its ids, where the kernel has them for each thread
 * and the C library sets all.
 *
 * execve(2) is not seen. That a set-user-ID program started is noticed when it first asks who it
 * is, which those programs do.
 */
#include "engine/monitor/supervisor_ids.h"

#include "base/cleanup.h"
#include "engine/monitor/supervisor_owner.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define SETS_MAX 2048

static struct fake_ids sets[SETS_MAX];
static size_t set_count; /* sets[0]: what a process has by itself */
static pthread_mutex_t sets_lock = PTHREAD_MUTEX_INITIALIZER;

void ids_init(const struct supervisor_config *config)
{
        memset(&sets[0], 0, sizeof(sets[0]));
        for (int i = 0; i < ID_KINDS; i++) {
                sets[0].uid[i] = config->base_uid;
                sets[0].gid[i] = config->base_gid;
        }
        set_count = 1;
}

void ids_of(pid_t pid, struct fake_ids *ids_out)
{
        struct rlimit limit;
        size_t place = 0;

        pthread_mutex_lock(&sets_lock);
        if (prlimit(pid, RLIMIT_LOCKS, NULL, &limit) == 0 && limit.rlim_cur < set_count)
                place = (size_t)limit.rlim_cur;
        *ids_out = sets[place];
        pthread_mutex_unlock(&sets_lock);
}

/* The place of a set, made when missing; SETS_MAX: no room. */
static size_t place_of(const struct fake_ids *ids)
{
        size_t i;

        for (i = 0; i < set_count; i++)
                if (memcmp(&sets[i], ids, sizeof(*ids)) == 0)
                        return i;
        if (i < SETS_MAX)
                sets[set_count++] = *ids;
        return i;
}

int ids_give(pid_t pid, const struct fake_ids *ids)
{
        struct rlimit limit;
        size_t place;

        if (prlimit(pid, RLIMIT_LOCKS, NULL, &limit) < 0)
                return -1;
        pthread_mutex_lock(&sets_lock);
        place = place_of(ids);
        pthread_mutex_unlock(&sets_lock);
        if (place == SETS_MAX) {
                errno = EAGAIN;
                return -1;
        }
        limit.rlim_cur = place;
        return prlimit(pid, RLIMIT_LOCKS, &limit, NULL);
}

static bool is_plain_root(const struct fake_ids *ids)
{
        for (int i = 0; i < ID_KINDS; i++)
                if (ids->uid[i] != 0 || ids->gid[i] != 0)
                        return false;
        return true;
}

/* The program that the caller runs. */
static int look_at_program(const struct call *call, struct owned *program)
{
        char path[64];

        snprintf(path, sizeof(path), "/proc/%u/exe", call->notif->pid);
        *program = (struct owned){ .fd = open(path, O_PATH | O_CLOEXEC), .dir_fd = -1 };
        if (program->fd < 0 || !call_valid(call) || owned_look(call, program) < 0) {
                if (program->fd >= 0)
                        close(program->fd);
                return -1;
        }
        return 0;
}

/* What execve(2) does to the ids. */
static void raise(struct fake_ids *ids, const struct stat *st, const struct override *owner)
{
        if (st->st_mode & S_ISUID)
                ids->uid[ID_EFFECTIVE] = owner->uid;
        if ((st->st_mode & (S_ISGID | S_IXGRP)) == (S_ISGID | S_IXGRP))
                ids->gid[ID_EFFECTIVE] = owner->gid;
        ids->uid[ID_SAVED] = ids->uid[ID_FS] = ids->uid[ID_EFFECTIVE];
        ids->gid[ID_SAVED] = ids->gid[ID_FS] = ids->gid[ID_EFFECTIVE];
        ids->program_dev = st->st_dev;
        ids->program_ino = st->st_ino;
}

void ids_of_caller(const struct call *call, struct fake_ids *ids_out)
{
        struct owned program;
        struct override owner;
        bool special;

        ids_of((pid_t)call->notif->pid, ids_out);
        if (is_plain_root(ids_out) || call->config->no_new_privileges ||
            look_at_program(call, &program) < 0)
                return;
        special = (program.st.st_mode & (S_ISUID | S_ISGID)) != 0;
        if (special && (program.st.st_ino != ids_out->program_ino ||
                        program.st.st_dev != ids_out->program_dev)) {
                (void)owned_get(&program, &owner);
                raise(ids_out, &program.st, &owner);
                (void)ids_give((pid_t)call->notif->pid, ids_out);
        } else if (!special && ids_out->program_ino) {
                ids_out->program_dev = 0;
                ids_out->program_ino = 0;
                (void)ids_give((pid_t)call->notif->pid, ids_out);
        }
        close(program.fd);
}

bool ids_capable(const struct call *call, const struct fake_ids *ids, int capability)
{
        return ids->uid[ID_EFFECTIVE] == 0 && (call->config->capabilities & (1ULL << capability));
}

bool ids_in_group(const struct fake_ids *ids, gid_t gid)
{
        if (ids->gid[ID_FS] == gid)
                return true;
        for (uint32_t i = 0; i < ids->group_count; i++)
                if (ids->groups[i] == gid)
                        return true;
        return false;
}

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

static void get_one(struct call *call, enum id_kind kind, bool group)
{
        struct fake_ids ids;

        ids_of_caller(call, &ids);
        call_return(call, group ? ids.gid[kind] : ids.uid[kind]);
}

void supervisor_getuid(struct call *call)
{
        get_one(call, ID_REAL, false);
}

void supervisor_geteuid(struct call *call)
{
        get_one(call, ID_EFFECTIVE, false);
}

void supervisor_getgid(struct call *call)
{
        get_one(call, ID_REAL, true);
}

void supervisor_getegid(struct call *call)
{
        get_one(call, ID_EFFECTIVE, true);
}

static void get_three(struct call *call, bool group)
{
        struct fake_ids ids;
        const uint32_t *id = group ? ids.gid : ids.uid;

        ids_of_caller(call, &ids);
        for (int i = 0; i < 3; i++)
                if (call_write(call, call_arg(call, i), &id[i], sizeof(id[i])) < 0) {
                        call_fail(call, errno);
                        return;
                }
        call_return(call, 0);
}

void supervisor_getresuid(struct call *call)
{
        get_three(call, false);
}

void supervisor_getresgid(struct call *call)
{
        get_three(call, true);
}

void supervisor_getgroups(struct call *call)
{
        int size = (int)call_arg(call, 0);
        struct fake_ids ids;

        ids_of_caller(call, &ids);
        if (size < 0 || (size > 0 && (uint32_t)size < ids.group_count))
                call_fail(call, EINVAL);
        else if (size > 0 && ids.group_count > 0 &&
                 call_write(call, call_arg(call, 1), ids.groups, ids.group_count * sizeof(gid_t)) <
                         0)
                call_fail(call, errno);
        else
                call_return(call, ids.group_count);
}

/* The number that a process has in the caller's pid namespace: as many levels down as the caller
 * is. 0 when it is not there. */
static pid_t pid_inside(pid_t pid)
{
        char path[64], line[256];
        FILE *status;
        pid_t inside = 0;

        snprintf(path, sizeof(path), "/proc/%d/status", pid);
        status = fopen(path, "re");
        while (status && fgets(line, sizeof(line), status))
                if (strncmp(line, "NSpid:", 6) == 0) {
                        char *last = strrchr(line, '\t');

                        if (last)
                                (void)sscanf(last, "%d", &inside);
                        break;
                }
        if (status)
                fclose(status);
        return inside;
}

/* getsockopt(SO_PEERCRED): the kernel knows only the one user. The peer's ids are those of now,
 * not those of its connect(2). */
void supervisor_peercred(struct call *call)
{
        AUTO_CLOSE int fd = call_get_fd(call, (int)call_arg(call, 0));
        struct ucred peer;
        struct fake_ids ids;
        socklen_t len = sizeof(peer), room;

        /* Somebody outside of the container has an id of its own. */
        if (fd < 0 || getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) < 0 || peer.pid <= 0 ||
            peer.uid != call->config->base_uid) {
                call_continue(call);
                return;
        }
        ids_of(peer.pid, &ids);
        peer.pid = pid_inside(peer.pid);
        peer.uid = ids.uid[ID_EFFECTIVE];
        peer.gid = ids.gid[ID_EFFECTIVE];
        if (call_read(call, call_arg(call, 4), &room, sizeof(room)) < 0) {
                call_fail(call, EFAULT);
                return;
        }
        len = room < sizeof(peer) ? room : sizeof(peer);
        if (call_write(call, call_arg(call, 3), &peer, len) < 0 ||
            call_write(call, call_arg(call, 4), &len, sizeof(len)) < 0)
                call_fail(call, EFAULT);
        else
                call_return(call, 0);
}
