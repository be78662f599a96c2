/* run's and create's options to a container_spec. */
#include "cli/container/container_options.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/path.h"
#include "base/signal.h"
#include "cli/options/capability_default.h"
#include "cli/options/env.h"
#include "engine/container/attach.h"
#include "engine/container/containers_conf.h"
#include "engine/container/create.h"
#include "engine/container/restart.h"
#include "engine/container/verbs.h"
#include "engine/network/files.h"
#include "engine/network/slirp.h"
#include "engine/runtime/capability.h"
#include "engine/runtime/rlimit.h"

#include <ctype.h>
#include <limits.h>
#include <string.h>

#define STOP_TIMEOUT_DEFAULT 10 /* seconds, containers.conf(5) stop_timeout */

/* Told, and no error: as podman does. */
static void discard_ports(struct container_spec *spec, const char *mode)
{
        fprintf(stderr,
                "Port mappings have been discarded because \"%.*s\" network namespace mode does "
                "not support them\n",
                (int)strcspn(mode, ":"), mode);
        while (spec->port_count)
                free(spec->ports[--spec->port_count].host_ip);
}

static int unknown_network(const char *mode, struct error *err)
{
        if (strncmp(mode, "bridge", 6) == 0 || strncmp(mode, "pasta", 5) == 0)
                return error_set(err, ERROR_UNSUPPORTED,
                                 "network \"%s\" is not supported (none, host, slirp4netns, "
                                 "container:NAME and ns:PATH are)",
                                 mode);
        error_set(err, ERROR_USAGE, "unable to find network with name or ID %s: network not found",
                  mode);
        return error_cure(err, "there are none, host, slirp4netns, container:NAME and ns:PATH");
}

static int fill_network(const struct container_args *args, struct container_spec *spec,
                        struct error *err)
{
        const char *mode = args->network ? args->network : "slirp4netns";

        if (isolation_shared_mode("network", mode, &spec->netns, err) < 0)
                return -1;
        if (spec->netns)
                spec->network = NETWORK_JOIN;
        else if (strcmp(mode, "none") == 0)
                spec->network = NETWORK_NONE;
        else if (strcmp(mode, "host") == 0)
                spec->network = NETWORK_HOST;
        else if (strcmp(mode, "private") == 0 || strcmp(mode, "slirp4netns") == 0)
                spec->network = NETWORK_SLIRP4NETNS;
        else if (strncmp(mode, "slirp4netns:", 12) == 0) {
                spec->network = NETWORK_SLIRP4NETNS;
                strv_split(&spec->network_options, mode + 12, ',');
        } else
                return unknown_network(mode, err);
        for (size_t i = 0; i < args->publish.count; i++)
                if (port_parse(args->publish.items[i], &spec->ports, &spec->port_count, err) < 0)
                        return -1;
        if ((spec->port_count || args->expose.publish_all) && spec->network != NETWORK_SLIRP4NETNS)
                discard_ports(spec, mode);
        return slirp_check_options(&spec->network_options, err);
}

static bool limit_value(const char *text, size_t len, uint64_t *out)
{
        char copy[24], *end;

        if (len == 0 || len >= sizeof(copy))
                return false;
        memcpy(copy, text, len);
        copy[len] = '\0';
        if (strcmp(copy, "-1") == 0 || strcmp(copy, "unlimited") == 0) {
                *out = UINT64_MAX;
                return true;
        }
        *out = strtoull(copy, &end, 10);
        return isdigit((unsigned char)copy[0]) && !*end;
}

static int ulimit_refused(const char *text, const char *why, struct error *err)
{
        return error_set(err, ERROR_USAGE,
                         "ulimit option \"%s\" requires name=SOFT:HARD, failed to be parsed: %s",
                         text, why);
}

static int ulimit_crossed(const char *text, const struct container_ulimit *limit, struct error *err)
{
        const char *unlimited = limit->soft == UINT64_MAX ? " (unlimited)" : "";
        AUTO_FREE char *why = xasprintf("ulimit soft limit must be less than or equal to hard "
                                        "limit: soft: %lld%s, hard: %lld",
                                        (long long)limit->soft, unlimited, (long long)limit->hard);

        return ulimit_refused(text, why, err);
}

