/* The table of processes. See top_table.h. */
#include "cli/container/top_table.h"

#include "base/alloc.h"
#include "base/cleanup.h"

#include <string.h>

void top_columns_release(struct top_columns *columns)
{
        free(columns->fields);
        *columns = (struct top_columns){ 0 };
}

static const char *const default_fields[] = { "user",  "pid", "ppid", "pcpu",
                                              "etime", "tty", "time", "args" };

static void add(struct top_columns *columns, const struct top_field *field)
{
        columns->fields =
                xreallocarray(columns->fields, columns->count + 1, sizeof(*columns->fields));
        columns->fields[columns->count++] = field;
}

/* A list with commas or blanks; false when one of them is no descriptor. */
static bool add_list(struct top_columns *columns, const char *list)
{
        for (const char *p = list; *p;) {
                size_t len = strcspn(p, ", ");
                AUTO_FREE char *name = xstrndup(p, len);
                const struct top_field *field = top_field_find(name);

                if (len > 0 && !field)
                        return false;
                if (len > 0)
                        add(columns, field);
                p += len;
                p += strspn(p, ", ");
        }
        return true;
}

const char *top_columns_choose(char *const *words, int count, struct top_columns *columns)
{
        for (int i = 0; i < count; i++) {
                if (strcmp(words[i], "-eo") == 0 || strcmp(words[i], "-o") == 0)
                        continue;
                if (!add_list(columns, words[i]))
                        return words[i];
        }
        for (size_t i = 0; count == 0 && i < ARRAY_SIZE(default_fields); i++)
                add_list(columns, default_fields[i]);
        return columns->count > 0 ? NULL : words[0];
}

int top_columns_cure(struct error *err)
{
        AUTO(strbuf) names = { 0 };

        top_field_names(&names);
        return error_cure(err, "descriptors are %s", names.data);
}

void top_table_begin(const struct top_columns *columns, struct table *table)
{
        table->columns = columns->count;
        for (size_t c = 0; c < columns->count; c++)
                strv_add(&table->cells, columns->fields[c]->heading);
}

int top_table_add(const struct store *store, const struct container *container,
                  const struct top_columns *columns, struct table *table, struct error *err)
{
        AUTO(processes) processes = { 0 };
        AUTO(top_view) view = { 0 };

        if (processes_of(container, &processes, err) < 0)
                return -1;
        top_view_init(store, container, &processes, &view);
        for (size_t i = 0; i < processes.count; i++)
                for (size_t c = 0; c < columns->count; c++)
                        strv_take(&table->cells,
                                  columns->fields[c]->text(&view, &processes.items[i]));
        return 0;
}
