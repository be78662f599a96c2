/* From argv to a command's exit code: global options, the command, its options, what it needs, and
 * its error told once. */
#include "cli/global.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/log.h"
#include "cli/commands.h"
#include "cli/complete.h"
#include "cli/help_podman.h"
#include "cli/misuse.h"
#include "cli/nearest.h"
#include "cli/oci/oci.h"
#include "cli/options/conf_options.h"
#include "cli/options/storage_options.h"
#include "cli/output/printable.h"
#include "cli/quadlet/generator.h"
#include "engine/container/containers_conf.h"
#include "engine/container/leftover.h"
#include "engine/storage/volume_place.h"
#include "rootless/userns.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

/* [engine] volume_path is for a store that is new, and stays new until it has been heeded. */
static int place_configured(const struct store *store, struct error *err)
{
        const json_t *whole = containers_conf(err);
        const char *dir = json_get_string(json_object_get(whole, "engine"), "volume_path", "");

        if (whole && (!dir[0] || volume_place_set(store, dir, err) == 0))
                return 0;
        store_unmake(store);
        return whole ? error_context(err, "containers.conf, volume_path") : -1;
}

static int place_volumes(const struct context *ctx, struct error *err)
{
        const char *dir = ctx->global.volumes;

        if (dir && dir[0])
                return volume_place_set(&ctx->store, dir, err);
        return ctx->store.made ? place_configured(&ctx->store, err) : 0;
}

int context_open_store(struct context *ctx, struct error *err)
{
        if (ctx->store.root_fd >= 0)
                return 0;
        if (store_open(ctx->global.root, ctx->global.runroot, &ctx->store, err) < 0 ||
            place_volumes(ctx, err) < 0)
                return -1;
        for (size_t i = 0; i < ctx->global.additional.count; i++)
                if (store_add(&ctx->store, ctx->global.additional.items[i], err) < 0)
                        return -1;
        if (storage_options_add(&ctx->global, &ctx->store, err) < 0 ||
            store_configure(&ctx->store, err) < 0)
                return -1;
        if (global_as_podman())
                storage_options_remind(&ctx->global, &ctx->store);
        if (ctx->store.run_made)
                leftover_remove(&ctx->store);
        return 0;
}

int context_enter_userns(struct context *ctx, struct error *err)
{
        (void)ctx;
        return userns_enter(err);
}

const char *dispatch_called_as(void)
{
        const char *name = program_invocation_short_name;

        return strcmp(name, "podman") == 0 || strcmp(name, "docker") == 0 ? name : "kelp";
}

/* The command whose help says more about a flag that was wrong; NULL: it is about something else.
 */
static const char *command_to_see;

/* An option before the command is refused: how kelp is called at all. */
static bool usage_to_see;

void dispatch_print_error(const struct error *err)
{
        AUTO_FREE char *text = printable(err->text[0] ? err->text : "it failed without saying why");
        AUTO_FREE char *cure = printable(err->cure);

        fflush(stdout);
        if (global_as_podman()) {
                fprintf(stderr, "Error: %s\n", text);
                if (command_to_see)
                        fprintf(stderr, "See '%s%s%s --help'\n", dispatch_called_as(),
                                command_to_see[0] ? " " : "", command_to_see);
                if (usage_to_see)
                        fprintf(stderr, "Usage:\n  %s [options] COMMAND\n", dispatch_called_as());
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

        command_to_see = err->kind == ERROR_UNSUPPORTED ? NULL : command;
        usage_to_see = !command_to_see && !command[0];
        error_cure(err, "%s%sSee: kelp %s%s--help", meant, meant[0] ? " " : "", command,
                   command[0] ? " " : "");
}

/* The configuration, then the command line, which goes before it. */
static int parse(struct context *ctx, const struct command *command, const struct opt *options,
                 int argc, char **argv, void *args, struct error *err)
{
        struct opt_more more = global_everywhere(&ctx->global);
        int left;

        if (command->conf &&
            (conf_options_global(&ctx->global, err) < 0 ||
             conf_options_parse(command->conf, options, args, &ctx->conf_words, err) < 0))
                return -1;
        left = opt_parse_more(options, command->commands || ctx->within ? NULL : &more,
                              command->stop_at_operand, argc, argv, args, err);
        if (command->commands && left >= 0 && global_refuse(&ctx->global, command->name, err) < 0)
                return -1;
        if (command->conf && left >= 0)
                conf_options_settle(command->conf, options, args, &ctx->conf_words);
        return left;
}

static int run_command(struct context *ctx, const struct command *command, void *args,
                       struct error *err)
{
        int rc = -1;

        log_info("kelp " KELP_VERSION " as process %d", getpid());
        log_debug("%s with %d arguments", command->name, ctx->argc);
        log_trace("word 0: %s", command->name);
        for (int i = 0; i < ctx->argc; i++)
                log_trace("word %d: %s", i + 1, ctx->argv[i]);
        if (misuse_check_operands(ctx, command, err) == 0 && provide(ctx, command, err) == 0)
                rc = command->run(ctx, args, err);
        if (rc < 0)
                nearest_suggest(ctx, err);
        return rc;
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
                help_print(command, ctx->within ? NULL : ctx->called, false);
                rc = 0;
        } else if (ctx->argc < 0) {
                point_to_help(command->name, err);
        } else if ((rc = global_settle(&ctx->global, err)) == 0) {
                rc = run_command(ctx, command, args, err);
        }
        opt_release(options, args);
        free(args);
        return rc;
}

