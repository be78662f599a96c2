/* Which containers a verb acts on. See targets.h. */
#include "cli/container/targets.h"

#include "base/cleanup.h"
#include "base/fd.h"
#include "cli/container/container_filter.h"

#include <fcntl.h>
#include <string.h>

#define ID_FILE_MAX 256
#define TIMEOUT_MAX 1000000 /* seconds, eleven days */

int target_read_id(const char *path, char **id_out, struct error *err)
{
        char *id;

        if (fd_read_file(AT_FDCWD, path, ID_FILE_MAX, &id, NULL, err) < 0)
                return -1;
        id[strcspn(id, " \t\r\n")] = '\0';
        *id_out = id;
        return 0;
}

static int add_cidfile(const struct target_args *args, const char *path, struct strv *names,
                       struct error *err)
{
        char *id;

        if (target_read_id(path, &id, err) < 0) {
                if (args->ignore && err->kind == ERROR_NOT_FOUND)
                        return 0;
                if (err->kind == ERROR_NOT_FOUND)
                        error_set(err, ERROR_NOT_FOUND, "open %s: no such file or directory", path);
                return error_context(err, "reading CIDFile");
        }
        strv_take(names, id);
        return 0;
}

static bool in_states(const struct target_args *args, const struct container_state *state)
{
        unsigned is = state->status != CONTAINER_RUNNING ? TARGET_STOPPED
                      : state->paused                    ? TARGET_PAUSED
                                                         : TARGET_ACTIVE;

        return args->states == 0 || (args->states & is);
}

static int add_newest(const struct container_list *list, struct strv *names, struct error *err)
{
        if (list->count == 0)
                return error_set(err, ERROR_NOT_FOUND, "--latest: there are no containers");
        strv_add(names, list->items[0].id); /* the list comes newest first */
        return 0;
}

static void add_all(const struct target_args *args, const struct container_list *list,
                    const struct filters *filters, struct strv *names)
{
        for (size_t i = 0; i < list->count; i++)
                if (in_states(args, &list->items[i].state) &&
                    container_filters_match(filters, &list->items[i]))
                        strv_add(names, list->items[i].id);
}

static const struct container *find_id(const struct container_list *list, const char *id)
{
        for (size_t i = 0; i < list->count; i++)
                if (strcmp(list->items[i].id, id) == 0)
                        return &list->items[i];
        return NULL;
}

/* Of the names, those whose containers match; those of no container stay, to be told as errors. */
static void keep_matching(const struct context *ctx, const struct container_list *list,
                          const struct filters *filters, struct strv *names)
{
        struct strv kept = { 0 };

        for (size_t i = 0; i < names->count; i++) {
                struct container container = CONTAINER_EMPTY;
                const struct container *listed = NULL;

                if (container_lookup(&ctx->store, names->items[i], &container, NULL) == 0)
                        listed = find_id(list, container.id);
                if (!listed || container_filters_match(filters, listed))
                        strv_add(&kept, names->items[i]);
                container_release(&container);
        }
        strv_release(names);
        *names = kept;
}

static int choose_from_list(const struct context *ctx, const struct target_args *args,
                            struct strv *names, struct error *err)
{
        AUTO(container_list) list = { 0 };
        AUTO(filters) filters = { 0 };

        if (container_list_load(&ctx->store, &list, err) < 0)
                return -1;
        if (args->latest)
                return add_newest(&list, names, err);
        if (container_filters_init(&args->filters, &ctx->store, &list, &filters, err) < 0)
                return -1;
        if (names->count > 0)
                keep_matching(ctx, &list, &filters, names);
        else
                add_all(args, &list, &filters, names);
        return 0;
}

bool targets_listed(const struct target_args *args)
{
        return args->all || args->filters.count > 0;
}

static int check(const struct context *ctx, const struct target_args *args, struct error *err)
{
        bool named = ctx->argc > 0 || args->cidfiles.count > 0;

        if (args->all && args->latest)
                return error_set(err, ERROR_USAGE, "--all and --latest cannot be used together");
        if (args->latest && args->filters.count > 0)
                return error_set(err, ERROR_USAGE, "--filter and --latest cannot be used together");
        if ((args->all || args->latest) && named)
                return error_set(err, ERROR_USAGE, "--%s and containers cannot be used together",
                                 args->all ? "all" : "latest");
        if (targets_listed(args) || args->latest || named)
                return 0;
        error_set(err, ERROR_USAGE, "kelp %s needs a container's name or ID", ctx->command->name);
        return error_cure(err, "usage: kelp %s %s", ctx->command->name, ctx->command->synopsis);
}

int targets_choose(struct context *ctx, struct target_args *args, struct strv *names,
                   struct error *err)
{
        if (check(ctx, args, err) < 0)
                return -1;
        for (int i = 0; i < ctx->argc; i++)
                strv_add(names, ctx->argv[i]);
        for (size_t i = 0; i < args->cidfiles.count; i++)
                if (add_cidfile(args, args->cidfiles.items[i], names, err) < 0)
                        return -1;
        if ((args->latest || targets_listed(args)) && choose_from_list(ctx, args, names, err) < 0)
                return -1;
        args->ignore = args->ignore || (targets_listed(args) && ctx->argc == 0);
        ctx->argc = (int)names->count;
        ctx->argv = names->items;
        return 0;
}

int target_lookup(const struct context *ctx, const struct target_args *args, const char *name,
                  struct container *container_out, struct error *err)
{
        if (container_lookup(&ctx->store, name, container_out, err) == 0)
                return 0;
        return args->ignore && err->kind == ERROR_NOT_FOUND ? 1 : -1;
}

int target_first(struct context *ctx, bool latest, int least, struct strv *words, struct error *err)
{
        AUTO(container_list) list = { 0 };

        if (ctx->argc < least + !latest) {
                error_set(err, ERROR_USAGE, "kelp %s needs a container's name or ID%s",
                          ctx->command->name, least > 0 ? " and a command" : "");
                return error_cure(err, "usage: kelp %s %s", ctx->command->name,
                                  ctx->command->synopsis);
        }
        if (!latest)
                return 0;
        if (ctx->command->max_operands == 1 && ctx->argc > 0)
                return error_set(err, ERROR_USAGE,
                                 "--latest and containers cannot be used together");
        if (container_list_load(&ctx->store, &list, err) < 0 || add_newest(&list, words, err) < 0)
                return -1;
        for (int i = 0; i < ctx->argc; i++)
                strv_add(words, ctx->argv[i]);
        ctx->argc = (int)words->count;
        ctx->argv = words->items;
        return 0;
}

int target_timeout(const struct opt_int *option, int *seconds_out, struct error *err)
{
        bool forever = option->set && option->value == -1;

        if (option->set && !forever && (option->value < 0 || option->value > TIMEOUT_MAX))
                return error_set(err, ERROR_USAGE,
                                 "--time %lld is not between 0 and %d seconds, or -1 for ever",
                                 option->value, TIMEOUT_MAX);
        *seconds_out = forever ? TIMEOUT_MAX : option->set ? (int)option->value : -1;
        return 0;
}
