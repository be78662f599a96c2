/* Removing images and what nothing refers to any more. */
#ifndef KELP_ENGINE_IMAGE_REMOVE_H
#define KELP_ENGINE_IMAGE_REMOVE_H

#include "base/error.h"
#include "base/strv.h"
#include "engine/image/image.h"

struct image_removed {
        struct strv untagged; /* full references */
        bool deleted;         /* the image itself is gone too */
};

void image_removed_release(struct image_removed *removed);

/* `name` as the user gave it: a reference loses that name, and the image goes with its last one; an
 * ID removes all its names (more than one only with force). ERROR_IN_USE while a container, running
 * or not, has it. Takes the exclusive store lock; this process is in the user namespace. */
int image_remove(const struct store *store, const char *name, const struct image *image, bool force,
                 struct image_removed *removed_out, struct error *err);

#endif
