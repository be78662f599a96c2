/* index.json of an OCI layout: which descriptor has which name. */
#ifndef KELP_ENGINE_IMAGE_LAYOUT_H
#define KELP_ENGINE_IMAGE_LAYOUT_H

#include "base/error.h"
#include "base/json.h"

#define ANNOTATION_REF_NAME        "org.opencontainers.image.ref.name"
#define ANNOTATION_CONTAINERD_NAME "io.containerd.image.name"

/* The descriptor with that name, or for NULL the only one; borrowed. NULL with *err, which lists
 * the names there are; `where` says whose index it is. */
const json_t *layout_find(const json_t *index, const char *name, const char *where,
                          struct error *err);

/* The name that a descriptor carries, or NULL. */
const char *layout_name(const json_t *descriptor);

#endif
