/* Progress of a pull: a line for each layer, redrawn on a terminal, plain otherwise. */
#ifndef KELP_ENGINE_IMAGE_PROGRESS_H
#define KELP_ENGINE_IMAGE_PROGRESS_H

#include "engine/storage/digest.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum progress_state { PROGRESS_WAITING, PROGRESS_LOADING, PROGRESS_DONE, PROGRESS_EXISTS };

struct progress_line {
        const struct digest *digest;
        uint64_t size, received;
        enum progress_state state;
};

struct progress {
        struct progress_line *lines; /* owned */
        size_t count;
        bool quiet, terminal;
        size_t drawn; /* lines on the screen */
        int64_t start_ns, last_ns;
};

/* Standard error is where it goes. */
void progress_init(struct progress *progress, size_t count, bool quiet);
void progress_release(struct progress *progress);

/* Draw again, at most ten times a second unless forced. */
void progress_draw(struct progress *progress, bool force);

/* A layer is done, or was there. */
void progress_finish(struct progress *progress, size_t line, enum progress_state state);

/* All are: what else belongs to the image came too. */
void progress_end(const struct progress *progress, const struct digest *config);

/* The same lines for an image that came as a whole, where nothing is drawn. */
void progress_tell(const struct digest *layers, size_t count, const struct digest *config);

#endif