/* The last one of a name counts: containers.conf's come first. */
static void put_ulimit(struct container_spec *spec, struct container_ulimit *limit)
{
        for (size_t i = 0; i < spec->ulimit_count; i++)
                if (strcmp(spec->ulimits[i].name, limit->name) == 0) {
                        free(spec->ulimits[i].name);
                        spec->ulimits[i] = *limit;
                        return;
                }
        spec->ulimits = xreallocarray(spec->ulimits, spec->ulimit_count + 1, sizeof(*limit));
        spec->ulimits[spec->ulimit_count++] = *limit;
}

static int add_ulimit(const char *text, struct container_spec *spec, struct error *err)
{
        size_t name_len = strcspn(text, "=");
        AUTO_FREE char *name = xstrndup(text, name_len);
        const char *soft = text[name_len] ? text + name_len + 1 : "";
        size_t soft_len = strcspn(soft, ":");
        const char *hard = soft[soft_len] ? soft + soft_len + 1 : soft;
        struct container_ulimit limit = { 0 };
        int resource;

        if (!rlimit_parse(name, &resource))
                return ulimit_refused(text, "invalid ulimit type", err);
        if (!limit_value(soft, soft_len, &limit.soft) ||
            !limit_value(hard, hard == soft ? soft_len : strlen(hard), &limit.hard))
                return ulimit_refused(text, "invalid ulimit value", err);
        if (limit.soft > limit.hard)
                return ulimit_crossed(text, &limit, err);
        limit.name = xstrdup(rlimit_name(resource));
        put_ulimit(spec, &limit);
        return 0;
}

static int fill_security(const struct container_args *args, struct container_spec *spec,
                         struct error *err)
{
        uint64_t unused;

        for (size_t i = 0; i < args->ulimits.count; i++)
                if (add_ulimit(args->ulimits.items[i], spec, err) < 0)
                        return -1;
        for (size_t i = 0; i < args->cap_add.count; i++)
                strv_split(&spec->cap_add, args->cap_add.items[i], ',');
        for (size_t i = 0; i < args->cap_drop.count; i++)
                strv_split(&spec->cap_drop, args->cap_drop.items[i], ',');
        if (capability_merge(0, &spec->cap_add, &spec->cap_drop, &unused, err) < 0)
                return -1;
        return capability_default_fill(spec, err);
}

static int fill_names(const struct container_args *args, struct container_spec *spec,
                      struct error *err)
{
        struct detach_keys keys;
        const json_t *conf;
        int signal;

        if (args->name && container_check_name(args->name, err) < 0)
                return -1;
        if (args->hostname && strlen(args->hostname) > 64)
                return error_set(err, ERROR_USAGE, "the host name is longer than 64 characters");
        if (args->stop_signal && signal_parse(args->stop_signal, &signal, err) < 0)
                return -1;
        if (args->workdir && args->workdir[0] != '/')
                return error_set(err, ERROR_USAGE, "workdir \"%s\" must be an absolute path",
                                 args->workdir);
        if (args->detach_keys && detach_keys_parse(args->detach_keys, &keys, err) < 0)
                return -1;
        conf = containers_conf(err);
        if (!conf)
                return -1;
        spec->name_as_hostname = json_get_bool(json_object_get(conf, "containers"),
                                               "container_name_as_hostname", false);
        for (size_t i = 0; i < args->labels.count; i++)
                strv_addf(&spec->labels,
                          strchr(args->labels.items[i], '=') ? "%s" : "%s=", args->labels.items[i]);
        return 0;
}

static int check_remove(const struct container_args *args, struct error *err)
{
        if (args->remove_image && args->remove.set && !args->remove.value)
                return error_set(err, ERROR_USAGE, "the --rmi option does not work without --rm");
        if (args->remove_image && args->rootfs.given)
                return error_set(err, ERROR_USAGE,
                                 "the --rmi option does not work with --rootfs: there is no image");
        return 0;
}

