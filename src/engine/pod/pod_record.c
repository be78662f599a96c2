/* A pod's config.json. See pod_record.h. */
#include "engine/pod/pod_record.h"

#include "base/alloc.h"
#include "base/cleanup.h"

#include <assert.h>
#include <string.h>

static const char *const share_names[] = { [SHARED_PID] = "pid",
                                           [SHARED_IPC] = "ipc",
                                           [SHARED_UTS] = "uts",
                                           [SHARED_NETWORK] = "net",
                                           [SHARED_CGROUP] = "cgroup" };
static_assert(ARRAY_SIZE(share_names) == SHARED_KINDS, "a word for each kind");

const char *pod_share_name(enum shared_kind kind)
{
        return share_names[kind];
}

bool pod_share_parse(const char *word, enum shared_kind *kind_out)
{
        for (enum shared_kind k = 0; k < SHARED_KINDS; k++)
                if (strcmp(share_names[k], word) == 0) {
                        *kind_out = k;
                        return true;
                }
        return false;
}

static json_t *share_to_json(const struct pod_spec *spec)
{
        json_t *array = json_array();

        for (enum shared_kind k = 0; k < SHARED_KINDS; k++)
                if (spec->share[k])
                        json_array_append_new(array, json_string(share_names[k]));
        return array;
}

json_t *pod_record_make(const struct pod_spec *spec)
{
        json_t *json = json_object();

        json_set_string(json, "name", spec->name);
        json_object_set_new(json, "created_ns", json_integer(spec->created_ns));
        json_object_set_new(json, "labels", json_from_strv(&spec->labels));
        if (spec->hostname)
                json_set_string(json, "hostname", spec->hostname);
        if (spec->infra_id)
                json_set_string(json, "infra_id", spec->infra_id);
        json_object_set_new(json, "share", share_to_json(spec));
        json_object_set_new(json, "share_user", json_boolean(spec->share_user));
        json_set_string(json, "exit_policy", spec->exit_policy);
        if (spec->restart_policy) {
                json_set_string(json, "restart_policy", spec->restart_policy);
                json_object_set_new(json, "restart_retries", json_integer(spec->restart_retries));
        }
        json_object_set_new(json, "create_command", json_from_strv(&spec->create_command));
        if (spec->mounts)
                json_object_set(json, "mounts", spec->mounts);
        json_object_set_new(json, "volumes_from", json_from_strv(&spec->volumes_from));
        json_object_set_new(json, "devices", json_from_strv(&spec->devices));
        json_object_set_new(json, "security", json_from_strv(&spec->security));
        return json;
}

static void read_share(const json_t *array, struct pod_spec *spec)
{
        AUTO(strv) words = { 0 };
        enum shared_kind kind;

        json_to_strv(array, &words);
        for (size_t i = 0; i < words.count; i++)
                if (pod_share_parse(words.items[i], &kind))
                        spec->share[kind] = true;
}

int pod_record_read(const json_t *json, struct pod_spec *spec_out, struct error *err)
{
        struct pod_spec spec = { 0 };

        if (!json_get_string(json, "name", NULL))
                return error_set(err, ERROR_INVALID, "the pod's record is damaged");
        spec.name = xstrdup(json_get_string(json, "name", NULL));
        spec.created_ns = json_get_int(json, "created_ns", 0);
        json_to_strv(json_object_get(json, "labels"), &spec.labels);
        spec.hostname = xstrdup(json_get_string(json, "hostname", NULL));
        spec.infra_id = xstrdup(json_get_string(json, "infra_id", NULL));
        read_share(json_object_get(json, "share"), &spec);
        spec.share_user = json_get_bool(json, "share_user", false);
        spec.exit_policy = xstrdup(json_get_string(json, "exit_policy", POD_EXIT_CONTINUE));
        spec.restart_policy = xstrdup(json_get_string(json, "restart_policy", NULL));
        spec.restart_retries = (int)json_get_int(json, "restart_retries", 0);
        json_to_strv(json_object_get(json, "create_command"), &spec.create_command);
        spec.mounts = json_incref(json_object_get(json, "mounts"));
        json_to_strv(json_object_get(json, "volumes_from"), &spec.volumes_from);
        json_to_strv(json_object_get(json, "devices"), &spec.devices);
        json_to_strv(json_object_get(json, "security"), &spec.security);
        *spec_out = spec;
        return 0;
}
