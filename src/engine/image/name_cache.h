/* What the files in images/ say, together in one file, so that a list of many images opens one file
 * and not hundreds.
 *
 *     cache/names    a line for each file: inode, time of its last change, size; then its contents
 *
 * A line is believed only of the file that has the same inode, change time (to the nanosecond) and
 * size still: nobody can set a change time, and what wrote or renamed a file since has moved it. A
 * file that changed within the last two seconds is not noted, its next change might bear the same
 * time. The cache may be lost, old or damaged at any moment: then the files themselves are read.
 * References and last uses are not in it; they are the file's name and mtime.
 */
#ifndef KELP_ENGINE_IMAGE_NAME_CACHE_H
#define KELP_ENGINE_IMAGE_NAME_CACHE_H

#include "engine/image/name.h"

#include <sys/stat.h>

struct name_cache;

/* Never fails: where there is none, it is empty. */
struct name_cache *name_cache_open(const struct store *store);

/* Fills all but reference, used and read_only, when the file is known. */
bool name_cache_find(struct name_cache *cache, const struct stat *st, struct name *name_out);

/* The file was read, and says this. */
void name_cache_note(struct name_cache *cache, const struct stat *st, const struct name *name);

/* Written anew when more files than a few had to be read: a handful costs less than that. */
void name_cache_close(struct name_cache *cache);

#endif