/* docker's sentence. */
static int check_attach(const struct container_args *args, struct error *err)
{
        if (args->detach && args->attach.count)
                return error_set(err, ERROR_USAGE,
                                 "conflicting options: cannot specify both --attach and --detach");
        return 0;
}

static int fill_restart(const struct container_args *args, struct container_spec *spec,
                        struct error *err)
{
        if (args->restart && restart_policy_parse(args->restart, spec, err) < 0)
                return -1;
        if (spec->restart_policy && spec->auto_remove)
                return error_set(err, ERROR_USAGE,
                                 "the --rm option conflicts with --restart=%s: what is removed "
                                 "cannot be started again",
                                 args->restart);
        return 0;
}

static int fill_timeout(const struct container_args *args, struct container_spec *spec,
                        struct error *err)
{
        long long seconds = args->timeout.value;

        if (seconds < 0 || seconds > INT_MAX)
                return error_set(err, ERROR_USAGE, "--timeout=%lld is no number of seconds",
                                 seconds);
        spec->timeout = (int)seconds;
        return 0;
}

/* A string is one word, a JSON array several (podman-run(1)). */
static void fill_entrypoint(const char *text, struct container_spec *spec)
{
        AUTO_JSON json_t *json = text[0] == '[' ? json_loads(text, 0, NULL) : NULL;

        if (json)
                json_to_strv(json, &spec->entrypoint);
        else if (text[0])
                strv_add(&spec->entrypoint, text);
}

int container_spec_from_args(const struct container_args *args, char **command, int command_count,
                             struct container_spec *spec_out, struct error *err)
{
        struct container_spec spec = {
                .name = xstrdup(args->name),
                .workdir = args->workdir ? path_clean(args->workdir) : NULL,
                .user = xstrdup(args->user),
                .hostname = xstrdup(args->hostname),
                .stop_signal = xstrdup(args->stop_signal),
                .detach_keys = xstrdup(args->detach_keys ? args->detach_keys : DETACH_KEYS_DEFAULT),
                .platform = xstrdup(args->pull.platform.platform),
                .pidfile = args->pidfile ? path_absolute(args->pidfile) : NULL,
                .cidfile = args->cidfile ? path_absolute(args->cidfile) : NULL,
                .terminal = args->terminal,
                .interactive = args->interactive,
                .init = args->init,
                .auto_remove = args->remove.value || args->remove_image,
                .read_only = args->read_only,
                .stop_timeout = args->stop_timeout.set ? (int)args->stop_timeout.value
                                                       : STOP_TIMEOUT_DEFAULT,
        };

        if (check_remove(args, err) < 0 || check_attach(args, err) < 0 ||
            environment_args_fill(&args->environment, &spec, err) < 0 ||
            fill_names(args, &spec, err) < 0 ||
            env_fill(&args->env_file, &args->env, &spec.env, err) < 0 ||
            volume_args_fill(&args->mounts, &spec, err) < 0 || fill_network(args, &spec, err) < 0 ||
            fill_security(args, &spec, err) < 0 || limits_fill(&args->limits, &spec, err) < 0 ||
            isolation_fill(&args->isolation, &spec, err) < 0 ||
            sysctl_options_fill(&args->sysctl, &spec, err) < 0 ||
            expose_options_fill(&args->expose, &spec, err) < 0 ||
            sdnotify_options_fill(&args->sdnotify, &spec, err) < 0 ||
            stream_options_fill(&args->attach, &spec, err) < 0 ||
            log_options_fill(&args->log, &spec, err) < 0 || fill_restart(args, &spec, err) < 0 ||
            fill_timeout(args, &spec, err) < 0 ||
            health_options_fill(&args->health, &spec, err) < 0) {
                container_spec_release(&spec);
                return -1;
        }
        passwd_options_fill(&args->passwd, &spec);
        if (args->entrypoint)
                fill_entrypoint(args->entrypoint, &spec);
        for (int i = 0; i < command_count; i++)
                strv_add(&spec.command, command[i]);
        *spec_out = spec;
        return 0;
}
