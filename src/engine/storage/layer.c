/* Layers: unpacking in a child process, publishing. See layer.h.
 *
 * The child reads the compressed bytes from the blob's file while that still grows, inflates them
 * piece by piece into buffers that a thread hashes (the diffID) while libarchive and the file
 * system use them, and at the end sends one report. It is forked from a process that may have other
 * threads, which glibc allows as long as the child keeps to memory allocation and system calls.
 */
#include "engine/storage/layer.h"

#include "base/alloc.h"
#include "base/fd.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/path.h"
#include "engine/storage/blob.h"
#include "engine/storage/confine.h"
#include "engine/storage/hasher.h"
#include "engine/storage/inflate.h"
#include "engine/storage/unpack.h"
#include "rootless/userns.h"

#include <fcntl.h>
#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#define UNPACKED_MAX_DEFAULT ((uint64_t)256 << 30)

struct layer_writer {
        struct intake *intake;
        char *path; /* of the layer being made, relative to the store's root */
        int dir_fd;
        pid_t pid;
        int more_fd;            /* a byte to the child: look at `have` again */
        _Atomic uint64_t *have; /* shared with the child: bytes of the file that it may read */
        int report_fd;          /* from the child */
        bool has_diff_id;
        struct digest diff_id;
        char mapping[64];
};

struct report {
        struct error error;    /* kind ERROR_NONE: all is well */
        struct digest diff_id; /* text "": it is the blob's */
        uint64_t size;
};

char *layer_path(const struct digest *diff_id, const char *mapping)
{
        return xasprintf("layers/%s%s%s", digest_hex(diff_id), mapping && mapping[0] ? "." : "",
                         mapping ? mapping : "");
}

char *layer_find(const struct store *store, const struct digest *diff_id, const char *mapping)
{
        char *path = layer_path(diff_id, mapping);

        if (faccessat(store->root_fd, path, F_OK, AT_EACCESS) == 0)
                return path;
        for (store = store->additional; store; store = store->additional)
                if (faccessat(store->root_fd, path, F_OK, AT_EACCESS) == 0) {
                        char *absolute = path_join(store->root, path);

                        free(path);
                        return absolute;
                }
        return path;
}

bool layer_exists(const struct store *store, const struct digest *diff_id, const char *mapping)
{
        AUTO_FREE char *path = layer_find(store, diff_id, mapping);

        return faccessat(store->root_fd, path, F_OK, AT_EACCESS) == 0;
}

/* New reference, or NULL. */
static json_t *read_meta(const struct store *store, const struct digest *diff_id,
                         const char *mapping)
{
        AUTO_FREE char *dir = layer_find(store, diff_id, mapping);
        AUTO_FREE char *meta = path_join(dir, "meta");
        json_t *json = NULL;

        return json_read_file(store->root_fd, meta, LIMIT_SPEC, &json, NULL) < 0 ? NULL : json;
}

/* A number that is the layer's, whatever its mapping; 0: not known. */
static uint64_t read_number(const struct store *store, const struct digest *diff_id,
                            const char *key)
{
        static const char *const mappings[] = { "", "single" };

        for (size_t i = 0; i < ARRAY_SIZE(mappings); i++) {
                AUTO_JSON json_t *json = read_meta(store, diff_id, mappings[i]);
                json_int_t number = json_get_int(json, key, 0);

                if (number > 0)
                        return (uint64_t)number;
        }
        return 0;
}

uint64_t layer_tar_size(const struct store *store, const struct digest *diff_id, uint64_t otherwise)
{
        uint64_t size = read_number(store, diff_id, "tar_size");

        return size > 0 ? size : otherwise;
}

uint32_t layer_max_id(const struct store *store, const struct digest *diff_id)
{
        return (uint32_t)read_number(store, diff_id, "max_id");
}

bool layer_maps(const struct store *store, const struct digest *diff_id, const char *mapping,
                struct id_maps *maps_out)
{
        AUTO_JSON json_t *json = read_meta(store, diff_id, mapping);
        AUTO(strv) uids = { 0 };
        AUTO(strv) gids = { 0 };

        json_to_strv(json_object_get(json, "uid_map"), &uids);
        json_to_strv(json_object_get(json, "gid_map"), &gids);
        return uids.count && gids.count && id_map_from_strv(&uids, &maps_out->uids, NULL) == 0 &&
               id_map_from_strv(&gids, &maps_out->gids, NULL) == 0;
}

struct stream {
        struct inflater *inflater;
        struct hasher *hasher;
        bool plain_blob, unhashed;  /* the parent knows the digest of a plain one */
        bool recorded;              /* owners (unpack.h) */
        const struct id_maps *maps; /* of the mapping, or NULL */
        bool translate;             /* this process has not entered it */
};

static ssize_t next_piece(void *data, const void **piece_out, struct error *err)
{
        struct stream *s = data;
        void *buffer = hasher_buffer(s->hasher);
        ssize_t n = inflater_read(s->inflater, buffer, HASHER_CHUNK, err);

        if (n > 0 && !s->unhashed)
                s->unhashed = s->plain_blob && inflater_is_plain(s->inflater);
        if (n > 0 && !s->unhashed)
                hasher_submit(s->hasher, (size_t)n);
        *piece_out = buffer;
        return n;
}

