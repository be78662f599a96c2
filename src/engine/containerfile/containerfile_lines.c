/* Physical lines to logical ones. See containerfile_lines.h. */
#include "engine/containerfile/containerfile_lines.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/strbuf.h"
#include "engine/containerfile/limits.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

struct span {
        const char *text;
        size_t len;
};

static bool is_blank(char c)
{
        return isspace((unsigned char)c);
}

/* A physical line, without its end. */
static bool take_line(struct containerfile_lines *lines, struct span *line)
{
        const char *newline;

        if (lines->at == lines->end)
                return false;
        newline = memchr(lines->at, '\n', (size_t)(lines->end - lines->at));
        line->text = lines->at;
        line->len = (size_t)((newline ? newline : lines->end) - lines->at);
        lines->at = newline ? newline + 1 : lines->end;
        lines->number++;
        while (line->len > 0 && line->text[line->len - 1] == '\r')
                line->len--;
        return true;
}

static struct span without_indent(struct span line)
{
        while (line.len > 0 && is_blank(*line.text)) {
                line.text++;
                line.len--;
        }
        return line;
}

static bool is_comment(struct span line)
{
        line = without_indent(line);
        return line.len > 0 && *line.text == '#';
}

/* The escape character at the end, blanks behind it, joins the next line, unless another stands in
 * front of it. It is cut off. */
static bool cut_continuation(const struct containerfile_lines *lines, struct span *line)
{
        size_t len = line->len;

        while (len > 0 && (line->text[len - 1] == ' ' || line->text[len - 1] == '\t'))
                len--;
        if (len == 0 || line->text[len - 1] != lines->escape)
                return false;
        if (len > 1 && line->text[len - 2] == lines->escape)
                return false;
        line->len = len - 1;
        return true;
}

static void warn_of_empty(struct containerfile_lines *lines, size_t number)
{
        if (lines->warnings && lines->warnings->count < LIMIT_BUILD_WARNINGS)
                strv_addf(lines->warnings,
                          "%s:%zu: an empty line inside an instruction is left out", lines->name,
                          number);
}

/* The lines that continue the one in text. */
static void join(struct containerfile_lines *lines, struct strbuf *text)
{
        struct span line;
        bool goes_on = true;

        while (goes_on && take_line(lines, &line)) {
                if (is_comment(line))
                        continue;
                if (without_indent(line).len == 0) {
                        warn_of_empty(lines, lines->number);
                        continue;
                }
                goes_on = cut_continuation(lines, &line);
                strbuf_add(text, line.text, line.len);
        }
}

bool containerfile_lines_next(struct containerfile_lines *lines, char **line_out,
                              size_t *number_out)
{
        AUTO(strbuf) text = { .max = LIMIT_CONTAINERFILE };
        struct span line;

        while (take_line(lines, &line)) {
                size_t number = lines->number;
                bool goes_on;

                line = without_indent(line);
                if (line.len == 0 || *line.text == '#')
                        continue;
                goes_on = cut_continuation(lines, &line);
                strbuf_add(&text, line.text, line.len);
                if (goes_on)
                        join(lines, &text);
                if (text.len == 0 || !text.data[strspn(text.data, " \t\r\v\f")]) {
                        strbuf_reset(&text);
                        continue;
                }
                *number_out = number;
                *line_out = strbuf_take(&text);
                return true;
        }
        return false;
}

static bool ends_heredoc(const struct heredoc *heredoc, struct span line)
{
        return line.len == strlen(heredoc->name) && memcmp(line.text, heredoc->name, line.len) == 0;
}

int containerfile_lines_heredoc(struct containerfile_lines *lines, struct heredoc *heredoc,
                                struct error *err)
{
        AUTO(strbuf) content = { .max = LIMIT_CONTAINERFILE };
        struct span line;

        while (take_line(lines, &line)) {
                while (heredoc->strip_tabs && line.len > 0 && *line.text == '\t') {
                        line.text++;
                        line.len--;
                }
                if (ends_heredoc(heredoc, line)) {
                        heredoc->content = strbuf_take(&content);
                        return 0;
                }
                strbuf_add(&content, line.text, line.len);
                strbuf_addc(&content, '\n');
        }
        return error_set(err, ERROR_INVALID, "the here-document <<%s has no end: no line \"%s\"",
                         heredoc->name, heredoc->name);
}

/* "# name = value": the length of the name, 0 of another line. */
static size_t directive_of(struct span line, struct span *name, struct span *value)
{
        size_t i = 0;

        if (line.len == 0 || *line.text != '#')
                return 0;
        line.text++;
        line.len--;
        line = without_indent(line);
        while (i < line.len && isalnum((unsigned char)line.text[i]))
                i++;
        *name = (struct span){ line.text, i };
        line = without_indent((struct span){ line.text + i, line.len - i });
        if (line.len == 0 || *line.text != '=')
                return 0;
        *value = without_indent((struct span){ line.text + 1, line.len - 1 });
        while (value->len > 0 && is_blank(value->text[value->len - 1]))
                value->len--;
        return value->len > 0 ? name->len : 0;
}

static int set_escape(struct containerfile_lines *lines, struct span value, struct error *err)
{
        if (value.len != 1 || !strchr("\\`", *value.text))
                return error_set(err, ERROR_INVALID, "%s:%zu: escape=%.*s is neither \\ nor `",
                                 lines->name, lines->number, value.len < 40 ? (int)value.len : 40,
                                 value.text);
        lines->escape = *value.text;
        return 0;
}

/* 1: the line was one, 0: it was not. */
static int take_directive(struct containerfile_lines *lines, unsigned *seen, struct error *err)
{
        static const char *const known[] = { "escape", "syntax", "check" };
        struct containerfile_lines before = *lines;
        struct span line, name, value;

        if (take_line(lines, &line) && directive_of(without_indent(line), &name, &value) > 0)
                for (unsigned i = 0; i < ARRAY_SIZE(known); i++) {
                        if (strlen(known[i]) != name.len ||
                            strncasecmp(known[i], name.text, name.len) != 0)
                                continue;
                        if (*seen & 1U << i)
                                return error_set(err, ERROR_INVALID,
                                                 "%s:%zu: the directive %s is there twice",
                                                 lines->name, lines->number, known[i]);
                        *seen |= 1U << i;
                        return i == 0 && set_escape(lines, value, err) < 0 ? -1 : 1;
                }
        *lines = before;
        return 0;
}

int containerfile_lines_begin(struct containerfile_lines *lines, const char *name, const char *text,
                              size_t len, struct error *err)
{
        unsigned seen = 0;
        int rc;

        *lines = (struct containerfile_lines){ .name = name,
                                               .at = text,
                                               .end = text + len,
                                               .escape = '\\',
                                               .warnings = lines->warnings };
        if (memchr(text, '\0', len))
                return error_set(err, ERROR_INVALID, "%s holds a NUL byte: it is no text", name);
        if (len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
                lines->at += 3;
        while ((rc = take_directive(lines, &seen, err)) > 0)
                ;
        return rc;
}
