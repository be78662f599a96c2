/* See log_printer.h. */
#include "engine/container/log_printer.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static int64_t time_ns(const char *text)
{
        struct tm tm = { 0 };
        const char *rest = strptime(text, "%Y-%m-%dT%H:%M:%S", &tm);
        long ns = rest && *rest == '.' ? strtol(rest + 1, NULL, 10) : 0;

        return (int64_t)timegm(&tm) * 1000000000 + ns;
}

static const char *color_on(const struct log_options *options)
{
        return options->color ? options->color : "";
}

void log_printer_init(struct log_printer *printer, const struct log_options *options,
                      long long total)
{
        *printer = (struct log_printer){ .options = options };
        if (options->tail >= 0 && total > options->tail)
                printer->skip = total - options->tail;
}

void log_printer_add(struct log_printer *p, const struct log_line *line)
{
        bool is_error = line->is_error;
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

void log_printer_flush(struct log_printer *p)
{
        p->unread = fflush(stdout) != 0 || ferror(stdout);
        fflush(stderr);
}

bool log_printer_wants(const struct log_printer *p)
{
        return !p->past_until && !p->unread;
}
