/* One pod's turn in a verb. See pod_turn.h. */
#include "cli/pod/pod_turn.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "cli/pod/pod_jobs.h"

#include <stdio.h>

void pod_turn_fail(struct pod_turn *turn, const struct container *container, struct error *why)
{
        error_context(why, "%s container %s", turn->doing, container->id);
        pod_errors_add(turn->errors, why);
        turn->failures++;
}

/* What one container is to go through in a process of its own. */
struct call {
        const struct pod_turn *turn;
        const char *id;
        int (*act)(const struct pod_turn *turn, struct container *container, struct error *err);
};

static int act(void *data, struct error *err)
{
        struct call *call = data;
        struct container container = CONTAINER_EMPTY;
        int rc = container_lookup(&call->turn->ctx->store, call->id, &container, err);

        if (rc == 0)
                rc = call->act(call->turn, &container, err);
        container_release(&container);
        return rc;
}

void pod_turn_act(struct pod_turn *turn, bool infra,
                  int (*one)(const struct pod_turn *turn, struct container *container,
                             struct error *err))
{
        size_t count = 0, room = turn->members.count + 1;
        struct call *calls = xcalloc(room, sizeof(*calls));
        struct pod_job *jobs = xcalloc(room, sizeof(*jobs));
        const struct container **whose = xcalloc(room, sizeof(struct container *));

        for (size_t i = 0; i < turn->members.count; i++) {
                const struct container *c = turn->members.items[i];

                if (c->spec.infra != infra)
                        continue;
                calls[count] = (struct call){ .turn = turn, .id = c->id, .act = one };
                jobs[count].data = &calls[count];
                whose[count++] = c;
        }
        pod_jobs_run(jobs, count, act);
        for (size_t i = 0; i < count; i++)
                if (jobs[i].err.kind != ERROR_NONE)
                        pod_turn_fail(turn, whose[i], &jobs[i].err);
        free(calls);
        free(jobs);
        free(whose);
}

void pod_turn_take(struct context *ctx, const void *args, const struct pod *pod, pod_verb *verb,
                   bool names, struct pod_errors *errors)
{
        AUTO(container_list) list = { 0 };
        struct pod_turn turn = { .ctx = ctx, .args = args, .pod = pod, .errors = errors };
        struct error err = { 0 };
        int rc = container_list_load(&ctx->store, &list, &err);

        if (rc == 0) {
                pod_members_of(&list, pod->id, &turn.members);
                rc = verb(&turn, &err);
        }
        if (rc < 0)
                pod_errors_add(errors, &err);
        else if (rc == 0 && turn.failures == 0)
                printf("%s\n", names ? pod->spec.name : pod->id);
        fflush(stdout);
        pod_members_release(&turn.members);
}
