/* What many small objects of the store say, together in one file, so that a list of hundreds opens
 * one file and not each of them.
 *
 *     cache/NAME    a line for each object: inode, time of its last change, size; then a text
 *
 * A line is believed only of the object that has the same inode, change time (to the nanosecond)
 * and size still: nobody can set a change time, and what wrote or renamed a file since, or put one
 * into a directory, has moved it. What changed within the last two seconds is not noted, its next
 * change might bear the same time. The cache may be lost, old or damaged at any moment: then the
 * objects themselves are read.
 */
#ifndef KELP_ENGINE_STATE_LINE_CACHE_H
#define KELP_ENGINE_STATE_LINE_CACHE_H

#include "engine/state/store.h"

#include <sys/stat.h>

struct line_cache;

/* `name` (below cache/, static) is the file. Never fails: where there is none, it is empty. */
struct line_cache *line_cache_open(const struct store *store, const char *name);

/* The text noted for the object that has this inode, when it is as it was; else NULL. It ends with
 * '\n', and is borrowed until the end. */
const char *line_cache_find(struct line_cache *cache, const struct stat *st);

/* What was found does not make sense: the line goes. */
void line_cache_refuse(struct line_cache *cache);

/* The object was read, and says this: `text` has no '\n'. */
void line_cache_note(struct line_cache *cache, const struct stat *st, const char *text);

/* Written anew when more objects than a few had to be read: a handful costs less than that. */
void line_cache_close(struct line_cache *cache);

#endif
