/* Manifest lists (OCI indexes) that the user puts together: kelp manifest.
 *
 * A list is an image of its own: a name that stands for an index, whose blob is replaced at each
 * change. The images in it are kept as long as the list is.
 */
#ifndef KELP_ENGINE_IMAGE_LIST_H
#define KELP_ENGINE_IMAGE_LIST_H

#include "base/error.h"
#include "base/json.h"
#include "base/strv.h"
#include "engine/image/image.h"
#include "engine/image/pull.h"
#include "engine/image/push.h"

/* An empty list under a full name. *digest_out: of the index. */
int list_create(const struct store *store, const char *name, struct digest *digest_out,
                struct error *err);

/* The index of a list, by its name or ID; ERROR_INVALID for an image that is none. New reference;
 * name_out is the caller's to free. */
int list_load(const struct store *store, const char *name, char **name_out, json_t **index_out,
              struct error *err);

/* Write it back under its name. */
int list_store(const struct store *store, const char *name, const json_t *index,
               struct digest *digest_out, struct error *err);

/* What manifest add and annotate can say of an entry; NULL: leave it. */
struct list_entry_options {
        const char *arch, *os, *variant, *os_version;
        const struct strv *os_features, *features, *annotations; /* "key=value" */
        bool all; /* of an index: every image in it */
        struct pull_options pull;
};

/* Add an image, local or of a registry (it is fetched then; this process enters the user
 * namespace). */
int list_add(const struct store *store, const char *list, const char *image,
             const struct list_entry_options *options, struct digest *digest_out,
             struct error *err);

/* Change the entry of a digest, or of an image in the store. */
int list_annotate(const struct store *store, const char *list, const char *digest,
                  const struct list_entry_options *options, struct digest *digest_out,
                  struct error *err);

/* Say something of the list itself: annotations ("key=value"), and the image in the store that it
 * is about (image-spec, "subject"); NULL: leave it. */
int list_annotate_index(const struct store *store, const char *list, const struct strv *annotations,
                        const char *subject, struct digest *digest_out, struct error *err);

/* Take the entry of a digest away. */
int list_remove(const struct store *store, const char *list, const char *digest,
                struct digest *digest_out, struct error *err);

/* The list and (all) the images in it. */
int list_push(const struct store *store, const char *list, const char *destination, bool all,
              const struct push_options *options, struct digest *digest_out, struct error *err);

#endif
