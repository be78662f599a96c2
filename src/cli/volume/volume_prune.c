/* kelp volume prune, and what system prune --volumes does. */
#include "cli/volume/volume_prune.h"

#include "base/cleanup.h"
#include "base/strbuf.h"
#include "cli/confirm.h"
#include "cli/global.h"
#include "cli/volume/volume_filter.h"

#include <stdio.h>
#include <string.h>

struct prune_args {
        bool all, force;
        struct strv filters;
};
#define OPT_ARGS struct prune_args

static const struct opt prune_options[] = {
        OPT_BOOL('a', "all", all, "Named ones too, as always"),
        OPT_LIST(0, "filter", filters, "KEY=VALUE",
                 "label=, label!=, name=, opt=, anonymous=, until=, since="),
        OPT_BOOL('f', "force", force, "Do not ask"),
        { 0 },
};

int volume_prune_find(const struct store *store, const struct strv *words, struct strv *names,
                      struct error *err)
{
        AUTO(volume_list) list = { 0 };
        AUTO(container_list) containers = { 0 };
        AUTO(filters) filters = { 0 };

        if (volume_list_load(store, &list, err) < 0 ||
            container_list_load(store, &containers, err) < 0 ||
            volume_filters_init(words, &list, &filters, err) < 0)
                return -1;
        for (size_t i = 0; i < list.count; i++) {
                AUTO(strv) ids = { 0 };

                volume_users(&containers, list.items[i].name, &ids);
                if (ids.count == 0 && volume_filters_match(&filters, &list.items[i], &containers))
                        strv_add(names, list.items[i].name);
        }
        return 0;
}

int volume_prune(const struct store *store, const struct strv *words, struct strv *removed,
                 struct error *err)
{
        AUTO(strv) names = { 0 };

        if (volume_prune_find(store, words, &names, err) < 0)
                return -1;
        /* One that a container took meanwhile stays. */
        for (size_t i = 0; i < names.count; i++)
                if (volume_remove(store, names.items[i], NULL) == 0)
                        strv_add(removed, names.items[i]);
        return 0;
}

static bool ask(const struct strv *names)
{
        AUTO(strbuf) text = { 0 };

        strbuf_adds(&text, "WARNING! This will remove all volumes not used by at least one "
                           "container. The following volumes will be removed:");
        for (size_t i = 0; i < names->count; i++)
                strbuf_addf(&text, "\n%s", names->items[i]);
        return confirm(text.data);
}

static int prune_run(struct context *ctx, void *data, struct error *err)
{
        const struct prune_args *args = data;
        AUTO(strv) names = { 0 };
        AUTO(strv) removed = { 0 };

        if (volume_prune_find(&ctx->store, &args->filters, &names, err) < 0)
                return -1;
        if (names.count == 0 && !args->force)
                printf("No dangling volumes found\n");
        if (names.count == 0 || (!args->force && !ask(&names)))
                return 0;
        if (context_enter_userns(ctx, err) < 0 ||
            volume_prune(&ctx->store, &args->filters, &removed, err) < 0)
                return -1;
        for (size_t i = 0; i < removed.count; i++)
                printf("%s\n", removed.items[i]);
        return 0;
}

const struct command cmd_volume_prune = {
        .name = "volume prune",
        .synopsis = "[OPTIONS]",
        .summary = "Remove volumes that no container has",
        .needs = NEEDS_STORE,
        .args_size = sizeof(struct prune_args),
        .options = prune_options,
        .run = prune_run,
};
