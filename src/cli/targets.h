/* Which containers a verb acts on, and acting on each of them. */
#ifndef KELP_CLI_TARGETS_H
#define KELP_CLI_TARGETS_H

#include "cli/command.h"
#include "engine/container/container.h"

/* What stop, kill, rm and the like have in common on their command lines. */
struct target_args {
        bool all;             /* --all: no names */
        bool latest;          /* --latest: the newest, no names */
        bool ignore;          /* what does not exist is passed over */
        bool only_running;    /* of --all */
        struct strv cidfiles; /* --cidfile: IDs in files, besides names */
};

/* Put the names, or the IDs that stand for them, in place of the operands; none given is an error.
 * The caller keeps `names` until the end. With --all, --ignore is set, since others may remove
 * containers meanwhile. */
int targets_choose(struct context *ctx, struct target_args *args, struct strv *names,
                   struct error *err);

/* Look up a container by an operand. 0: *container_out is the caller's to release; 1: it does not
 * exist, which is to be passed over; -1. */
int target_lookup(const struct context *ctx, const struct target_args *args, const char *name,
                  struct container *container_out, struct error *err);

/* --time: seconds out of an option, -1 when it is not set. */
int target_timeout(const struct opt_int *option, int *seconds_out, struct error *err);

#endif
