/* The ladder of user namespaces: which ids this caller can have, and entering the namespace.
 *
 * Rung 1 "subids": the caller becomes 0 and its /etc/subuid, /etc/subgid ranges follow, written by
 * newuidmap(1) and newgidmap(1). Rung 2 "privileged": root, or CAP_SETUID here: the maps are
 * written directly, the identity of what this namespace has. Rung 3 "single": the caller alone.
 */
#ifndef KELP_ROOTLESS_USERNS_H
#define KELP_ROOTLESS_USERNS_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum userns_rung { USERNS_SUBIDS, USERNS_PRIVILEGED, USERNS_SINGLE, USERNS_RUNG_COUNT };

struct id_range {
        uint32_t inside;  /* first id in the namespace */
        uint32_t outside; /* first id in the parent */
        uint32_t count;
};

#define ID_RANGES_MAX 16

struct id_map {
        struct id_range ranges[ID_RANGES_MAX];
        size_t count;
};

/* What to enter; plain data. */
struct userns_plan {
        enum userns_rung rung;
        struct id_map uids;
        struct id_map gids;
        bool keep_id;     /* the caller keeps its own ids inside (--userns=keep-id) */
        uid_t caller_uid; /* outside */
        gid_t caller_gid;
        int join_fd;        /* enter this user namespace, which is there already; -1: a new one */
        const char *reason; /* why not a higher rung: one phrase, or NULL on the first */
        const char *cure;   /* the command that would help, or NULL */
};

/* The best rung for this process; reads /etc/subuid, /etc/subgid and looks for the helpers. */
int userns_plan(bool keep_id, struct userns_plan *plan_out, struct error *err);

/* "subids", "privileged", "single" */
const char *userns_rung_name(enum userns_rung rung);

/* The inside id for the caller: 0, or its own with keep_id. */
uid_t userns_caller_inside(const struct userns_plan *plan);

/* A short name of the mapping, for directories whose owners depend on it: "" for the default
 * mapping of rung 1 and 2, else e.g. "single" or "k1000". */
void userns_mapping_name(const struct userns_plan *plan, char *name_out, size_t size);

/* Does that mapping have one id only, so that owners are in records (override.h)? NULL: no. */
bool userns_mapping_records(const char *mapping);

/* Enter: unshare(2) CLONE_NEWUSER (or, with join_fd, setns(2)) in this (single-threaded) process
 * while helpers write the maps. begin returns at once, so that other work can go on; before finish
 * has returned, ids are not mapped: do not create files on a file system mounted inside. The caller
 * keeps its file access; with the default mapping it is root inside afterwards. */
struct userns_entry {
        pid_t helper; /* writes the maps, or 0 */
        int sync_fd;
};
int userns_enter_begin(const struct userns_plan *plan, struct userns_entry *entry_out,
                       struct error *err);
int userns_enter_finish(const struct userns_plan *plan, struct userns_entry *entry,
                        struct error *err);

/* Both at once, with the best plan; a second call in this process does nothing. */
int userns_enter(struct error *err);

/* The mapping name of the namespace that this process has entered, "" before. */
const char *userns_own_mapping(void);

/* True once this process has entered its namespace. */
bool userns_entered(void);

#endif
