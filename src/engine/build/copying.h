/* COPY and ADD: what goes where. */
#ifndef KELP_ENGINE_BUILD_COPYING_H
#define KELP_ENGINE_BUILD_COPYING_H

#include "base/error.h"
#include "base/strv.h"
#include "engine/containerfile/build_ignore.h"
#include "engine/containerfile/instruction.h"
#include "engine/build/place.h"
#include "engine/build/view.h"
#include "engine/storage/digest.h"

#include <stdbool.h>

/* A file that was fetched for ADD. */
struct copying_download {
        char *url, *name; /* its last part */
        int fd;
};

/* All of it is known; the sources are still to be looked at. */
struct copying {
        const struct instruction *instruction; /* expanded; borrowed */
        int root_fd;                           /* below which the sources are; borrowed; -1: none */
        const struct view *from;               /* whose root that is; NULL: a directory */
        const char *root_name;                 /* for messages */
        const struct build_ignore *ignore;     /* of a context, or NULL */
        struct build_ignore exclude;           /* --exclude */
        const struct view *view;               /* where it goes; borrowed */
        const char *workdir;                   /* of the stage */
        const time_t *mtime;                   /* that everything gets, or NULL */
        const bool *cancel;                    /* becomes true when the user interrupts */
        bool owned; /* --chown: everything is uid's and gid's; without it, root's, or (from) as
                     * it is */
        uid_t uid;
        gid_t gid;
        bool has_mode; /* --chmod */
        mode_t mode;
        bool extract; /* archives are unpacked */
        bool parents; /* the directories of a source are made too */
        struct copying_download *downloads;
        size_t download_count;
};

void copying_release(struct copying *copying);

/* Into an archive for a layer: all of it, in an order that does not change. */
int copying_emit(const struct copying *copying, struct pack_stream *stream, struct error *err);

/* "file:HEX", "dir:HEX", "multi:HEX" of what it would write, times apart. */
int copying_digest(const struct copying *copying, char **text_out, struct error *err);

#endif
