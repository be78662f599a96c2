/* kelp logs. Several containers are told apart by a prefix on each line, and followed side by side,
 * each by a child process. */
#include "cli/container/logs.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "cli/container/targets.h"
#include "cli/global.h"
#include "cli/output/human.h"
#include "engine/container/verbs.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>

struct logs_args {
        struct target_args targets;
        struct logs_request request;
        /* while it runs */
        bool several;
        struct log_options options;
};
#define OPT_ARGS struct logs_args

static const struct opt logs_options[] = {
        LOGS_OPTIONS(request),
        OPT_BOOL('l', "latest", targets.latest, "Show the newest container's"),
        { 0 },
};

/* A negative number of lines is all of them, as with podman. */
static int fill(struct logs_args *args, struct error *err)
{
        const struct logs_request *request = &args->request;
        struct log_options *options = &args->options;
        char *end;

        *options = (struct log_options){ .follow = request->follow,
                                         .timestamps = request->timestamps,
                                         .tail = -1 };
        if (request->tail && strcmp(request->tail, "all") != 0) {
                errno = 0;
                options->tail = strtoll(request->tail, &end, 10);
                if (*end || end == request->tail || errno)
                        return error_set(err, ERROR_USAGE,
                                         "invalid argument \"%s\" for --tail: not a number",
                                         request->tail);
        }
        if (request->since && human_parse_time(request->since, &options->since_ns, err) < 0)
                return error_context(err, "--since");
        if (request->until && human_parse_time_ahead(request->until, &options->until_ns, err) < 0)
                return error_context(err, "--until");
        return 0;
}

/* The same for each line of a container: by its ID. */
static const char *color_of(const char *id)
{
        static const char *const colors[] = { "\033[31m", "\033[32m", "\033[33m",
                                              "\033[34m", "\033[35m", "\033[36m" };
        unsigned sum = 0;

        for (; *id; id++)
                sum = sum * 31 + (unsigned char)*id;
        return colors[sum % ARRAY_SIZE(colors)];
}

static int logs_one(struct context *ctx, void *data, const char *name, struct error *err)
{
        const struct logs_args *args = data;
        struct log_options options = args->options;
        struct container container = CONTAINER_EMPTY;
        AUTO_FREE char *prefix = NULL;
        int rc = target_lookup(ctx, &args->targets, name, &container, err);

        if (rc == 0 && args->several) {
                prefix = args->request.names ? xstrdup(container.spec.name)
                                             : xasprintf("%.12s", container.id);
                options.prefix = prefix;
                options.color = args->request.color ? color_of(container.id) : NULL;
        }
        if (rc == 0)
                rc = container_logs(&container, &options, err);
        container_release(&container);
        return rc;
}

/* In a child: it ends with its parent, so that ctrl-C and a closed pipe end all of them. */
static pid_t start_follower(struct context *ctx, struct logs_args *args, const char *name)
{
        struct error err = { 0 };
        pid_t parent = getpid(), pid = fork();

        if (pid != 0)
                return pid;
        prctl(PR_SET_PDEATHSIG, SIGTERM);
        if (getppid() != parent || logs_one(ctx, args, name, &err) < 0) {
                dispatch_print_error(&err);
                _exit(125);
        }
        _exit(0);
}

/* The followers' errors are told already; the exit code is the worst. */
static int follow_all(struct context *ctx, struct logs_args *args, struct error *err)
{
        int code = 0, status;

        fflush(stdout);
        for (int i = 0; i < ctx->argc; i++)
                if (start_follower(ctx, args, ctx->argv[i]) < 0)
                        return error_sys(err, errno, "start a process");
        while (wait(&status) > 0 || errno == EINTR)
                if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
                        code = 125;
        return code;
}

static int print_all(struct context *ctx, struct logs_args *args, struct error *err)
{
        if (fill(args, err) < 0)
                return -1;
        args->several = ctx->argc > 1;
        if (args->several && args->request.follow)
                return follow_all(ctx, args, err);
        return for_each_operand(ctx, args, logs_one, err);
}

int logs_print(struct context *ctx, const struct logs_request *request, struct error *err)
{
        struct logs_args args = { .request = *request };

        return print_all(ctx, &args, err);
}

static int logs_run(struct context *ctx, void *data, struct error *err)
{
        struct logs_args *args = data;
        AUTO(strv) names = { 0 };

        if (targets_choose(ctx, &args->targets, &names, err) < 0)
                return -1;
        return print_all(ctx, args, err);
}

const struct command cmd_logs = {
        .name = "logs",
        .synopsis = "[OPTIONS] CONTAINER...",
        .summary = "Show what a container printed",
        .needs = NEEDS_STORE,
        .max_operands = -1,
        .args_size = sizeof(struct logs_args),
        .options = logs_options,
        .run = logs_run,
};