/* Options before the command end at its name. */
static int parse_global(struct context *ctx, int *argc, char ***argv, struct error *err)
{
        int left = opt_parse(global_options, true, *argc, *argv, &ctx->global, err);

        if (left < 0) {
                point_to_help("", err);
                return -1;
        }
        *argc = left;
        return global_begin(&ctx->global, err);
}

/* Of `podman nosuch --flag`, podman tells the flag. */
static int unknown_command(int argc, char **argv, struct error *err)
{
        struct global_args ignored = { 0 };
        int rc = 0;

        if (global_as_podman() && argc > 1 && argv[1][0] == '-')
                rc = opt_parse(global_options, true, argc - 1, argv + 1, &ignored, err);
        opt_release(global_options, &ignored);
        if (rc == -1) {
                point_to_help("", err);
                return -1;
        }
        return misuse_no_command(argc, argv, err);
}

/* "image --help", "image trust --help". */
static bool is_group_help(int argc, char **argv)
{
        AUTO_FREE char *group = command_words(argc - 1, argv);
        bool asked = argc > 1 &&
                     (strcmp(argv[argc - 1], "--help") == 0 || strcmp(argv[argc - 1], "-h") == 0);

        if (!asked || !command_is_group(group))
                return false;
        help_print_group(group);
        return true;
}

static int run(struct context *ctx, int argc, char **argv, struct error *err)
{
        const struct command *command;
        AUTO_FREE char *called = NULL;
        int words = 1;
        bool describe;
        int rc = parse_global(ctx, &argc, &argv, err);

        if (rc < 0)
                return rc;
        if (ctx->global.version) {
                printf("kelp version " KELP_VERSION "\n");
                return 0;
        }
        if (argc == 0 || ctx->global.help) {
                if (!ctx->global.help && global_as_podman())
                        return help_podman_missing("", err);
                help_print(NULL, NULL, false);
                return ctx->global.help ? 0 : 125;
        }
        if (complete_is_called(argv[0], &describe))
                return complete_print(ctx, describe, argc - 1, argv + 1);
        if (is_group_help(argc, argv))
                return 0;
        command = command_find(argc, argv, &words);
        if (!command)
                return unknown_command(argc, argv, err);
        called = command_words(words, argv);
        ctx->called = called;
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
        const struct command *called;
        struct error err = { 0 };
        int code;

        signal(SIGPIPE, SIG_IGN);
        called = generator_is_called(argc, argv) ? &cmd_system_generator
                 : oci_is_called(argv[0])        ? &cmd_oci
                                                 : NULL;
        code = called ? dispatch_command(&ctx, called, argc - 1, argv + 1, &err)
                      : run(&ctx, argc - 1, argv + 1, &err);
        if (code < 0) {
                dispatch_print_error(&err);
                code = error_exit_code(&err);
        }
        code = flush_output(code);
        log_debug("Shutting down engines: exit code %d", code);
        store_release(&ctx.store);
        opt_release(global_options, &ctx.global);
        free(ctx.global.auth_file);
        strv_release(&ctx.conf_words);
        return code;
}
