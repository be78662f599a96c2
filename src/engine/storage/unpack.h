/* A tar stream to files below a directory. */
#ifndef KELP_ENGINE_STORAGE_UNPACK_H
#define KELP_ENGINE_STORAGE_UNPACK_H

#include "base/error.h"
#include "base/strv.h"
#include "rootless/id_map.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct unpack_source {
        /* The next piece of the tar: its length, 0 at the end, -1 with *err. It stays valid until
         * the next call. */
        ssize_t (*next)(void *data, const void **piece_out, struct error *err);
        void *data;
        bool plain;    /* no layer: names that begin with ".wh." are names like others */
        bool recorded; /* a single id is mapped: owners go into records (rootless/override.h) */
        /* Owners in the archive are ids inside, files get the ones outside. NULL: as they are. */
        const struct id_maps *ids;
};

struct unpack_result {
        uint64_t entries;
        uint32_t max_id;             /* the highest owner, user or group, of an entry */
        bool root_listed;            /* the archive says what "/" is like */
        struct strv implied_dirs;    /* made because something lies in them, not in the archive */
        struct strv skipped_devices; /* device nodes that this namespace may not make */
};

void unpack_result_release(struct unpack_result *result);

#define UNPACK_ENTRIES_MAX ((uint64_t)10 * 1000 * 1000)

/* Unpack below root_fd, a directory of our own that nobody else writes to meanwhile. Whiteouts
 * become overlay's. No entry leaves the root; one that tries is ERROR_INVALID, by name. The umask
 * must be 0. */
int unpack_tar(int root_fd, const struct unpack_source *source, struct unpack_result *result_out,
               struct error *err);

#endif
