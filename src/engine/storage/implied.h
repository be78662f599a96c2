/* Directories that a layer has files in but does not list itself. */
#ifndef KELP_ENGINE_STORAGE_IMPLIED_H
#define KELP_ENGINE_STORAGE_IMPLIED_H

#include "base/error.h"
#include "engine/storage/digest.h"
#include "engine/storage/intake.h"

#include <stddef.h>

/* Overlay shows a directory with the attributes of the highest layer that has it. For each
 * directory that a layer only implied (layers/DIFFID/meta), take owner, mode and time from the
 * nearest layer below that has it; with a single id also what a directory records of members that
 * show through from below (members.h). diff_ids: lowest first, all unpacked, in the store or by
 * this intake; this process is in the user namespace.
 *
 * A layer is shared by all images that have it: the first image to ask decides, which differs from
 * another image's wish only when two images put one layer on different bases. */
int implied_dirs_fix(const struct intake *intake, const struct digest *diff_ids, size_t count,
                     const char *mapping, struct error *err);

#endif
