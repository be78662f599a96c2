/* kelp pod inspect. */
#include "cli/pod/pod_inspect.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "cli/container/inspect_host.h"
#include "cli/global.h"
#include "cli/output/human.h"
#include "cli/output/template.h"
#include "cli/pod/pod_targets.h"
#include "engine/pod/pod_record.h"

#include <stdio.h>
#include <string.h>

static void set_flag(json_t *json, const char *key, bool value)
{
        json_object_set_new(json, key, json_boolean(value));
}

static const char *mode_of(const struct container_spec *spec, enum shared_kind kind)
{
        const char *mode = namespaces_mode(spec, kind);

        return mode ? mode : "private";
}

static json_t *infra_json(const struct container_spec *spec)
{
        AUTO_JSON json_t *network = inspect_network(spec);
        bool no_dns = strv_contains(&spec->dns, "none");
        json_t *json = json_object();

        json_object_set(json, "PortBindings", json_object_get(network, "Ports"));
        set_flag(json, "HostNetwork", spec->network == NETWORK_HOST);
        json_set_string(json, "StaticIP", "");
        json_set_string(json, "StaticMAC", "");
        set_flag(json, "NoManageResolvConf", no_dns);
        json_object_set_new(json, "DNSServer", no_dns ? json_array() : json_from_strv(&spec->dns));
        json_object_set_new(json, "DNSSearch", json_from_strv(&spec->dns_search));
        json_object_set_new(json, "DNSOption", json_from_strv(&spec->dns_options));
        set_flag(json, "NoManageHostname", spec->no_hostname);
        set_flag(json, "NoManageHosts", spec->no_hosts);
        json_object_set_new(json, "HostAdd", json_from_strv(&spec->add_hosts));
        json_set_string(json, "HostsFile", spec->hosts_file);
        json_object_set_new(json, "Networks", json_array());
        json_object_set_new(json, "NetworkOptions", json_object());
        json_set_string(json, "pid_ns", mode_of(spec, SHARED_PID));
        json_set_string(json, "userns", spec->userns ? spec->userns : "host");
        json_set_string(json, "uts_ns", mode_of(spec, SHARED_UTS));
        return json;
}

/* In the order of the alphabet. */
static json_t *shared_json(const struct pod_spec *spec)
{
        AUTO(strv) words = { 0 };

        for (enum shared_kind k = 0; k < SHARED_KINDS; k++)
                if (spec->share[k])
                        strv_add(&words, pod_share_name(k));
        if (spec->share_user)
                strv_add(&words, "user");
        strv_sort(&words);
        return json_from_strv(&words);
}

static int by_id(const void *a, const void *b)
{
        return strcmp((*(const struct container *const *)a)->id,
                      (*(const struct container *const *)b)->id);
}

static json_t *containers_json(const struct pod_members *members)
{
        json_t *array = json_array();

        qsort(members->items, members->count, sizeof(*members->items), by_id);
        for (size_t i = 0; i < members->count; i++) {
                const struct container *c = members->items[i];
                json_t *json = json_object();

                json_set_string(json, "Id", c->id);
                json_set_string(json, "Name", c->spec.name);
                json_set_string(json, "State", container_status_name(&c->state));
                json_array_append_new(array, json);
        }
        return array;
}

static const struct container *find_infra(const struct pod_members *members)
{
        return members->count && members->items[0]->spec.infra ? members->items[0] : NULL;
}

