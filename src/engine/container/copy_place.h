/* Where an end of a copy is: a directory and a name in it, links on the way followed. */
#ifndef KELP_ENGINE_CONTAINER_COPY_PLACE_H
#define KELP_ENGINE_CONTAINER_COPY_PLACE_H

#include "engine/container/copy.h"

struct copy_place {
        int fd;     /* the directory itself (readable), or O_PATH; -1: it is not there yet */
        int dir_fd; /* that it is in */
        char *name; /* in dir_fd; no link */
        char *base; /* the last component as the user wrote it, for the copy's name */
        bool is_dir;
        bool contents; /* "DIR/." and "/": not the directory, but what is in it */
};

#define COPY_PLACE_EMPTY ((struct copy_place){ .fd = -1, .dir_fd = -1 })

void copy_place_release(struct copy_place *place);

/* root_fd: of the end's container, -1: the host. It must be there. */
int copy_place_source(int root_fd, const struct copy_end *end, struct copy_place *place_out,
                      struct error *err);

/* Its last component may be missing, unless a slash behind it says that it is a directory and what
 * is copied is none. */
int copy_place_target(int root_fd, const struct copy_end *end, bool for_dir,
                      struct copy_place *place_out, struct error *err);

#endif
