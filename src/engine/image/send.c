/* From the store to a target. See send.h.
 *
 * A job is one blob. Workers take jobs from one list, each with a connection of its own; a target
 * that is written front to back has one worker, in order. Layers that have to be compressed are so
 * in staging, and what came out is remembered (cache/compressed), so that the next push can ask the
 * registry for it before it does the work again. One that was made here is sent while it is
 * compressed, where the target can take that (stream.h); any other the registry may have already,
 * which only its digest tells.
 */
#include "engine/image/send.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/json.h"
#include "base/limits.h"
#include "engine/image/fresh.h"
#include "engine/image/manifest.h"
#include "engine/image/progress.h"
#include "engine/image/send_manifest.h"
#include "engine/image/stream.h"
#include "engine/storage/blob.h"
#include "engine/storage/recompress.h"

#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct job {
        struct send *send;
        size_t line; /* of the progress; the config has none */
        bool has_line;
        const struct digest *stored, *diff_id;
        struct recompress change; /* to: LAYER_DETECT for none */
        struct blob_writer *writer;
        struct sent_layer result;
};

struct send {
        const struct store *store;
        const struct send_request *request;
        struct intake *intake; /* when something is recompressed */
        struct job *jobs;
        size_t job_count, next;
        struct progress progress;
        pthread_mutex_t mutex; /* of next, intake, progress, error */
        struct error error;
};

int send_format_parse(const char *text, enum send_format *format_out, struct error *err)
{
        if (strcmp(text, "oci") == 0)
                *format_out = SEND_OCI;
        else if (strcmp(text, "v2s2") == 0 || strcmp(text, "docker") == 0)
                *format_out = SEND_DOCKER;
        else
                return error_set(err, ERROR_USAGE, "unknown format \"%s\": oci or v2s2", text);
        return 0;
}

static bool stopped(struct send *send)
{
        return send->error.kind != ERROR_NONE || (send->request->cancel && *send->request->cancel);
}

static void fail(struct send *send, const struct error *why)
{
        pthread_mutex_lock(&send->mutex);
        if (send->error.kind == ERROR_NONE)
                send->error = *why;
        pthread_mutex_unlock(&send->mutex);
}

static void on_sent(void *data, uint64_t bytes)
{
        struct job *job = data;

        if (!job->has_line)
                return;
        pthread_mutex_lock(&job->send->mutex);
        job->send->progress.lines[job->line].received = bytes;
        job->send->progress.lines[job->line].state = PROGRESS_LOADING;
        progress_draw(&job->send->progress, false);
        pthread_mutex_unlock(&job->send->mutex);
}

static void finish_line(struct job *job, enum progress_state state)
{
        if (!job->has_line)
                return;
        pthread_mutex_lock(&job->send->mutex);
        progress_finish(&job->send->progress, job->line, state);
        pthread_mutex_unlock(&job->send->mutex);
}

/* What an earlier push made of this layer. */
static char *cache_path(const struct job *job)
{
        static const char *const formats[] = {
                [LAYER_PLAIN] = "tar", [LAYER_GZIP] = "gzip", [LAYER_ZSTD] = "zstd"
        };

        return xasprintf("cache/compressed/%s.%s-%d", digest_hex(job->diff_id),
                         formats[job->change.to], job->change.level);
}

static bool read_cache(const struct job *job, struct sent_layer *out)
{
        AUTO_FREE char *path = cache_path(job);
        AUTO_JSON json_t *json = NULL;
        json_int_t size;

        if (json_read_file(job->send->store->root_fd, path, LIMIT_STATE, &json, NULL) < 0)
                return false;
        size = json_get_int(json, "size", -1);
        out->size = (uint64_t)size;
        return size >= 0 &&
               digest_parse(json_get_string(json, "digest", ""), &out->digest, NULL) == 0;
}

/* To save work later: failure does not matter. */
static void write_cache(const struct job *job)
{
        AUTO_FREE char *path = cache_path(job);
        AUTO_JSON json_t *json = json_pack("{s:s, s:I}", "digest", job->result.digest.text, "size",
                                           (json_int_t)job->result.size);

        (void)mkdirat(job->send->store->root_fd, "cache/compressed", 0700);
        (void)json_write_file(job->send->store->root_fd, path, json, 0600, NULL);
}

static int put(struct job *job, struct target *target, int fd, struct error *err)
{
        struct target_blob blob = { .digest = job->result.digest,
                                    .size = job->result.size,
                                    .fd = fd,
                                    .sent = on_sent,
                                    .data = job };

        if (target->ops->put_blob(target, &blob, err) < 0)
                return -1;
        finish_line(job, PROGRESS_DONE);
        return 0;
}

