/* Starting containers one by one, each in a child. See starting.h. */
#include "cli/container/starting.h"

#include "base/cleanup.h"
#include "base/spawn.h"
#include "cli/container/log_tags.h"
#include "cli/container/requires_options.h"
#include "cli/options/conf_options.h"
#include "engine/container/notify.h"
#include "engine/container/state.h"
#include "engine/container/userns_of.h"
#include "engine/container/verbs.h"

struct start_options starting_options(const struct context *ctx)
{
        return (struct start_options){
                .hooks_dirs = conf_options_hooks(&ctx->global),
                .storage_driver = ctx->global.storage_driver,
                .cgroup_manager = cgroup_manager_named(ctx->global.cgroup_manager),
        };
}

int starting_here(struct context *ctx, struct container *container,
                  const struct start_options *options, int *socket_out, struct error *err)
{
        struct start_options whole = *options;
        AUTO(strv) fields = { 0 };
        struct userns_entry entry = { .sync_fd = -1 };
        AUTO_CLOSE int change = -1;
        struct userns_plan plan;

        /* Without the lock: until what it requires is healthy can be long. */
        if (container->state.status != CONTAINER_RUNNING &&
            requires_start(ctx, &container->spec, err) < 0)
                return -1;
        change = state_lock_change(container->dir_fd, err);
        if (change < 0 || container_settle(container, err) < 0)
                return -1;
        if (container->state.status == CONTAINER_RUNNING)
                return 1;
        whole.log_fields = &fields;
        if (log_tags_fill(&ctx->store, container, &fields, err) < 0 ||
            userns_of_container(&ctx->store, &container->spec, &plan, err) < 0 ||
            userns_enter_begin(&plan, &entry, err) < 0)
                return -1;
        return container_start(&ctx->store, container, &plan, &entry, &whole, socket_out, err);
}

struct call {
        struct context *ctx;
        const char *name;
};

static int start_detached(void *data, struct error *err)
{
        struct call *call = data;
        struct start_options options = starting_options(call->ctx);
        struct container container = CONTAINER_EMPTY;
        AUTO_CLOSE int socket_fd = -1;
        pid_t pid;
        int rc = container_lookup(&call->ctx->store, call->name, &container, err);

        if (rc == 0)
                rc = starting_here(call->ctx, &container, &options, &socket_fd, err);
        if (rc == 0)
                rc = container_started(socket_fd, &pid, err);
        if (rc == 0)
                rc = notify_wait_healthy(&container, err);
        container_release(&container);
        return rc < 0 ? -1 : 0;
}

int starting_detached(struct context *ctx, const char *name, struct error *err)
{
        struct call call = { .ctx = ctx, .name = name };

        return spawn_call(start_detached, &call, err);
}

static int prepare_locked(struct context *ctx, struct container *container, struct error *err)
{
        AUTO_CLOSE int change = state_lock_change(container->dir_fd, err);
        struct start_options options = starting_options(ctx);
        struct userns_entry entry = { .sync_fd = -1 };
        struct userns_plan plan;

        if (change < 0 || container_refresh(container, err) < 0)
                return -1;
        if (container->state.status == CONTAINER_INITIALIZED)
                return 0;
        if (container->state.status == CONTAINER_RUNNING)
                return error_set(err, ERROR_STATE,
                                 "container %s has already been created in runtime: container "
                                 "state improper",
                                 container->id);
        if (userns_of_container(&ctx->store, &container->spec, &plan, err) < 0 ||
            userns_enter_begin(&plan, &entry, err) < 0 ||
            userns_enter_finish(&plan, &entry, err) < 0)
                return -1;
        return container_prepare(&ctx->store, container, &plan, &options, err);
}

static int prepare(void *data, struct error *err)
{
        struct call *call = data;
        struct container container = CONTAINER_EMPTY;
        int rc = container_lookup(&call->ctx->store, call->name, &container, err);

        if (rc == 0)
                rc = prepare_locked(call->ctx, &container, err);
        container_release(&container);
        return rc;
}

int starting_prepare(struct context *ctx, const char *name, struct error *err)
{
        struct call call = { .ctx = ctx, .name = name };

        return spawn_call(prepare, &call, err);
}

void starting_not_its_own(struct error *err)
{
        if (err->kind == ERROR_CANNOT_RUN || err->kind == ERROR_NO_COMMAND)
                err->kind = ERROR_GENERAL;
}
