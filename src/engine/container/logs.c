/* Reading a container's log back: the rotated files from the oldest, then the newest; following it
 * across rotation until the container ends. The lines are k8s-file's: "TIME STREAM F|P text". */
#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/fd.h"
#include "engine/container/log_place.h"
#include "engine/container/state.h"
#include "engine/container/verbs.h"
#include "engine/monitor/log_writer.h"

#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

struct log_line {
        char *time, *stream, *text;
        size_t text_len;
        bool full;
};

/* Split in place; false when it is none of ours. */
static bool parse_line(char *line, size_t len, struct log_line *out)
{
        char *end = line + len;
        char *stream = memchr(line, ' ', len);
        char *tag = stream ? memchr(stream + 1, ' ', (size_t)(end - stream - 1)) : NULL;

        if (!tag || end - tag < 3 || tag[2] != ' ' || (tag[1] != 'F' && tag[1] != 'P'))
                return false;
        *stream = '\0';
        *tag = '\0';
        *out = (struct log_line){ .time = line,
                                  .stream = stream + 1,
                                  .text = tag + 3,
                                  .text_len = (size_t)(end - tag - 3),
                                  .full = tag[1] == 'F' };
        return true;
}

/* "2026-11-24T02:08:21.123456789+00:00" to nanoseconds; the log is always in UTC. */
static int64_t time_ns(const char *text)
{
        struct tm tm = { 0 };
        const char *rest = strptime(text, "%Y-%m-%dT%H:%M:%S", &tm);
        long ns = rest && *rest == '.' ? strtol(rest + 1, NULL, 10) : 0;

        return (int64_t)timegm(&tm) * 1000000000 + ns;
}

struct printer {
        const struct log_options *options;
        long long skip;  /* full lines still to pass over */
        bool in_line[2]; /* a partial line of stdout, stderr is open */
        bool past_until;
        bool unread; /* nobody reads what is printed: the pipe is closed */
};

static const char *color_on(const struct log_options *options)
{
        return options->color ? options->color : "";
}

static void print_line(struct printer *p, const struct log_line *line)
{
        bool is_error = strcmp(line->stream, "stderr") == 0;
        FILE *out = is_error ? stderr : stdout;
        int64_t when = p->options->since_ns || p->options->until_ns ? time_ns(line->time) : 0;

        if (p->skip > 0) {
                p->skip -= line->full;
                return;
        }
        if (p->options->since_ns && when < p->options->since_ns)
                return;
        if (p->options->until_ns && when > p->options->until_ns) {
                p->past_until = true;
                return;
        }
        if (p->options->prefix && !p->in_line[is_error])
                fprintf(out, "%s%s%s ", color_on(p->options), p->options->prefix,
                        p->options->color ? "\033[0m" : "");
        if (p->options->timestamps && !p->in_line[is_error])
                fprintf(out, "%s ", line->time);
        fwrite(line->text, 1, line->text_len, out);
        if (line->full)
                fputc('\n', out);
        p->in_line[is_error] = !line->full;
}

/* All complete lines from the stream's position to its end. */
static void print_stream(struct printer *p, FILE *file)
{
        AUTO_FREE char *line = NULL;
        size_t room = 0;
        ssize_t n;

        while (!p->past_until && !p->unread && (n = getline(&line, &room, file)) > 0) {
                struct log_line parsed;

                if (line[n - 1] != '\n') { /* still being written */
                        fseek(file, -n, SEEK_CUR);
                        break;
                }
                if (parse_line(line, (size_t)n - 1, &parsed))
                        print_line(p, &parsed);
        }
        clearerr(file);
        p->unread = fflush(stdout) != 0 || ferror(stdout);
        fflush(stderr);
}

static FILE *open_log(const struct log_place *place, int number)
{
        char name[LOG_NAME_MAX + 2];
        int fd;

        snprintf(name, sizeof(name), number > 0 ? "%s.%d" : "%s", place->name, number);
        fd = openat(place->dir_fd, name, O_RDONLY | O_CLOEXEC);
        return fd < 0 ? NULL : fdopen(fd, "r");
}

static long long count_lines(const struct log_place *place)
{
        AUTO_FREE char *line = NULL;
        size_t room = 0;
        long long count = 0;

        for (int number = LOG_FILE_COUNT - 1; number >= 0; number--) {
                AUTO_FILE FILE *file = open_log(place, number);
                struct log_line parsed;
                ssize_t n;

                while (file && (n = getline(&line, &room, file)) > 0)
                        count += parse_line(line, (size_t)n - 1, &parsed) && parsed.full;
        }
        return count;
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
static void follow(struct printer *p, int dir_fd, const struct log_place *place, FILE *file)
{
        bool alive = true;

        while (alive && !p->past_until && !p->unread) {
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

int container_logs(const struct store *store, struct container *container,
                   const struct log_options *options, struct error *err)
{
        struct printer printer = { .options = options };
        AUTO(log_place) place = LOG_PLACE_EMPTY;
        FILE *file = NULL;

        (void)store;
        if (log_place_none(&container->spec))
                return error_set(err, ERROR_STATE,
                                 "this container is using the none log driver, cannot read the "
                                 "logs: %s",
                                 container->spec.name);
        if (log_place_open(container, &place, err) < 0)
                return -1;
        if (options->tail >= 0) {
                long long total = count_lines(&place);

                printer.skip = total > options->tail ? total - options->tail : 0;
        }
        for (int number = LOG_FILE_COUNT - 1; number >= 0; number--) {
                if (file)
                        fclose(file);
                file = open_log(&place, number);
                if (file)
                        print_stream(&printer, file);
        }
        if (options->follow)
                follow(&printer, container->dir_fd, &place, file);
        else if (file)
                fclose(file);
        return 0;
}
