/* One system call under supervision: its caller's memory and files, and its answer. For the
 * supervisor's handlers alone.
 *
 * Whatever comes from the caller's memory is read once. Files are looked up as the caller would:
 * from its own root, working directory and descriptors (/proc/PID), by openat2(2), so that no link
 * leads outside of its root. After each such look-up the call is checked to be still waiting, so
 * that the number of a process that died meanwhile leads to no other one's files.
 */
#ifndef KELP_ENGINE_MONITOR_SUPERVISOR_CALL_H
#define KELP_ENGINE_MONITOR_SUPERVISOR_CALL_H

#include "engine/monitor/supervisor.h"

#include <limits.h>
#include <linux/seccomp.h>
#include <sys/stat.h>

struct call {
        int listener;
        const struct seccomp_notif *notif;
        const struct supervisor_config *config;
        /* the answer */
        int64_t value;
        int error;    /* errno, or 0 */
        bool goes_on; /* the kernel carries the call out */
};

static inline uint64_t call_arg(const struct call *call, int n)
{
        return call->notif->data.args[n];
}

/* The answer; a handler gives one. */
void call_return(struct call *call, int64_t value);
void call_fail(struct call *call, int error);
/* The kernel does it with the caller's own rights: only for what decides nothing. */
void call_continue(struct call *call);

/* Is the caller still waiting? */
bool call_valid(const struct call *call);

/* The caller's memory. -1 with errno (EFAULT). */
int call_read(const struct call *call, uint64_t address, void *data, size_t len);
int call_write(const struct call *call, uint64_t address, const void *data, size_t len);
/* A path, NUL-terminated. ENAMETOOLONG, EFAULT. */
int call_read_path(const struct call *call, uint64_t address, char path_out[PATH_MAX]);

/* Open what the caller means by dir_fd and path, as O_PATH with the flags; "" is dir_fd itself.
 * -1 with errno. */
int call_open(const struct call *call, int dir_fd, const char *path, int flags);

/* Its directory (O_PATH) and last component. -1 with EINVAL when there is none ("/", ".."). */
int call_open_parent(const struct call *call, int dir_fd, const char *path,
                     char last_out[NAME_MAX + 1]);

/* One of the caller's descriptors, as a copy. -1 with errno. */
int call_get_fd(const struct call *call, int fd);

/* The caller's umask. */
mode_t call_umask(const struct call *call);

/* What the mount of a descriptor is: is it the file system of the caller's root? */
bool call_on_root(const struct call *call, int fd);

typedef void supervisor_handler(struct call *call);
/* supervisor_setid.c, supervisor_getid.c, supervisor_owner.c, supervisor_create.c,
 * supervisor_stat.c */
supervisor_handler supervisor_setuid, supervisor_setgid, supervisor_setreuid, supervisor_setregid,
        supervisor_setresuid, supervisor_setresgid, supervisor_setfsuid, supervisor_setfsgid,
        supervisor_setgroups, supervisor_getuid, supervisor_getgid, supervisor_geteuid,
        supervisor_getegid, supervisor_getresuid, supervisor_getresgid, supervisor_getgroups,
        supervisor_peercred;
supervisor_handler supervisor_chown, supervisor_lchown, supervisor_fchown, supervisor_fchownat;
supervisor_handler supervisor_open, supervisor_openat, supervisor_openat2, supervisor_creat,
        supervisor_mkdir, supervisor_mkdirat, supervisor_mknod, supervisor_mknodat,
        supervisor_symlink, supervisor_symlinkat;
supervisor_handler supervisor_stat, supervisor_lstat, supervisor_fstat, supervisor_newfstatat,
        supervisor_statx;

#endif
