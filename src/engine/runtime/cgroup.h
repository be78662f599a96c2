/* A container's cgroup (v2 only, cgroups(7)): made from linux.cgroupsPath and linux.resources of
 * the runtime specification, found again by its path, frozen, killed, deleted.
 *
 * Making one takes three calls around the clone, so that systemd works while the root is built:
 *
 *     cgroup_create()   fs: the directory is there and its limits are in force, cgroup->fd is for
 *                       CLONE_INTO_CGROUP. systemd: the connection is open, fd is -1
 *     (clone)
 *     cgroup_send()     systemd: asks for the scope; one write, no wait. fs: a check
 *     (id maps)
 *     cgroup_settle()   systemd: waits for the scope, makes its leaves, sets limits. fs: nothing
 *     (the child unshares its cgroup namespace and mounts /sys/fs/cgroup)
 */
#ifndef KELP_ENGINE_RUNTIME_CGROUP_H
#define KELP_ENGINE_RUNTIME_CGROUP_H

#include "base/error.h"
#include "base/json.h"
#include "engine/runtime/cgroup_devices.h"
#include "engine/runtime/cgroup_limits.h"
#include "engine/runtime/dbus.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define CGROUP_ROOT     "/sys/fs/cgroup"
#define CGROUP_PATH_MAX 1024 /* of what is kept in a state file */

enum cgroup_manager {
        CGROUP_NONE,    /* the container stays in the cgroup of whoever starts it */
        CGROUP_FS,      /* directories made by us */
        CGROUP_SYSTEMD, /* a transient scope of the user's (as root: the system's) manager */
};

/* systemd where the socket of its manager is there, else fs: one access(2). uid: ours, outside of
 * any user namespace that was entered. */
enum cgroup_manager cgroup_manager_choose(uid_t uid);
const char *cgroup_manager_name(enum cgroup_manager manager); /* "systemd", "cgroupfs", "none" */
enum cgroup_manager cgroup_manager_named(const char *name); /* NULL or another word: CGROUP_NONE */

/* The controllers that the manager could hand down to a container; false: no cgroup v2 here. */
bool cgroup_available(enum cgroup_manager manager, uid_t uid, struct strv *controllers_out);

struct cgroup_request {
        enum cgroup_manager manager;
        /* linux.cgroupsPath. fs: absolute: below the hierarchy's root; relative: below our own
         * cgroup, or beside it where ours may not have children with limits. systemd:
         * "slice:prefix:name". NULL: "kelp-ID". */
        const char *path;
        const char *id;
        uid_t uid;               /* ours, outside of any user namespace that was entered */
        const json_t *resources; /* linux.resources or NULL */
        /* Without limits a cgroup that cannot be had is no failure (fd -1, path NULL, the reason is
         * logged at info level); true: it is. */
        bool required;
        /* systemd: whoever calls cgroup_send() goes along, into the scope's leaf "supervisor";
         * false: only the container is moved. */
        bool with_caller;
        /* fs: this process and its children move to the leaf "supervisor" of our own cgroup, the
         * container gets one beside it (podman's --cgroups=split). */
        bool split;
};

struct cgroup {
        enum cgroup_manager manager;
        int fd;     /* directory, or -1 */
        char *path; /* absolute: /sys/fs/cgroup/...; NULL: none (yet) */
        char *unit; /* "kelp-ID.scope", or NULL */
        /* of a scope, from create to settle */
        struct dbus bus;
        char *slice;
        struct cgroup_limits limits;
        struct cgroup_devices devices;
        bool with_caller, sent, required;
};

#define CGROUP_EMPTY ((struct cgroup){ .fd = -1, .bus = DBUS_EMPTY })

void cgroup_release(struct cgroup *cgroup); /* memory and descriptors only */

/* A limit that cannot be kept is an error that names the missing controller and the cure.
 * ERROR_IN_USE: a cgroup of that path is there and is frozen or has processes. */
int cgroup_create(const struct cgroup_request *request, struct cgroup *cgroup_out,
                  struct error *err);
/* fs, with limits: is the init there? (clone_into() has it born in ours where it cannot be.) */
int cgroup_send(struct cgroup *cgroup, pid_t init, struct error *err);
/* init 0, in both: there is none yet. The scope begins with this process, whatever with_caller
 * says, and the container's leaf is left empty. */
int cgroup_settle(struct cgroup *cgroup, pid_t init, struct error *err);

/* The cgroup v2 path of a process from its /proc/PID/cgroup text: the "0::" line, or NULL. Heap. */
char *cgroup_parse(const char *text);

/* The absolute directory of a process's cgroup (pid 0: ours), or NULL: no cgroup v2 at CGROUP_ROOT,
 * or the cgroup is not below what that shows. Heap. */
char *cgroup_path_of(pid_t pid);

/* Open a directory that cgroup_path_of() or a state file named; -1 with errno. */
int cgroup_open(const char *path);

/* For a further process of the container: a descriptor for CLONE_INTO_CGROUP. Where the kernel
 * would not let us (the container's scope is out of our own delegation), this process is moved to
 * the scope's leaf "supervisor" by systemd first. ERROR_DENIED: it cannot be entered from here. */
int cgroup_join(const char *path, uid_t uid, int *fd_out, struct error *err);

/* linux.resources onto an existing cgroup. */
int cgroup_update(const char *path, const json_t *resources, struct error *err);

/* cgroup.freeze, then until cgroup.events says so, at most a few seconds. */
int cgroup_freeze(const char *path, bool frozen, struct error *err);
bool cgroup_is_frozen(const char *path);
bool cgroup_is_populated(const char *path);

/* The processes in it (recursive: and below), as this process sees them. The caller frees. */
struct cgroup_pids {
        pid_t *items;
        size_t count;
};
void cgroup_pids_release(struct cgroup_pids *pids);
int cgroup_pids(const char *path, bool recursive, struct cgroup_pids *pids_out, struct error *err);

/* signal to every process in and below it. SIGKILL goes through cgroup.kill, and then to each pid
 * that is left, since cgroup.kill passes over a process whose first thread is dead. */
int cgroup_kill(const char *path, int signal, struct error *err);

/* Remove it and what is below, waiting a bounded time for the last process to leave. A missing one
 * is fine. */
int cgroup_delete(const char *path, struct error *err);

/* How many processes in it the kernel has killed for want of memory; 0 where that cannot be known.
 */
uint64_t cgroup_oom_kills(int cgroup_fd);

/* The same of the text of a memory.events. */
uint64_t cgroup_oom_count(const char *events);

#endif
