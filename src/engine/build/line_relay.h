/* What a child process prints, in whole lines, so that those of several do not mix. */
#ifndef KELP_ENGINE_BUILD_LINE_RELAY_H
#define KELP_ENGINE_BUILD_LINE_RELAY_H

#include "base/error.h"

#include <stddef.h>

#define LINE_RELAY_MAX ((size_t)16 << 10)

struct line_relay {
        int from; /* a pipe; -1: closed, or at its end */
        int to;   /* borrowed */
        char *data;
        size_t len; /* of a line that has not ended */
};

#define LINE_RELAY_EMPTY ((struct line_relay){ .from = -1, .to = -1 })

/* *end_out: where the child writes; the caller closes it. */
int line_relay_open(struct line_relay *relay, int to, int *end_out, struct error *err);
void line_relay_close(struct line_relay *relay);

/* What has come, up to the end of its last line; of a line over LINE_RELAY_MAX a piece. Does not
 * wait for more. 0: nothing has come. */
size_t line_relay_pass(struct line_relay *relay);

/* The child has ended: all that is left of it. */
void line_relay_drain(struct line_relay *relay);

#endif
