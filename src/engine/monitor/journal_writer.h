/* A container's output as entries of systemd's journal: one datagram for each line, in the
 * journal's native protocol (https://systemd.io/JOURNAL_NATIVE_PROTOCOL).
 */
#ifndef KELP_ENGINE_MONITOR_JOURNAL_WRITER_H
#define KELP_ENGINE_MONITOR_JOURNAL_WRITER_H

#include <stdbool.h>
#include <stddef.h>

#define JOURNAL_SOCKET "/run/systemd/journal/socket"

struct journal_writer {
        int fd;             /* -1: closed */
        const char *fields; /* borrowed */
};

/* fields: "KEY=VALUE\n" for each that is the same in all entries. -1 with errno: no journal listens
 * here. */
int journal_writer_open(struct journal_writer *writer, const char *fields);
void journal_writer_close(struct journal_writer *writer);

/* Write what the container wrote to one of its streams. A piece that does not end in a newline has
 * CONTAINER_PARTIAL_MESSAGE=true. A journal that does not listen for five seconds, or is gone,
 * loses it: the container must not stop. */
void journal_writer_add(struct journal_writer *writer, bool is_error, const char *data, size_t len);

#endif
