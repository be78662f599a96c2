/* kelp oci create, run. */
#include "base/cleanup.h"
#include "base/fd.h"
#include "cli/oci/oci.h"
#include "engine/runtime/oci/oci_life.h"

struct create_args {
        const char *bundle, *config, *console_socket, *pid_file;
        struct opt_int preserve_fds;
        bool no_pivot, no_new_keyring, no_subreaper, detach, keep;
};
#define OPT_ARGS struct create_args

#define MAKING_OPTIONS                                                                             \
        OPT_STR('b', "bundle", bundle, "DIRECTORY", "The bundle (the working directory)"),         \
                OPT_STR('f', "config", config, "FILE", "The specification (config.json)"),         \
                OPT_STR(0, "console-socket", console_socket, "SOCKET",                             \
                        "Send the terminal to this socket"),                                       \
                OPT_STR(0, "pid-file", pid_file, "FILE", "Write the process's id there"),          \
                OPT_INT(0, "preserve-fds", preserve_fds, "NUMBER",                                 \
                        "Pass that many more descriptors on, from 3"),                             \
                OPT_BOOL(0, "no-pivot", no_pivot,                                                  \
                         "Change the root without pivot_root(2), for ramdisks"),                   \
                OPT_BOOL(0, "no-new-keyring", no_new_keyring, "Keep the session keyring"),         \
                OPT_BOOL(0, "no-subreaper", no_subreaper,                                          \
                         "Do not adopt orphans of the container (kelp never does)"),               \
                OPT_REFUSED(0, "pidfd-socket", "read the pid file and open a pidfd of it")

static const struct opt create_options[] = {
        MAKING_OPTIONS,
        { 0 },
};

static const struct opt run_options[] = {
        MAKING_OPTIONS,
        OPT_BOOL('d', "detach", detach, "Do not wait until it ends"),
        OPT_BOOL(0, "keep", keep, "Do not delete the container when it has ended"),
        { 0 },
};

static int fill(struct context *ctx, const struct create_args *args, struct oci_request *request,
                struct error *err)
{
        struct oci_context *oci = oci_context_of(ctx);

        if (oci_fds_choose(&oci->fds, &args->preserve_fds, err) < 0)
                return -1;
        *request = (struct oci_request){ .root = &oci->root,
                                         .id = ctx->argv[0],
                                         .bundle = args->bundle,
                                         .config = args->config,
                                         .console_socket = args->console_socket,
                                         .pid_file = args->pid_file,
                                         .manager = oci->manager,
                                         .preserve = &oci->fds.chosen,
                                         .listen_fds = oci->fds.listen,
                                         .no_pivot = args->no_pivot,
                                         .no_new_keyring = args->no_new_keyring,
                                         .detach = args->detach };
        return 0;
}

static int create_run(struct context *ctx, void *data, struct error *err)
{
        struct oci_request request;

        return fill(ctx, data, &request, err) < 0 ? -1 : oci_create(&request, err);
}

static int run_run(struct context *ctx, void *data, struct error *err)
{
        const struct create_args *args = data;
        struct oci_request request;
        int code = 0;

        if (fill(ctx, args, &request, err) < 0 || oci_run(&request, args->keep, &code, err) < 0)
                return -1;
        return code;
}

const struct command cmd_oci_create = {
        .name = "oci create",
        .synopsis = "[OPTIONS] CONTAINER",
        .summary = "Make a container and leave it waiting for start",
        .min_operands = 1,
        .max_operands = 1,
        .args_size = sizeof(struct create_args),
        .options = create_options,
        .run = create_run,
};

const struct command cmd_oci_run = {
        .name = "oci run",
        .synopsis = "[OPTIONS] CONTAINER",
        .summary = "Make a container and start it",
        .min_operands = 1,
        .max_operands = 1,
        .args_size = sizeof(struct create_args),
        .options = run_options,
        .run = run_run,
};
