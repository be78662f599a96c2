/* Events of containers: with name, image and labels. */
#include "engine/container/container_event.h"

#include "base/cleanup.h"

#include <inttypes.h>
#include <string.h>

#define AT_ONCE 4

void container_events(const struct store *store, const struct container *container,
                      const char *const *statuses, const int *exit_code)
{
        struct event events[AT_ONCE];
        size_t count = 0;

        for (; *statuses && count < AT_ONCE; statuses++)
                events[count++] = (struct event){
                        .type = "container",
                        .status = *statuses,
                        .id = container->id,
                        .name = container->spec.name,
                        .image = container->spec.image_name,
                        .attributes = &container->spec.labels,
                        .exit_code = strcmp(*statuses, "died") == 0 ? exit_code : NULL,
                };
        events_write(store, events, count);
}

void container_health_event(const struct store *store, const struct container *container,
                            const char *health)
{
        events_write(store,
                     &(struct event){ .type = "container",
                                      .status = "health_status",
                                      .id = container->id,
                                      .name = container->spec.name,
                                      .image = container->spec.image_name,
                                      .attributes = &container->spec.labels,
                                      .health = health },
                     1);
}

void container_oom_event(const struct store *store, const struct container *container,
                         uint64_t kills)
{
        AUTO(strv) attributes = { 0 };

        strv_extend(&attributes, &container->spec.labels);
        strv_addf(&attributes, "oom_kills=%" PRIu64, kills);
        events_write(store,
                     &(struct event){ .type = "container",
                                      .status = "oom",
                                      .id = container->id,
                                      .name = container->spec.name,
                                      .image = container->spec.image_name,
                                      .attributes = &attributes },
                     1);
}

void container_event(const struct store *store, const struct container *container,
                     const char *status)
{
        container_events(store, container, (const char *const[]){ status, NULL }, NULL);
}