static json_t *pod_json(const struct pod *pod, const struct pod_members *members)
{
        const struct pod_spec *spec = &pod->spec;
        const struct container *infra = find_infra(members); /* before they are sorted */
        AUTO_FREE char *created = human_rfc3339(spec->created_ns);
        json_t *json = json_object();

        json_set_string(json, "Id", pod->id);
        json_set_string(json, "Name", spec->name);
        json_set_string(json, "Created", created);
        if (spec->create_command.count)
                json_object_set_new(json, "CreateCommand", json_from_strv(&spec->create_command));
        json_set_string(json, "ExitPolicy", spec->exit_policy);
        json_set_string(json, "State", pod_status(members));
        json_set_string(json, "Hostname", spec->hostname);
        json_object_set_new(json, "Labels", json_from_pairs(&spec->labels));
        set_flag(json, "CreateCgroup", false);
        json_set_string(json, "CgroupParent", "");
        json_set_string(json, "CgroupPath", "");
        set_flag(json, "CreateInfra", spec->infra_id != NULL);
        json_set_string(json, "InfraContainerID", spec->infra_id);
        if (infra)
                json_object_set_new(json, "InfraConfig", infra_json(&infra->spec));
        json_object_set_new(json, "SharedNamespaces", shared_json(spec));
        json_object_set_new(json, "NumContainers", json_integer((json_int_t)members->count));
        json_object_set_new(json, "Containers", containers_json(members));
        json_set_string(json, "RestartPolicy", spec->restart_policy ? spec->restart_policy : "no");
        json_object_set_new(json, "LockNumber", json_integer(0));
        return json;
}

int pod_inspect_named(const struct store *store, const char *name, json_t **json_out,
                      struct error *err)
{
        AUTO(pod) pod = { 0 };
        AUTO(container_list) list = { 0 };
        AUTO(pod_members) members = { 0 };

        if (pod_lookup(store, name, &pod, err) < 0 || container_list_load(store, &list, err) < 0)
                return -1;
        pod_members_of(&list, pod.id, &members);
        *json_out = pod_json(&pod, &members);
        return 0;
}

struct inspect_args {
        bool latest;
        const char *format;
        json_t *results; /* while it runs */
};
#define OPT_ARGS struct inspect_args

static const struct opt inspect_options[] = {
        OPT_STR('f', "format", format, "FORMAT", "json, or a Go template"),
        OPT_BOOL('l', "latest", latest, "Of the newest pod"),
        { 0 },
};

static int inspect_one(struct context *ctx, void *data, const char *name, struct error *err)
{
        struct inspect_args *args = data;
        json_t *json;

        if (pod_inspect_named(&ctx->store, name, &json, err) < 0)
                return err->kind == ERROR_NOT_FOUND
                               ? error_set(err, ERROR_NOT_FOUND, "no such pod %s", name)
                               : -1;
        return json_array_append_new(args->results, json);
}

static int take_newest(struct context *ctx, struct strv *words, struct error *err)
{
        struct pod_target_args target = { .latest = true };
        AUTO(pod_list) pods = { 0 };

        if (pod_targets_load(ctx, &target, &pods, err) < 0)
                return -1;
        strv_add(words, pods.items[0].id);
        ctx->argc = 1;
        ctx->argv = words->items;
        return 0;
}

static int inspect_run(struct context *ctx, void *data, struct error *err)
{
        struct inspect_args *args = data;
        AUTO_JSON json_t *results = json_array();
        AUTO(strv) words = { 0 };
        struct error print_err = { 0 };
        int rc;

        if (args->latest && take_newest(ctx, &words, err) < 0)
                return -1;
        if (ctx->argc == 0)
                return error_set(err, ERROR_USAGE,
                                 "you must provide the name or id of a running pod");
        args->results = results;
        rc = for_each_operand(ctx, data, inspect_one, err);
        if (rc < 0 && json_array_size(results) == 0) {
                if (!args->format)
                        printf("[]\n");
                return rc;
        }
        if (template_print(args->format ? args->format : "json", results, stdout, &print_err) < 0 &&
            rc == 0)
                return error_copy(err, &print_err);
        return rc;
}

const struct command cmd_pod_inspect = {
        .name = "pod inspect",
        .synopsis = "[OPTIONS] POD...",
        .summary = "Show everything about pods",
        .needs = NEEDS_STORE,
        .max_operands = -1,
        .args_size = sizeof(struct inspect_args),
        .options = inspect_options,
        .run = inspect_run,
};
