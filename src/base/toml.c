/* A TOML document to a JSON object: tables, keys, and what must not be said twice. The values are
 * toml_value.c's.
 *
 * A table may be opened once ([a]), and may be opened by a key or a longer header before ([a.b],
 * then [a]); what was written inline is closed. So each object that was opened by name, and each
 * that is closed, is remembered.
 */
#include "base/toml.h"

#include "base/alloc.h"
#include "base/fd.h"
#include "base/limits.h"
#include "base/toml_scan.h"

#include <fcntl.h>
#include <string.h>

static bool in_set(const struct toml_set *set, const json_t *json)
{
        for (size_t i = 0; i < set->count; i++)
                if (set->items[i] == json)
                        return true;
        return false;
}

void toml_set_add(struct toml_set *set, json_t *json)
{
        set->items = xreallocarray(set->items, set->count + 1, sizeof(*set->items));
        set->items[set->count++] = json;
}

int toml_failed(struct toml_scan *s, const char *why)
{
        return error_set(s->err, ERROR_INVALID, "%s: line %d: %s", s->what, s->line, why);
}

void toml_blanks(struct toml_scan *s)
{
        while (s->p < s->end && (*s->p == ' ' || *s->p == '\t'))
                s->p++;
}

/* Blanks, comments and line ends. */
int toml_lines(struct toml_scan *s)
{
        for (;;) {
                toml_blanks(s);
                if (s->p < s->end && *s->p == '#')
                        while (s->p < s->end && *s->p != '\n') {
                                if ((unsigned char)*s->p < 32 && *s->p != '\t' && *s->p != '\r')
                                        return toml_failed(s, "a control character");
                                s->p++;
                        }
                if (s->p + 1 < s->end && s->p[0] == '\r' && s->p[1] == '\n')
                        s->p++;
                if (s->p >= s->end || *s->p != '\n')
                        return 0;
                s->p++;
                s->line++;
        }
}

static int end_of_line(struct toml_scan *s)
{
        int line = s->line;

        if (toml_lines(s) < 0)
                return -1;
        return s->p >= s->end || s->line > line ? 0 : toml_failed(s, "something follows the value");
}

/* A part of a dotted key; the caller frees. */
static char *key_part(struct toml_scan *s)
{
        const char *begin = s->p;

        if (s->p < s->end && (*s->p == '"' || *s->p == '\'')) {
                AUTO(strbuf) text = { .max = LIMIT_CONF_FILE };

                if (toml_string(s, &text, false) < 0)
                        return NULL;
                if (strlen(text.data ? text.data : "") != text.len) {
                        toml_failed(s, "a key with a NUL character");
                        return NULL;
                }
                return strbuf_take(&text);
        }
        while (s->p < s->end &&
               (strchr("_-", *s->p) || (*s->p >= '0' && *s->p <= '9') ||
                (*s->p >= 'a' && *s->p <= 'z') || (*s->p >= 'A' && *s->p <= 'Z')) &&
               *s->p)
                s->p++;
        if (s->p > begin)
                return xstrndup(begin, (size_t)(s->p - begin));
        toml_failed(s, "a key is missing");
        return NULL;
}

/* "a.b.c" to its parts. */
static int key_parts(struct toml_scan *s, struct strv *parts)
{
        for (;;) {
                char *part;

                toml_blanks(s);
                part = key_part(s);
                if (!part)
                        return -1;
                strv_take(parts, part);
                if (parts->count > LIMIT_JSON_DEPTH)
                        return toml_failed(s, "the key has too many parts");
                toml_blanks(s);
                if (s->p >= s->end || *s->p != '.')
                        return 0;
                s->p++;
        }
}

/* The table of that name in `table`, made when missing; the last one of an array of tables. */
static json_t *enter(struct toml_scan *s, json_t *table, const char *name, bool by_key)
{
        json_t *found = json_object_get(table, name);

        if (!found) {
                found = json_object();
                if (json_object_set_new(table, name, found) < 0) {
                        toml_failed(s, "a key that is not valid UTF-8");
                        return NULL;
                }
                return found;
        }
        if (json_is_array(found) && json_array_size(found) > 0 && !in_set(&s->closed, found))
                found = json_array_get(found, json_array_size(found) - 1);
        if (!json_is_object(found) || in_set(&s->closed, found) ||
            (by_key && in_set(&s->opened, found))) {
                toml_failed(s, "a key is defined twice");
                return NULL;
        }
        return found;
}

