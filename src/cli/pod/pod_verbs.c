/* kelp pod start, stop, restart, kill, pause, unpause: the same for all containers of a pod. What
 * goes well is printed, then what went wrong with which container. The infra container is started
 * before the others and ends after them.
 */
#include "base/cleanup.h"
#include "base/signal.h"
#include "cli/container/starting.h"
#include "cli/container/targets.h"
#include "cli/pod/pod_turn.h"
#include "engine/container/verbs.h"

#include <stdio.h>
#include <string.h>

struct verb_args {
        struct pod_target_args targets;
        struct opt_int timeout;
        const char *signal;
        /* while it runs */
        int seconds, number;
};
#define OPT_ARGS struct verb_args

#define TARGET_OPTIONS                                                                             \
        OPT_BOOL('a', "all", targets.all, "Every pod"),                                            \
                OPT_BOOL('l', "latest", targets.latest, "The newest pod")

#define ID_FILE_OPTION                                                                             \
        OPT_LIST(0, "pod-id-file", targets.id_files, "FILE", "The pod whose ID is in FILE")

static const struct opt plain_options[] = { TARGET_OPTIONS, { 0 } };

static const struct opt start_pod_options[] = { TARGET_OPTIONS, ID_FILE_OPTION, { 0 } };

static const struct opt stop_options[] = {
        TARGET_OPTIONS,
        ID_FILE_OPTION,
        OPT_BOOL('i', "ignore", targets.ignore, "Pass over pods that do not exist"),
        OPT_INT('t', "time", timeout, "SECONDS", "Wait this long before SIGKILL"),
        OPT_INT(0, "timeout", timeout, "SECONDS", "The same as --time"),
        { 0 },
};

static const struct opt kill_options[] = {
        TARGET_OPTIONS,
        OPT_STR('s', "signal", signal, "SIGNAL", "Signal to send (SIGKILL)"),
        { 0 },
};

/* The infra container comes first; what fails to start keeps those from it that need it. */
static int start(struct pod_turn *turn, struct error *err)
{
        bool infra_failed = false;

        turn->doing = "starting";
        if (turn->members.count == 0)
                return error_set(err, ERROR_NOT_FOUND,
                                 "no containers in pod %s have no dependencies, cannot start pod: "
                                 "no such container",
                                 turn->pod->id);
        for (size_t i = 0; i < turn->members.count; i++) {
                const struct container *c = turn->members.items[i];
                struct error why = { 0 };

                if (infra_failed)
                        error_set(&why, ERROR_STATE,
                                  "a dependency of container %s failed to start: container state "
                                  "improper",
                                  c->id);
                else if (starting_detached(turn->ctx, c->id, &why) == 0)
                        continue;
                infra_failed = infra_failed || c->spec.infra;
                starting_not_its_own(&why);
                pod_turn_fail(turn, c, &why);
        }
        if (turn->failures == 0)
                pod_event(&turn->ctx->store, turn->pod, "start");
        return 0;
}

static int stop_one(const struct pod_turn *turn, struct container *container, struct error *err)
{
        const struct verb_args *args = turn->args;

        return container_stop(&turn->ctx->store, container, args->seconds, err);
}

static int stop(struct pod_turn *turn, struct error *err)
{
        (void)err;
        turn->doing = "stopping";
        pod_event(&turn->ctx->store, turn->pod, "stop");
        pod_turn_act(turn, false, stop_one);
        if (turn->failures == 0)
                pod_turn_act(turn, true, stop_one);
        return 0;
}

/* All end first: what they share is made anew by the infra container. */
static int restart(struct pod_turn *turn, struct error *err)
{
        if (stop(turn, err) < 0)
                return -1;
        turn->doing = "restarting";
        return turn->failures ? 0 : start(turn, err);
}

/* A container that is in another state is passed over, as podman does. */
static int pass_over(int rc, struct error *err)
{
        if (rc == 0 || err->kind != ERROR_STATE)
                return rc;
        *err = (struct error){ 0 };
        return 0;
}

static int kill_one(const struct pod_turn *turn, struct container *container, struct error *err)
{
        const struct verb_args *args = turn->args;

        return pass_over(container_kill(&turn->ctx->store, container, args->number, err), err);
}

