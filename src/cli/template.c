/* --format: printing data by a template, once for each element, or as an aligned table. */
#include "cli/template.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/strbuf.h"
#include "cli/table.h"
#include "cli/template_tree.h"

#include <ctype.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define OUTPUT_MAX ((size_t)64 << 20)

/* On a command line \t and \n are two characters each (podman's way). */
static char *unescape(const char *text)
{
        char *copy = xstrdup(text), *out = copy;

        for (; *text; text++) {
                bool escape = text[0] == '\\' && (text[1] == 't' || text[1] == 'n');

                *out++ = (char)(!escape ? *text : text[1] == 't' ? '\t' : '\n');
                text += escape;
        }
        *out = '\0';
        return copy;
}

/* "CreatedAt" -> "CREATED AT", "ID" -> "ID" */
static char *heading_of(const char *field)
{
        AUTO(strbuf) out = { 0 };

        for (const char *p = field; *p; p++) {
                if (p > field && isupper((unsigned char)*p) && islower((unsigned char)p[-1]))
                        strbuf_addc(&out, ' ');
                strbuf_addc(&out, (char)toupper((unsigned char)*p));
        }
        return strbuf_take(&out);
}

/* An object with the same fields whose values are their headings. */
static json_t *heading_object(const json_t *element)
{
        json_t *object = json_object();
        const char *key;
        json_t *value;

        json_object_foreach ((json_t *)(uintptr_t)element, key, value) {
                AUTO_FREE char *heading = heading_of(key);

                json_object_set_new(object, key, json_string(heading));
        }
        return object;
}

static int add_table_row(struct table *table, const struct node *tree, const json_t *element,
                         struct error *err)
{
        AUTO(strbuf) row = { .max = OUTPUT_MAX };
        AUTO(strv) cells = { 0 };

        if (template_eval(tree, element, &row, err) < 0)
                return -1;
        strv_split(&cells, row.data ? row.data : "", '\t');
        if (table->columns == 0)
                table->columns = cells.count;
        for (size_t i = 0; i < table->columns; i++)
                strv_add(&table->cells, i < cells.count ? cells.items[i] : "");
        return 0;
}

static int print_table(const struct node *tree, const json_t *data, FILE *out, struct error *err)
{
        AUTO(table) table = { 0 };
        AUTO_JSON json_t *heading = heading_object(json_array_get(data, 0));
        size_t i;
        json_t *element;

        if (json_array_size(data) == 0)
                return 0;
        if (add_table_row(&table, tree, heading, err) < 0)
                return -1;
        json_array_foreach (data, i, element) {
                if (add_table_row(&table, tree, element, err) < 0)
                        return -1;
        }
        table_print(&table, out);
        return 0;
}

static int print_element(const struct node *tree, const json_t *element, FILE *out,
                         struct error *err)
{
        AUTO(strbuf) text = { .max = OUTPUT_MAX };

        if (template_eval(tree, element, &text, err) < 0)
                return -1;
        fprintf(out, "%s\n", text.data ? text.data : "");
        return 0;
}

static int print_tree(const struct node *tree, const json_t *data, FILE *out, struct error *err)
{
        size_t i;
        json_t *element;

        if (!json_is_array(data))
                return print_element(tree, data, out, err);
        json_array_foreach (data, i, element) {
                if (print_element(tree, element, out, err) < 0)
                        return -1;
        }
        return 0;
}

static int print_json(const json_t *data, FILE *out, struct error *err)
{
        if (json_dumpf(data, out, JSON_INDENT(4) | JSON_ENCODE_ANY) < 0)
                return error_set(err, ERROR_GENERAL, "cannot print JSON");
        fputc('\n', out);
        return 0;
}

int template_print(const char *text, const json_t *data, FILE *out, struct error *err)
{
        bool table = strncmp(text, "table ", 6) == 0;
        AUTO_FREE char *plain = unescape(table ? text + 6 : text);
        struct node *tree;
        int rc;

        if (!table && strcmp(plain, "json") == 0)
                return print_json(data, out, err);
        tree = template_parse(plain, err);
        if (!tree)
                return -1;
        rc = table && json_is_array(data) ? print_table(tree, data, out, err)
                                          : print_tree(tree, data, out, err);
        template_free(tree);
        return rc;
}
