/* What the table of kelp ps shows of a container, and the way to all of them that reads none that
 * was seen before: their lines stand in cache/containers (engine/state/line_cache.h).
 *
 *     STATUS EXIT-CODE CREATED FINISHED NAME IMAGE COMMAND PORTS .    with a tab between each two
 *
 * FINISHED is when it was started, of one that runs. What changes a container puts a file into its
 * directory by rename, which moves that directory's change time; what does not do that is a
 * monitor's death and a stop that is under way, which its locks tell. One that is paused, has a
 * health check, lost its monitor or has another's ports is never noted.
 */
#ifndef KELP_CLI_CONTAINER_PS_BRIEF_H
#define KELP_CLI_CONTAINER_PS_BRIEF_H

#include "engine/container/container.h"

struct ps_brief {
        char id[CONTAINER_ID_LEN + 1];
        int64_t created_ns, started_ns, finished_ns;
        enum container_status status;
        int exit_code;
        bool paused;
        char *up; /* how one that runs does, for people; NULL: it does not */
        char *name, *image, *command, *ports;
};

struct ps_briefs {
        struct ps_brief *items;
        size_t count;
};

void ps_brief_release(struct ps_brief *brief);
void ps_briefs_release(struct ps_briefs *briefs);

/* now: nanoseconds since 1970. */
void ps_brief_init(struct ps_brief *brief, const struct container *container, int64_t now);

/* Those that run, or all; oldest first. */
int ps_briefs_load(const struct store *store, bool all, int64_t now, struct ps_briefs *briefs_out,
                   struct error *err);

#endif
