/* Which events kelp events shows. */
#ifndef KELP_CLI_EVENT_FILTER_H
#define KELP_CLI_EVENT_FILTER_H

#include "base/error.h"
#include "base/json.h"
#include "base/strv.h"

#include <stdbool.h>
#include <stdint.h>

struct event_filter {
        const struct strv *words;   /* "KEY=VALUE" */
        int64_t since_ns, until_ns; /* 0: no bound */
};

/* Is each word one that is known, and each notice one that makes sense? */
int event_filter_check(const struct strv *words, struct error *err);

/* The notice of a word "event=memory:80%", for which containers are watched (event_watch.h); else
 * NULL. */
const char *event_filter_notice(const char *word);

/* Every key must match; the values of one key are alternatives (podman-events(1)). */
bool event_filter_match(const struct event_filter *filter, const json_t *event);

#endif
