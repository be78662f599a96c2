/* What keeps a container's output, and where its log is: in its directory, or at the path that
 * --log-opt path= gave. */
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

/* What becomes of a container's output, besides going to who is attached. */
enum log_driver {
        LOG_DRIVER_FILE,        /* k8s-file: the files above */
        LOG_DRIVER_NONE,        /* nothing */
        LOG_DRIVER_JOURNALD,    /* systemd's journal has it (journal.h) */
        LOG_DRIVER_PASSTHROUGH, /* the container has the streams of who started it */
};

/* Of a spec, whose --log-driver is one of the words that log_driver_known() knows. */
enum log_driver log_driver_of(const struct container_spec *spec);
bool log_driver_known(const char *name);

void log_driver_list(struct strv *names);

#endif