static int pause_one(const struct pod_turn *turn, struct container *container, struct error *err)
{
        return pass_over(container_pause(&turn->ctx->store, container, err), err);
}

static int unpause_one(const struct pod_turn *turn, struct container *container, struct error *err)
{
        return pass_over(container_unpause(&turn->ctx->store, container, err), err);
}

static int kill_pod(struct pod_turn *turn, struct error *err)
{
        (void)err;
        turn->doing = "killing";
        pod_event(&turn->ctx->store, turn->pod, "kill");
        pod_turn_act(turn, false, kill_one);
        pod_turn_act(turn, true, kill_one);
        return 0;
}

static int pause_pod(struct pod_turn *turn, struct error *err)
{
        (void)err;
        turn->doing = "pausing";
        pod_event(&turn->ctx->store, turn->pod, "pause");
        pod_turn_act(turn, false, pause_one);
        pod_turn_act(turn, true, pause_one);
        return 0;
}

/* 1: nothing of it is paused, and nothing is told. */
static int unpause_pod(struct pod_turn *turn, struct error *err)
{
        const char *status = pod_status(&turn->members);

        (void)err;
        if (strcmp(status, "Paused") != 0 && strcmp(status, "Degraded") != 0)
                return 1;
        turn->doing = "unpausing";
        pod_event(&turn->ctx->store, turn->pod, "unpause");
        pod_turn_act(turn, true, unpause_one);
        pod_turn_act(turn, false, unpause_one);
        return 0;
}

static int run(struct context *ctx, struct verb_args *args, pod_verb *verb, bool names,
               struct error *err)
{
        AUTO(pod_list) pods = { 0 };
        AUTO(pod_errors) errors = { 0 };

        if (target_timeout(&args->timeout, &args->seconds, err) < 0 ||
            pod_targets_load(ctx, &args->targets, &pods, err) < 0)
                return -1;
        for (size_t i = 0; i < pods.count; i++)
                pod_turn_take(ctx, args, &pods.items[i], verb, names, &errors);
        return pod_errors_tell(&errors);
}

static int start_run(struct context *ctx, void *data, struct error *err)
{
        return run(ctx, data, start, true, err);
}

static int stop_run(struct context *ctx, void *data, struct error *err)
{
        return run(ctx, data, stop, true, err);
}

static int restart_run(struct context *ctx, void *data, struct error *err)
{
        return run(ctx, data, restart, false, err);
}

static int kill_run(struct context *ctx, void *data, struct error *err)
{
        struct verb_args *args = data;

        if (signal_parse(args->signal ? args->signal : "SIGKILL", &args->number, err) < 0)
                return -1;
        return run(ctx, args, kill_pod, false, err);
}

static int pause_run(struct context *ctx, void *data, struct error *err)
{
        return run(ctx, data, pause_pod, false, err);
}

static int unpause_run(struct context *ctx, void *data, struct error *err)
{
        return run(ctx, data, unpause_pod, false, err);
}

#define POD_VERB(word, text, table, function)                                                      \
        {                                                                                          \
                .name = "pod " word, .synopsis = "[OPTIONS] POD...", .summary = (text),            \
                .needs = NEEDS_STORE, .max_operands = -1, .args_size = sizeof(struct verb_args),   \
                .options = (table), .run = (function),                                             \
        }

const struct command cmd_pod_start = POD_VERB("start", "Start pods", start_pod_options, start_run);
const struct command cmd_pod_stop = POD_VERB("stop", "Stop pods", stop_options, stop_run);
const struct command cmd_pod_restart =
        POD_VERB("restart", "Stop pods and start them again", plain_options, restart_run);
const struct command cmd_pod_kill =
        POD_VERB("kill", "Send a signal to the containers of pods", kill_options, kill_run);
const struct command cmd_pod_pause =
        POD_VERB("pause", "Halt all processes of pods", plain_options, pause_run);
const struct command cmd_pod_unpause =
        POD_VERB("unpause", "Let the processes of paused pods go on", plain_options, unpause_run);
