/* A container's isolation under podman's names. See inspect_isolation.h. */
#include "cli/container/inspect_isolation.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "engine/container/devices_of.h"
#include "engine/container/namespaces_of.h"
#include "engine/runtime/plan.h"

#include <stdlib.h>
#include <string.h>

#define SHM_SIZE_DEFAULT 65536000

static void add_modes(const struct container_spec *s, json_t *host_config)
{
        static const struct {
                enum shared_kind kind;
                const char *key, *own;
        } modes[] = {
                { SHARED_PID, "PidMode", "private" },
                { SHARED_IPC, "IpcMode", "shareable" },
                { SHARED_UTS, "UTSMode", "private" },
                { SHARED_CGROUP, "CgroupMode", "private" },
        };

        for (size_t i = 0; i < ARRAY_SIZE(modes); i++) {
                const char *mode = namespaces_mode(s, modes[i].kind);

                json_set_string(host_config, modes[i].key, mode ? mode : modes[i].own);
        }
}

/* Those of --privileged are not named, as with podman. */
static json_t *devices_json(const struct container_spec *s)
{
        json_t *array = json_array();

        for (size_t i = 0; i < s->devices.count; i++) {
                AUTO(device_option) device = { 0 };
                json_t *entry;

                if (device_option_parse(s->devices.items[i], &device, NULL) < 0)
                        continue;
                entry = json_object();
                json_set_string(entry, "PathOnHost", device.host);
                json_set_string(entry, "PathInContainer", device.inside);
                json_set_string(entry, "CgroupPermissions", "");
                json_array_append_new(array, entry);
        }
        return array;
}

static void add_word(json_t *array, const char *key, const char *value)
{
        AUTO_FREE char *text = value ? xasprintf("%s=%s", key, value) : NULL;

        if (text)
                json_array_append_new(array, json_string_any(text));
}

static void add_list(json_t *array, const char *key, const struct strv *values)
{
        for (size_t i = 0; i < values->count; i++)
                add_word(array, key, values->items[i]);
}

static json_t *security_json(const struct container_spec *s)
{
        json_t *array = json_array();

        add_word(array, "seccomp", s->seccomp);
        if (s->no_new_privileges)
                json_array_append_new(array, json_string("no-new-privileges"));
        add_word(array, "apparmor", s->apparmor);
        add_word(array, "label", s->label_disabled ? "disable" : NULL);
        add_list(array, "mask", &s->mask);
        add_list(array, "unmask", &s->unmask);
        add_list(array, "proc-opts", &s->proc_options);
        return array;
}

void inspect_isolation(const struct container_spec *s, json_t *host_config)
{
        add_modes(s, host_config);
        json_object_set_new(host_config, "Privileged", json_boolean(s->privileged));
        json_object_set_new(host_config, "Devices", devices_json(s));
        json_object_set_new(host_config, "GroupAdd", json_from_strv(&s->group_add));
        json_object_set_new(host_config, "SecurityOpt", security_json(s));
        json_object_set_new(
                host_config, "ShmSize",
                json_integer(s->shm_size ? strtoll(s->shm_size, NULL, 10) : SHM_SIZE_DEFAULT));
        json_object_set_new(host_config, "Init", json_boolean(s->init || s->init_path));
}

json_t *inspect_annotations(const struct container_spec *s, const json_t *oci)
{
        json_t *made = json_object_get(oci, "annotations");

        return made ? json_incref(made) : json_from_pairs(&s->annotations);
}
