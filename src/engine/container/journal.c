/* See journal.h. journalctl writes each entry as a line of JSON, which is read from a pipe: once to
 * count where only the last lines are wanted, and once to print.
 *
 * It does not know when a container ends. Who follows a log waits for the container, then for
 * LAST_MS without an entry, since the journal is behind what was sent to it.
 */
#include "engine/container/journal.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/fd.h"
#include "base/json.h"
#include "base/spawn.h"
#include "base/strbuf.h"
#include "engine/container/log_printer.h"
#include "engine/container/state.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LOOK_MS    50
#define LAST_MS    500
#define ENTRY_MAX  (1 << 20) /* bytes of one as JSON: a number for each byte that is no text */
#define PRIO_ERROR "3"

char *journal_fields(const struct container *container, const struct strv *more)
{
        AUTO(strbuf) fields = { 0 };
        const struct container_spec *spec = &container->spec;
        const char *tag = more ? strv_env_get(more, "CONTAINER_TAG") : NULL;

        strbuf_addf(&fields, "CONTAINER_ID=%.12s\nCONTAINER_ID_FULL=%s\nCONTAINER_NAME=%s\n",
                    container->id, container->id, spec->name);
        strbuf_addf(&fields, "IMAGE_NAME=%s\nSYSLOG_IDENTIFIER=%s\n", spec->image_name,
                    tag ? tag : spec->name);
        for (size_t i = 0; more && i < more->count; i++)
                strbuf_addf(&fields, "%s\n", more->items[i]);
        return strbuf_take(&fields);
}

struct reader {
        pid_t pid;
        int fd;
        bool ended;           /* journalctl has said all */
        struct strbuf buffer; /* what was read and is no whole line yet */
};

static int reader_open(struct reader *reader, const struct container *container, bool follow,
                       struct error *err)
{
        AUTO_FREE char *match = xasprintf("CONTAINER_ID_FULL=%s", container->id);
        const char *argv[] = {
                "journalctl",    "--quiet",
                "--no-pager",    "--all",
                "--output=json", "--output-fields=MESSAGE,PRIORITY,CONTAINER_PARTIAL_MESSAGE",
                match,           follow ? "--follow" : NULL,
                "--no-tail",     NULL
        };
        int ends[2];
        struct spawn_request request = { .argv = argv, .fd_count = 2 };
        int rc;

        *reader = (struct reader){ .fd = -1, .buffer = { .max = ENTRY_MAX } };
        if (pipe2(ends, O_CLOEXEC) < 0)
                return error_sys(err, errno, "create pipe");
        request.fds = (const struct spawn_fd[]){ { ends[1], 1 }, { 2, 2 } };
        rc = spawn_start(&request, &reader->pid, err);
        close(ends[1]);
        reader->fd = ends[0];
        return rc < 0 ? error_context(err, "reading the journal") : 0;
}

/* rc, or -1 when journalctl itself has failed; it has said why. */
static int reader_close(struct reader *reader, int rc, struct error *err)
{
        int code = 0;

        if (reader->fd >= 0)
                close(reader->fd);
        if (reader->pid > 0) {
                if (!reader->ended)
                        kill(reader->pid, SIGTERM);
                code = spawn_wait(reader->pid);
        }
        strbuf_release(&reader->buffer);
        if (rc == 0 && reader->ended && code != 0)
                return error_set(err, ERROR_GENERAL, "journalctl could not read the journal");
        return rc;
}

/* Text, or an array of bytes where it is none. */
static void add_message(const json_t *message, struct strbuf *text)
{
        const json_t *byte;
        size_t i;

        if (json_is_string(message))
                strbuf_add(text, json_string_value(message), json_string_length(message));
        json_array_foreach (message, i, byte) {
                strbuf_addc(text, (char)json_integer_value(byte));
        }
}

