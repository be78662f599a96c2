/* Asking for ids: the get*id family, getgroups(2), and who is at the other end of a socket. */
#include "engine/monitor/supervisor_ids.h"

#include "base/cleanup.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

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
