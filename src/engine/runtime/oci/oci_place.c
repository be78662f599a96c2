/* The cgroup of a container. See oci_place.h. */
#include "engine/runtime/oci/oci_place.h"

#include "base/log.h"

int oci_place_make(struct oci_making *making, struct error *err)
{
        const json_t *linux_part = json_object_get(making->spec, "linux");
        struct cgroup_request request = { .manager = making->request->manager,
                                          .path = json_get_string(linux_part, "cgroupsPath", NULL),
                                          .id = making->container.id,
                                          .uid = oci_caller_uid(),
                                          .resources = json_object_get(linux_part, "resources") };
        AUTO(cgroup_limits) limits = { 0 };

        if (request.path && !request.path[0])
                request.path = NULL;
        request.required = request.path != NULL;
        if (cgroup_create(&request, &making->cgroup, err) == 0)
                return 0;
        /* Somebody's processes in it, or a path that makes no sense, are errors for everybody. */
        if (err->kind == ERROR_IN_USE || err->kind == ERROR_INVALID || err->kind == ERROR_USAGE ||
            cgroup_limits_make(request.resources, &limits, NULL) < 0 || limits.count)
                return -1;
        log_info("%s: the container gets no cgroup of its own, continuing", err->text);
        *err = (struct error){ 0 };
        making->cgroup = CGROUP_EMPTY;
        return 0;
}