/* What follows the end-of-archive marker belongs to the diffID too. */
static int drain(struct stream *s, struct error *err)
{
        const void *piece;
        ssize_t n;

        do {
                n = next_piece(s, &piece, err);
        } while (n > 0);
        return (int)n;
}

static void add_map(json_t *json, const char *key, const struct id_map *map)
{
        AUTO(strv) ranges = { 0 };

        id_map_to_strv(map, &ranges);
        json_object_set_new(json, key, json_from_strv(&ranges));
}

static int write_meta(int dir_fd, const struct unpack_result *result, const struct stream *s,
                      uint64_t tar_size, struct error *err)
{
        AUTO_JSON json_t *json =
                json_pack("{s:I, s:I, s:I, s:o, s:o}", "tar_size", (json_int_t)tar_size, "entries",
                          (json_int_t)result->entries, "max_id", (json_int_t)result->max_id,
                          "implied_dirs", json_from_strv(&result->implied_dirs), "skipped_devices",
                          json_from_strv(&result->skipped_devices));

        if (s->maps) {
                add_map(json, "uid_map", &s->maps->uids);
                add_map(json, "gid_map", &s->maps->gids);
        }
        return json_write_file(dir_fd, "meta", json, 0600, err);
}

/* Without an entry "/" is as the layer below has it, else as in podman's store. */
static int imply_root(int diff_fd, struct unpack_result *result, struct error *err)
{
        strv_add(&result->implied_dirs, ".");
        return fchmod(diff_fd, 0555) < 0 ? error_sys(err, errno, "set the mode of a layer") : 0;
}

static int unpack_stream(int dir_fd, int diff_fd, struct stream *s, struct report *report)
{
        struct unpack_source source = { .next = next_piece,
                                        .data = s,
                                        .recorded = s->recorded,
                                        .ids = s->translate ? s->maps : NULL };
        AUTO(unpack_result) result = { 0 };

        if (unpack_tar(diff_fd, &source, &result, &report->error) < 0 ||
            drain(s, &report->error) < 0)
                return -1;
        if (!result.root_listed && imply_root(diff_fd, &result, &report->error) < 0)
                return -1;
        report->size = inflater_total(s->inflater);
        return write_meta(dir_fd, &result, s, report->size, &report->error);
}

static uint64_t unpacked_max(const struct layer_source *source)
{
        return source->unpacked_max ? source->unpacked_max : UNPACKED_MAX_DEFAULT;
}

/* What the child gets from its parent. */
struct inherited {
        int dir_fd, blob_fd, more_fd, report_fd;
        const _Atomic uint64_t *have;
};

static int open_stream(struct stream *stream, const struct layer_source *source,
                       const struct inherited *in, struct error *err)
{
        stream->plain_blob = source->plain_blob;
        stream->recorded = userns_mapping_records(source->mapping);
        stream->translate = source->maps != NULL;
        stream->maps = source->maps ? source->maps : userns_own_maps();
        if (inflater_open(in->blob_fd, source->compression, unpacked_max(source), &stream->inflater,
                          err) < 0)
                return -1;
        inflater_follow(stream->inflater, in->more_fd, in->have);
        return 0;
}

