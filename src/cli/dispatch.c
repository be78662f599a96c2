/* From argv to a command's exit code: global options, the command, its options, what it needs, and
 * its error told once. */
#include "cli/global.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/log.h"
#include "cli/commands.h"
#include "cli/complete.h"
#include "cli/oci.h"
#include "cli/conf_options.h"
#include "cli/nearest.h"
#include "cli/opt.h"
#include "cli/printable.h"
#include "cli/runtime_options.h"
#include "rootless/userns.h"
#include "engine/storage/driver.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#define OPT_ARGS struct global_args

const struct opt global_options[] = {
        OPT_STR(0, "root", root, "DIRECTORY", "Where images and containers are kept"),
        OPT_STR(0, "runroot", runroot, "DIRECTORY",
                "Where sockets and files of running containers are"),
        OPT_STR(0, "tmpdir", runroot, "DIRECTORY", "The same as --runroot"),
        OPT_LIST(0, "additional-store", additional, "DIRECTORY",
                 "A store whose images are used too, read-only"),
        OPT_STR(0, "storage-driver", storage_driver, "DRIVER",
                "overlay, fuse-overlayfs or copy (vfs)"),
        OPT_STR(0, "cgroup-manager", cgroup_manager, "MANAGER", "systemd or cgroupfs"),
        RUNTIME_OPTIONS(runtime),
        OPT_STR(0, "log-level", log_level, "LEVEL", "debug, info, warn or error"),
        OPT_STR(0, "out", out, "FILE", "Write to this file in place of standard output"),
        OPT_BOOL(0, "noout", no_out, "Write nothing to standard output"),
        OPT_BOOL('h', "help", help, "Show this overview"),
        OPT_BOOL('v', "version", version, "Show the version"),
        { 0 },
};

int context_open_store(struct context *ctx, struct error *err)
{
        if (ctx->store.root_fd >= 0)
                return 0;
        if (store_open(ctx->global.root, ctx->global.runroot, &ctx->store, err) < 0)
                return -1;
        for (size_t i = 0; i < ctx->global.additional.count; i++)
                if (store_add(&ctx->store, ctx->global.additional.items[i], err) < 0)
                        return -1;
        return store_add_configured(&ctx->store, err);
}

int context_enter_userns(struct context *ctx, struct error *err)
{
        (void)ctx;
        return userns_enter(err);
}

/* Called by podman's or docker's name (a symbolic link), errors are told as these do, for scripts
 * that look at them. */
static bool called_as_podman(void)
{
        return strcmp(program_invocation_short_name, "podman") == 0 ||
               strcmp(program_invocation_short_name, "docker") == 0;
}

void dispatch_print_error(const struct error *err)
{
        AUTO_FREE char *text = printable(err->text[0] ? err->text : "it failed without saying why");
        AUTO_FREE char *cure = printable(err->cure);

        fflush(stdout);
        if (called_as_podman()) {
                fprintf(stderr, "Error: %s\n", text);
                return;
        }
        fprintf(stderr, cure[0] ? "kelp: %s\n  %s\n" : "kelp: %s\n", text, cure);
}

int for_each_operand(struct context *ctx, void *args,
                     int (*one)(struct context *ctx, void *args, const char *operand,
                                struct error *err),
                     struct error *err)
{
        struct error first = { 0 };

        for (int i = 0; i < ctx->argc; i++) {
                struct error this = { 0 };

                if (one(ctx, args, ctx->argv[i], &this) == 0)
                        continue;
                if (first.kind == ERROR_NONE)
                        first = this;
                else
                        dispatch_print_error(&this);
        }
        return first.kind == ERROR_NONE ? 0 : error_copy(err, &first);
}

static int check_operands(const struct context *ctx, const struct command *command,
                          struct error *err)
{
        if (ctx->argc < command->min_operands)
                error_set(err, ERROR_USAGE, "kelp %s needs %s %d argument%s", command->name,
                          command->max_operands == command->min_operands ? "exactly" : "at least",
                          command->min_operands, command->min_operands == 1 ? "" : "s");
        else if (command->max_operands == 0 && ctx->argc > 0)
                error_set(err, ERROR_USAGE, "kelp %s takes no arguments", command->name);
        else if (command->max_operands >= 0 && ctx->argc > command->max_operands)
                error_set(err, ERROR_USAGE, "kelp %s takes at most %d argument%s", command->name,
                          command->max_operands, command->max_operands == 1 ? "" : "s");
        else
                return 0;
        return error_cure(err, "usage: kelp %s %s", command->name, command->synopsis);
}

static int provide(struct context *ctx, const struct command *command, struct error *err)
{
        if ((command->needs & NEEDS_STORE) && context_open_store(ctx, err) < 0)
                return -1;
        return command->needs & NEEDS_USERNS ? context_enter_userns(ctx, err) : 0;
}

/* Behind "did you mean ...", or alone. */
static void point_to_help(const char *command, struct error *err)
{
        AUTO_FREE char *meant = xstrdup(err->cure);

        error_cure(err, "%s%sSee: kelp %s%s--help", meant, meant[0] ? " " : "", command,
                   command[0] ? " " : "");
}

