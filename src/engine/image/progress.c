/* Progress of a pull on standard error. On a terminal all lines are drawn again in place with
 * cursor movement (ECMA-48); elsewhere one plain line says that a layer is done. */
#include "engine/image/progress.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/strbuf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* In podman's words. */
static bool says_plainly(const struct progress *p)
{
        return !p->quiet && !p->terminal;
}

void progress_init(struct progress *progress, size_t count, bool quiet)
{
        const char *term = getenv("TERM");

        *progress = (struct progress){ .lines = xcalloc(count, sizeof(struct progress_line)),
                                       .count = count,
                                       .quiet = quiet,
                                       .terminal = isatty(STDERR_FILENO) && term &&
                                                   strcmp(term, "dumb") != 0,
                                       .start_ns = clock_monotonic_ns() };
        if (says_plainly(progress))
                fputs("Getting image source signatures\n", stderr);
}

void progress_release(struct progress *progress)
{
        free(progress->lines);
        *progress = (struct progress){ 0 };
}

static size_t terminal_columns(void)
{
        struct winsize size = { 0 };

        return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 20 ? size.ws_col : 80;
}

static void add_amount(struct strbuf *out, uint64_t bytes)
{
        if (bytes < 1000000)
                strbuf_addf(out, "%.1f kB", (double)bytes / 1e3);
        else
                strbuf_addf(out, "%.1f MB", (double)bytes / 1e6);
}

static void add_bar(struct strbuf *out, const struct progress_line *line, size_t width)
{
        size_t full =
                line->size ? (size_t)((double)line->received / (double)line->size * (double)width)
                           : width;

        strbuf_addc(out, '[');
        for (size_t i = 0; i < width; i++)
                strbuf_addc(out, i < full ? '=' : i == full ? '>' : ' ');
        strbuf_adds(out, "] ");
}

static void add_line(struct strbuf *out, const struct progress *p, const struct progress_line *line,
                     size_t columns)
{
        double seconds = (double)(clock_monotonic_ns() - p->start_ns) / 1e9;

        strbuf_addf(out, "%.12s ", digest_hex(line->digest));
        switch (line->state) {
        case PROGRESS_EXISTS:
                strbuf_adds(out, "already exists");
                break;
        case PROGRESS_DONE:
                strbuf_adds(out, "done ");
                add_amount(out, line->size);
                break;
        case PROGRESS_WAITING:
                strbuf_adds(out, "waiting");
                break;
        case PROGRESS_LOADING:
                if (columns > 70)
                        add_bar(out, line, columns > 100 ? 40 : columns - 60);
                add_amount(out, line->received);
                strbuf_adds(out, " of ");
                add_amount(out, line->size);
                strbuf_addf(out, " %.1f MB/s",
                            seconds > 0 ? (double)line->received / 1e6 / seconds : 0);
                break;
        }
}

void progress_draw(struct progress *p, bool force)
{
        size_t columns;
        struct strbuf out = { 0 };
        int64_t now = clock_monotonic_ns();

        if (p->quiet || !p->terminal || (!force && now - p->last_ns < 100000000))
                return;
        p->last_ns = now;
        columns = terminal_columns();
        if (p->drawn)
                strbuf_addf(&out, "\033[%zuA", p->drawn);
        for (size_t i = 0; i < p->count; i++) {
                struct strbuf line = { .max = columns - 1 };

                add_line(&line, p, &p->lines[i], columns);
                strbuf_addf(&out, "\r%s\033[K\n", line.data ? line.data : "");
                strbuf_release(&line);
        }
        p->drawn = p->count;
        if (out.len)
                (void)!write(STDERR_FILENO, out.data, out.len);
        strbuf_release(&out);
}

void progress_finish(struct progress *p, size_t line, enum progress_state state)
{
        p->lines[line].state = state;
        if (says_plainly(p))
                fprintf(stderr, "Copying blob %s %s\n", p->lines[line].digest->text,
                        state == PROGRESS_EXISTS ? "already exists" : "done");
        progress_draw(p, true);
}

void progress_end(const struct progress *p, const struct digest *config)
{
        if (says_plainly(p))
                fprintf(stderr, "Copying config %s done\nWriting manifest to image destination\n",
                        config->text);
}

void progress_tell(const struct digest *layers, size_t count, const struct digest *config)
{
        struct progress p;

        progress_init(&p, count, false);
        for (size_t i = 0; i < count && says_plainly(&p); i++) {
                p.lines[i].digest = &layers[i];
                progress_finish(&p, i, PROGRESS_DONE);
        }
        progress_end(&p, config);
        progress_release(&p);
}
