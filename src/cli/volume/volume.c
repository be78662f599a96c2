/* kelp volume create, exists, rm, reload. */
#include "base/alloc.h"
#include "base/cleanup.h"
#include "cli/global.h"
#include "engine/container/verbs.h"
#include "engine/container/volumes.h"

#include <stdio.h>
#include <string.h>

struct create_args {
        const char *driver, *name;
        struct strv labels, options;
        struct opt_int uid, gid;
        bool ignore;
};
#define OPT_ARGS struct create_args

static const struct opt create_options[] = {
        OPT_STR('d', "driver", driver, "DRIVER", "local, the only one"),
        OPT_INT(0, "gid", gid, "GID", "Group of its directory"),
        OPT_BOOL(0, "ignore", ignore, "No error when it exists already"),
        OPT_LIST('l', "label", labels, "KEY=VALUE", "Set a label"),
        OPT_STR(0, "name", name, "NAME", "Name of the volume"),
        OPT_LIST('o', "opt", options, "KEY=VALUE",
                 "type=tmpfs|bind|none, device=PATH, o=MOUNT-OPTIONS, nocopy"),
        OPT_INT(0, "uid", uid, "UID", "Owner of its directory"),
        { 0 },
};

static int set_id(const struct opt_int *option, const char *flag, uid_t *id, struct error *err)
{
        if (!option->set)
                return 0;
        if (option->value < 0 || option->value > 0xfffffffeLL)
                return error_set(err, ERROR_USAGE, "--%s %lld is not an id", flag, option->value);
        *id = (uid_t)option->value;
        return 0;
}

static int fill(const struct create_args *args, const char *name, struct volume *volume,
                struct error *err)
{
        if (args->driver && strcmp(args->driver, "local") != 0)
                return error_set(err, ERROR_UNSUPPORTED,
                                 "volume driver \"%s\" is not supported (local is)", args->driver);
        volume->name = name ? xstrdup(name) : volume_make_name();
        if (!volume->name || !volume_name_valid(volume->name))
                return error_set(err, ERROR_USAGE,
                                 "running volume create option: names must match "
                                 "[a-zA-Z0-9][a-zA-Z0-9_.-]*: invalid argument");
        for (size_t i = 0; i < args->labels.count; i++)
                strv_addf(&volume->labels,
                          strchr(args->labels.items[i], '=') ? "%s" : "%s=", args->labels.items[i]);
        strv_extend(&volume->options, &args->options);
        if (volume_check_options(volume, err) < 0)
                return -1;
        return set_id(&args->uid, "uid", &volume->uid, err) < 0 ||
                               set_id(&args->gid, "gid", &volume->gid, err) < 0
                       ? -1
                       : 0;
}

static int create_run(struct context *ctx, void *data, struct error *err)
{
        const struct create_args *args = data;
        const char *name = ctx->argc > 0 ? ctx->argv[0] : args->name;
        AUTO(volume) volume = { 0 };

        if (ctx->argc > 0 && args->name && strcmp(ctx->argv[0], args->name) != 0)
                return error_set(err, ERROR_USAGE,
                                 "conflicting options: you cannot specify a "
                                 "volume name via both name and flag");
        if (fill(args, name, &volume, err) < 0)
                return -1;
        /* Only an owner other than the caller needs the ids. */
        if ((volume.uid || volume.gid) && context_enter_userns(ctx, err) < 0)
                return -1;
        if (volume_create(&ctx->store, &volume, err) < 0 &&
            !(args->ignore && err->kind == ERROR_EXISTS))
                return -1;
        printf("%s\n", volume.name);
        return 0;
}

const struct command cmd_volume_create = {
        .name = "volume create",
        .synopsis = "[OPTIONS] [NAME]",
        .summary = "Make a volume",
        .needs = NEEDS_STORE,
        .max_operands = 1,
        .args_size = sizeof(struct create_args),
        .options = create_options,
        .run = create_run,
};

static int exists_run(struct context *ctx, void *data, struct error *err)
{
        AUTO(volume) volume = { 0 };

        (void)data;
        /* By its whole name, as podman: scripts make what is not there. */
        if (volume_load(&ctx->store, ctx->argv[0], &volume, err) == 0)
                return 0;
        return err->kind == ERROR_NOT_FOUND ? 1 : -1;
}

const struct command cmd_volume_exists = {
        .name = "volume exists",
        .synopsis = "VOLUME",
        .summary = "Exit with 0 when there is such a volume, with 1 when there is none",
        .needs = NEEDS_STORE,
        .min_operands = 1,
        .max_operands = 1,
        .run = exists_run,
};

/* Volumes are looked for anew by every command. */
static int reload_run(struct context *ctx, void *data, struct error *err)
{
        (void)ctx;
        (void)data;
        (void)err;
        return 0;
}

