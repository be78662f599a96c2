/* The names of images: one small file per reference in images/.
 *
 * The file's name is the reference with '/' escaped; its text is an OCI descriptor of the manifest
 * with a summary of the image, so that a list of images reads nothing else; its mtime is the last
 * use. An image that lost its last name to another image keeps a file named by its digest, and is
 * listed as <none>.
 */
#ifndef KELP_ENGINE_IMAGE_NAME_H
#define KELP_ENGINE_IMAGE_NAME_H

#include "base/error.h"
#include "base/strv.h"
#include "engine/state/store.h"
#include "engine/storage/digest.h"

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

struct name {
        char *reference; /* "docker.io/library/busybox:latest", or the digest of a nameless one */
        struct digest digest; /* of the manifest or index */
        char *media_type;
        uint64_t manifest_size; /* bytes */
        struct digest index;    /* the index that it was chosen from; text "" : none */
        struct digest parent;   /* manifest of what a build made it of; text "": it was not built */
        /* summary */
        char id[DIGEST_HEX_LEN + 1];
        time_t created;
        uint64_t size; /* bytes of unpacked layers and config */
        bool list;     /* an index that is an image of its own (kelp manifest create) */
        /* of the file */
        time_t used;
        bool read_only; /* in an additional store */
};

struct name_list {
        struct name *items;
        size_t count;
};

void name_release(struct name *name);
void name_list_release(struct name_list *list);

/* One of them, looked for in additional stores too. ERROR_NOT_FOUND with sys ENOENT. */
int name_read(const struct store *store, const char *reference, struct name *name_out,
              struct error *err);

/* All, in no order; unreadable ones are left out. What a name of an additional store stands for is
 * hidden by the same name here. */
int name_list_load(const struct store *store, struct name_list *list_out, struct error *err);

/* The same for who only looks, through name_cache.h. Who removes what no name stands for reads the
 * names themselves. */
int name_list_look(const struct store *store, struct name_list *list_out, struct error *err);

/* Write, durably. An image that had the name and has no other becomes nameless. The caller holds
 * the shared store lock. */
int name_write(const struct store *store, const struct name *name, struct error *err);

/* The same image under another name; release it. */
void name_copy(struct name *name_out, const struct name *from, const char *reference);

/* Take it away; a missing one is fine. */
int name_remove(const struct store *store, const char *reference, struct error *err);

/* The image was used now. Failure does not matter. */
void name_touch(const struct store *store, const char *reference);

/* Is it the name of an image that has none? */
bool name_is_nameless(const char *reference);

#endif
