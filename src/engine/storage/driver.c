/* See driver.h. */
#include "engine/storage/driver.h"

#include "base/cleanup.h"

#include <assert.h>
#include <string.h>

static const char *const names[] = {
        [STORAGE_CHOOSE] = "",
        [STORAGE_OVERLAY] = "overlay",
        [STORAGE_FUSE_OVERLAYFS] = "fuse-overlayfs",
        [STORAGE_COPY] = "copy",
};
static_assert(ARRAY_SIZE(names) == STORAGE_DRIVER_COUNT, "a name for each driver");

const char *storage_driver_name(enum storage_driver driver)
{
        return names[driver];
}

/* vfs: podman's name for whole copies. */
bool storage_driver_parse(const char *name, enum storage_driver *driver_out)
{
        for (size_t i = 0; i < ARRAY_SIZE(names); i++)
                if (strcmp(name ? name : "", names[i]) == 0) {
                        *driver_out = (enum storage_driver)i;
                        return true;
                }
        *driver_out = STORAGE_COPY;
        return strcmp(name ? name : "", "vfs") == 0;
}
