/* The containers of a pod, and what the pod's state is by theirs. See pod.h. */
#include "engine/pod/pod.h"

#include "base/alloc.h"

#include <string.h>

void pod_members_release(struct pod_members *members)
{
        free(members->items);
        *members = (struct pod_members){ 0 };
}

static int infra_then_oldest(const void *a, const void *b)
{
        const struct container *x = *(const struct container *const *)a;
        const struct container *y = *(const struct container *const *)b;

        if (x->spec.infra != y->spec.infra)
                return x->spec.infra ? -1 : 1;
        return (x->spec.created_ns > y->spec.created_ns) -
               (x->spec.created_ns < y->spec.created_ns);
}

void pod_members_of(const struct container_list *list, const char *id,
                    struct pod_members *members_out)
{
        struct pod_members members = { .items = xcalloc(list->count + 1, sizeof(*members.items)) };

        for (size_t i = 0; i < list->count; i++)
                if (list->items[i].spec.pod && strcmp(list->items[i].spec.pod, id) == 0)
                        members.items[members.count++] = &list->items[i];
        qsort(members.items, members.count, sizeof(*members.items), infra_then_oldest);
        *members_out = members;
}

const char *pod_status(const struct pod_members *members)
{
        size_t running = 0, paused = 0, ended = 0, stopping = 0;

        for (size_t i = 0; i < members->count; i++) {
                const struct container_state *state = &members->items[i]->state;
                bool runs = state->status == CONTAINER_RUNNING;

                paused += runs && state->paused;
                stopping += runs && !state->paused && state->stopping;
                running += runs && !state->paused && !state->stopping;
                ended += state->status == CONTAINER_EXITED || state->status == CONTAINER_LOST;
        }
        if (members->count == 0)
                return "Created";
        if (running > 0)
                return running == members->count ? "Running" : "Degraded";
        if (paused == members->count)
                return "Paused";
        if (ended > 0)
                return ended == members->count ? "Exited" : "Stopped";
        return stopping > 0 ? "Error" : "Created";
}
