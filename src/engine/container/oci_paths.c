/* Masked and read-only paths of a container. See oci_paths.h. */
#include "engine/container/oci_paths.h"

#include "base/cleanup.h"

#include <fnmatch.h>
#include <string.h>
#include <strings.h>

static const char *const masked_paths[] = {
        "/proc/acpi",        "/proc/kcore",
        "/proc/keys",        "/proc/latency_stats",
        "/proc/sched_debug", "/proc/scsi",
        "/proc/timer_list",  "/proc/timer_stats",
        "/proc/interrupts",  "/sys/devices/virtual/powercap",
        "/sys/firmware",     "/sys/fs/selinux",
        "/sys/dev/block",
};

static const char *const readonly_paths[] = {
        "/proc/asound", "/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger",
};

bool oci_path_is_unmasked(const struct container_spec *spec, const char *path)
{
        for (size_t i = 0; i < spec->unmask.count; i++)
                if (strcasecmp(spec->unmask.items[i], "ALL") == 0 ||
                    fnmatch(spec->unmask.items[i], path, FNM_PATHNAME) == 0)
                        return true;
        return false;
}

static json_t *without_unmasked(const struct container_spec *spec, const char *const *paths,
                                size_t count)
{
        json_t *array = json_array();

        for (size_t i = 0; i < count && !spec->privileged; i++)
                if (!oci_path_is_unmasked(spec, paths[i]))
                        json_array_append_new(array, json_string(paths[i]));
        return array;
}

json_t *oci_masked_paths(const struct container_spec *spec)
{
        json_t *array = without_unmasked(spec, masked_paths, ARRAY_SIZE(masked_paths));

        for (size_t i = 0; i < spec->mask.count; i++)
                json_array_append_new(array, json_string_any(spec->mask.items[i]));
        return array;
}

json_t *oci_readonly_paths(const struct container_spec *spec)
{
        return without_unmasked(spec, readonly_paths, ARRAY_SIZE(readonly_paths));
}