/* "2026-11-24T02:08:21.123456000+00:00", as in files. */
static void set_time(const json_t *entry, char text[CLOCK_TEXT_SIZE + 8])
{
        const char *us = json_get_string(entry, "__REALTIME_TIMESTAMP", "0");

        clock_text((int64_t)strtoll(us, NULL, 10) * 1000, text);
        strcpy(text + strlen(text) - 1, "+00:00");
}

/* printer NULL: only count. */
static void take_entry(const char *line, size_t len, struct log_printer *printer, long long *count)
{
        AUTO_JSON json_t *entry = json_loadb(line, len, JSON_ALLOW_NUL, NULL);
        AUTO(strbuf) text = { 0 };
        char time[CLOCK_TEXT_SIZE + 8];
        struct log_line parsed = {
                .time = time,
                .is_error = strcmp(json_get_string(entry, "PRIORITY", ""), PRIO_ERROR) == 0,
                .full = !json_object_get(entry, "CONTAINER_PARTIAL_MESSAGE"),
        };

        if (!entry)
                return;
        *count += parsed.full;
        if (!printer)
                return;
        set_time(entry, time);
        add_message(json_object_get(entry, "MESSAGE"), &text);
        parsed.text = text.data ? text.data : "";
        parsed.text_len = text.len;
        log_printer_add(printer, &parsed);
}

/* Wait for a part, and take the entries that it completes; false at the end. */
static bool read_part(struct reader *reader, struct log_printer *printer, long long *count)
{
        static char part[65536];
        const char *at = part, *newline;
        ssize_t n;

        do
                n = read(reader->fd, part, sizeof(part));
        while (n < 0 && errno == EINTR);
        reader->ended = n <= 0;
        for (ssize_t left = n; left > 0; left = n - (at - part)) {
                newline = memchr(at, '\n', (size_t)left);
                strbuf_add(&reader->buffer, at, newline ? (size_t)(newline - at) : (size_t)left);
                if (!newline)
                        break;
                take_entry(reader->buffer.data, reader->buffer.len, printer, count);
                strbuf_reset(&reader->buffer);
                at = newline + 1;
        }
        return !reader->ended;
}

static int count_lines(const struct container *container, long long *count_out, struct error *err)
{
        struct reader reader;
        int rc = reader_open(&reader, container, false, err);

        *count_out = 0;
        while (rc == 0 && read_part(&reader, NULL, count_out))
                ;
        return reader_close(&reader, rc, err);
}

static void follow(struct reader *reader, struct log_printer *printer, int dir_fd)
{
        const int64_t until_ns = printer->options->until_ns;
        int64_t last_ms = clock_monotonic_ms();
        long long count = 0;

        while (log_printer_wants(printer) && (!until_ns || clock_now_ns() <= until_ns)) {
                struct pollfd slot = { .fd = reader->fd, .events = POLLIN };

                if (poll(&slot, 1, LOOK_MS) > 0) {
                        if (!read_part(reader, printer, &count))
                                return;
                        log_printer_flush(printer);
                        last_ms = clock_monotonic_ms();
                } else if (state_alive(dir_fd)) {
                        last_ms = clock_monotonic_ms();
                } else if (clock_monotonic_ms() - last_ms > LAST_MS) {
                        return;
                }
        }
}

int journal_logs(const struct container *container, const struct log_options *options,
                 struct error *err)
{
        struct log_printer printer;
        struct reader reader;
        long long count = 0;
        int rc;

        if (options->tail >= 0 && count_lines(container, &count, err) < 0)
                return -1;
        log_printer_init(&printer, options, count);
        rc = reader_open(&reader, container, options->follow, err);
        if (rc == 0 && options->follow)
                follow(&reader, &printer, container->dir_fd);
        while (rc == 0 && !options->follow && log_printer_wants(&printer) &&
               read_part(&reader, &printer, &count))
                ;
        log_printer_flush(&printer);
        return reader_close(&reader, rc, err);
}
