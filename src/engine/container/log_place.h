/* Where a container's log is: in its directory, or at the path that --log-opt path= gave. */
#ifndef KELP_ENGINE_CONTAINER_LOG_PLACE_H
#define KELP_ENGINE_CONTAINER_LOG_PLACE_H

#include "base/error.h"
#include "engine/container/container.h"

#include <stdbool.h>

struct log_place {
        int dir_fd; /* of the container, borrowed, unless it is `own` */
        bool own;
        const char *name; /* of the newest file; borrowed from the spec */
};

#define LOG_PLACE_EMPTY ((struct log_place){ .dir_fd = -1 })

void log_place_release(struct log_place *place);

/* The container must outlive *place_out. */
int log_place_open(const struct container *container, struct log_place *place_out,
                   struct error *err);

/* --log-driver=none: there is no log. */
bool log_place_none(const struct container_spec *spec);

#endif