/* 1: the target has it, 0, -1. */
static int target_has(struct job *job, struct target *target, struct error *err)
{
        bool has = false;

        if (target->ops->has_blob(target, &job->result.digest, &has, err) < 0)
                return -1;
        if (has)
                finish_line(job, PROGRESS_EXISTS);
        return has;
}

static int open_writer(struct job *job, struct error *err)
{
        int rc;

        pthread_mutex_lock(&job->send->mutex);
        rc = blob_writer_open(job->send->intake, &job->writer, err);
        pthread_mutex_unlock(&job->send->mutex);
        return rc;
}

static int finish_writer(void *data, struct digest *digest_out, struct error *err)
{
        struct job *job = data;
        int rc;

        pthread_mutex_lock(&job->send->mutex);
        rc = blob_writer_finish(take_ptr(job->writer), NULL, &job->result.digest, err);
        pthread_mutex_unlock(&job->send->mutex);
        *digest_out = job->result.digest;
        return rc;
}

static int compress_blob(struct job *job, int stored, struct error *err)
{
        struct digest digest;

        return recompress(stored, &job->change, job->writer, NULL, err) < 0
                       ? -1
                       : finish_writer(job, &digest, err);
}

static int stream_job(struct job *job, struct target *target, int stored, struct error *err)
{
        const struct stream_request request = { .stored = stored,
                                                .change = &job->change,
                                                .writer = job->writer,
                                                .cancel = job->send->request->cancel,
                                                .finish = finish_writer,
                                                .sent = on_sent,
                                                .data = job };

        return stream_blob(target, &request, err);
}

static bool can_stream(const struct job *job, const struct target *target)
{
        return stream_possible(target) && fresh_is(job->send->store, job->diff_id);
}

/* 1: the target has it already, 0: it is compressed, -1. */
static int make_blob(struct job *job, struct target *target, bool stream, struct error *err)
{
        AUTO_CLOSE int stored = -1;
        int rc;

        if (blob_open(job->send->store, job->stored, &stored, NULL, err) < 0 ||
            open_writer(job, err) < 0)
                return -1;
        rc = stream ? stream_job(job, target, stored, err) : compress_blob(job, stored, err);
        blob_writer_abort(take_ptr(job->writer), true);
        return rc;
}

static int open_made(struct job *job, int *fd_out, struct error *err)
{
        struct stat st;
        int rc;

        pthread_mutex_lock(&job->send->mutex);
        rc = intake_open_blob(job->send->intake, &job->result.digest, fd_out, err);
        pthread_mutex_unlock(&job->send->mutex);
        if (rc == 0 && fstat(*fd_out, &st) == 0)
                job->result.size = (uint64_t)st.st_size;
        return rc;
}

static int send_changed(struct job *job, struct target *target, struct error *err)
{
        AUTO_CLOSE int made = -1;
        bool known = read_cache(job, &job->result);
        int has = known ? target_has(job, target, err) : 0;
        int sent;

        job->result.compression = job->change.to;
        if (has != 0)
                return has < 0 ? -1 : 0;
        sent = make_blob(job, target, !known && can_stream(job, target), err);
        if (sent < 0 || open_made(job, &made, err) < 0)
                return -1;
        write_cache(job);
        fresh_forget(job->send->store, job->diff_id);
        if (sent) {
                finish_line(job, PROGRESS_DONE);
                return 0;
        }
        has = target_has(job, target, err);
        if (has != 0)
                return has < 0 ? -1 : 0;
        return put(job, target, made, err);
}

static int send_stored(struct job *job, struct target *target, struct error *err)
{
        AUTO_CLOSE int fd = -1;
        int has = target_has(job, target, err);

        if (has != 0)
                return has < 0 ? -1 : 0;
        if (blob_open(job->send->store, job->stored, &fd, &job->result.size, err) < 0)
                return -1;
        return put(job, target, fd, err);
}

static struct job *next_job(struct send *send)
{
        struct job *job = NULL;

        pthread_mutex_lock(&send->mutex);
        if (!stopped(send) && send->next < send->job_count)
                job = &send->jobs[send->next++];
        pthread_mutex_unlock(&send->mutex);
        return job;
}

static void work(struct send *send, struct target *target)
{
        struct job *job;

        while ((job = next_job(send))) {
                struct error why = { 0 };
                int rc = job->change.to == LAYER_DETECT ? send_stored(job, target, &why)
                                                        : send_changed(job, target, &why);

                if (rc < 0)
                        fail(send, &why);
        }
}

static void *work_thread(void *data)
{
        struct send *send = data;
        struct error why = { 0 };
        struct target *target = send->request->target->ops->clone(send->request->target, &why);

        if (target)
                work(send, target);
        else
                fail(send, &why);
        target_close(target);
        return NULL;
}

