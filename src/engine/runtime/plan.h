/* The launch plan: an OCI runtime specification (config.json, runtime-spec 1.2) turned into what
 * the kernel will be asked for, in order. Plain data; making it touches nothing.
 */
#ifndef KELP_ENGINE_RUNTIME_PLAN_H
#define KELP_ENGINE_RUNTIME_PLAN_H

#include "base/error.h"
#include "base/json.h"
#include "base/strv.h"
#include "engine/runtime/capability.h"
#include "engine/runtime/seccomp.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/types.h>

enum step_kind {
        STEP_FILESYSTEM, /* a new file system: fstype, data */
        STEP_BIND,       /* a host path */
        STEP_MASK,       /* make a path unreadable: /dev/null or an empty directory over it */
        STEP_READONLY,   /* make a path read-only */
        STEP_SYMLINK,    /* target -> source, unless something is there */
        STEP_KIND_COUNT,
};

struct step {
        enum step_kind kind;
        char *source; /* host path, or what a symlink says */
        char *target; /* inside the root */
        char *fstype;
        struct strv data;     /* file-system options: "size=64m" */
        uint64_t attributes;  /* MOUNT_ATTR_* to set */
        uint64_t propagation; /* MS_SHARED, MS_SLAVE, ... or 0 */
        bool recursive;       /* rbind, or a recursive attribute */
        bool attributes_recursive;
        bool copy_up;  /* tmpcopyup: fill the tmpfs with what was there */
        bool optional; /* a refusal is no failure (cgroup without a usable hierarchy) */
        bool late;     /* needs mapped ids: created after HANDSHAKE_MAPPED */
};

struct process_limit {
        int resource; /* RLIMIT_* */
        struct rlimit limit;
};

#define PROCESS_LIMITS_MAX 16

/* The process to become: what `process` of the specification says. */
struct process_plan {
        struct strv args;
        struct strv env;
        char *cwd;
        bool cwd_create; /* make the directory when missing (annotation of ours) */
        bool terminal;
        unsigned short rows, columns;
        uid_t uid;
        gid_t gid;
        gid_t *groups;
        size_t group_count;
        int umask; /* -1: as it is */
        bool no_new_privileges;
        bool die_with_parent; /* SIGKILL when the process that started it ends */
        bool init;            /* run a small init as pid 1 (annotation of ours) */
        bool emulate;         /* root with a single id (emulate.h; annotation of ours) */
        int oom_score_adj;
        bool oom_score_set;
        struct capability_sets capabilities;
        struct process_limit limits[PROCESS_LIMITS_MAX];
        size_t limit_count;
        struct seccomp_program seccomp; /* count 0: none */
};

struct launch_plan {
        struct step *steps;
        size_t step_count;
        char *root; /* root.path, absolute */
        bool root_read_only;
        char *hostname;
        char *domainname;
        struct strv sysctl;             /* "net/ipv4/x=1" */
        unsigned long long clone_flags; /* CLONE_NEW* of the namespaces without a path */
        struct process_plan process;
};

/* Annotations that kelp's own higher half sets. */
#define ANNOTATION_INIT       "io.kelp.init"
#define ANNOTATION_CWD_CREATE "io.kelp.cwd-create"
#define ANNOTATION_EMULATE    "io.kelp.emulate-root"

void launch_plan_release(struct launch_plan *plan);
void process_plan_release(struct process_plan *process);

/* cache_fd: directory for compiled seccomp programs, or -1. ERROR_UNSUPPORTED names what this
 * runtime does not offer; nothing in the specification is silently dropped. */
int launch_plan_make(const json_t *spec, int cache_fd, struct launch_plan *plan_out,
                     struct error *err);

/* Only the `process` object (exec); seccomp may be NULL. */
int process_plan_make(const json_t *process, const json_t *seccomp, int cache_fd,
                      struct process_plan *process_out, struct error *err);

#endif
