/* A layer that is compressed while it is sent. */
#ifndef KELP_ENGINE_IMAGE_STREAM_H
#define KELP_ENGINE_IMAGE_STREAM_H

#include "engine/image/target.h"
#include "engine/storage/blob_writer.h"
#include "engine/storage/recompress.h"

struct stream_request {
        int stored; /* the blob as it is in the store, borrowed */
        const struct recompress *change;
        struct blob_writer
                *writer;    /* where the compressed one goes; finishing it is the caller's */
        const bool *cancel; /* or NULL */
        /* Finish the writer: called once, when everything is in it. */
        int (*finish)(void *data, struct digest *digest_out, struct error *err);
        void (*sent)(void *data, uint64_t bytes);
        void *data;
};

/* True for a target that takes a blob whose digest and size are not known yet. */
bool stream_possible(const struct target *target);

/* 1: the target has it. 0: it was compressed, and could not be sent this way. -1: it was not
 * compressed, or nothing can be sent. finish() was called unless the result is -1. */
int stream_blob(struct target *target, const struct stream_request *request, struct error *err);

#endif
