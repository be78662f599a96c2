/* kelp update: other limits for a container, another restart policy, another health check. They are
 * kept in its spec, so that they hold from its next start on, and are put in force at once where it
 * runs; of a health check the next one is the first that is different. */
#include "base/cleanup.h"
#include "cli/container/targets.h"
#include "cli/options/health_options.h"
#include "cli/options/limit_options.h"
#include "engine/container/container_event.h"
#include "engine/container/create.h"
#include "engine/container/health.h"
#include "engine/container/restart.h"
#include "engine/container/state.h"
#include "engine/runtime/cgroup.h"

#include <stdio.h>
#include <string.h>

struct update_args {
        bool latest;
        struct limit_args limits;
        struct strv env, unset_env;
        const char *restart;
        struct health_args health;
};
#define OPT_ARGS struct update_args

static const struct opt update_options[] = {
        OPT_STR(0, "blkio-weight", limits.blkio_weight, "WEIGHT", "Share of block IO, 10 to 1000"),
        OPT_LIST(0, "blkio-weight-device", limits.blkio_weight_device, "DEVICE:WEIGHT",
                 "Share of a device's IO, 10 to 1000"),
        OPT_INT(0, "cpu-period", limits.cpu_period, "MICROSECONDS",
                "Period in which --cpu-quota holds"),
        OPT_INT(0, "cpu-quota", limits.cpu_quota, "MICROSECONDS", "CPU time in each period"),
        OPT_INT('c', "cpu-shares", limits.cpu_shares, "SHARES",
                "Share of CPU time, 1024 is the usual one"),
        OPT_STR(0, "cpus", limits.cpus, "NUMBER", "So many CPUs at most, such as 1.5"),
        OPT_STR(0, "cpuset-cpus", limits.cpuset_cpus, "LIST", "Only these CPUs: 0-3,7"),
        OPT_STR(0, "cpuset-mems", limits.cpuset_mems, "LIST", "Only these memory nodes"),
        OPT_LIST(0, "device-read-bps", limits.read_bps, "DEVICE:RATE",
                 "Bytes a second read from a device"),
        OPT_LIST(0, "device-read-iops", limits.read_iops, "DEVICE:RATE",
                 "Reads a second from a device"),
        OPT_LIST(0, "device-write-bps", limits.write_bps, "DEVICE:RATE",
                 "Bytes a second written to a device"),
        OPT_LIST(0, "device-write-iops", limits.write_iops, "DEVICE:RATE",
                 "Writes a second to a device"),
        OPT_LIST('e', "env", env, "NAME=VALUE", "Set an environment variable, from the next start"),
        OPT_BOOL('l', "latest", latest, "The newest container's"),
        OPT_STR('m', "memory", limits.memory, "SIZE", "Memory limit: 512m, 2g"),
        OPT_STR(0, "memory-reservation", limits.memory_reservation, "SIZE",
                "Memory that is kept for the container"),
        OPT_STR(0, "memory-swap", limits.memory_swap, "SIZE",
                "Limit of memory and swap together, -1: no limit of swap"),
        OPT_INT(0, "pids-limit", limits.pids, "NUMBER", "So many processes at most"),
        OPT_STR(0, "restart", restart, "POLICY",
                "no, always, unless-stopped or on-failure[:RETRIES]"),
        OPT_LIST(0, "unsetenv", unset_env, "NAME",
                 "Take an environment variable away, from the next start"),
        OPT_REFUSED(0, "cpu-rt-period", "cgroup v2 has no real-time CPU time"),
        OPT_REFUSED(0, "cpu-rt-runtime", "cgroup v2 has no real-time CPU time"),
        OPT_REFUSED(0, "memory-swappiness", "cgroup v2 has no swappiness for a group"),
        OPT_REFUSED(0, "ulimit", "it is set when the container is made: kelp run --ulimit"),
        HEALTH_OPTIONS(health),
        { 0 },
};

