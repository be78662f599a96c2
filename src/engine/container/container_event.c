/* Events of containers: with name, image and labels. */
#include "engine/container/container_event.h"

#include "base/cleanup.h"

#include <inttypes.h>
#include <string.h>

#define AT_ONCE 4

static struct event event_of(const struct container *container, const char *status)
{
        return (struct event){ .type = "container",
                               .status = status,
                               .id = container->id,
                               .name = container->spec.name,
                               .image = container->spec.image_name,
                               .attributes = &container->spec.labels };
}

void container_events(const struct store *store, const struct container *container,
                      const char *const *statuses, const int *exit_code)
{
        struct event events[AT_ONCE];
        size_t count = 0;

        if (container->spec.builder)
                return; /* a step of a build: the image's event tells of it */

        for (; *statuses && count < AT_ONCE; statuses++) {
                events[count] = event_of(container, *statuses);
                if (strcmp(*statuses, "died") == 0)
                        events[count].exit_code = exit_code;
                count++;
        }
        events_write(store, events, count);
}

void container_health_event(const struct store *store, const struct container *container,
                            const char *health)
{
        struct event event = event_of(container, "health_status");

        event.health = health;
        events_write(store, &event, 1);
}

void container_oom_event(const struct store *store, const struct container *container,
                         uint64_t kills)
{
        struct event event = event_of(container, "oom");
        AUTO(strv) attributes = { 0 };

        strv_extend(&attributes, &container->spec.labels);
        strv_addf(&attributes, "oom_kills=%" PRIu64, kills);
        event.attributes = &attributes;
        events_write(store, &event, 1);
}

void container_event(const struct store *store, const struct container *container,
                     const char *status)
{
        container_events(store, container, (const char *const[]){ status, NULL }, NULL);
}
