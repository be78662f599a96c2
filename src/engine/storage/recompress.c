/* Inflate and deflate again, a piece at a time. ISA-L deflates about ten times as fast as zlib at a
 * slightly lower ratio; a level that the user asks for is zlib's, whose levels they are. */
#include "engine/storage/recompress.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "engine/storage/inflate.h"

#include <dlfcn.h>
#include <isa-l/igzip_lib.h>
#include <stdlib.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#define PIECE      ((size_t)256 << 10)
#define ISAL_LEVEL 2

struct deflater {
        struct blob_writer *writer;
        unsigned char *out;
        struct isal_zstream *igzip;
        int (*igzip_deflate)(struct isal_zstream *);
        unsigned char *igzip_level;
        z_stream zlib;
        bool has_zlib;
        ZSTD_CCtx *zstd;
};

int recompress_check(const struct recompress *request, struct error *err)
{
        int max = request->to == LAYER_ZSTD ? 20 : 9;

        if (request->level < 0 || request->level > max)
                return error_set(err, ERROR_USAGE, "the compression level is not between 1 and %d",
                                 max);
        return 0;
}

static bool open_isal(struct deflater *d)
{
        void *library = dlopen("libisal.so.2", RTLD_NOW | RTLD_LOCAL);
        void (*init)(struct isal_zstream *);

        if (!library)
                return false;
        *(void **)&init = dlsym(library, "isal_deflate_init");
        *(void **)&d->igzip_deflate = dlsym(library, "isal_deflate");
        if (!init || !d->igzip_deflate)
                return false;
        d->igzip = xmalloc(sizeof(*d->igzip));
        d->igzip_level = xmalloc(ISAL_DEF_LVL2_DEFAULT);
        init(d->igzip);
        d->igzip->level = ISAL_LEVEL;
        d->igzip->level_buf = d->igzip_level;
        d->igzip->level_buf_size = ISAL_DEF_LVL2_DEFAULT;
        d->igzip->gzip_flag = IGZIP_GZIP;
        return true;
}

static int open_zstd(struct deflater *d, int level, struct error *err)
{
        long cores = sysconf(_SC_NPROCESSORS_ONLN);

        d->zstd = ZSTD_createCCtx();
        if (!d->zstd || ZSTD_isError(ZSTD_CCtx_setParameter(d->zstd, ZSTD_c_compressionLevel,
                                                            level ? level : ZSTD_CLEVEL_DEFAULT)))
                return error_set(err, ERROR_GENERAL, "cannot set up zstd");
        (void)ZSTD_CCtx_setParameter(d->zstd, ZSTD_c_checksumFlag, 1);
        /* A library without threads refuses, and goes on in one. */
        (void)ZSTD_CCtx_setParameter(d->zstd, ZSTD_c_nbWorkers, cores > 1 ? (int)cores : 0);
        return 0;
}

static int open_deflater(struct deflater *d, const struct recompress *request, struct error *err)
{
        d->out = xmalloc(PIECE);
        if (request->to == LAYER_ZSTD)
                return open_zstd(d, request->level, err);
        if (request->to != LAYER_GZIP || (request->level == 0 && open_isal(d)))
                return 0;
        if (deflateInit2(&d->zlib, request->level ? request->level : Z_DEFAULT_COMPRESSION,
                         Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK)
                return error_set(err, ERROR_GENERAL, "cannot set up zlib");
        d->has_zlib = true;
        return 0;
}

static void close_deflater(struct deflater *d)
{
        free(d->igzip);
        free(d->igzip_level);
        if (d->has_zlib)
                (void)deflateEnd(&d->zlib);
        ZSTD_freeCCtx(d->zstd);
        free(d->out);
}

static int put(struct deflater *d, size_t len, struct error *err)
{
        return len > 0 ? blob_writer_add(d->writer, d->out, len, err) : 0;
}

static int add_igzip(struct deflater *d, void *data, size_t len, bool last, struct error *err)
{
        struct isal_zstream *s = d->igzip;

        s->next_in = data;
        s->avail_in = (uint32_t)len;
        s->end_of_stream = last;
        do {
                s->next_out = d->out;
                s->avail_out = (uint32_t)PIECE;
                if (d->igzip_deflate(s) != COMP_OK)
                        return error_set(err, ERROR_GENERAL, "gzip compression failed");
                if (put(d, PIECE - s->avail_out, err) < 0)
                        return -1;
        } while (s->avail_in > 0 || s->avail_out == 0);
        return 0;
}

static int add_zlib(struct deflater *d, void *data, size_t len, bool last, struct error *err)
{
        d->zlib.next_in = data;
        d->zlib.avail_in = (unsigned)len;
        do {
                d->zlib.next_out = d->out;
                d->zlib.avail_out = (unsigned)PIECE;
                if (deflate(&d->zlib, last ? Z_FINISH : Z_NO_FLUSH) == Z_STREAM_ERROR)
                        return error_set(err, ERROR_GENERAL, "gzip compression failed");
                if (put(d, PIECE - d->zlib.avail_out, err) < 0)
                        return -1;
        } while (d->zlib.avail_out == 0);
        return 0;
}

static int add_zstd(struct deflater *d, const void *data, size_t len, bool last, struct error *err)
{
        ZSTD_inBuffer in = { .src = data, .size = len };
        size_t left;

        do {
                ZSTD_outBuffer out = { .dst = d->out, .size = PIECE };

                left = ZSTD_compressStream2(d->zstd, &out, &in,
                                            last ? ZSTD_e_end : ZSTD_e_continue);
                if (ZSTD_isError(left))
                        return error_set(err, ERROR_GENERAL, "zstd compression failed: %s",
                                         ZSTD_getErrorName(left));
                if (put(d, out.pos, err) < 0)
                        return -1;
        } while (in.pos < in.size || (last && left > 0));
        return 0;
}

static int add(struct deflater *d, void *data, size_t len, bool last, struct error *err)
{
        if (d->zstd)
                return add_zstd(d, data, len, last, err);
        if (d->igzip)
                return add_igzip(d, data, len, last, err);
        if (d->has_zlib)
                return add_zlib(d, data, len, last, err);
        return len > 0 ? blob_writer_add(d->writer, data, len, err) : 0;
}

static int run(struct inflater *in, struct deflater *d, struct error *err)
{
        AUTO_FREE char *piece = xmalloc(PIECE);
        ssize_t n;

        do {
                n = inflater_read(in, piece, PIECE, err);
                if (n < 0 || add(d, piece, (size_t)n, n == 0, err) < 0)
                        return -1;
        } while (n > 0);
        return 0;
}

int recompress(int fd, const struct recompress *request, struct blob_writer *writer,
               uint64_t *tar_size_out, struct error *err)
{
        struct deflater d = { .writer = writer };
        struct inflater *in;
        int rc;

        if (inflater_open(fd, LAYER_DETECT, UINT64_MAX, &in, err) < 0)
                return -1;
        rc = open_deflater(&d, request, err);
        if (rc == 0)
                rc = run(in, &d, err);
        if (rc == 0 && tar_size_out)
                *tar_size_out = inflater_total(in);
        close_deflater(&d);
        inflater_close(in);
        return rc;
}
