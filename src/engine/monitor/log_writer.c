/* The container's log. One formatted block a chunk is written with one call; the buffers are
 * static, so the monitor's memory does not grow with what a container prints. */
#include "engine/monitor/log_writer.h"

#include "base/fd.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define LOG_PREFIX_MAX 64 /* bytes of a line around its text */
#define LOG_MARK_MAX   3  /* of these, "F " and the newline */

int log_writer_open(struct log_writer *writer, int dir_fd, const char *name, uint64_t max)
{
        struct stat st;
        int fd = openat(dir_fd, name, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);

        if (fd < 0 || fstat(fd, &st) < 0)
                return -1;
        *writer = (struct log_writer){
                .dir_fd = dir_fd, .name = name, .fd = fd, .size = (uint64_t)st.st_size, .max = max
        };
        return 0;
}

void log_writer_close(struct log_writer *writer)
{
        if (writer->fd >= 0)
                close(writer->fd);
        writer->fd = -1;
}

static void rotate(struct log_writer *writer)
{
        char from[LOG_NAME_MAX + 2], to[LOG_NAME_MAX + 2];

        /* A name that is free: over another file, ext4 would write all of this one to the disk at
         * once (auto_da_alloc in ext4(5)). */
        snprintf(to, sizeof(to), "%s.%d", writer->name, LOG_FILE_COUNT - 1);
        (void)unlinkat(writer->dir_fd, to, 0);
        for (int i = LOG_FILE_COUNT - 1; i > 0; i--) {
                snprintf(from, sizeof(from), i > 1 ? "%s.%d" : "%s", writer->name, i - 1);
                snprintf(to, sizeof(to), "%s.%d", writer->name, i);
                (void)renameat(writer->dir_fd, from, writer->dir_fd, to);
        }
        close(writer->fd);
        writer->fd = openat(writer->dir_fd, writer->name, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC,
                            0600);
        writer->size = 0;
}

static void flush_block(struct log_writer *writer, const char *block, size_t len)
{
        if (writer->size > 0 && writer->size + len > writer->max)
                rotate(writer);
        if (writer->fd >= 0 && fd_write_all(writer->fd, block, len) == 0)
                writer->size += len;
}

/* "2026-11-24T02:08:21.123456789+00:00 stdout " */
static size_t make_prefix(char *prefix, size_t size, const char *stream)
{
        struct timespec now;
        struct tm utc;
        size_t used;

        clock_gettime(CLOCK_REALTIME, &now);
        gmtime_r(&now.tv_sec, &utc);
        used = strftime(prefix, size, "%Y-%m-%dT%H:%M:%S", &utc);
        used += (size_t)snprintf(prefix + used, size - used, ".%09ld+00:00 %s ", now.tv_nsec,
                                 stream);
        return used;
}

void log_writer_add(struct log_writer *writer, const char *stream, const char *data, size_t len)
{
        static char block[LOG_PIECE_MAX + LOG_PREFIX_MAX];
        char prefix[LOG_PREFIX_MAX];
        size_t prefix_len = make_prefix(prefix, sizeof(prefix) - LOG_MARK_MAX, stream);
        size_t limit = writer->max < sizeof(block) ? (size_t)writer->max : sizeof(block);
        size_t used = 0;

        while (len > 0) {
                const char *newline = memchr(data, '\n', len);
                size_t text = newline ? (size_t)(newline - data) : len;
                size_t need = prefix_len + LOG_MARK_MAX + text;

                if (used > 0 && used + need > limit) {
                        flush_block(writer, block, used);
                        used = 0;
                }
                memcpy(block + used, prefix, prefix_len);
                used += prefix_len;
                block[used++] = newline ? 'F' : 'P';
                block[used++] = ' ';
                memcpy(block + used, data, text);
                used += text;
                block[used++] = '\n';
                data += text + (newline != NULL);
                len -= text + (newline != NULL);
        }
        if (used > 0)
                flush_block(writer, block, used);
}
