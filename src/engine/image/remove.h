/* Removing images: names first, then everything that nothing refers to any more. */
#ifndef KELP_ENGINE_IMAGE_REMOVE_H
#define KELP_ENGINE_IMAGE_REMOVE_H

#include "base/error.h"
#include "base/strv.h"
#include "engine/image/image.h"

struct image_removed {
        struct strv untagged; /* full references */
        struct strv parents;  /* IDs of images without a name that it was built of: gone with it */
        bool deleted;         /* the image itself is gone too */
        char id[DIGEST_HEX_LEN + 1];
};

void image_removed_release(struct image_removed *removed);

/* `name` as the user gave it: a reference loses that name, and the image goes with its last one; an
 * ID removes all its names (more than one only with force). ERROR_IN_USE while a container, running
 * or not, has it and its last name would go. Takes the exclusive store lock; this process is in the
 * user namespace. */
int image_remove(const struct store *store, const char *name, bool force,
                 struct image_removed *removed_out, struct error *err);

/* Take one name away, whatever it leaves (kelp untag); the image stays, nameless with its last. */
int image_untag(const struct store *store, const char *reference, struct error *err);

#endif
