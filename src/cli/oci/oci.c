/* kelp oci: options before the command, and the way to it.
 *
 * The commands are runc's, so that engines (podman, buildah, CRI-O, containerd) can call kelp in
 * its place; options that only crun has are taken too. An error goes to standard error and to the
 * log file; exit codes are runc's: 1, of exec 255.
 */
#include "cli/oci/oci.h"

#include "base/cleanup.h"
#include "base/log.h"
#include "cli/commands.h"
#include "cli/global.h"
#include "cli/oci/oci_log.h"
#include "cli/opt.h"
#include "engine/runtime/plan.h"

#include <stdio.h>
#include <string.h>

extern const struct command cmd_oci_create, cmd_oci_delete, cmd_oci_events, cmd_oci_exec,
        cmd_oci_features, cmd_oci_kill, cmd_oci_list, cmd_oci_pause, cmd_oci_ps, cmd_oci_resume,
        cmd_oci_run, cmd_oci_spec, cmd_oci_start, cmd_oci_state, cmd_oci_update;

static const struct command *const oci_commands[] = {
        &cmd_oci_create, &cmd_oci_start,  &cmd_oci_run,      &cmd_oci_exec,
        &cmd_oci_state,  &cmd_oci_list,   &cmd_oci_ps,       &cmd_oci_kill,
        &cmd_oci_pause,  &cmd_oci_resume, &cmd_oci_update,   &cmd_oci_events,
        &cmd_oci_delete, &cmd_oci_spec,   &cmd_oci_features, NULL,
};

struct oci_args {
        const char *root, *log, *log_format, *log_level, *cgroup_manager, *rootless;
        bool debug, systemd_cgroup, version;
};
#define OPT_ARGS struct oci_args

static const struct opt oci_options[] = {
        OPT_STR(0, "root", root, "DIRECTORY",
                "Where the state of containers is ($XDG_RUNTIME_DIR/kelp-oci)"),
        OPT_STR(0, "log", log, "FILE", "Write messages there"),
        OPT_STR(0, "log-format", log_format, "FORMAT", "text or json"),
        OPT_STR(0, "log-level", log_level, "LEVEL", "debug, info, warning or error"),
        OPT_BOOL(0, "debug", debug, "Log everything"),
        OPT_BOOL(0, "systemd-cgroup", systemd_cgroup, "Have systemd make cgroups"),
        OPT_STR(0, "cgroup-manager", cgroup_manager, "MANAGER", "cgroupfs, systemd or disabled"),
        OPT_STR(0, "rootless", rootless, "WHETHER",
                "true, false or auto: go on without a cgroup that cannot be made"),
        OPT_BOOL('v', "version", version, "Show the version"),
        OPT_REFUSED(0, "criu", "checkpoints are not offered"),
        { 0 },
};

static const char *called = "kelp oci";

bool oci_is_called(const char *argv0)
{
        static const char *const known[] = { "kelp-oci", "runc", "crun" };
        const char *slash = argv0 ? strrchr(argv0, '/') : NULL;
        const char *name = slash ? slash + 1 : argv0;

        for (size_t i = 0; name && i < ARRAY_SIZE(known); i++)
                if (strcmp(name, known[i]) == 0) {
                        called = known[i];
                        return true;
                }
        return false;
}

/* The shape that engines look for: "NAME version X", then what it can. */
static void print_version(void)
{
        printf("%s version " KELP_VERSION "\n", called);
        printf("kelp: rootless OCI containers from one binary\n");
        printf("spec: " OCI_VERSION "\n");
        printf("+SYSTEMD +SELINUX +APPARMOR +CAP +SECCOMP +EBPF\n");
}

static int set_log(const struct oci_args *args, struct error *err)
{
        const char *word = args->debug ? "debug" : args->log_level;
        enum log_level level;

        if (oci_log_open(args->log, args->log_format, err) < 0)
                return -1;
        if (!word)
                return 0;
        if (!log_level_parse(word, &level))
                return error_set(err, ERROR_USAGE, "unknown log level \"%s\"", word);
        log_set_level(level);
        return 0;
}

static int set_manager(const struct oci_args *args, struct oci_context *oci, struct error *err)
{
        const char *name = args->cgroup_manager;

        oci->manager = args->systemd_cgroup ? CGROUP_SYSTEMD : CGROUP_FS;
        if (!name || strcmp(name, "cgroupfs") == 0)
                return 0;
        if (strcmp(name, "systemd") == 0)
                oci->manager = CGROUP_SYSTEMD;
        else if (strcmp(name, "disabled") == 0)
                oci->manager = CGROUP_NONE;
        else
                return error_set(err, ERROR_USAGE,
                                 "unknown cgroup manager \"%s\": cgroupfs, systemd or disabled",
                                 name);
        return 0;
}

static int set_rootless(const struct oci_args *args, struct oci_context *oci, struct error *err)
{
        const char *word = args->rootless;

        if (!word || strcmp(word, "auto") == 0)
                return 0;
        oci->rootless_set = true;
        oci->rootless = strcmp(word, "true") == 0;
        if (!oci->rootless && strcmp(word, "false") != 0)
                return error_set(err, ERROR_USAGE, "--rootless is true, false or auto, not \"%s\"",
                                 word);
        return 0;
}

int oci_context_open(struct context *ctx, bool lock, struct oci_container *container_out,
                     struct error *err)
{
        return oci_container_open(&oci_context_of(ctx)->root, ctx->argv[0], lock, container_out,
                                  err);
}

static int run_command(struct context *ctx, const struct oci_args *args, struct error *err)
{
        const struct command *command = command_named(oci_commands, ctx->argv[0]);
        struct oci_context oci = { .context = { .store = STORE_EMPTY, .within = true },
                                   .root = OCI_ROOT_EMPTY };
        int code;

        if (!command)
                return command_unknown_in(&cmd_oci, ctx->argv[0], err);
        oci_fds_note(&oci.fds, ctx->argc, ctx->argv);
        if (set_log(args, err) < 0 || set_manager(args, &oci, err) < 0 ||
            set_rootless(args, &oci, err) < 0 || oci_root_open(args->root, &oci.root, err) < 0)
                return -1;
        code = dispatch_command(&oci.context, command, ctx->argc - 1, ctx->argv + 1, err);
        oci_root_release(&oci.root);
        return code;
}

static int oci_run(struct context *ctx, void *data, struct error *err)
{
        const struct oci_args *args = data;
        bool is_exec = ctx->argc > 0 && strcmp(ctx->argv[0], "exec") == 0;
        int code;

        if (args->version) {
                print_version();
                return 0;
        }
        if (ctx->argc == 0) {
                help_print(&cmd_oci, NULL, false);
                return 1;
        }
        code = run_command(ctx, args, err);
        if (code >= 0)
                return code;
        oci_log_error(err);
        dispatch_print_error(err);
        return is_exec ? 255 : 1;
}

const struct command cmd_oci = {
        .name = "oci",
        .synopsis = "[OPTIONS] COMMAND [ARGUMENTS]",
        .summary = "Run containers from OCI bundles, as runc and crun do",
        .stop_at_operand = true,
        .max_operands = -1,
        .args_size = sizeof(struct oci_args),
        .options = oci_options,
        .commands = oci_commands,
        .run = oci_run,
};
