/* Which containers a verb acts on. See targets.h. */
#include "cli/targets.h"

#include "base/cleanup.h"
#include "base/fd.h"

#include <fcntl.h>
#include <string.h>

#define CIDFILE_MAX 256
#define TIMEOUT_MAX 1000000 /* seconds, eleven days */

static int add_cidfile(const struct target_args *args, const char *path, struct strv *names,
                       struct error *err)
{
        char *id;

        if (fd_read_file(AT_FDCWD, path, CIDFILE_MAX, &id, NULL, err) < 0) {
                if (args->ignore && err->kind == ERROR_NOT_FOUND)
                        return 0;
                return error_context(err, "--cidfile");
        }
        id[strcspn(id, " \t\r\n")] = '\0';
        strv_take(names, id);
        return 0;
}

/* The list comes newest first. */
static int add_listed(const struct context *ctx, const struct target_args *args, struct strv *names,
                      struct error *err)
{
        struct container_list list;

        if (container_list_load(&ctx->store, &list, err) < 0)
                return -1;
        for (size_t i = 0; i < list.count; i++) {
                if (args->latest && i > 0)
                        break;
                if (args->latest || !args->only_running ||
                    list.items[i].state.status == CONTAINER_RUNNING)
                        strv_add(names, list.items[i].id);
        }
        container_list_release(&list);
        if (args->latest && names->count == 0)
                return error_set(err, ERROR_NOT_FOUND, "--latest: there are no containers");
        return 0;
}

static int check(const struct context *ctx, const struct target_args *args, struct error *err)
{
        bool named = ctx->argc > 0 || args->cidfiles.count > 0;

        if (args->all && args->latest)
                return error_set(err, ERROR_USAGE, "--all and --latest exclude each other");
        if ((args->all || args->latest) && named)
                return error_set(err, ERROR_USAGE, "--%s takes no names",
                                 args->all ? "all" : "latest");
        if (args->all || args->latest || named)
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
        if ((args->all || args->latest) && add_listed(ctx, args, names, err) < 0)
                return -1;
        args->ignore = args->ignore || args->all;
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

int target_timeout(const struct opt_int *option, int *seconds_out, struct error *err)
{
        if (option->set && (option->value < 0 || option->value > TIMEOUT_MAX))
                return error_set(err, ERROR_USAGE, "--time %lld is not between 0 and %d seconds",
                                 option->value, TIMEOUT_MAX);
        *seconds_out = option->set ? (int)option->value : -1;
        return 0;
}
