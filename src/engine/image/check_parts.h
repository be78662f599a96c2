/* The parts of a check, for check.c and its neighbour alone:
 *
 *     check.c           the whole: images, their blobs and layers, garbage
 *     check_objects.c   containers and pods
 */
#ifndef KELP_ENGINE_IMAGE_CHECK_PARTS_H
#define KELP_ENGINE_IMAGE_CHECK_PARTS_H

#include "base/strv.h"
#include "engine/image/check.h"

struct checker {
        const struct store *store;
        const struct check_options *options;
        struct findings *findings;
        struct strv checked; /* blobs and layers that were looked at already */
};

/* The pointer lasts until the next one. */
struct finding *check_report(struct checker *c, enum finding_kind kind, const char *format, ...)
        __attribute__((format(printf, 3, 4)));

/* Call visit() for each entry of a directory of the store. */
int check_each(struct checker *c, const char *path,
               void (*visit)(struct checker *c, int dir_fd, const char *entry), struct error *err);

/* With --repair: remove what was reported. */
void check_remove(struct checker *c, struct finding *f, int dir_fd, const char *entry);

/* Whether each can be read, and what starts and crashes left. */
int check_objects(struct checker *c, struct error *err);

/* Names of nobody. */
int check_object_names(struct checker *c, struct error *err);

#endif
