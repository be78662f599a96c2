/* Reading a unit file, as systemd.syntax(7) has it: white space around names and values goes, a
 * backslash at the end of a line joins it with the next, with a space in its place; comments among
 * joined lines are left out. Where systemd passes over a line that it does not understand, the file
 * is refused, with the line's number: half a unit is none. */
#include "cli/quadlet/unit_file.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/strbuf.h"
#include "base/utf8.h"
#include "cli/quadlet/unit_parse.h"

#include <string.h>

struct unit_reader {
        struct unit_file *unit;
        struct unit_group *group;
        const char *path;
        size_t number;        /* of the line being read */
        struct strbuf joined; /* what continues in the next line */
        bool joining;
};

static bool is_blank(char c)
{
        return c == ' ' || c == '\t' || c == '\r';
}

/* Without the white space around it, in place. */
static char *trim(char *text)
{
        size_t len = strlen(text);

        while (len > 0 && is_blank(text[len - 1]))
                text[--len] = '\0';
        while (is_blank(*text))
                text++;
        return text;
}

static int take_group(struct unit_reader *r, char *line, struct error *err)
{
        size_t len = strlen(line);

        if (len < 3 || line[len - 1] != ']' || strcspn(line + 1, "[]") != len - 2)
                return error_set(err, ERROR_INVALID, "%s:%zu: \"%s\" is no group", r->path,
                                 r->number, line);
        line[len - 1] = '\0';
        r->group = unit_file_ensure_group(r->unit, line + 1);
        return 0;
}

static int take_assignment(struct unit_reader *r, char *line, struct error *err)
{
        char *equals = strchr(line, '=');
        char *key;

        if (!equals || equals == line)
                return error_set(err, ERROR_INVALID,
                                 "%s:%zu: \"%s\" is neither KEY=VALUE nor a [group] nor a comment",
                                 r->path, r->number, line);
        if (!r->group)
                return error_set(err, ERROR_INVALID, "%s:%zu: \"%s\" stands before the first group",
                                 r->path, r->number, line);
        *equals = '\0';
        key = trim(line);
        if (strpbrk(key, " \t"))
                return error_set(err, ERROR_INVALID, "%s:%zu: \"%s\" is no key", r->path, r->number,
                                 key);
        unit_group_add(r->group, key, trim(equals + 1));
        return 0;
}

static int take_joined(struct unit_reader *r, struct error *err)
{
        AUTO_FREE char *whole = strbuf_take(&r->joined);
        char *line = trim(whole);

        r->joining = false;
        if (line[0] == '\0')
                return 0;
        return line[0] == '[' ? take_group(r, line, err) : take_assignment(r, line, err);
}

/* A backslash at the very end (a blank behind it is the end) that is not itself behind one. */
static bool continues(const char *line, size_t len)
{
        size_t count = 0;

        while (count < len && line[len - 1 - count] == '\\')
                count++;
        return count % 2 == 1;
}

static int take_line(struct unit_reader *r, char *text, struct error *err)
{
        char *line = text + strspn(text, " \t");
        size_t len = strlen(line);

        if (len > 0 && line[len - 1] == '\r')
                line[--len] = '\0';
        if (line[0] == '#' || line[0] == ';')
                return 0;
        r->joining = continues(line, len);
        if (r->joining)
                line[len - 1] = ' ';
        strbuf_add(&r->joined, line, len);
        return r->joining ? 0 : take_joined(r, err);
}

/* systemd reads a CR as the end of a line, wherever it stands. */
static bool is_control(const char *text, size_t left)
{
        unsigned char c = (unsigned char)text[0];

        if (c == '\r')
                return left > 1 && text[1] != '\n';
        return (c < ' ' && c != '\n' && c != '\t') || c == 0x7f;
}

static int check_text(const char *text, size_t len, const char *path, struct error *err)
{
        size_t number = 1;

        for (size_t at = 0, step; at < len; at += step) {
                unsigned char c = (unsigned char)text[at];

                step = utf8_length(text + at, len - at);
                if (step == 0)
                        return error_set(err, ERROR_INVALID, "%s:%zu: this is no UTF-8 text", path,
                                         number);
                if (is_control(text + at, len - at))
                        return error_set(err, ERROR_INVALID,
                                         "%s:%zu: a control character (0x%02x) in a unit file",
                                         path, number, c);
                number += c == '\n';
        }
        return 0;
}

static int read_lines(struct unit_reader *r, const char *text, size_t len, struct error *err)
{
        while (len > 0) {
                const char *end = memchr(text, '\n', len);
                size_t line_len = end ? (size_t)(end - text) : len;
                AUTO_FREE char *line = xstrndup(text, line_len);

                r->number++;
                if (take_line(r, line, err) < 0)
                        return -1;
                text += end ? line_len + 1 : line_len;
                len -= end ? line_len + 1 : line_len;
        }
        return r->joining ? take_joined(r, err) : 0;
}

int unit_file_parse(struct unit_file *unit, const char *text, size_t len, const char *path,
                    struct error *err)
{
        struct unit_reader r = { .unit = unit, .path = path };
        int rc;

        if (len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) { /* a byte order mark */
                text += 3;
                len -= 3;
        }
        if (check_text(text, len, path, err) < 0)
                return -1;
        rc = read_lines(&r, text, len, err);
        strbuf_release(&r.joined);
        return rc;
}
