/* A layer out of an archive that is written while it is read. */
#ifndef KELP_ENGINE_BUILD_FEED_H
#define KELP_ENGINE_BUILD_FEED_H

#include "base/error.h"
#include "engine/image/build.h"
#include "engine/storage/pack_stream.h"

/* write() fills the archive in a child process; what it writes becomes a layer of the intake.
 * mtime: of all entries, NULL: their own. */
int feed_layer(struct intake *intake, const time_t *mtime,
               int (*write)(void *data, struct pack_stream *stream, struct error *err), void *data,
               struct built_layer *layer_out, struct error *err);

#endif
