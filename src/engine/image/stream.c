/* Compressing and sending at once. See stream.h.
 *
 * A thread compresses into the blob's file in staging, and the caller sends that file while it
 * grows: its size says how far it is. A request that breaks off is not repeated here; then the
 * caller has the whole blob, and sends it as any other.
 */
#include "engine/image/stream.h"

#include "base/error.h"

#include <pthread.h>
#include <sys/stat.h>
#include <time.h>

#define LOOK_NS 2000000 /* how often one looks for more */

struct stream {
        const struct stream_request *request;
        pthread_t thread;
        pthread_mutex_t mutex; /* of ended */
        pthread_cond_t changed;
        bool ended, joined, finished;
        int rc;
        struct error error;
        struct digest digest;
};

static void *compress(void *data)
{
        struct stream *stream = data;
        const struct stream_request *request = stream->request;

        stream->rc =
                recompress(request->stored, request->change, request->writer, NULL, &stream->error);
        pthread_mutex_lock(&stream->mutex);
        stream->ended = true;
        pthread_cond_signal(&stream->changed);
        pthread_mutex_unlock(&stream->mutex);
        return NULL;
}

/* True when the compression has come to its end. */
static bool wait_a_moment(struct stream *stream)
{
        struct timespec until;
        bool ended;

        clock_gettime(CLOCK_REALTIME, &until);
        until.tv_nsec += LOOK_NS;
        until.tv_sec += until.tv_nsec / 1000000000;
        until.tv_nsec %= 1000000000;
        pthread_mutex_lock(&stream->mutex);
        if (!stream->ended)
                (void)pthread_cond_timedwait(&stream->changed, &stream->mutex, &until);
        ended = stream->ended;
        pthread_mutex_unlock(&stream->mutex);
        return ended;
}

/* client_stream.grown */
static int64_t grown(void *data, uint64_t at)
{
        struct stream *stream = data;
        const bool *cancel = stream->request->cancel;
        bool ended = false;
        struct stat st;

        for (;;) {
                if ((cancel && *cancel) || fstat(blob_writer_fd(stream->request->writer), &st) < 0)
                        return -1;
                if ((uint64_t)st.st_size > at)
                        return st.st_size;
                if (ended)
                        return stream->rc < 0 ? -1 : st.st_size;
                ended = wait_a_moment(stream);
        }
}

static int finish(struct stream *stream, struct error *err)
{
        if (!stream->joined)
                pthread_join(stream->thread, NULL);
        stream->joined = true;
        if (stream->rc < 0)
                return error_copy(err, &stream->error);
        if (!stream->finished)
                stream->rc = stream->request->finish(stream->request->data, &stream->digest,
                                                     &stream->error);
        stream->finished = true;
        return stream->rc < 0 ? error_copy(err, &stream->error) : 0;
}

/* client_stream.ended */
static int ended(void *data, struct digest *digest_out, struct error *err)
{
        struct stream *stream = data;

        if (finish(stream, err) < 0)
                return -1;
        *digest_out = stream->digest;
        return 0;
}

static void sent(void *data, uint64_t bytes)
{
        const struct stream *stream = data;

        stream->request->sent(stream->request->data, bytes);
}

bool stream_possible(const struct target *target)
{
        return target->ops->stream_blob != NULL;
}

static int send_growing(struct target *target, struct stream *stream, struct error *err)
{
        struct client_stream client = { .fd = blob_writer_fd(stream->request->writer),
                                        .grown = grown,
                                        .ended = ended,
                                        .sent = sent,
                                        .data = stream };
        struct error why = { 0 };
        int rc = target->ops->stream_blob(target, &client, &why);

        if (finish(stream, err) < 0)
                return -1;
        if (rc < 0 && (why.kind == ERROR_DENIED || why.kind == ERROR_CANCELLED))
                return error_copy(err, &why);
        return rc == 0;
}

int stream_blob(struct target *target, const struct stream_request *request, struct error *err)
{
        struct stream stream = { .request = request };
        int rc;

        pthread_mutex_init(&stream.mutex, NULL);
        pthread_cond_init(&stream.changed, NULL);
        rc = pthread_create(&stream.thread, NULL, compress, &stream);
        if (rc != 0)
                error_sys(err, rc, "start compressing");
        rc = rc != 0 ? -1 : send_growing(target, &stream, err);
        pthread_mutex_destroy(&stream.mutex);
        pthread_cond_destroy(&stream.changed);
        return rc;
}
