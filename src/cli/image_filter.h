/* --filter of images and image prune (podman-images(1)). */
#ifndef KELP_CLI_IMAGE_FILTER_H
#define KELP_CLI_IMAGE_FILTER_H

#include "engine/image/collect.h"
#include "engine/image/image.h"

struct image_filter;

struct image_filters {
        struct image_filter *items;
        size_t count;
        const struct store *store;
        struct holders holders; /* loaded when a filter asks for containers */
};

/* Out of "KEY=VALUE" words. */
int image_filters_init(const struct strv *words, const struct store *store,
                       struct image_filters *filters_out, struct error *err);
void image_filters_release(struct image_filters *filters);

/* Is there one of that key? */
bool image_filters_has(const struct image_filters *filters, const char *key);

/* Does the image, under this name (NULL: it has none), pass all of them? References are
 * alternatives. The image is filled when a filter needs its config. */
bool image_filters_match(const struct image_filters *filters, struct image *image,
                         const char *name);

#endif
