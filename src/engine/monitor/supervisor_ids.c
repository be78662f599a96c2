/* The ids of supervised processes.
 *
 * Each distinct set of ids has a place in a table. Which one a process has is written into a limit
 * of its own that the kernel keeps and has no use for since Linux 2.4: RLIMIT_LOCKS (getrlimit(2)).
 * So the kernel hands it on with fork(2) and clone(2), keeps it over execve(2) and forgets it with
 * the process, also for one whose parent died first: there is nothing to follow and nothing to
 * sweep. The filter answers whoever wants to set that limit. A process that got round it could give
 * itself other ids of its own container, which protect nothing: to the kernel all are one user.
 *
 * execve(2) is not seen. That a set-user-ID program started is noticed when it first asks who it
 * is, which those programs do.
 */
#include "engine/monitor/supervisor_ids.h"

#include "engine/monitor/supervisor_owner.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
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
