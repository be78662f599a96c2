/* --format: printing data by a template, once for each element, or as an aligned table. */
#include "cli/output/template.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/strbuf.h"
#include "cli/output/table.h"
#include "cli/output/template_tree.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define OUTPUT_MAX ((size_t)64 << 20)

const struct template_heading template_no_headings[] = { { 0 } };

/* On a command line \t and \n are two characters each (podman's way). In a table a space between
 * the actions separates columns as a tab does. */
static char *prepare(const char *text, bool table)
{
        AUTO(strbuf) out = { 0 };
        bool action = false;

        for (; *text; text++) {
                bool tab = strncmp(text, "\\t", 2) == 0, newline = strncmp(text, "\\n", 2) == 0;

                if (strncmp(text, "{{", 2) == 0 || strncmp(text, "}}", 2) == 0)
                        action = *text == '{';
                if (tab || newline)
                        text++;
                if (table && !action && (tab || *text == ' ' || *text == '\t')) {
                        if (out.len > 0 && out.data[out.len - 1] != '\t')
                                strbuf_addc(&out, '\t');
                } else {
                        strbuf_addc(&out, (char)(tab ? '\t' : newline ? '\n' : *text));
                }
        }
        return strbuf_take(&out);
}

/* "json", "{{json}}" and "{{json .}}". */
bool template_asks_json(const char *text)
{
        char squeezed[16];
        size_t len = 0;

        for (; *text && len + 1 < sizeof(squeezed); text++)
                if (*text != ' ')
                        squeezed[len++] = *text;
        squeezed[len] = '\0';
        return !*text && (strcmp(squeezed, "json") == 0 || strcmp(squeezed, "{{json}}") == 0 ||
                          strcmp(squeezed, "{{json.}}") == 0);
}

/* "CreatedAt" -> "CREATED AT", "ID" -> "ID", unless the command has another heading for it. */
static void add_heading(const char *field, const struct template_heading *headings,
                        struct strbuf *out)
{
        for (; headings && headings->field; headings++)
                if (strcmp(headings->field, field) == 0) {
                        strbuf_adds(out, headings->text);
                        return;
                }
        for (const char *p = field; *p; p++) {
                if (p > field && isupper((unsigned char)*p) && islower((unsigned char)p[-1]))
                        strbuf_addc(out, ' ');
                strbuf_addc(out, (char)toupper((unsigned char)*p));
        }
}

/* The last field that a pipeline names, or NULL. */
static const char *field_of(const struct pipe *pipe)
{
        const char *field = NULL;

        for (size_t c = 0; c < pipe->count; c++)
                for (size_t t = 0; t < pipe->calls[c].count; t++) {
                        const struct term *term = &pipe->calls[c].terms[t];
                        const char *inner = term->pipe ? field_of(term->pipe) : NULL;

                        if (term->path.count > 0)
                                field = term->path.items[term->path.count - 1];
                        else if (inner)
                                field = inner;
                }
        return field;
}

/* A table's first row comes from the template alone, so that it is there for no rows too: text
 * stays, an action becomes the name of its field. */
static void add_heading_row(const struct node *list, const struct template_heading *headings,
                            struct strbuf *out)
{
        for (; list; list = list->next) {
                const char *field = list->pipe ? field_of(list->pipe) : NULL;

                if (list->kind == NODE_TEXT)
                        strbuf_adds(out, list->text);
                else if (list->kind != NODE_OUTPUT)
                        add_heading_row(list->body, headings, out);
                else if (field && !list->pipe->variables[0])
                        add_heading(field, headings, out);
        }
}

/* The first row says how many columns there are. */
static void add_table_row(struct table *table, const struct strbuf *row)
{
        AUTO(strv) cells = { 0 };

        strv_split(&cells, row->data ? row->data : "", '\t');
        if (table->columns == 0)
                table->columns = cells.count;
        for (size_t i = 0; i < table->columns; i++)
                strv_add(&table->cells, i < cells.count ? cells.items[i] : "");
}

static int print_table(const struct node *tree, const json_t *data,
                       const struct template_heading *headings, FILE *out, struct error *err)
{
        AUTO(table) table = { 0 };
        AUTO(strbuf) row = { .max = OUTPUT_MAX };
        size_t i;
        json_t *element;

        add_heading_row(tree, headings, &row);
        add_table_row(&table, &row);
        if (headings == template_no_headings)
                strv_release(&table.cells);
        json_array_foreach (data, i, element) {
                strbuf_reset(&row);
                if (template_eval(tree, element, &row, err) < 0)
                        return -1;
                add_table_row(&table, &row);
        }
        table_print(&table, out);
        return 0;
}

static int print_element(const struct node *tree, const json_t *element, FILE *out,
                         struct error *err)
{
        AUTO(strbuf) text = { .max = OUTPUT_MAX };
        bool ended;

        if (template_eval(tree, element, &text, err) < 0)
                return -1;
        ended = text.len > 0 && text.data[text.len - 1] == '\n';
        fprintf(out, ended ? "%s" : "%s\n", text.data ? text.data : "");
        return 0;
}

/* {{range .}} at its beginning: the template goes over the list itself. */
static bool ranges_itself(const struct node *tree)
{
        const struct pipe *pipe = tree->kind == NODE_RANGE ? tree->pipe : NULL;

        return pipe && pipe->count == 1 && pipe->calls[0].count == 1 &&
               pipe->calls[0].terms[0].kind == TERM_FIELD &&
               pipe->calls[0].terms[0].path.count == 0;
}

static int print_tree(const struct node *tree, const json_t *data, FILE *out, struct error *err)
{
        size_t i;
        json_t *element;

        if (!json_is_array(data) || ranges_itself(tree))
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

int template_print_headed(const char *text, const json_t *data,
                          const struct template_heading *headings, FILE *out, struct error *err)
{
        bool table = strncmp(text, "table ", strlen("table ")) == 0;
        AUTO_FREE char *plain = prepare(table ? text + strlen("table ") : text, table);
        struct node *tree;
        int rc;

        if (!table && template_asks_json(plain))
                return print_json(data, out, err);
        tree = template_parse(plain, err);
        if (!tree)
                return -1;
        rc = table && json_is_array(data) ? print_table(tree, data, headings, out, err)
                                          : print_tree(tree, data, out, err);
        template_free(tree);
        return rc;
}

int template_print(const char *text, const json_t *data, FILE *out, struct error *err)
{
        return template_print_headed(text, data, NULL, out, err);
}
