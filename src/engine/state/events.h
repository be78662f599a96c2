/* What happened in a store: one JSON object a line in ROOT/events, podman's keys.
 *
 * Lines are appended with one write(2), so that writers need no lock. At EVENTS_FILE_MAX the file
 * becomes events.1, in place of the one before, so there are never more than two. Whatever keeps an
 * event from being written (a full disk, a read-only store) does not stop what it tells about.
 */
#ifndef KELP_ENGINE_STATE_EVENTS_H
#define KELP_ENGINE_STATE_EVENTS_H

#include "base/strv.h"
#include "engine/state/store.h"

#include <stddef.h>

#define EVENTS_FILE_MAX ((long long)1 << 20) /* bytes */
#define EVENT_LINE_MAX  ((size_t)64 << 10)

struct event {
        const char *type;              /* "container", "image", "volume", "system" */
        const char *status;            /* "start", "pull": podman-events(1)'s words */
        const char *id, *name, *image; /* NULL: none */
        const struct strv *attributes; /* "key=value", NULL: none */
        const int *exit_code;          /* NULL: none */
        const char *health;            /* of "health_status": the new one; NULL: none */
};

/* In this order, with one time and one write. */
void events_write(const struct store *store, const struct event *events, size_t count);

/* An event of an image. */
void events_write_image(const struct store *store, const char *status, const char *id,
                        const char *name);

#endif
