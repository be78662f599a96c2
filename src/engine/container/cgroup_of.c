/* From --cgroups, --cgroup-parent, --cgroupns and the limits to the runtime's cgroup. See
 * cgroup_of.h. */
#include "engine/container/cgroup_of.h"

#include "base/alloc.h"
#include "base/cleanup.h"

#include <string.h>

static bool mode_is(const struct container_spec *spec, const char *mode)
{
        return spec->cgroups && strcmp(spec->cgroups, mode) == 0;
}

enum cgroup_manager cgroup_of_manager(const struct container_spec *spec, enum cgroup_manager named,
                                      uid_t uid)
{
        if (mode_is(spec, "disabled"))
                return CGROUP_NONE;
        if (mode_is(spec, "split")) /* of our own cgroup, which systemd has made */
                return CGROUP_FS;
        return named != CGROUP_NONE ? named : cgroup_manager_choose(uid);
}

char *cgroup_of_path(const struct container_spec *spec, const char *id, enum cgroup_manager manager)
{
        const char *parent = spec->cgroup_parent;

        if (manager == CGROUP_SYSTEMD)
                return xasprintf("%s:kelp:%s", parent ? parent : "", id);
        return parent ? xasprintf("%s/kelp-%s", parent, id) : xasprintf("kelp-%s", id);
}

int cgroup_of_create(const struct container_spec *spec, const char *id, const json_t *oci,
                     enum cgroup_manager manager, enum cgroup_manager named, uid_t uid,
                     struct cgroup *cgroup_out, struct error *err)
{
        const json_t *linux_part = json_object_get(oci, "linux");
        bool split = mode_is(spec, "split");
        struct cgroup_request request = { .manager = manager,
                                          .path = json_get_string(linux_part, "cgroupsPath", NULL),
                                          .id = id,
                                          .uid = uid,
                                          .resources = json_object_get(linux_part, "resources"),
                                          .required = spec->cgroup_parent || split ||
                                                      named == CGROUP_SYSTEMD,
                                          .with_caller = !mode_is(spec, "no-conmon"),
                                          .split = split };

        return cgroup_create(&request, cgroup_out, err);
}

int cgroup_of_again(const char *id, const json_t *oci, struct cgroup *cgroup_out, struct error *err)
{
        const json_t *linux_part = json_object_get(oci, "linux");
        struct cgroup_request request = { .manager = CGROUP_FS,
                                          .path = json_get_string(linux_part, "cgroupsPath", NULL),
                                          .id = id,
                                          .resources = json_object_get(linux_part, "resources") };

        return cgroup_create(&request, cgroup_out, err);
}
