/* kelp secret create, exists, rm. */
#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "cli/global.h"
#include "engine/storage/secret.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

struct create_args {
        const char *driver;
        struct strv labels, driver_options;
        bool env, ignore, replace;
};
#define OPT_ARGS struct create_args

static const struct opt create_options[] = {
        OPT_STR('d', "driver", driver, "DRIVER", "file, the only one"),
        OPT_LIST(0, "driver-opts", driver_options, "KEY=VALUE", "Kept with it and shown"),
        OPT_BOOL(0, "env", env, "Take the value of an environment variable"),
        OPT_BOOL(0, "ignore", ignore, "No error when it exists already"),
        OPT_LIST('l', "label", labels, "KEY=VALUE", "Set a label"),
        OPT_BOOL(0, "replace", replace, "Replace the one of that name"),
        { 0 },
};

static int read_env(const char *name, char **data_out, size_t *len_out, struct error *err)
{
        const char *value = getenv(name);

        if (!value)
                return error_set(err, ERROR_NOT_FOUND,
                                 "cannot create store secret data: environment variable %s is not "
                                 "set",
                                 name);
        *data_out = xstrdup(value);
        *len_out = strlen(value);
        return 0;
}

static int read_data(const struct create_args *args, const char *source, char **data_out,
                     size_t *len_out, struct error *err)
{
        bool from_stdin = strcmp(source, "-") == 0;
        AUTO_CLOSE int fd = -1;

        if (args->env)
                return read_env(source, data_out, len_out, err);
        if (from_stdin && isatty(STDIN_FILENO))
                return error_set(err, ERROR_USAGE,
                                 "a secret is not typed at a terminal, where it shows: name a file "
                                 "or give it through a pipe");
        fd = from_stdin ? dup(STDIN_FILENO) : open(source, O_RDONLY | O_CLOEXEC);
        if (fd < 0)
                return error_sys(err, errno, "open %s", source);
        if (fd_read_rest(fd, SECRET_DATA_MAX, data_out, len_out, err) < 0)
                return err->kind == ERROR_TOO_LARGE
                               ? error_set(err, ERROR_USAGE,
                                           "secret data must be larger than 0 and less than %zu "
                                           "bytes",
                                           SECRET_DATA_MAX)
                               : error_context(err, "secret");
        return 0;
}

static int publish(struct context *ctx, const struct create_args *args, struct secret *secret,
                   struct error *err)
{
        AUTO_FREE char *data = NULL;
        size_t len = 0;
        int rc = read_data(args, ctx->argv[1], &data, &len, err);

        if (rc == 0)
                rc = secret_create(&ctx->store, secret, data, len, args->replace, err);
        if (data)
                explicit_bzero(data, len);
        return rc;
}

static int create_run(struct context *ctx, void *data, struct error *err)
{
        const struct create_args *args = data;
        AUTO(secret) secret = { .name = xstrdup(ctx->argv[0]) };
        AUTO(secret) old = { 0 };

        if (args->ignore && args->replace)
                return error_set(err, ERROR_USAGE,
                                 "cannot use --ignore and --replace flags together");
        if (args->driver && strcmp(args->driver, "file") != 0)
                return error_set(err, ERROR_UNSUPPORTED,
                                 "secret driver \"%s\" is not supported (file is)", args->driver);
        for (size_t i = 0; i < args->labels.count; i++)
                strv_addf(&secret.labels,
                          strchr(args->labels.items[i], '=') ? "%s" : "%s=", args->labels.items[i]);
        for (size_t i = 0; i < args->driver_options.count; i++)
                strv_split(&secret.driver_options, args->driver_options.items[i], ',');
        if (publish(ctx, args, &secret, err) < 0) {
                if (!args->ignore || err->kind != ERROR_EXISTS ||
                    secret_lookup(&ctx->store, secret.name, &old, err) < 0)
                        return -1;
                printf("%s\n", old.id);
                return 0;
        }
        printf("%s\n", secret.id);
        return 0;
}

const struct command cmd_secret_create = {
        .name = "secret create",
        .synopsis = "[OPTIONS] NAME FILE|-",
        .summary = "Keep a secret for containers",
        .needs = NEEDS_STORE,
        .min_operands = 2,
        .max_operands = 2,
        .args_size = sizeof(struct create_args),
        .options = create_options,
        .run = create_run,
};

static int exists_run(struct context *ctx, void *data, struct error *err)
{
        AUTO(secret) secret = { 0 };

        (void)data;
        if (secret_lookup(&ctx->store, ctx->argv[0], &secret, err) == 0)
                return 0;
        return err->kind == ERROR_NOT_FOUND ? 1 : -1;
}

const struct command cmd_secret_exists = {
        .name = "secret exists",
        .synopsis = "SECRET",
        .summary = "Exit with 0 when there is such a secret, with 1 when there is none",
        .needs = NEEDS_STORE,
        .min_operands = 1,
        .max_operands = 1,
        .run = exists_run,
};

struct rm_args {
        bool all, ignore;
};
#undef OPT_ARGS
#define OPT_ARGS struct rm_args

static const struct opt rm_options[] = {
        OPT_BOOL('a', "all", all, "Remove every secret"),
        OPT_BOOL('i', "ignore", ignore, "Pass over secrets that do not exist"),
        { 0 },
};

static int rm_one(struct context *ctx, void *data, const char *name, struct error *err)
{
        const struct rm_args *args = data;
        AUTO(secret) secret = { 0 };

        if (secret_lookup(&ctx->store, name, &secret, err) < 0)
                return args->ignore && err->kind == ERROR_NOT_FOUND ? 0 : -1;
        if (secret_remove(&ctx->store, secret.name, err) < 0)
                return -1;
        printf("%s\n", secret.id);
        return 0;
}

static int rm_run(struct context *ctx, void *data, struct error *err)
{
        const struct rm_args *args = data;
        AUTO(secret_list) list = { 0 };
        AUTO(strv) names = { 0 };

        if (args->all == (ctx->argc > 0))
                return error_set(err, ERROR_USAGE,
                                 "`kelp secret rm` requires one argument, or "
                                 "the --all flag");
        if (args->all && secret_list_load(&ctx->store, &list, err) < 0)
                return -1;
        for (size_t i = 0; i < list.count; i++)
                strv_add(&names, list.items[i].name);
        if (args->all) {
                ctx->argc = (int)names.count;
                ctx->argv = names.items;
        }
        return for_each_operand(ctx, data, rm_one, err);
}

const struct command cmd_secret_rm = {
        .name = "secret rm",
        .synopsis = "[OPTIONS] SECRET...",
        .summary = "Remove secrets",
        .needs = NEEDS_STORE,
        .max_operands = -1,
        .args_size = sizeof(struct rm_args),
        .options = rm_options,
        .run = rm_run,
};