int toml_pair(struct toml_scan *s, json_t *table)
{
        AUTO(strv) parts = { 0 };
        AUTO_JSON json_t *value = NULL;

        if (key_parts(s, &parts) < 0)
                return -1;
        if (s->p >= s->end || *s->p != '=')
                return toml_failed(s, "\"=\" is missing behind the key");
        s->p++;
        toml_blanks(s);
        for (size_t i = 0; i + 1 < parts.count; i++) {
                table = enter(s, table, parts.items[i], true);
                if (!table)
                        return -1;
        }
        if (json_object_get(table, parts.items[parts.count - 1]))
                return toml_failed(s, "a key is defined twice");
        value = toml_value(s);
        if (!value)
                return -1;
        if (json_object_set(table, parts.items[parts.count - 1], value) < 0)
                return toml_failed(s, "a key that is not valid UTF-8");
        return 0;
}

static json_t *open_table(struct toml_scan *s, json_t *parent, const char *name)
{
        json_t *table = enter(s, parent, name, false);

        if (!table)
                return NULL;
        if (in_set(&s->opened, table) || json_is_array(json_object_get(parent, name))) {
                toml_failed(s, "a table is defined twice");
                return NULL;
        }
        toml_set_add(&s->opened, table);
        return table;
}

static json_t *open_array_table(struct toml_scan *s, json_t *parent, const char *name)
{
        json_t *array = json_object_get(parent, name);
        json_t *table;

        if (!array) {
                array = json_array();
                if (json_object_set_new(parent, name, array) < 0) {
                        toml_failed(s, "a key that is not valid UTF-8");
                        return NULL;
                }
        }
        if (!json_is_array(array) || in_set(&s->closed, array)) {
                toml_failed(s, "a key is defined twice");
                return NULL;
        }
        table = json_object();
        json_array_append_new(array, table);
        toml_set_add(&s->opened, table);
        return table;
}

/* [a.b] or [[a.b]] */
static json_t *header(struct toml_scan *s, json_t *root)
{
        AUTO(strv) parts = { 0 };
        bool array = s->p + 1 < s->end && s->p[1] == '[';
        json_t *table = root;

        s->p += array ? 2 : 1;
        if (key_parts(s, &parts) < 0)
                return NULL;
        if (s->end - s->p < (array ? 2 : 1) || *s->p != ']' || (array && s->p[1] != ']')) {
                toml_failed(s, "\"]\" is missing behind the table's name");
                return NULL;
        }
        s->p += array ? 2 : 1;
        for (size_t i = 0; i + 1 < parts.count && table; i++)
                table = enter(s, table, parts.items[i], false);
        if (!table)
                return NULL;
        return array ? open_array_table(s, table, parts.items[parts.count - 1])
                     : open_table(s, table, parts.items[parts.count - 1]);
}

static int document(struct toml_scan *s, json_t *root)
{
        json_t *table = root;

        for (;;) {
                if (toml_lines(s) < 0)
                        return -1;
                if (s->p >= s->end)
                        return 0;
                if (*s->p == '[') {
                        table = header(s, root);
                        if (!table)
                                return -1;
                } else if (toml_pair(s, table) < 0) {
                        return -1;
                }
                if (end_of_line(s) < 0)
                        return -1;
        }
}

int toml_parse(const char *text, size_t len, const char *what, json_t **json_out, struct error *err)
{
        struct toml_scan scan = {
                .p = text, .end = text + len, .line = 1, .what = what, .err = err
        };
        json_t *root = json_object();
        int rc;

        if (len > LIMIT_CONF_FILE) {
                json_decref(root);
                return error_set(err, ERROR_TOO_LARGE, "%s is larger than %zu bytes", what,
                                 LIMIT_CONF_FILE);
        }
        rc = document(&scan, root);
        free(scan.opened.items);
        free(scan.closed.items);
        if (rc < 0)
                json_decref(root);
        else
                *json_out = root;
        return rc;
}

int toml_read_file(const char *path, json_t **json_out, struct error *err)
{
        AUTO_FREE char *text = NULL;
        size_t len;

        if (fd_read_file(AT_FDCWD, path, LIMIT_CONF_FILE, &text, &len, err) < 0)
                return -1;
        return toml_parse(text, len, path, json_out, err);
}
