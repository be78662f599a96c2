/* Which events kelp events shows. */
#ifndef KELP_CLI_SYSTEM_EVENT_FILTER_H
#define KELP_CLI_SYSTEM_EVENT_FILTER_H

#include "base/json.h"
#include "cli/container/notice.h"
#include "cli/options/filter.h"

struct event_filter {
        struct filters filters;
        int64_t since_ns, until_ns; /* 0: no bound */
};

/* The bounds stay the caller's to set. *notices_out: those of words "event=memory:80%", for which
 * containers are watched (event_watch.h). */
int event_filter_init(const struct strv *words, struct event_filter *filter_out,
                      struct notices *notices_out, struct error *err);
void event_filter_release(struct event_filter *filter);

bool event_filter_match(const struct event_filter *filter, const json_t *event);

#endif
