/* Notices as events. See event_watch.h.
 *
 * An OOM kill is recorded by the container's monitor, like any other event. For use of memory and
 * pressure the threshold is the asker's, so it is the asker who watches: for as long as `kelp
 * events` runs, the containers that run then or are started meanwhile and that its other filters
 * let through. Nothing is written to the store.
 *
 *     Status "memory"    Attributes condition=memory:80%, memory_use=BYTES
 *            "pressure"             condition=pressure:some=200ms/2s, stalled_us=MICROSECONDS
 *
 * A use of memory is told when it comes up to the threshold, and again only after it was below.
 */
#include "cli/system/event_watch.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/log.h"

#include <string.h>

#define MEMORY_MS 250 /* between two looks */

struct watched {
        struct container_watch watch;
        json_t *event;                 /* what all events of the container have in common */
        bool above[WATCH_NOTICES_MAX]; /* it was, at the last look */
};

static void watched_release(struct watched *watched)
{
        container_watch_release(&watched->watch);
        json_decref(watched->event);
}

void event_watch_release(struct event_watch *watch)
{
        for (size_t i = 0; i < watch->count; i++)
                watched_release(&watch->items[i]);
        free(watch->items);
        watch->items = NULL;
        watch->count = 0;
}

static json_t *event_of(const struct container *container)
{
        json_t *event = json_object();

        json_set_string(event, "Type", "container");
        json_set_string(event, "ID", container->id);
        json_set_string(event, "Name", container->spec.name);
        json_set_string(event, "Image", container->spec.image_name);
        json_object_set_new(event, "Attributes", json_from_pairs(&container->spec.labels));
        return event;
}

/* The event of a notice. */
static json_t *fill(const json_t *common, const struct cgroup_notice *notice, uint64_t value)
{
        json_t *event = json_deep_copy(common), *attributes = json_object_get(event, "Attributes");
        bool memory = notice->kind == NOTICE_MEMORY;

        json_set_string(event, "Status", memory ? "memory" : "pressure");
        json_set_string(attributes, "condition", notice->text);
        if (value) {
                AUTO_FREE char *number = xasprintf("%llu", (unsigned long long)value);

                json_set_string(attributes, memory ? "memory_use" : "stalled_us", number);
        }
        json_object_set_new(event, "timeNano", json_integer(clock_now_ns()));
        return event;
}

/* Would the filter let any of the notices of this container through? */
static bool is_wanted(const struct event_watch *watch, const json_t *common)
{
        for (size_t i = 0; i < watch->notices.count; i++) {
                AUTO_JSON json_t *event = fill(common, &watch->notices.items[i], 0);

                if (event_filter_match(watch->filter, event))
                        return true;
        }
        return false;
}

/* Whose directory need not be open: what its exit record tells is an event of its own. */
static void watch_container(struct event_watch *watch, const struct container *container)
{
        struct watched fresh = { .watch = CONTAINER_WATCH_EMPTY };
        struct error err = { 0 };

        if (container->state.status != CONTAINER_RUNNING)
                return;
        fresh.event = event_of(container);
        if (is_wanted(watch, fresh.event) &&
            container_watch_run(&fresh.watch, container, watch->notices.items, watch->notices.count,
                                &err) < 0)
                log_warn("container %s is not watched: %s, continuing", container->spec.name,
                         err.text);
        if (!fresh.watch.pid_start) {
                watched_release(&fresh);
                return;
        }
        watch->items = xreallocarray(watch->items, watch->count + 1, sizeof(*watch->items));
        watch->items[watch->count++] = fresh;
}

void event_watch_running(struct event_watch *watch, const struct store *store)
{
        AUTO(container_list) list = { 0 };

        watch->begun = watch->notices.count > 0;
        if (!watch->begun || container_list_load(store, &list, NULL) < 0)
                return;
        for (size_t i = 0; i < list.count; i++)
                watch_container(watch, &list.items[i]);
}

static bool is_watched(const struct event_watch *watch, const char *id)
{
        for (size_t i = 0; i < watch->count; i++)
                if (strcmp(json_get_string(watch->items[i].event, "ID", ""), id) == 0 &&
                    !container_watch_ended(&watch->items[i].watch))
                        return true;
        return false;
}

void event_watch_seen(struct event_watch *watch, const struct store *store, const json_t *event)
{
        const char *id = json_get_string(event, "ID", "");
        struct container container = CONTAINER_EMPTY;

        if (watch->begun && strcmp(json_get_string(event, "Type", ""), "container") == 0 &&
            strcmp(json_get_string(event, "Status", ""), "start") == 0 && !is_watched(watch, id) &&
            container_lookup(store, id, &container, NULL) == 0)
                watch_container(watch, &container);
        container_release(&container);
}

static int tell(const struct event_watch *watch, struct watched *watched, size_t index,
                uint64_t value, int (*show)(void *, json_t *, struct error *), void *data,
                struct error *err)
{
        AUTO_JSON json_t *event = fill(watched->event, &watch->notices.items[index], value);

        return event_filter_match(watch->filter, event) ? show(data, event, err) : 0;
}

/* Is the notice to be told? */
static bool is_new(struct watched *watched, const struct pollfd *slots, size_t index,
                   uint64_t *value)
{
        struct cgroup_watch *item = &watched->watch.items[index];
        bool memory = item->notice->kind == NOTICE_MEMORY;
        bool met = cgroup_watch_met(item, slots[index + 1].revents & POLLPRI, value);
        bool fresh = met && !(memory && watched->above[index]);

        watched->above[index] = met;
        return fresh;
}

/* 1: it has ended. */
static int look_at(struct event_watch *watch, struct watched *watched, bool memory,
                   int (*show)(void *, json_t *, struct error *), void *data, struct error *err)
{
        struct pollfd slots[WATCH_SLOTS_MAX];

        container_watch_slots(&watched->watch, slots);
        if (poll(slots, ARRAY_SIZE(slots), 0) <= 0 && !memory)
                return 0;
        for (size_t i = 0; i < watched->watch.count; i++) {
                uint64_t value = 0;

                if (!memory && watch->notices.items[i].kind == NOTICE_MEMORY)
                        continue;
                if (is_new(watched, slots, i, &value) &&
                    tell(watch, watched, i, value, show, data, err) < 0)
                        return -1;
        }
        return slots[0].revents ? 1 : 0;
}

int event_watch_look(struct event_watch *watch, int (*show)(void *, json_t *, struct error *),
                     void *data, struct error *err)
{
        int64_t now = watch->begun ? clock_monotonic_ms() : 0;
        bool memory = now >= watch->next_ms;

        if (memory)
                watch->next_ms = now + MEMORY_MS;
        for (size_t i = 0; i < watch->count;) {
                int rc = look_at(watch, &watch->items[i], memory, show, data, err);

                if (rc < 0)
                        return -1;
                if (rc == 0) {
                        i++;
                        continue;
                }
                watched_release(&watch->items[i]); /* it has ended */
                watch->items[i] = watch->items[--watch->count];
        }
        return 0;
}