static _Noreturn void child_main(const struct layer_source *source, const struct inherited *in)
{
        static struct report report;
        struct stream stream = { 0 };
        int diff_fd;

        prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
        signal(SIGINT, SIG_IGN); /* the parent decides what an interrupt means */
        signal(SIGPIPE, SIG_IGN);
        signal(SIGXFSZ, SIG_IGN); /* EFBIG tells it with the entry's name */
        umask(0);
        /* Names in pax headers are UTF-8; libarchive hands them out in the locale's. */
        (void)setlocale(LC_CTYPE, "C.UTF-8");
        diff_fd = openat(in->dir_fd, "diff", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (diff_fd < 0)
                error_sys(&report.error, errno, "open the layer's directory");
        else if (open_stream(&stream, source, in, &report.error) == 0 &&
                 confine_to(in->dir_fd, unpacked_max(source), &report.error) == 0) {
                stream.hasher = hasher_new();
                if (unpack_stream(in->dir_fd, diff_fd, &stream, &report) == 0 && !stream.unhashed)
                        hasher_finish(stream.hasher, &report.diff_id);
        }
        (void)fd_write_all(in->report_fd, &report, sizeof(report));
        _exit(report.error.kind != ERROR_NONE);
}

static int start_child(struct layer_writer *w, const struct layer_source *source, int blob_fd,
                       struct error *err)
{
        int more[2], report[2];

        w->have = mmap(NULL, sizeof(*w->have), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
                       -1, 0);
        if (w->have == MAP_FAILED || pipe2(more, O_CLOEXEC) < 0 || pipe2(report, O_CLOEXEC) < 0)
                return error_sys(err, errno, "set up the unpacker");
        w->pid = fork();
        if (w->pid < 0)
                return error_sys(err, errno, "fork");
        if (w->pid == 0) {
                struct inherited in = { w->dir_fd, blob_fd, more[0], report[1], w->have };
                int keep[] = { blob_fd, more[0], report[1], w->dir_fd };

                /* Another layer's pipe that we held open would never end for its reader. */
                fd_close_except(keep, ARRAY_SIZE(keep));
                child_main(source, &in);
        }
        close(more[0]);
        close(report[1]);
        w->more_fd = more[1];
        w->report_fd = report[0];
        /* A full pipe has news enough. */
        return fd_set_nonblock(w->more_fd, true) < 0
                       ? error_sys(err, errno, "set up the unpacker's pipe")
                       : 0;
}

static int make_dirs(struct layer_writer *w, struct error *err)
{
        int root = intake_store(w->intake)->root_fd;

        if (mkdirat(root, w->path, 0700) < 0)
                return error_sys(err, errno, "create the layer's directory");
        w->dir_fd = openat(root, w->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (w->dir_fd < 0 || mkdirat(w->dir_fd, "diff", 0755) < 0)
                return error_sys(err, errno, "create the layer's directory");
        return 0;
}

int layer_writer_open(struct intake *intake, const struct layer_source *source, int blob_fd,
                      struct layer_writer **writer_out, struct error *err)
{
        struct layer_writer *w = xcalloc(1, sizeof(*w));

        w->intake = intake;
        w->path = intake_new_path(intake, "layer");
        w->dir_fd = w->more_fd = w->report_fd = -1;
        if (source->diff_id) {
                w->has_diff_id = true;
                w->diff_id = *source->diff_id;
        }
        snprintf(w->mapping, sizeof(w->mapping), "%s", source->mapping ? source->mapping : "");
        if (make_dirs(w, err) < 0 || start_child(w, source, blob_fd, err) < 0) {
                layer_writer_abort(w);
                return -1;
        }
        *writer_out = w;
        return 0;
}

void layer_writer_more(struct layer_writer *writer, uint64_t have)
{
        *writer->have = have;
        (void)!write(writer->more_fd, "", 1);
}

bool layer_writer_gave_up(const struct layer_writer *writer)
{
        struct pollfd report = { .fd = writer->report_fd, .events = POLLIN };

        return poll(&report, 1, 0) > 0;
}

static int read_report(struct layer_writer *w, const struct digest *blob, struct report *report,
                       struct error *err)
{
        ssize_t n;

        close(w->more_fd);
        w->more_fd = -1;
        n = fd_read_full(w->report_fd, report, sizeof(*report));
        (void)waitpid(w->pid, NULL, 0);
        w->pid = 0;
        if (n != (ssize_t)sizeof(*report))
                return error_set(err, ERROR_GENERAL, "the process that unpacks the layer died");
        if (report->error.kind != ERROR_NONE)
                return error_copy(err, &report->error);
        if (!report->diff_id.text[0] && blob)
                report->diff_id = *blob;
        if (w->has_diff_id && !digest_equal(&w->diff_id, &report->diff_id))
                return error_set(err, ERROR_INVALID,
                                 "the unpacked layer is not what the image config says: expected "
                                 "diffID %s, got %s",
                                 w->diff_id.text, report->diff_id.text);
        return 0;
}

int layer_writer_finish(struct layer_writer *writer, const struct digest *blob,
                        struct digest *diff_id_out, uint64_t *size_out, struct error *err)
{
        struct report report;
        int rc = read_report(writer, blob, &report, err);

        if (rc == 0) {
                AUTO_FREE char *target = layer_path(&report.diff_id, writer->mapping);

                intake_add(writer->intake, writer->path, target, -1);
                free(take_ptr(writer->path));
        }
        if (rc == 0 && diff_id_out)
                *diff_id_out = report.diff_id;
        if (rc == 0 && size_out)
                *size_out = report.size;
        layer_writer_abort(writer);
        return rc;
}

static void close_fd(int fd)
{
        if (fd >= 0)
                close(fd);
}

void layer_writer_abort(struct layer_writer *writer)
{
        if (!writer)
                return;
        close_fd(writer->more_fd);
        if (writer->pid > 0) {
                kill(writer->pid, SIGKILL);
                (void)waitpid(writer->pid, NULL, 0);
        }
        close_fd(writer->report_fd);
        close_fd(writer->dir_fd);
        if (writer->have && writer->have != MAP_FAILED)
                (void)munmap((void *)writer->have, sizeof(*writer->have));
        if (writer->path) /* not handed over */
                (void)path_remove_tree(intake_store(writer->intake)->root_fd, writer->path, NULL);
        free(writer->path);
        free(writer);
}

int layer_unpack_blob(struct intake *intake, const struct digest *blob,
                      const struct layer_source *source, struct error *err)
{
        AUTO_CLOSE int fd = -1;
        struct layer_writer *writer;

        if (intake_open_blob(intake, blob, &fd, err) < 0 ||
            layer_writer_open(intake, source, fd, &writer, err) < 0)
                return -1;
        return layer_writer_finish(writer, NULL, NULL, NULL, err);
}
