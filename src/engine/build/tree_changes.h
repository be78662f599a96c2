/* How the files of one image differ from another's. */
#ifndef KELP_ENGINE_BUILD_TREE_CHANGES_H
#define KELP_ENGINE_BUILD_TREE_CHANGES_H

#include "base/error.h"
#include "engine/build/view.h"
#include "engine/storage/changes.h"

/* What is to be done to `from` to have `to`, directories on the way among it; in the order of
 * paths. A file is the same when its attributes and times are. */
int tree_changes_find(const struct view *from, const struct view *to, struct changes *changes_out,
                      struct error *err);

#endif
