/* names/NAME: a symbolic link whose text is an ID. Containers and pods have one name space, as with
 * podman: making the link reserves the name, since symlink(2) fails when there is one.
 */
#ifndef KELP_ENGINE_STATE_NAMES_H
#define KELP_ENGINE_STATE_NAMES_H

#include "base/error.h"
#include "engine/state/store.h"

#include <stdbool.h>

#define OBJECT_ID_LEN 64

/* Whose name is it? False: nobody's. */
bool names_find(const struct store *store, const char *name, char id_out[OBJECT_ID_LEN + 1]);

/* 0: it is the ID's now; 1: it is somebody's already; -1: error. */
int names_reserve(const struct store *store, const char *name, const char *id, struct error *err);

/* Is there a container or pod with this ID? */
bool names_owner_is_there(const struct store *store, const char *id);

/* Let go of it. False: it is not the ID's. */
bool names_free(const struct store *store, const char *name, const char *id);

/* The number of objects in a directory of the store ("containers", "pods") whose ID begins so; the
 * last one's in id_out. */
int names_match_prefix(const struct store *store, const char *dir, const char *prefix,
                       char id_out[OBJECT_ID_LEN + 1]);

/* "0a1b", the beginning of an ID. */
bool names_is_id_prefix(const char *text);

#endif
