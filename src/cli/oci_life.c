/* kelp oci start, state, kill, delete, pause, resume. */
#include "engine/runtime/oci/oci_life.h"

#include "base/cleanup.h"
#include "cli/oci.h"
#include "engine/container/verbs.h"

#include <stdio.h>
#include <string.h>

struct life_args {
        bool all, force;
};
#define OPT_ARGS struct life_args

static const struct opt no_options[] = { { 0 } };

static const struct opt kill_options[] = {
        OPT_BOOL('a', "all", all, "Signal every process in the container"),
        { 0 },
};

static const struct opt delete_options[] = {
        OPT_BOOL('f', "force", force, "Kill it first, when it runs; no error when it is not there"),
        { 0 },
};

static int start_run(struct context *ctx, void *data, struct error *err)
{
        AUTO(oci_container) container = OCI_CONTAINER_EMPTY;

        (void)data;
        if (oci_context_open(ctx, true, &container, err) < 0)
                return -1;
        return oci_start(&oci_context_of(ctx)->root, &container, err);
}

static int state_run(struct context *ctx, void *data, struct error *err)
{
        AUTO(oci_container) container = OCI_CONTAINER_EMPTY;
        AUTO_JSON json_t *state = NULL;

        (void)data;
        if (oci_context_open(ctx, false, &container, err) < 0)
                return -1;
        state = oci_container_state(&container);
        json_dumpf(state, stdout, JSON_INDENT(2));
        putchar('\n');
        return 0;
}

static int kill_run(struct context *ctx, void *data, struct error *err)
{
        const struct life_args *args = data;
        AUTO(oci_container) container = OCI_CONTAINER_EMPTY;
        int signal;

        if (signal_parse(ctx->argc > 1 ? ctx->argv[1] : "SIGTERM", &signal, err) < 0 ||
            oci_context_open(ctx, false, &container, err) < 0)
                return -1;
        return oci_kill(&container, signal, args->all, err);
}

static int delete_run(struct context *ctx, void *data, struct error *err)
{
        const struct life_args *args = data;
        AUTO(oci_container) container = OCI_CONTAINER_EMPTY;

        if (oci_context_open(ctx, true, &container, err) < 0)
                return args->force && err->kind == ERROR_NOT_FOUND ? 0 : -1;
        return oci_delete(&oci_context_of(ctx)->root, &container, args->force, err);
}

static int pause_run(struct context *ctx, void *data, struct error *err)
{
        AUTO(oci_container) container = OCI_CONTAINER_EMPTY;

        (void)data;
        return oci_context_open(ctx, true, &container, err) < 0 ? -1 : oci_pause(&container, err);
}

static int resume_run(struct context *ctx, void *data, struct error *err)
{
        AUTO(oci_container) container = OCI_CONTAINER_EMPTY;

        (void)data;
        return oci_context_open(ctx, true, &container, err) < 0 ? -1 : oci_resume(&container, err);
}

const struct command cmd_oci_start = {
        .name = "oci start",
        .synopsis = "CONTAINER",
        .summary = "Start the program of a container that was made",
        .min_operands = 1,
        .max_operands = 1,
        .options = no_options,
        .run = start_run,
};

const struct command cmd_oci_state = {
        .name = "oci state",
        .synopsis = "CONTAINER",
        .summary = "Print the state of a container",
        .min_operands = 1,
        .max_operands = 1,
        .options = no_options,
        .run = state_run,
};

const struct command cmd_oci_kill = {
        .name = "oci kill",
        .synopsis = "[OPTIONS] CONTAINER [SIGNAL]",
        .summary = "Send a signal (SIGTERM) to a container's first process",
        .min_operands = 1,
        .max_operands = 2,
        .args_size = sizeof(struct life_args),
        .options = kill_options,
        .run = kill_run,
};

const struct command cmd_oci_delete = {
        .name = "oci delete",
        .synopsis = "[OPTIONS] CONTAINER",
        .summary = "Remove what is left of a container that has ended",
        .min_operands = 1,
        .max_operands = 1,
        .args_size = sizeof(struct life_args),
        .options = delete_options,
        .run = delete_run,
};

const struct command cmd_oci_pause = {
        .name = "oci pause",
        .synopsis = "CONTAINER",
        .summary = "Halt all processes of a container",
        .min_operands = 1,
        .max_operands = 1,
        .options = no_options,
        .run = pause_run,
};

const struct command cmd_oci_resume = {
        .name = "oci resume",
        .synopsis = "CONTAINER",
        .summary = "Let the processes of a paused container go on",
        .min_operands = 1,
        .max_operands = 1,
        .options = no_options,
        .run = resume_run,
};
