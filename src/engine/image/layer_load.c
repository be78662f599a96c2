/* A layer's bytes to blob and unpacker. See layer_load.h. */
#include "engine/image/layer_load.h"

#include "base/alloc.h"
#include "base/fd.h"
#include "engine/storage/blob_writer.h"
#include "engine/storage/layer.h"
#include "rootless/userns.h"

#include <string.h>
#include <unistd.h>

#define REPLAY_CHUNK ((size_t)1 << 20)

int layer_load_open(struct intake *intake, const struct manifest_layer *layer,
                    const struct digest *diff_id, bool unpack, struct layer_load *load,
                    struct error *err)
{
        struct layer_source source = { .compression = layer->compression,
                                       .diff_id = diff_id,
                                       .mapping = userns_own_mapping() };

        if (blob_writer_resume(intake, &layer->digest, layer->size, &load->blob, &load->resumed,
                               err) < 0)
                return -1;
        load->replaying = load->resumed > 0;
        if (!unpack)
                return 0;
        if (layer_writer_open(intake, &source, &load->writer, err) < 0)
                return -1;
        return fd_set_nonblock(layer_writer_fd(load->writer), true) < 0
                       ? error_sys(err, errno, "set up the unpacker's pipe")
                       : 0;
}

void layer_load_release(struct layer_load *load)
{
        layer_writer_abort(load->writer);
        blob_writer_abort(load->blob, load->stale);
        free(load->pending);
        *load = (struct layer_load){ .stale = load->stale };
}

int layer_load_fd(const struct layer_load *load)
{
        return load->writer ? layer_writer_fd(load->writer) : -1;
}

static void keep_pending(struct layer_load *load, const char *data, size_t len)
{
        load->pending = xmalloc(len);
        load->pending_len = len;
        load->pending_at = 0;
        memcpy(load->pending, data, len);
}

/* Write what the pipe takes; what is left waits. */
static void feed(struct layer_load *load, const char *data, size_t len)
{
        ssize_t n;

        if (load->deaf || !load->writer)
                return;
        do {
                n = write(layer_writer_fd(load->writer), data, len);
        } while (n < 0 && errno == EINTR);
        if (n < 0 && errno != EAGAIN) {
                load->deaf = true;
                return;
        }
        n = n < 0 ? 0 : n;
        if ((size_t)n < len)
                keep_pending(load, data + n, len - (size_t)n);
}

/* True when nothing is pending any more. */
static bool flush_pending(struct layer_load *load)
{
        ssize_t n;

        if (!load->pending)
                return true;
        n = write(layer_writer_fd(load->writer), load->pending + load->pending_at,
                  load->pending_len - load->pending_at);
        if (n < 0 && (errno == EAGAIN || errno == EINTR))
                return false;
        if (n < 0)
                load->deaf = true;
        else
                load->pending_at += (size_t)n;
        if (!load->deaf && load->pending_at < load->pending_len)
                return false;
        free(load->pending);
        load->pending = NULL;
        return true;
}

/* The unpacker's reason is worth more than the rest of the download. */
static int unpacker_failed(struct layer_load *load, struct error *err)
{
        if (layer_writer_finish(take_ptr(load->writer), NULL, NULL, err) == 0)
                error_set(err, ERROR_GENERAL, "the unpacker stopped early");
        load->stale = load->resumed > 0;
        return -1;
}

/* 1: all was played, 0: later, -1. */
static int replay(struct layer_load *load, struct error *err)
{
        AUTO_FREE char *chunk = xmalloc(REPLAY_CHUNK);

        for (;;) {
                ssize_t n;

                if (!flush_pending(load))
                        return 0;
                if (load->deaf)
                        return unpacker_failed(load, err);
                n = blob_writer_replay(load->blob, chunk, REPLAY_CHUNK, err);
                if (n < 0)
                        return -1;
                if (n == 0) {
                        load->replaying = false;
                        return 1;
                }
                feed(load, chunk, (size_t)n);
        }
}

ssize_t layer_load_take(struct layer_load *load, const void *data, size_t len, struct error *err)
{
        int played = load->replaying ? replay(load, err) : 1;

        if (played <= 0)
                return played;
        if (!flush_pending(load))
                return 0;
        if (load->deaf)
                return unpacker_failed(load, err);
        if (blob_writer_add(load->blob, data, len, err) < 0) {
                load->stale = true; /* a full disk wants its space back */
                return -1;
        }
        feed(load, data, len);
        return (ssize_t)len;
}

int layer_load_finish(struct layer_load *load, const struct digest *digest, struct error *err)
{
        if (load->writer) {
                (void)fd_set_nonblock(layer_writer_fd(load->writer), false);
                while (!flush_pending(load))
                        ;
        }
        /* The blob first: what is not what the registry promised says nothing about the layer. */
        if (blob_writer_finish(take_ptr(load->blob), digest, NULL, err) < 0) {
                load->stale = load->resumed > 0;
                return error_context(err, "layer %.19s", digest->text);
        }
        if (load->writer && layer_writer_finish(take_ptr(load->writer), NULL, NULL, err) < 0)
                return error_context(err, "layer %.19s", digest->text);
        return 0;
}
