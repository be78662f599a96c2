/* Reading a container's log back: the rotated files from the oldest, then the newest; following it
 * across rotation until the container ends. The lines are k8s-file's: "TIME STREAM F|P text". What
 * the journal has is journal.c's. */
#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/fd.h"
#include "engine/container/journal.h"
#include "engine/container/log_place.h"
#include "engine/container/log_printer.h"
#include "engine/container/log_tail.h"
#include "engine/container/state.h"
#include "engine/container/verbs.h"
#include "engine/monitor/log_writer.h"

#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/stat.h>

#define OPEN_TRIES 3

/* The blanks before the stream and before the tag; false when it is none of ours. */
static bool find_parts(const char *line, size_t len, size_t *stream, size_t *tag)
{
        const char *end = line + len;
        const char *first = memchr(line, ' ', len);
        const char *second = first ? memchr(first + 1, ' ', (size_t)(end - first - 1)) : NULL;

        if (!second || end - second < 3 || second[2] != ' ' ||
            (second[1] != 'F' && second[1] != 'P'))
                return false;
        *stream = (size_t)(first - line);
        *tag = (size_t)(second - line);
        return true;
}

/* Split in place. */
static bool parse_line(char *line, size_t len, struct log_line *out)
{
        size_t stream, tag;

        if (!find_parts(line, len, &stream, &tag))
                return false;
        line[stream] = line[tag] = '\0';
        *out = (struct log_line){ .time = line,
                                  .is_error = strcmp(line + stream + 1, "stderr") == 0,
                                  .text = line + tag + 3,
                                  .text_len = len - tag - 3,
                                  .full = line[tag + 1] == 'F' };
        return true;
}

static bool is_full(const char *line, size_t len)
{
        size_t stream, tag;

        return find_parts(line, len, &stream, &tag) && line[tag + 1] == 'F';
}

/* All complete lines from the stream's position to its end. */
static void print_stream(struct log_printer *p, FILE *file)
{
        AUTO_FREE char *line = NULL;
        size_t room = 0;
        ssize_t n;

        while (log_printer_wants(p) && (n = getline(&line, &room, file)) > 0) {
                struct log_line parsed;

                if (line[n - 1] != '\n') { /* still being written */
                        fseek(file, -n, SEEK_CUR);
                        break;
                }
                if (parse_line(line, (size_t)n - 1, &parsed))
                        log_printer_add(p, &parsed);
        }
        clearerr(file);
        log_printer_flush(p);
}

static FILE *open_log(const struct log_place *place, int number)
{
        char name[LOG_NAME_MAX + 2];
        int fd;

        snprintf(name, sizeof(name), number > 0 ? "%s.%d" : "%s", place->name, number);
        fd = openat(place->dir_fd, name, O_RDONLY | O_CLOEXEC);
        return fd < 0 ? NULL : fdopen(fd, "r");
}

static bool same_file(FILE *file, const struct log_place *place)
{
        struct stat open_st, named;

        return fstat(fileno(file), &open_st) == 0 &&
               fstatat(place->dir_fd, place->name, &named, 0) == 0 &&
               open_st.st_ino == named.st_ino;
}

/* New lines as they come, until the container ends or its time is over. After the end one last
 * look, since the end is noticed later. */
static void follow(struct log_printer *p, int dir_fd, const struct log_place *place, FILE *file)
{
        bool alive = true;

        while (alive && log_printer_wants(p)) {
                alive = state_alive(dir_fd);
                if (!file)
                        file = open_log(place, 0);
                if (file)
                        print_stream(p, file);
                if (file && !same_file(file, place)) {
                        print_stream(p, file);
                        fclose(file);
                        file = open_log(place, 0);
                        if (file)
                                print_stream(p, file);
                }
                if (p->options->until_ns && clock_now_ns() > p->options->until_ns)
                        alive = false;
                if (alive)
                        poll(NULL, 0, 20);
        }
        if (file)
                fclose(file);
}

/* All files there are; again where they were rotated meanwhile. */
static void open_all(const struct log_place *place, FILE *files[LOG_FILE_COUNT])
{
        for (int tries = 0; tries < OPEN_TRIES; tries++) {
                for (int number = 0; number < LOG_FILE_COUNT; number++)
                        files[number] = open_log(place, number);
                if (!files[0] || same_file(files[0], place) || tries + 1 == OPEN_TRIES)
                        return;
                for (int number = 0; number < LOG_FILE_COUNT; number++)
                        if (files[number])
                                fclose(files[number]);
        }
}

/* Which file has the first of the last lines; it is put there. */
static int seek_tail(FILE *files[LOG_FILE_COUNT], long long tail)
{
        off_t start;

        for (int number = 0; number < LOG_FILE_COUNT; number++)
                if (files[number] && log_tail_find(fileno(files[number]), is_full, &tail, &start)) {
                        (void)fseeko(files[number], start, SEEK_SET);
                        return number;
                }
        return LOG_FILE_COUNT - 1;
}

static int file_logs(const struct container *container, const struct log_options *options,
                     struct error *err)
{
        struct log_printer printer;
        AUTO(log_place) place = LOG_PLACE_EMPTY;
        FILE *files[LOG_FILE_COUNT];
        int oldest = LOG_FILE_COUNT - 1;

        if (log_place_open(container, &place, err) < 0)
                return -1;
        log_printer_init(&printer, options, 0);
        open_all(&place, files);
        if (options->tail >= 0)
                oldest = seek_tail(files, options->tail);
        for (int number = LOG_FILE_COUNT - 1; number >= 0; number--) {
                if (!files[number])
                        continue;
                if (number <= oldest)
                        print_stream(&printer, files[number]);
                if (number > 0)
                        fclose(files[number]);
        }
        if (options->follow)
                follow(&printer, container->dir_fd, &place, files[0]);
        else if (files[0])
                fclose(files[0]);
        return 0;
}

int container_logs(const struct container *container, const struct log_options *options,
                   struct error *err)
{
        switch (log_driver_of(&container->spec)) {
        case LOG_DRIVER_FILE:
                return file_logs(container, options, err);
        case LOG_DRIVER_JOURNALD:
                return journal_logs(container, options, err);
        case LOG_DRIVER_NONE:
        case LOG_DRIVER_PASSTHROUGH:
                break;
        }
        return error_set(err, ERROR_STATE,
                         "this container is using the '%s' log driver, cannot read logs: this "
                         "container is not logging output",
                         container->spec.log_driver);
}
