/* Which containers a verb acts on, and acting on each of them. */
#ifndef KELP_CLI_CONTAINER_TARGETS_H
#define KELP_CLI_CONTAINER_TARGETS_H

#include "cli/command.h"
#include "engine/container/container.h"

/* The states in which --all and --filter take a container. */
enum target_states {
        TARGET_STOPPED = 1, /* it does not run */
        TARGET_ACTIVE = 2,  /* it runs and is not paused */
        TARGET_PAUSED = 4,
        TARGET_RUNNING = TARGET_ACTIVE | TARGET_PAUSED,
};

/* What stop, kill, rm and the like have in common on their command lines. */
struct target_args {
        bool all;             /* --all: no names */
        bool latest;          /* --latest: the newest, no names */
        bool ignore;          /* what does not exist is passed over */
        unsigned states;      /* target_states for --all and --filter; 0: any */
        struct strv cidfiles; /* --cidfile: IDs in files, besides names */
        struct strv filters;  /* --filter: those that match, of the names when there are any */
};

/* Put the names, or the IDs that stand for them, in place of the operands; none given is an error.
 * The caller keeps `names` until the end. With --all and --filter, --ignore is set, since others
 * may remove containers meanwhile. */
int targets_choose(struct context *ctx, struct target_args *args, struct strv *names,
                   struct error *err);

/* Were they chosen by --all or --filter? Then one whose state has changed meanwhile is no failure.
 */
bool targets_listed(const struct target_args *args);

/* Look up a container by an operand. 0: *container_out is the caller's to release; 1: it does not
 * exist, which is to be passed over; -1. */
int target_lookup(const struct context *ctx, const struct target_args *args, const char *name,
                  struct container *container_out, struct error *err);

/* For commands that take one container and then other operands: with --latest the newest container
 * becomes the first operand, else there must be one. At least `least` operands follow it.
 * The caller keeps `words` until the end. */
int target_first(struct context *ctx, bool latest, int least, struct strv *words,
                 struct error *err);

/* The ID in a file that --cidfile or --pod-id-file wrote: its first word. The caller frees. */
int target_read_id(const char *path, char **id_out, struct error *err);

/* --time: seconds out of an option, -1 when it is not set. */
int target_timeout(const struct opt_int *option, int *seconds_out, struct error *err);

#endif
