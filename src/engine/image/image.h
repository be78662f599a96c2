/* Images in the store: finding, listing, adding and removing them.
 *
 * ROOT/images/NAME is one small JSON file per reference, an OCI descriptor of the manifest; its
 * mtime is the last use. The file name is the reference with '/' and ':' escaped. An image's ID is
 * the hex digest of its config, as with podman and docker. An image without a name (after its last
 * name moved elsewhere) keeps a file named by its manifest digest, and is listed as <none>.
 */
#ifndef KELP_ENGINE_IMAGE_IMAGE_H
#define KELP_ENGINE_IMAGE_IMAGE_H

#include "base/error.h"
#include "base/json.h"
#include "base/strv.h"
#include "engine/state/store.h"
#include "engine/storage/digest.h"

#include <stdint.h>
#include <time.h>

struct image {
        char id[DIGEST_HEX_LEN + 1]; /* hex digest of the config */
        struct digest manifest;
        struct digest config_digest;
        struct strv names;       /* full references: "docker.io/library/busybox:latest" */
        json_t *manifest_json;   /* image manifest (never an index) */
        json_t *config;          /* image config: architecture, os, config{Env,Cmd...}, rootfs */
        struct digest *diff_ids; /* lowest layer first */
        struct digest *layers;   /* blobs, same order */
        size_t layer_count;
        uint64_t size; /* sum of layer blobs and config, bytes */
        time_t created;
};

void image_release(struct image *image);

/* Find by reference (short names are completed: localhost/, docker.io/library/ ...), by ID or
 * unique ID prefix, with or without "sha256:". ERROR_NOT_FOUND names what was tried. */
int image_lookup(const struct store *store, const char *name, struct image *image_out,
                 struct error *err);

struct image_list {
        struct image *items;
        size_t count;
};
void image_list_release(struct image_list *list);
int image_list_load(const struct store *store, struct image_list *list_out, struct error *err);

/* Was the image found by its ID (or a prefix), not by a name? */
bool image_name_is_id(const char *name, const struct image *image);

/* "images/FILE" of a reference, relative to the store's root. The caller frees. */
char *image_reference_path(const char *reference);

/* Point a full reference at a manifest that the store has whole (caller holds the shared lock). */
int image_publish(const struct store *store, const char *reference, const struct digest *manifest,
                  size_t manifest_size, const char *media_type, struct error *err);

/* Note that the image was used now. Failure does not matter. */
void image_touch(const struct store *store, const struct image *image);

/* Every unpacked layer for this mapping is there; missing ones are unpacked from their blobs. */
int image_ensure_layers(const struct store *store, const struct image *image, const char *mapping,
                        struct error *err);

#endif
