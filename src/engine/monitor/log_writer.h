/* The container's log: k8s-file lines ("TIME stdout F text"), bounded by rotation.
 *
 * log is the newest file, log.1, log.2 ... the older ones; what goes over the last is dropped.
 */
#ifndef KELP_ENGINE_MONITOR_LOG_WRITER_H
#define KELP_ENGINE_MONITOR_LOG_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LOG_FILE_MAX   ((uint64_t)10 << 20) /* bytes */
#define LOG_FILE_COUNT 3

#define LOG_NAME_MAX   256

#define LOG_PIECE_MAX  ((size_t)256 << 10) /* bytes of one call of log_writer_add() */

struct log_writer {
        int dir_fd;       /* borrowed */
        const char *name; /* borrowed: "log" */
        int fd;
        uint64_t size, max;
};

/* Opens (appends to) dir_fd/name; max: bytes of each file. -1 with errno. */
int log_writer_open(struct log_writer *writer, int dir_fd, const char *name, uint64_t max);
void log_writer_close(struct log_writer *writer);

/* Write what the container wrote to `stream` ("stdout", "stderr"), at most LOG_PIECE_MAX. A piece
 * that does not end in a newline is marked partial (P). Failures are dropped: a full disk must not
 * stop the container. */
void log_writer_add(struct log_writer *writer, const char *stream, const char *data, size_t len);

#endif
