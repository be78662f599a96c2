/* A directory tree as a tar stream: what a container changed, or a whole root file system. */
#ifndef KELP_ENGINE_STORAGE_PACK_H
#define KELP_ENGINE_STORAGE_PACK_H

#include "base/error.h"
#include "base/strv.h"
#include "engine/storage/changes.h"
#include "rootless/id_map.h"

#include <stdbool.h>
#include <time.h>

struct pack_options {
        bool whiteouts; /* overlay's whiteouts and opaque directories as a layer writes them;
                           otherwise they are left out */
        bool mounts;    /* also what is mounted inside */
        bool recorded;  /* owners are in records (rootless/override.h): a single id is mapped */
        const struct changes *only; /* of a whole tree what is in this (sorted) list; what was
                                       deleted becomes whiteouts; NULL: everything */
        /* The files' owners are ids outside, the archive gets those inside. NULL: as they are. */
        const struct id_maps *ids;
        /* Files and directories of these paths, when empty, are left out. */
        const struct strv *skip_empty;
        const time_t *mtime; /* that everything gets; NULL: its own */
};

/* Below root_fd, in the order of names, to out_fd (borrowed); owners as this process sees them, or
 * as recorded. Names of overlay's own attributes are left out, and sockets, which tar does not
 * know. */
int pack_tree(int root_fd, const struct pack_options *options, int out_fd, struct error *err);

/* One entry of a directory, with all that is in it, under another name. */
int pack_entry_as(int dir_fd, const char *entry, const char *name,
                  const struct pack_options *options, int out_fd, struct error *err);

/* The same as pack_tree() in a child process, through a pipe: *fd_out is to be read to its end,
 * then pack_wait() tells how it ended. */
struct pack {
        int fd;
        int error_fd;
        int pid;
};
int pack_start(int root_fd, const struct pack_options *options, struct pack *pack_out,
               struct error *err);
int pack_wait(struct pack *pack, struct error *err);

#endif
