/* Copying files and directories from one tree into another, either of which may be a container's.
 *
 * Every name is opened relative to its directory and never followed, so that whoever changes one of
 * the trees meanwhile can lead the copy to nothing outside of it.
 */
#ifndef KELP_ENGINE_STORAGE_COPY_TREE_H
#define KELP_ENGINE_STORAGE_COPY_TREE_H

#include "base/error.h"
#include "rootless/id_map.h"

#include <stdbool.h>
#include <sys/types.h>

enum copy_owner {
        COPY_OWNER_NONE,  /* whoever copies */
        COPY_OWNER_FIXED, /* uid and gid below */
        COPY_OWNER_SOURCE,
};

struct copy_tree_options {
        enum copy_owner owner;
        uid_t uid;
        gid_t gid;
        bool overwrite;     /* a directory may take the place of something else, and it its */
        bool strip_ids;     /* the setuid and setgid bits stay behind */
        bool recorded_from; /* owners are in records (rootless/override.h) */
        bool recorded_to;
        const struct id_maps *ids_from; /* owners as a container counts them; NULL: as they are */
        const struct id_maps *ids_to;
        int to_root; /* errors tell paths as they are below this directory; -1: as they are */
};

/* Copy from_dir/name to to_dir/as; the process's umask(2) is 0: a file replaces a file, a directory
 * is merged into a directory. Of special files only fifos are copied; sockets and devices are
 * passed over. */
int copy_tree(int from_dir, const char *name, int to_dir, const char *as,
              const struct copy_tree_options *options, struct error *err);

/* What is in the directory `from` into the directory `to`. */
int copy_tree_contents(int from, int to, const struct copy_tree_options *options,
                       struct error *err);

#endif
