/* kelp oci start, state, kill, delete, pause, resume. */
#include "engine/runtime/oci/oci_life.h"

#include "base/cleanup.h"
#include "base/signal.h"
#include "cli/oci/oci.h"
#include "engine/container/verbs.h"

#include <regex.h>
#include <stdio.h>
#include <string.h>

struct life_args {
        bool all, force, regex;
};
#define OPT_ARGS struct life_args

static const struct opt no_options[] = { { 0 } };

static const struct opt kill_options[] = {
        OPT_BOOL('a', "all", all, "Signal every process in the container"),
        OPT_BOOL('r', "regex", regex, "CONTAINER is a regular expression for ids"),
        { 0 },
};

static const struct opt delete_options[] = {
        OPT_BOOL('f', "force", force, "Kill it first, when it runs; no error when it is not there"),
        OPT_BOOL('r', "regex", regex, "CONTAINER is a regular expression for ids"),
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
        /* As for runc and crun: until it is whole there is nothing to see. */
        if (!container.record.bundle)
                return error_set(err, ERROR_STATE,
                                 "container \"%s\" does not exist yet: it is being created",
                                 container.id);
        state = oci_container_state(&container);
        json_dumpf(state, stdout, JSON_INDENT(2));
        putchar('\n');
        return 0;
}

/* `one` for the container that is named, or for all whose ids match; the first error ends it. */
static int for_each_named(struct context *ctx, const struct life_args *args,
                          int (*one)(struct context *ctx, const struct life_args *args,
                                     const char *id, struct error *err),
                          struct error *err)
{
        AUTO(strv) ids = { 0 };
        regex_t regex;
        int rc = 0;

        if (!args->regex)
                return one(ctx, args, ctx->argv[0], err);
        if (regcomp(&regex, ctx->argv[0], REG_EXTENDED | REG_NOSUB) != 0)
                return error_set(err, ERROR_USAGE, "\"%s\" is not a regular expression",
                                 ctx->argv[0]);
        rc = oci_root_list(&oci_context_of(ctx)->root, &ids, err);
        for (size_t i = 0; rc == 0 && i < ids.count; i++)
                if (regexec(&regex, ids.items[i], 0, NULL, 0) == 0)
                        rc = one(ctx, args, ids.items[i], err);
        regfree(&regex);
        return rc;
}

static int kill_one(struct context *ctx, const struct life_args *args, const char *id,
                    struct error *err)
{
        AUTO(oci_container) container = OCI_CONTAINER_EMPTY;
        const char *word = ctx->argc > 1 ? ctx->argv[1] : "SIGTERM";
        int signal = 0;

        /* 0 asks whether there is somebody (kill(2)). */
        if ((strcmp(word, "0") != 0 && signal_parse(word, &signal, err) < 0) ||
            oci_container_open(&oci_context_of(ctx)->root, id, false, &container, err) < 0)
                return -1;
        return oci_kill(&container, signal, args->all, err);
}

static int kill_run(struct context *ctx, void *data, struct error *err)
{
        return for_each_named(ctx, data, kill_one, err);
}

static int delete_one(struct context *ctx, const struct life_args *args, const char *id,
                      struct error *err)
{
        const struct oci_root *root = &oci_context_of(ctx)->root;
        AUTO(oci_container) container = OCI_CONTAINER_EMPTY;

        if (oci_container_open(root, id, true, &container, err) < 0)
                return args->force && err->kind == ERROR_NOT_FOUND ? 0 : -1;
        return oci_delete(root, &container, args->force, err);
}

static int delete_run(struct context *ctx, void *data, struct error *err)
{
        return for_each_named(ctx, data, delete_one, err);
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
