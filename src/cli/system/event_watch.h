/* Events that nobody records: what kelp events itself watches containers for, when it is asked to
 * (--filter event=memory:80%). */
#ifndef KELP_CLI_SYSTEM_EVENT_WATCH_H
#define KELP_CLI_SYSTEM_EVENT_WATCH_H

#include "base/json.h"
#include "cli/container/notice.h"
#include "cli/system/event_filter.h"
#include "engine/state/store.h"

struct event_watch {
        const struct event_filter *filter;
        struct notices notices; /* the filter's; none: there is nothing to be done */
        bool begun;             /* event_watch_running() was called */
        struct watched *items;
        size_t count;
        int64_t next_ms; /* use of memory is looked at again (CLOCK_MONOTONIC) */
};

void event_watch_release(struct event_watch *watch);

/* Watch the containers that run now and that the filter lets through / after that, the one that an
 * event is of, if it has started. What cannot be watched is told on standard error, once for each
 * run. */
void event_watch_running(struct event_watch *watch, const struct store *store);
void event_watch_seen(struct event_watch *watch, const struct store *store, const json_t *event);

/* Does not block; to be called every few dozen milliseconds. show(data, event) for each thing that
 * was noticed; its failure ends it. */
int event_watch_look(struct event_watch *watch, int (*show)(void *, json_t *, struct error *),
                     void *data, struct error *err);

#endif