static int check_env(const struct update_args *args, struct error *err)
{
        for (size_t i = 0; i < args->env.count; i++)
                if (!strchr(args->env.items[i], '=') || args->env.items[i][0] == '=')
                        return error_set(err, ERROR_USAGE, "--env \"%s\" is not NAME=VALUE",
                                         args->env.items[i]);
        return 0;
}

static void unset(struct strv *env, const char *name)
{
        size_t kept = 0, len = strlen(name);

        for (size_t i = 0; i < env->count; i++) {
                if (strncmp(env->items[i], name, len) == 0 && env->items[i][len] == '=')
                        free(env->items[i]);
                else
                        env->items[kept++] = env->items[i];
        }
        env->count = kept;
        if (env->items)
                env->items[kept] = NULL;
}

static void change_env(const struct update_args *args, struct strv *env)
{
        for (size_t i = 0; i < args->unset_env.count; i++)
                unset(env, args->unset_env.items[i]);
        for (size_t i = 0; i < args->env.count; i++)
                strv_env_set(env, args->env.items[i]);
}

static int change_policy(const struct update_args *args, struct container_spec *spec,
                         struct error *err)
{
        if (!args->restart)
                return 0;
        if (restart_policy_parse(args->restart, spec, err) < 0)
                return -1;
        if (spec->restart_policy && spec->auto_remove)
                return error_set(err, ERROR_USAGE,
                                 "container %s is removed at its end (--rm), it cannot be started "
                                 "again then",
                                 spec->name);
        return 0;
}

static int put_in_force(const struct container *container, const json_t *resources,
                        struct error *err)
{
        if (container->state.status != CONTAINER_RUNNING || json_object_size(resources) == 0)
                return 0;
        if (container->state.cgroup[0])
                return cgroup_update(container->state.cgroup, resources, err);
        error_set(err, ERROR_UNSUPPORTED,
                  "container %s has no cgroup of its own, which keeps limits",
                  container->spec.name);
        return error_cure(err, "kelp doctor says what is missing for containers to have one");
}

static int update(const struct context *ctx, struct container *container,
                  const struct update_args *args, struct error *err)
{
        AUTO_CLOSE int change = state_lock_change(container->dir_fd, err);
        AUTO(container_spec) changed = { 0 };

        if (change < 0 || container_reread(container, err) < 0 ||
            change_policy(args, &container->spec, err) < 0 ||
            health_options_fill(&args->health, &container->spec, err) < 0 ||
            health_merge(&container->spec, NULL, err) < 0 ||
            limits_fill(&args->limits, &changed, err) < 0 ||
            put_in_force(container, changed.resources, err) < 0)
                return -1;
        if (!container->spec.resources)
                container->spec.resources = json_object();
        if (changed.resources)
                json_object_update_recursive(container->spec.resources, changed.resources);
        change_env(args, &container->spec.env);
        if (container_save_spec(container, err) < 0)
                return -1;
        container_event(&ctx->store, container, "update");
        return 0;
}

static int update_run(struct context *ctx, void *data, struct error *err)
{
        const struct update_args *args = data;
        struct container container = CONTAINER_EMPTY;
        AUTO(strv) words = { 0 };
        int rc;

        if (check_env(args, err) < 0 || target_first(ctx, args->latest, 0, &words, err) < 0)
                return -1;
        rc = container_lookup(&ctx->store, ctx->argv[0], &container, err);
        if (rc == 0)
                rc = update(ctx, &container, args, err);
        if (rc == 0)
                printf("%s\n", container.id);
        container_release(&container);
        return rc;
}

const struct command cmd_update = {
        .name = "update",
        .synopsis = "[OPTIONS] CONTAINER",
        .summary = "Change the limits, the restart policy and the health check of a container",
        .needs = NEEDS_STORE,
        .max_operands = 1,
        .args_size = sizeof(struct update_args),
        .options = update_options,
        .run = update_run,
};
