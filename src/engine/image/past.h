/* The names that an image has had: podman's History.
 *
 *     cache/past/ID    names that were taken away, the last one first, one a line
 *
 * All of it can be lost. */
#ifndef KELP_ENGINE_IMAGE_PAST_H
#define KELP_ENGINE_IMAGE_PAST_H

#include "base/strv.h"
#include "engine/state/store.h"

/* A name was taken from the image. Failure does not matter. */
void past_note(const struct store *store, const char *id, const char *name);

/* The image is gone. */
void past_forget(const struct store *store, const char *id);

/* The names that it has, then those that it had. */
void past_names(const struct store *store, const char *id, const struct strv *names,
                struct strv *out);

#endif
