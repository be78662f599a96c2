/* See remove_image.h. Both whoever waits for a container and its monitor call it: the one so that
 * the image is gone when it returns, the other for who does not wait. The second finds nothing. */
#include "engine/container/remove_image.h"

#include "base/cleanup.h"
#include "engine/image/remove.h"
#include "engine/state/events.h"

int container_remove_image(const struct store *store, const struct container_spec *spec,
                           struct error *err)
{
        AUTO(image_removed) removed = { 0 };
        struct error why = { 0 };

        if (!spec->remove_image)
                return 0;
        if (image_remove(store, spec->remove_image, false, &removed, &why) < 0)
                return why.kind == ERROR_NOT_FOUND ? 0 : error_copy(err, &why);
        for (size_t i = 0; i < removed.untagged.count; i++)
                events_write_image(store, "untag", removed.id, removed.untagged.items[i]);
        if (removed.deleted)
                events_write_image(store, "remove", removed.id, removed.id);
        return 0;
}
