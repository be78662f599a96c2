/* linux.devices and what every container has in /dev -> steps. See plan_parts.h. */
#include "engine/runtime/plan_parts.h"

#include "base/cleanup.h"
#include "base/path.h"

#include <string.h>
#include <sys/stat.h>

struct standard_node {
        const char *path;
        unsigned major, minor;
};

/* runtime-spec, config-linux.md "Default Devices" */
static const struct standard_node nodes[] = {
        { "/dev/null", 1, 3 }, { "/dev/zero", 1, 5 },   { "/dev/full", 1, 7 },
        { "/dev/tty", 5, 0 },  { "/dev/random", 1, 8 }, { "/dev/urandom", 1, 9 },
};

static const char *const links[][2] = {
        { "/proc/self/fd", "/dev/fd" },       { "/proc/self/fd/0", "/dev/stdin" },
        { "/proc/self/fd/1", "/dev/stdout" }, { "/proc/self/fd/2", "/dev/stderr" },
        { "/proc/kcore", "/dev/core" },       { "pts/ptmx", "/dev/ptmx" },
};

static struct step *add_device(struct launch_plan *plan, const char *path)
{
        return plan_add_step(plan, STEP_DEVICE, path, path);
}

static int device_type(const json_t *json, mode_t *type_out, struct error *err)
{
        static const struct {
                const char *name;
                mode_t type;
        } types[] = { { "c", S_IFCHR }, { "u", S_IFCHR }, { "b", S_IFBLK }, { "p", S_IFIFO } };
        const char *name = json_get_string(json, "type", "");

        for (size_t i = 0; i < ARRAY_SIZE(types); i++)
                if (strcmp(types[i].name, name) == 0) {
                        *type_out = types[i].type;
                        return 0;
                }
        return error_set(err, ERROR_INVALID,
                         "linux.devices.type: c, b, u or p is needed, not \"%s\"", name);
}

static int plan_device(struct launch_plan *plan, const json_t *json, struct error *err)
{
        AUTO_FREE char *path = path_clean(json_get_string(json, "path", "/"));
        struct device_node node = {
                .major = (unsigned)json_get_int(json, "major", 0),
                .minor = (unsigned)json_get_int(json, "minor", 0),
                .mode = (mode_t)json_get_int(json, "fileMode", 0666) & 07777,
                .uid = (uid_t)json_get_int(json, "uid", 0),
                .gid = (gid_t)json_get_int(json, "gid", 0),
        };

        if (device_type(json, &node.type, err) < 0)
                return -1;
        if (node.type != S_IFIFO &&
            (!json_object_get(json, "major") || !json_object_get(json, "minor")))
                return error_set(err, ERROR_INVALID, "linux.devices: %s has no major and minor",
                                 path);
        add_device(plan, path)->device = node;
        return 0;
}

static bool is_planned(const struct launch_plan *plan, size_t first, const char *path)
{
        for (size_t i = first; i < plan->step_count; i++)
                if (strcmp(plan->steps[i].target, path) == 0)
                        return true;
        return false;
}

int plan_devices(struct launch_plan *plan, const json_t *linux_part, struct error *err)
{
        size_t first = plan->step_count, i;
        json_t *device;

        json_array_foreach (json_object_get(linux_part, "devices"), i, device) {
                if (plan_device(plan, device, err) < 0)
                        return -1;
        }
        for (i = 0; i < ARRAY_SIZE(nodes); i++)
                if (!is_planned(plan, first, nodes[i].path))
                        add_device(plan, nodes[i].path)->device =
                                (struct device_node){ .type = S_IFCHR,
                                                      .major = nodes[i].major,
                                                      .minor = nodes[i].minor,
                                                      .mode = 0666,
                                                      .standard = true };
        for (i = 0; i < ARRAY_SIZE(links); i++)
                plan_add_step(plan, STEP_SYMLINK, links[i][0], links[i][1]);
        return 0;
}
