/* Reading a unit file, as systemd.syntax(7) has it: white space around names and values goes, a
 * backslash at the end of a line joins it with the next, with a space in its place; comments among
 * joined lines are left out. Where systemd passes over a line that it does not understand, the file
 * is refused, with the line's number: half a unit is none. */
#include "cli/quadlet/unit_file.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/strbuf.h"
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

        if (!equals || equals == line)
                return error_set(err, ERROR_INVALID,
                                 "%s:%zu: \"%s\" is neither KEY=VALUE nor a [group] nor a comment",
                                 r->path, r->number, line);
        if (!r->group)
                return error_set(err, ERROR_INVALID, "%s:%zu: \"%s\" stands before the first group",
                                 r->path, r->number, line);
        *equals = '\0';
        unit_group_add(r->group, trim(line), trim(equals + 1));
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

/* A backslash at the end that is not itself behind one. */
static bool continues(const char *line, size_t len)
{
        size_t count = 0;

        while (count < len && line[len - 1 - count] == '\\')
                count++;
        return count % 2 == 1;
}

static int take_line(struct unit_reader *r, char *text, struct error *err)
{
        char *line = trim(text);
        size_t len = strlen(line);

        if (line[0] == '#' || line[0] == ';')
                return 0;
        r->joining = continues(line, len);
        if (r->joining)
                line[len - 1] = ' ';
        strbuf_add(&r->joined, line, len);
        return r->joining ? 0 : take_joined(r, err);
}

/* The length of the UTF-8 character at text, 0 when it is none (RFC 3629). */
static size_t utf8_len(const unsigned char *text, size_t left)
{
        static const unsigned char lowest[] = { 0, 0, 0xc2, 0xe0, 0xf0 };
        size_t len = text[0] < 0x80 ? 1 : text[0] < 0xe0 ? 2 : text[0] < 0xf0 ? 3 : 4;

        if (len > left || text[0] > 0xf4 || text[0] < lowest[len])
                return 0;
        for (size_t i = 1; i < len; i++)
                if ((text[i] & 0xc0) != 0x80)
                        return 0;
        if ((text[0] == 0xe0 && text[1] < 0xa0) || (text[0] == 0xed && text[1] > 0x9f) ||
            (text[0] == 0xf0 && text[1] < 0x90) || (text[0] == 0xf4 && text[1] > 0x8f))
                return 0;
        return len;
}

static int check_text(const char *text, size_t len, const char *path, struct error *err)
{
        size_t number = 1;

        for (size_t at = 0, step; at < len; at += step) {
                unsigned char c = (unsigned char)text[at];

                step = utf8_len((const unsigned char *)text + at, len - at);
                if (step == 0)
                        return error_set(err, ERROR_INVALID, "%s:%zu: this is no UTF-8 text", path,
                                         number);
                if ((c < ' ' && c != '\n' && c != '\t' && c != '\r') || c == 0x7f)
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
