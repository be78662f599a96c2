/* Images in the store: finding, listing, publishing. Their names: name.h.
 *
 * An image's ID is the hex digest of its config, as with podman and docker; that of a manifest list
 * is the hex digest of the list.
 */
#ifndef KELP_ENGINE_IMAGE_IMAGE_H
#define KELP_ENGINE_IMAGE_IMAGE_H

#include "base/error.h"
#include "base/json.h"
#include "base/strv.h"
#include "engine/state/store.h"
#include "engine/storage/digest.h"
#include "engine/storage/layer.h"

#include <stdint.h>
#include <time.h>

struct image {
        char id[DIGEST_HEX_LEN + 1];
        struct digest manifest; /* of the image manifest (or, for a list, the index) */
        struct digest index;    /* the index that the name stands for or came from; text "": none */
        struct strv names;      /* full references: "docker.io/library/busybox:latest" */
        uint64_t size;          /* bytes: layers unpacked (their tar archives) and config */
        time_t created, used;
        struct digest parent; /* manifest of what a build made it of; text "": it was not built */
        bool intermediate;    /* without a name, and others were built of it (image_list_load()) */
        bool list;      /* a manifest list; filled, the rest is the image in it for this machine */
        bool read_only; /* in an additional store */
        bool by_id;     /* image_lookup() found it by its ID */
        /* what image_fill() reads */
        json_t *manifest_json; /* image manifest (never an index); NULL: not filled */
        json_t *config;        /* image config: architecture, os, config{Env,Cmd...}, rootfs */
        struct digest config_digest;
        struct digest *diff_ids; /* lowest layer first */
        struct digest *layers;   /* blobs, same order */
        uint64_t *layer_sizes;   /* bytes of the blobs */
        size_t layer_count;
};

void image_release(struct image *image);

/* Find by reference (short names are completed: localhost/, docker.io/library/ ...), by ID or
 * unique ID prefix, with or without "sha256:". ERROR_NOT_FOUND names what was tried. All of it is
 * filled; a list gives its image for this machine. */
int image_lookup(const struct store *store, const char *name, struct image *image_out,
                 struct error *err);

/* Add the image's other names; the one it was found by stays the first. */
int image_load_names(const struct store *store, struct image *image, struct error *err);

/* The same without filling: for lists, names, and images that are damaged. */
int image_find(const struct store *store, const char *name, struct image *image_out,
               struct error *err);

struct image_list {
        struct image *items;
        size_t count;
};
void image_list_release(struct image_list *list);

/* Newest first, with names and summary only: image_fill() reads the rest. */
int image_list_load(const struct store *store, struct image_list *list_out, struct error *err);

/* Read manifest and config. A list whose image for this machine is not here: ERROR_NOT_FOUND. */
int image_fill(const struct store *store, struct image *image, struct error *err);

/* How a layer's blob is compressed, by its media type. */
enum layer_compression image_layer_compression(const struct image *image, size_t layer);

/* Point a full reference at a manifest or index that the store has whole (the caller holds the
 * shared lock). index: what it was chosen from, or NULL. */
int image_publish(const struct store *store, const char *reference, const struct digest *manifest,
                  const struct digest *index, struct error *err);

/* The same for one that a build made of another: its parent's manifest. */
int image_publish_built(const struct store *store, const char *reference,
                        const struct digest *manifest, const struct digest *parent,
                        struct error *err);

/* Note that the image was used now. Failure does not matter. */
void image_touch(const struct store *store, const struct image *image);

/* Every unpacked layer for this mapping is there. */
bool image_has_layers(const struct store *store, const struct image *image, const char *mapping);

/* Missing ones are unpacked from their blobs; this process is in the user namespace. maps: as in
 * layer_source. */
int image_ensure_layers(const struct store *store, const struct image *image, const char *mapping,
                        const struct id_maps *maps, struct error *err);

#endif
