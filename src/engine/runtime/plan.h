/* The launch plan: an OCI runtime specification (config.json, runtime-spec 1.2) turned into what
 * the kernel will be asked for, in order. Plain data; making it touches nothing.
 *
 * linux.resources and linux.cgroupsPath are not in it: they go to cgroup.h as they are, and
 * `annotations` to the container's state.
 */
#ifndef KELP_ENGINE_RUNTIME_PLAN_H
#define KELP_ENGINE_RUNTIME_PLAN_H

#include "base/error.h"
#include "base/json.h"
#include "base/strv.h"
#include "engine/runtime/capability.h"
#include "engine/runtime/hooks.h"
#include "engine/runtime/seccomp.h"
#include "rootless/userns.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/types.h>

#define MAP_RANGES_MAX 340 /* the kernel's own ceiling (user_namespaces(7)) */

/* uidMappings, gidMappings: containerID is inside, hostID outside. */
struct id_ranges {
        struct id_range *items; /* owned */
        size_t count;
};

enum step_kind {
        STEP_FILESYSTEM, /* a new file system: fstype, data */
        STEP_BIND,       /* a host path */
        STEP_REMOUNT,    /* other options for what is mounted there */
        STEP_DEVICE,     /* a device node: made, or the host's bound */
        STEP_MASK,       /* make a path unreadable: /dev/null or an empty directory over it */
        STEP_READONLY,   /* make a path read-only */
        STEP_SYMLINK,    /* target -> source, unless something is there */
        STEP_KIND_COUNT,
};

/* MOUNT_ATTR_* to set and to clear; what is in neither stays. */
struct attribute_change {
        uint64_t set, clear;
};

struct device_node {
        mode_t type; /* S_IFCHR, S_IFBLK, S_IFIFO */
        unsigned major, minor;
        mode_t mode;
        uid_t uid;
        gid_t gid;
        bool standard; /* one that every container has: not worth a word where it is bound */
};

struct step {
        enum step_kind kind;
        char *source; /* host path, absolute; or what a symlink says */
        char *target; /* inside the root */
        char *fstype;
        struct strv data;               /* file-system options: "size=64m" */
        struct attribute_change change; /* of the mount itself */
        struct attribute_change deep;   /* and of all mounts below it (rro, rnosuid) */
        uint64_t propagation;           /* MS_SHARED, MS_SLAVE, ... or 0 */
        bool propagation_recursive;
        bool recursive;  /* rbind */
        bool superblock; /* remount: the file system itself, not only this mount of it */
        bool copy_up;    /* tmpcopyup: fill the tmpfs with what was there */
        bool keep_mode;  /* a tmpfs without a mode of its own has that of the directory under it */
        bool optional;   /* a refusal is no failure (cgroup without a usable hierarchy) */
        bool late;       /* needs mapped ids: created after HANDSHAKE_MAPPED */
        bool read_only_last; /* a tmpfs that other steps have to go into first */
        bool idmap, idmap_recursive;
        struct id_ranges uids, gids; /* of an id-mapped mount */
        struct device_node device;
};

struct process_limit {
        int resource; /* RLIMIT_* */
        struct rlimit limit;
};

#define PROCESS_LIMITS_MAX 16

/* sched_setattr(2) and ioprio_set(2), where `set`. */
struct process_priority {
        bool scheduler_set, io_set;
        unsigned policy;
        uint64_t flags;
        int nice;
        unsigned priority;
        uint64_t runtime, deadline, period;
        int io; /* class and level */
};

/* Descriptors of whoever calls that are the program's too (--preserve-fds). */
#define PRESERVE_FDS_MAX 1024
struct preserved_fds {
        int items[PRESERVE_FDS_MAX];
        size_t count;
};

#define CPU_LIST_MAX 4096
struct cpu_list {
        unsigned long bits[CPU_LIST_MAX / (8 * sizeof(unsigned long))];
};