/* As many as the machine can compress, and enough to hide a distance. */
static size_t worker_count(const struct send *send)
{
        long cores = sysconf(_SC_NPROCESSORS_ONLN);
        size_t count = cores < 3 ? 3 : cores > 8 ? 8 : (size_t)cores;

        if (!send->request->target->ops->clone)
                return 1;
        return count < send->job_count ? count : send->job_count;
}

static int run_jobs(struct send *send, struct error *err)
{
        size_t count = worker_count(send), started = 0;
        AUTO_FREE pthread_t *threads = xcalloc(count + 1, sizeof(*threads));

        while (started + 1 < count &&
               pthread_create(&threads[started], NULL, work_thread, send) == 0)
                started++;
        work(send, send->request->target);
        for (size_t i = 0; i < started; i++)
                pthread_join(threads[i], NULL);
        if (send->request->cancel && *send->request->cancel)
                return error_set(err, ERROR_CANCELLED, "cancelled");
        return send->error.kind != ERROR_NONE ? error_copy(err, &send->error) : 0;
}

/* What becomes of a layer that is stored so. */
static enum layer_compression wanted(const struct send_request *request,
                                     enum layer_compression stored)
{
        if (request->compression != LAYER_DETECT)
                return request->compression;
        return stored == LAYER_PLAIN && request->target->ops->compressed ? LAYER_GZIP : stored;
}

static bool plan_jobs(struct send *send)
{
        const struct send_request *request = send->request;
        const struct image *image = request->image;
        bool changed = false;

        send->jobs = xcalloc(image->layer_count + 1, sizeof(*send->jobs));
        for (size_t i = 0; i < image->layer_count; i++) {
                struct job *job = &send->jobs[send->job_count++];
                enum layer_compression stored = image_layer_compression(image, i);
                enum layer_compression to = wanted(request, stored);

                *job = (struct job){ .send = send,
                                     .line = i,
                                     .has_line = true,
                                     .stored = &image->layers[i],
                                     .diff_id = &image->diff_ids[i],
                                     .change = { .to = LAYER_DETECT, .level = request->level },
                                     .result = { .digest = image->layers[i],
                                                 .size = image->layer_sizes[i],
                                                 .compression = stored } };
                send->progress.lines[i].digest = &image->layers[i];
                send->progress.lines[i].size = image->layer_sizes[i];
                if (to != stored) {
                        job->change.to = to;
                        changed = true;
                }
        }
        send->jobs[send->job_count++] =
                (struct job){ .send = send,
                              .stored = &image->config_digest,
                              .change = { .to = LAYER_DETECT },
                              .result = { .digest = image->config_digest } };
        return changed;
}

static int put_manifest(struct send *send, bool changed, struct digest *digest_out,
                        struct error *err)
{
        const struct send_request *request = send->request;
        struct sent_manifest made = { .format = request->format };
        AUTO_FREE struct sent_layer *layers =
                xcalloc(request->image->layer_count + 1, sizeof(*layers));
        AUTO_FREE char *text = NULL;
        AUTO_FREE char *media_type = NULL;
        size_t len;

        for (size_t i = 0; i < request->image->layer_count; i++)
                layers[i] = send->jobs[i].result;
        made.layers = layers;
        made.changed = changed;
        if (send_manifest_make(send->store, request->image, &made, &text, &len, &media_type, err) <
            0)
                return -1;
        digest_of(text, len, digest_out);
        return target_put_manifest(request->target, request->reference, media_type, text, len, err);
}

static void send_release(struct send *send)
{
        free(send->jobs);
        progress_release(&send->progress);
        intake_close(send->intake);
        pthread_mutex_destroy(&send->mutex);
}

int send_image(const struct store *store, const struct send_request *request,
               struct digest *digest_out, struct error *err)
{
        AUTO(send) send = { .store = store, .request = request };
        bool changed;

        pthread_mutex_init(&send.mutex, NULL);
        if (request->format == SEND_DOCKER && request->compression == LAYER_ZSTD)
                return error_set(err, ERROR_USAGE,
                                 "zstd needs the OCI format: Docker's has no name for it");
        progress_init(&send.progress, request->image->layer_count, request->quiet);
        changed = plan_jobs(&send);
        if (changed && intake_open(store, "push", &send.intake, err) < 0)
                return -1;
        if (run_jobs(&send, err) < 0)
                return -1;
        if (put_manifest(&send, changed, digest_out, err) < 0)
                return -1;
        progress_end(&send.progress, &request->image->config_digest);
        return 0;
}