/* The configuration, then the command line, which goes before it. */
static int parse(struct context *ctx, const struct command *command, const struct opt *options,
                 int argc, char **argv, void *args, struct error *err)
{
        int left;

        if (command->conf &&
            (conf_options_global(&ctx->global, err) < 0 ||
             conf_options_parse(command->conf, options, args, &ctx->conf_words, err) < 0))
                return -1;
        left = opt_parse(options, command->stop_at_operand, argc, argv, args, err);
        if (command->conf && left >= 0)
                conf_options_settle(command->conf, options, args, &ctx->conf_words);
        return left;
}

int dispatch_command(struct context *ctx, const struct command *command, int argc, char **argv,
                     struct error *err)
{
        static const struct opt none[] = { { 0 } };
        const struct opt *options = command->options ? command->options : none;
        void *args;
        int rc = -1;

        args = xcalloc(1, command->args_size);
        ctx->command = command;
        ctx->argv = argv;
        ctx->argc = parse(ctx, command, options, argc, argv, args, err);
        if (ctx->argc == OPT_HELP) {
                help_print(command, false);
                rc = 0;
        } else if (ctx->argc < 0) {
                point_to_help(command->name, err);
        } else if (check_operands(ctx, command, err) == 0 && provide(ctx, command, err) == 0) {
                rc = command->run(ctx, args, err);
                if (rc < 0)
                        nearest_suggest(ctx, err);
        }
        opt_release(options, args);
        free(args);
        return rc;
}

/* Options before the command end at its name. */
static int parse_global(struct context *ctx, int *argc, char ***argv, struct error *err)
{
        enum storage_driver driver;
        enum log_level level;
        int left = opt_parse(global_options, true, *argc, *argv, &ctx->global, err);

        if (left < 0) {
                point_to_help("", err);
                return -1;
        }
        *argc = left;
        if (ctx->global.log_level) {
                if (!log_level_parse(ctx->global.log_level, &level))
                        return error_set(err, ERROR_USAGE, "unknown log level \"%s\"",
                                         ctx->global.log_level);
                log_set_level(level);
        }
        if (!storage_driver_parse(ctx->global.storage_driver, &driver))
                return error_set(err, ERROR_USAGE, "unknown storage driver \"%s\"",
                                 ctx->global.storage_driver);
        if (ctx->global.cgroup_manager && strcmp(ctx->global.cgroup_manager, "systemd") != 0 &&
            strcmp(ctx->global.cgroup_manager, "cgroupfs") != 0)
                return error_set(err, ERROR_USAGE, "unknown cgroup manager \"%s\"",
                                 ctx->global.cgroup_manager);
        return 0;
}

/* --out, --noout: for the command and all that it starts. */
static int redirect_output(const struct global_args *global, struct error *err)
{
        const char *path = global->no_out ? "/dev/null" : global->out;
        AUTO_CLOSE int fd = -1;

        if (!path)
                return 0;
        fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
        if (fd < 0 || dup2(fd, STDOUT_FILENO) < 0)
                return error_sys(err, errno, "write to %s", path);
        return 0;
}

static int run(struct context *ctx, int argc, char **argv, struct error *err)
{
        const struct command *command;
        int words = 1;
        bool describe;

        if (parse_global(ctx, &argc, &argv, err) < 0 || redirect_output(&ctx->global, err) < 0)
                return -1;
        if (ctx->global.version) {
                printf("kelp version " KELP_VERSION "\n");
                return 0;
        }
        if (argc == 0 || ctx->global.help) {
                help_print(NULL, false);
                return ctx->global.help ? 0 : 125;
        }
        if (complete_is_called(argv[0], &describe))
                return complete_print(ctx, describe, argc - 1, argv + 1);
        if (argc == 2 && command_is_group(argv[0]) &&
            (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)) {
                help_print_group(argv[0]);
                return 0;
        }
        command = command_find(argc, argv, &words);
        if (!command)
                return command_unknown(argv[0], argc > 1 ? argv[1] : NULL, err);
        return dispatch_command(ctx, command, argc - words, argv + words, err);
}

/* The other end of the pipe is closed. */
static bool reader_left(void)
{
        struct pollfd out = { .fd = STDOUT_FILENO, .events = POLLOUT };

        return poll(&out, 1, 0) > 0 && (out.revents & POLLERR);
}

/* What was printed has to arrive. A reader that left (kelp ps | head) is no news; we end as if by
 * its SIGPIPE, which is ignored so that sockets tell us instead. */
static int flush_output(int code)
{
        struct error err = { 0 };

        errno = 0;
        if (fflush(stdout) == 0 && !ferror(stdout))
                return code;
        error_sys(&err, errno ? errno : EIO, "write to standard output");
        if (err.sys != EPIPE && !reader_left())
                dispatch_print_error(&err);
        else if (code == 0)
                return 128 + SIGPIPE;
        return code ? code : 125;
}

int dispatch(int argc, char **argv)
{
        struct context ctx = { .store = STORE_EMPTY };
        struct error err = { 0 };
        int code;

        signal(SIGPIPE, SIG_IGN);
        code = oci_is_called(argv[0]) ? dispatch_command(&ctx, &cmd_oci, argc - 1, argv + 1, &err)
                                      : run(&ctx, argc - 1, argv + 1, &err);
        if (code < 0) {
                dispatch_print_error(&err);
                code = error_exit_code(&err);
        }
        code = flush_output(code);
        store_release(&ctx.store);
        opt_release(global_options, &ctx.global);
        strv_release(&ctx.conf_words);
        return code;
}