/* The process to become: what `process` of the specification says. */
struct process_plan {
        struct strv args;
        struct strv env;
        char *cwd;
        bool cwd_create; /* make the directory when missing; not of an exec */
        bool terminal;
        unsigned short rows, columns;
        uid_t uid;
        gid_t gid;
        gid_t *groups;
        size_t group_count;
        bool keep_groups; /* those of whoever starts it, in place of these */
        int umask;        /* -1: as it is */
        bool no_new_privileges;
        bool die_with_parent; /* SIGKILL when the process that started it ends */
        bool init;            /* run a small init as pid 1 (annotation of ours) */
        bool emulate;         /* root with a single id (emulate.h; annotation of ours) */
        int oom_score_adj;
        bool oom_score_set;
        struct capability_sets capabilities;
        struct process_limit limits[PROCESS_LIMITS_MAX];
        size_t limit_count;
        struct process_priority priority;
        struct cpu_list *cpus_initial, *cpus_final; /* execCPUAffinity; NULL: as it is */
        char *apparmor_profile;                     /* NULL: none */
        char *selinux_label;
        bool personality_set; /* linux.personality */
        unsigned long personality;
        struct seccomp_program seccomp; /* count 0: none */
};

/* A namespace that is there already, by path. */
struct namespace_join {
        unsigned long long flag; /* CLONE_NEW* */
        const char *type;        /* "network" */
        char *path;
};

#define NAMESPACE_KINDS 8

struct time_offset {
        bool set;
        int64_t seconds;
        uint32_t nanoseconds;
};

struct launch_plan {
        struct step *steps;
        size_t step_count;
        char *root; /* root.path, absolute */
        bool root_read_only;
        uint64_t root_propagation; /* MS_*, or 0: private */
        bool root_propagation_recursive;
        bool no_pivot; /* set by the caller: move the root to / and chroot(2) instead (ramdisks) */
        /* Set by the caller where mknod(2) works (devices_can_be_made()); false: devices are bound
         * from the host. */
        bool make_devices;
        char *hostname;
        char *domainname;
        bool mount_label;     /* some step has an SELinux context */
        struct strv sysctl;   /* "net/ipv4/x=1" */
        struct strv optional; /* of those, and "hostname": go on where the kernel refuses them */
        /* CLONE_NEW* of the namespaces without a path, for clone3(2). CLONE_NEWUSER is not among
         * them, even with new_user_namespace: the caller enters one before the launch (rootless/),
         * or adds the flag and writes the maps before HANDSHAKE_MAPPED. */
        unsigned long long clone_flags;
        bool new_user_namespace; /* "user" without a path is listed */
        struct id_ranges uid_maps, gid_maps;
        /* Those with a path; clone_into_namespaces() enters them. The first one is "user", if at
         * all. */
        struct namespace_join joins[NAMESPACE_KINDS];
        size_t join_count;
        /* Unshared by the child once it is in its cgroup: cgroup, which begins at the cgroup of
         * whoever makes it (for clone3(2) that is the parent's), and time. */
        unsigned long long late_flags;
        struct time_offset monotonic, boottime;
        struct hooks hooks;
        struct process_plan process;
};

#define OCI_VERSION            "1.2.1" /* the newest that is followed whole */

/* Annotations that kelp's own higher half sets. */
#define ANNOTATION_INIT        "io.kelp.init"
#define ANNOTATION_CWD_CREATE  "io.kelp.cwd-create"
#define ANNOTATION_EMULATE     "io.kelp.emulate-root"
#define ANNOTATION_OPTIONAL    "io.kelp.optional" /* "hostname net/ipv4/x": nobody asked for them */

/* crun's: the process keeps the supplementary groups of whoever starts it (crun(1)). */
#define ANNOTATION_KEEP_GROUPS "run.oci.keep_original_groups"

void launch_plan_release(struct launch_plan *plan);
void process_plan_release(struct process_plan *process);

/* bundle: the directory that relative paths of the specification start from (NULL: they are
 * refused). cache_fd: directory for compiled seccomp programs, or -1.
 *
 * The specification is checked at the door: ERROR_INVALID names the member that is missing, of the
 * wrong type or out of range ("process.user.uid: ..."); ERROR_UNSUPPORTED names what this runtime
 * does not offer. Unknown members are ignored, as the specification wants. */
int launch_plan_make(const json_t *spec, const char *bundle, int cache_fd,
                     struct launch_plan *plan_out, struct error *err);

/* Only the `process` object (exec); seccomp and personality (linux.seccomp, linux.personality) may
 * be NULL. */
int process_plan_make(const json_t *process, const json_t *seccomp, const json_t *personality,
                      int cache_fd, struct process_plan *process_out, struct error *err);

/* An array of LinuxIDMapping; `what` is its path for the sentence ("linux.uidMappings"). */
int id_ranges_parse(const json_t *array, const char *what, struct id_ranges *maps_out,
                    struct error *err);
void id_ranges_release(struct id_ranges *maps);

#endif
