/* What this runtime can do (runtime-spec features.md), from the tables that do it. */
#include "engine/runtime/oci/oci_spec.h"

#include "base/cleanup.h"
#include "engine/runtime/capability.h"
#include "engine/runtime/hooks.h"
#include "engine/runtime/mount_options.h"
#include "engine/runtime/plan.h"
#include "engine/runtime/seccomp.h"

#include <string.h>

static json_t *hook_names(void)
{
        json_t *list = json_array();

        for (enum hook_kind kind = 0; kind < HOOK_KIND_COUNT; kind++)
                json_array_append_new(list, json_string(hooks_kind_name(kind)));
        return list;
}

static json_t *enabled(bool yes)
{
        return json_pack("{s:b}", "enabled", yes);
}

static json_t *cgroup(void)
{
        return json_pack("{s:b, s:b, s:b, s:b, s:b}", "v1", 0, "v2", 1, "systemd", 1, "systemdUser",
                         1, "rdma", 1);
}

static json_t *seccomp(void)
{
        AUTO(strv) actions = { 0 };
        AUTO(strv) operators = { 0 };
        AUTO(strv) architectures = { 0 };
        AUTO(strv) flags = { 0 };
        json_t *json = enabled(true);

        seccomp_names(&actions, &operators, &architectures, &flags);
        json_object_set_new(json, "actions", json_from_strv(&actions));
        json_object_set_new(json, "operators", json_from_strv(&operators));
        json_object_set_new(json, "archs", json_from_strv(&architectures));
        json_object_set_new(json, "knownFlags", json_from_strv(&flags));
        json_object_set_new(json, "supportedFlags", json_from_strv(&flags));
        return json;
}

static json_t *linux_part(void)
{
        json_t *json = json_pack("{s:[s, s, s, s, s, s, s, s]}", "namespaces", "cgroup", "ipc",
                                 "mount", "network", "pid", "time", "user", "uts");

        json_object_set_new(json, "capabilities", capability_names(capability_all()));
        json_object_set_new(json, "cgroup", cgroup());
        json_object_set_new(json, "seccomp", seccomp());
        json_object_set_new(json, "apparmor", enabled(true));
        json_object_set_new(json, "selinux", enabled(true));
        json_object_set_new(json, "intelRdt", enabled(false));
        json_object_set_new(json, "netDevices", enabled(false));
        json_object_set_new(json, "memoryPolicy", enabled(false));
        json_object_set_new(json, "mountExtensions", json_pack("{s:o}", "idmap", enabled(true)));
        return json;
}

json_t *oci_spec_features(void)
{
        AUTO(strv) options = { 0 };

        mount_options_names(&options);
        return json_pack("{s:s, s:s, s:o, s:o, s:o, s:{s:s}}", "ociVersionMin", "1.0.0",
                         "ociVersionMax", OCI_VERSION, "hooks", hook_names(), "mountOptions",
                         json_from_strv(&options), "linux", linux_part(), "annotations",
                         "io.kelp.version", KELP_VERSION);
}
