/* kelp container prune. */
#include "cli/container/container_prune.h"

#include "base/cleanup.h"
#include "cli/confirm.h"
#include "cli/container/container_filter.h"
#include "cli/global.h"
#include "engine/container/verbs.h"

#include <stdio.h>
#include <string.h>

int prune_check_filters(const struct strv *filters, struct error *err)
{
        for (size_t i = 0; i < filters->count; i++) {
                const char *word = filters->items[i];

                if (strncmp(word, "until=", 6) != 0 && strncmp(word, "label=", 6) != 0 &&
                    strncmp(word, "label!=", 7) != 0)
                        return error_set(
                                err, ERROR_USAGE,
                                "filter \"%s\" is not one of until=, label=, label!=", word);
        }
        return 0;
}

int container_prune(const struct context *ctx, const struct strv *words, struct strv *removed,
                    struct error *err)
{
        AUTO(container_list) list = { 0 };
        AUTO(filters) filters = { 0 };

        if (container_list_load(&ctx->store, &list, err) < 0 ||
            container_filters_init(words, &ctx->store, &list, &filters, err) < 0)
                return -1;
        for (size_t i = 0; i < list.count; i++) {
                struct container container = CONTAINER_EMPTY;

                /* One that was started or removed meanwhile is left alone. */
                if (list.items[i].state.status != CONTAINER_RUNNING &&
                    container_filters_match(&filters, &list.items[i]) &&
                    container_lookup(&ctx->store, list.items[i].id, &container, NULL) == 0 &&
                    container_remove(&ctx->store, &container, NULL) == 0)
                        strv_add(removed, list.items[i].id);
                container_release(&container);
        }
        return 0;
}

struct prune_args {
        bool force;
        struct strv filters;
};
#define OPT_ARGS struct prune_args

static const struct opt prune_options[] = {
        OPT_LIST(0, "filter", filters, "KEY=VALUE", "until=TIME, label=KEY[=VALUE], label!=..."),
        OPT_BOOL('f', "force", force, "Do not ask"),
        { 0 },
};

static int prune_run(struct context *ctx, void *data, struct error *err)
{
        const struct prune_args *args = data;
        AUTO(strv) removed = { 0 };

        if (prune_check_filters(&args->filters, err) < 0)
                return -1;
        if (!args->force && !confirm("WARNING! This will remove all stopped containers."))
                return 0;
        if (context_enter_userns(ctx, err) < 0 ||
            container_prune(ctx, &args->filters, &removed, err) < 0)
                return -1;
        for (size_t i = 0; i < removed.count; i++)
                printf("%s\n", removed.items[i]);
        return 0;
}

const struct command cmd_container_prune = {
        .name = "container prune",
        .synopsis = "[OPTIONS]",
        .summary = "Remove all containers that do not run",
        .needs = NEEDS_STORE,
        .args_size = sizeof(struct prune_args),
        .options = prune_options,
        .run = prune_run,
};
