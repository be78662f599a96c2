/* --filter of images and image prune (podman-images(1)). */
#ifndef KELP_CLI_IMAGE_IMAGE_FILTER_H
#define KELP_CLI_IMAGE_IMAGE_FILTER_H

#include "cli/options/filter.h"
#include "engine/image/collect.h"
#include "engine/image/image.h"

struct image_filters {
        struct filters filters;
        const struct store *store;
        struct holders holders; /* loaded when a filter asks for containers */
};

int image_filters_init(const struct strv *words, const struct store *store,
                       struct image_filters *filters_out, struct error *err);
void image_filters_release(struct image_filters *filters);

/* Does the image, under this name (NULL: it has none), pass all of them? References are
 * alternatives. The image is filled when a filter needs its config. */
bool image_filters_match(const struct image_filters *filters, struct image *image,
                         const char *name);

#endif
