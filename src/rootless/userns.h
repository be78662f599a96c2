/* The ladder of user namespaces: which ids this caller can have, and entering the namespace.
 *
 * Rung 1 "subids": the caller becomes 0 and its /etc/subuid, /etc/subgid ranges follow, written by
 * newuidmap(1) and newgidmap(1). Rung 2 "privileged": root, or CAP_SETUID here: the maps are
 * written directly, the identity of what this namespace has. Rung 3 "single": the caller alone.
 */
#ifndef KELP_ROOTLESS_USERNS_H
#define KELP_ROOTLESS_USERNS_H

#include "base/error.h"
#include "rootless/id_map.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum userns_rung { USERNS_SUBIDS, USERNS_PRIVILEGED, USERNS_SINGLE, USERNS_RUNG_COUNT };

/* What to enter; plain data. */
struct userns_plan {
        enum userns_rung rung;
        struct id_map uids; /* what this process enters */
        struct id_map gids;
        /* The container's map, where it is not the whole default namespace: outside are ids of
         * that. Without the caller's own id this process would be nobody in there, and what it has
         * to do with the store is out of its reach: then it enters the default namespace, and the
         * container gets its own below (nested). */
        bool mapped, nested;
        struct id_maps maps;
        uid_t caller_uid; /* outside */
        gid_t caller_gid;
        int join_fd;         /* enter this user namespace, which is there already; -1: a new one */
        char join_path[256]; /* nested: the container's is there already, too; "": a new one */
        const char *reason;  /* why not a higher rung: one phrase, or NULL on the first */
        const char *cure;    /* the command that would help, or NULL */
};

/* The default namespace of the best rung for this process; reads /etc/subuid, /etc/subgid and looks
 * for the helpers. */
int userns_plan(struct userns_plan *plan_out, struct error *err);

/* Only these ids of the default namespace, for a plan of userns_plan(). nested: always so, even
 * with the caller's id. Ids that it has not are ERROR_INVALID, with the cure. */
int userns_restrict(struct userns_plan *plan, const struct id_maps *maps, bool nested,
                    struct error *err);

/* "subids", "privileged", "single" */
const char *userns_rung_name(enum userns_rung rung);

/* Who the caller is in what this process enters: 0, unless a map says otherwise. */
uid_t userns_caller_inside(const struct userns_plan *plan);

/* A short name of the container's mapping, for directories whose owners depend on it: "" for the
 * default namespace of rung 1 and 2, "single", or "m" and a hash of the map. */
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

/* The mapping name of the namespace that this process has entered, "" before; and the map behind
 * it, NULL for "" and "single". */
const char *userns_own_mapping(void);
const struct id_maps *userns_own_maps(void);

#endif