const struct command cmd_volume_reload = {
        .name = "volume reload",
        .synopsis = "",
        .summary = "Look for volumes of plugins; kelp has none, so nothing is to be done",
        .run = reload_run,
};

struct rm_args {
        bool all, force;
        struct opt_int timeout;
        int code;
};
#undef OPT_ARGS
#define OPT_ARGS struct rm_args

static const struct opt rm_options[] = {
        OPT_BOOL('a', "all", all, "Remove every volume"),
        OPT_BOOL('f', "force", force,
                 "Remove the containers that use it too; no error when it does not exist"),
        OPT_INT('t', "time", timeout, "SECONDS", "Wait this long before SIGKILL; -1: for ever"),
        { 0 },
};

/* podman-volume-rm(1): 1 when a volume does not exist, 2 when one is used. */
static void note_failure(struct rm_args *args, const struct error *err)
{
        int code = err->kind == ERROR_NOT_FOUND ? 1 : err->kind == ERROR_IN_USE ? 2 : 125;

        args->code = args->code == 0 || args->code == code ? code : 125;
}

/* The processes of a container cannot be signalled from inside the user namespace, so those that
 * have the volumes end before it is entered; what does not end is told when it cannot be removed.
 */
static void stop_users(struct context *ctx, const struct strv *ids, int seconds)
{
        for (size_t i = 0; i < ids->count; i++) {
                struct container container = CONTAINER_EMPTY;

                if (container_lookup(&ctx->store, ids->items[i], &container, NULL) == 0) {
                        if (container.state.paused)
                                (void)container_unpause(&ctx->store, &container, NULL);
                        (void)container_stop(&ctx->store, &container, seconds, NULL);
                }
                container_release(&container);
        }
}

static void find_users(struct context *ctx, struct strv *ids)
{
        AUTO(container_list) list = { 0 };

        if (container_list_load(&ctx->store, &list, NULL) < 0)
                return;
        for (int i = 0; i < ctx->argc; i++) {
                AUTO(volume) volume = { 0 };

                if (volume_lookup(&ctx->store, ctx->argv[i], &volume, NULL) == 0)
                        volume_users(&list, volume.name, ids);
        }
}

static void remove_users(struct context *ctx, const struct strv *ids)
{
        for (size_t i = 0; i < ids->count; i++) {
                struct container container = CONTAINER_EMPTY;

                if (container_lookup(&ctx->store, ids->items[i], &container, NULL) == 0)
                        (void)container_remove(&ctx->store, &container, NULL);
                container_release(&container);
        }
}

static int rm_one(struct context *ctx, void *data, const char *name, struct error *err)
{
        struct rm_args *args = data;
        AUTO(volume) volume = { 0 };

        if (volume_lookup(&ctx->store, name, &volume, err) < 0) {
                if (args->force && err->kind == ERROR_NOT_FOUND)
                        return 0;
        } else if (volume_remove(&ctx->store, volume.name, err) == 0) {
                printf("%s\n", volume.name);
                return 0;
        }
        note_failure(args, err);
        return -1;
}

static int rm_run(struct context *ctx, void *data, struct error *err)
{
        struct rm_args *args = data;
        AUTO(volume_list) list = { 0 };
        AUTO(strv) names = { 0 };
        AUTO(strv) users = { 0 };
        int seconds = args->timeout.set ? (int)args->timeout.value : 10;

        if (args->all == (ctx->argc > 0))
                return error_set(err, ERROR_USAGE, "choose either volumes or --all");
        if (args->timeout.set && (args->timeout.value < -1 || args->timeout.value > 1000000))
                return error_set(err, ERROR_USAGE, "--time %lld is out of range",
                                 args->timeout.value);
        if (args->all && volume_list_load(&ctx->store, &list, err) < 0)
                return -1;
        for (size_t i = 0; i < list.count; i++)
                strv_add(&names, list.items[i].name);
        if (args->all) {
                ctx->argc = (int)names.count;
                ctx->argv = names.items;
        }
        if (args->force)
                find_users(ctx, &users);
        stop_users(ctx, &users, seconds < 0 ? 1000000 : seconds);
        if (ctx->argc > 0 && context_enter_userns(ctx, err) < 0)
                return -1;
        remove_users(ctx, &users);
        if (for_each_operand(ctx, data, rm_one, err) < 0)
                dispatch_print_error(err);
        return args->code;
}

const struct command cmd_volume_rm = {
        .name = "volume rm",
        .synopsis = "[OPTIONS] VOLUME...",
        .summary = "Remove volumes",
        .needs = NEEDS_STORE,
        .max_operands = -1,
        .args_size = sizeof(struct rm_args),
        .options = rm_options,
        .run = rm_run,
};
