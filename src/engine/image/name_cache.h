/* What the files in images/ say, as lines of cache/names (line_cache.h). References and last uses
 * are not in it; they are the file's name and mtime.
 */
#ifndef KELP_ENGINE_IMAGE_NAME_CACHE_H
#define KELP_ENGINE_IMAGE_NAME_CACHE_H

#include "engine/image/name.h"
#include "engine/state/line_cache.h"

/* Fills all but reference, used and read_only, when the file is known. */
bool name_cache_find(struct line_cache *cache, const struct stat *st, struct name *name_out);

/* The file was read, and says this. */
void name_cache_note(struct line_cache *cache, const struct stat *st, const struct name *name);

#endif
