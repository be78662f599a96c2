/* Removing pods. See pod_removal.h. */
#include "cli/pod/pod_removal.h"

#include "base/cleanup.h"
#include "base/spawn.h"
#include "cli/pod/pod_turn.h"
#include "engine/container/verbs.h"
#include "engine/container/volumes.h"

#include <string.h>

static int end_one(const struct pod_turn *turn, struct container *container, struct error *err)
{
        const int *seconds = turn->args;

        if (container->state.paused)
                (void)container_unpause(&turn->ctx->store, container, NULL);
        return container_stop(&turn->ctx->store, container, *seconds, err);
}

/* What cannot be ended is told when it cannot be removed. */
void pod_removal_end(struct context *ctx, const struct pod *pod, bool force, int seconds)
{
        AUTO(container_list) list = { 0 };
        AUTO(pod_errors) errors = { 0 };
        struct pod_turn turn = {
                .ctx = ctx, .args = &seconds, .pod = pod, .doing = "stopping", .errors = &errors
        };
        bool others_run = false;

        if (container_list_load(&ctx->store, &list, NULL) < 0)
                return;
        pod_members_of(&list, pod->id, &turn.members);
        for (size_t i = 0; i < turn.members.count; i++)
                others_run =
                        others_run || (!turn.members.items[i]->spec.infra &&
                                       turn.members.items[i]->state.status == CONTAINER_RUNNING);
        if (force)
                pod_turn_act(&turn, false, end_one);
        if (force || !others_run)
                pod_turn_act(&turn, true, end_one);
        pod_members_release(&turn.members);
}

static int remove_one(const struct context *ctx, const char *id, struct error *err)
{
        struct container container = CONTAINER_EMPTY;
        int rc = container_lookup(&ctx->store, id, &container, err);

        if (rc == 0)
                rc = container_remove(&ctx->store, &container, err);
        if (rc == 0)
                container_volumes_remove(&ctx->store, &container.spec);
        container_release(&container);
        if (rc < 0 && err->kind == ERROR_NOT_FOUND) /* by somebody else, meanwhile */
                rc = 0;
        return rc;
}

int pod_removal_remove(const struct context *ctx, const struct pod *pod, struct pod_errors *errors)
{
        AUTO(container_list) list = { 0 };
        AUTO(pod_members) members = { 0 };
        AUTO(pod_errors) failed = { 0 };
        struct error err = { 0 };

        if (container_list_load(&ctx->store, &list, &err) < 0)
                return pod_errors_add(errors, &err), -1;
        pod_members_of(&list, pod->id, &members);
        for (size_t i = 0; i < members.count; i++) {
                const struct container *c = members.items[i];
                struct error why = { 0 };

                if (c->spec.infra || remove_one(ctx, c->id, &why) == 0)
                        continue;
                error_context(&why, "error removing container %s from pod %s", c->id, pod->id);
                pod_errors_add(&failed, &why);
        }
        if (failed.count == 0) {
                if (pod_remove(&ctx->store, pod, &err) == 0)
                        return 0;
                if (err.kind == ERROR_NOT_FOUND)
                        return 1;
                return pod_errors_add(errors, &err), -1;
        }
        error_set(&err, ERROR_STATE,
                  "not all containers could be removed from pod %s: removing pod containers",
                  pod->id);
        pod_errors_add(errors, &err);
        for (size_t i = 0; i < failed.count; i++)
                pod_errors_add(errors, &failed.items[i]);
        return -1;
}

int pod_removal_prune(const struct context *ctx, struct strv *removed, struct pod_errors *errors,
                      struct error *err)
{
        AUTO(container_list) list = { 0 };
        AUTO(pod_list) pods = { 0 };

        if (pod_list_load(&ctx->store, &pods, err) < 0 ||
            container_list_load(&ctx->store, &list, err) < 0)
                return -1;
        for (size_t i = 0; i < pods.count; i++) {
                AUTO(pod_members) members = { 0 };
                const char *status;

                pod_members_of(&list, pods.items[i].id, &members);
                status = pod_status(&members);
                if ((strcmp(status, "Exited") == 0 || strcmp(status, "Stopped") == 0) &&
                    pod_removal_remove(ctx, &pods.items[i], errors) == 0)
                        strv_add(removed, pods.items[i].id);
        }
        return 0;
}

struct replaced_pod {
        struct context *ctx;
        struct pod pod;
        int seconds; /* before SIGKILL, negative: each container's own */
};

static int replace(void *data, struct error *err)
{
        struct replaced_pod *old = data;
        AUTO(pod_errors) errors = { 0 };

        pod_removal_end(old->ctx, &old->pod, true, old->seconds);
        if (context_enter_userns(old->ctx, err) < 0)
                return -1;
        if (pod_removal_remove(old->ctx, &old->pod, &errors) >= 0)
                return 0;
        return error_copy(err, &errors.items[errors.count - 1]);
}

/* exactly: by the whole name, not by the beginning of an ID. */
static int force(struct replaced_pod *old, const char *name, bool exactly, struct error *err)
{
        struct error why = { 0 };
        int rc;

        if (pod_lookup(&old->ctx->store, name, &old->pod, &why) < 0)
                return why.kind == ERROR_NOT_FOUND ? 0 : error_copy(err, &why);
        rc = exactly && strcmp(old->pod.spec.name, name) != 0 ? 0 : spawn_call(replace, old, err);
        pod_release(&old->pod);
        return rc;
}

int pod_removal_replace(struct context *ctx, const char *name, struct error *err)
{
        struct replaced_pod old = { .ctx = ctx, .seconds = -1 };

        return force(&old, name, true, err);
}

int pod_removal_force(struct context *ctx, const char *id, struct error *err)
{
        struct replaced_pod old = { .ctx = ctx };

        return force(&old, id, false, err);
}
