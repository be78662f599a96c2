/* Tables for terminals. What is printed may come from images and users, so control characters are
 * shown as \xNN. */
#include "cli/output/table.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "cli/output/printable.h"

#include <string.h>

void table_release(struct table *table)
{
        strv_release(&table->cells);
}

/* Characters, not bytes: UTF-8 continuation bytes do not count. */
static size_t width_of(const char *text)
{
        size_t width = 0;

        for (; *text; text++)
                width += ((unsigned char)*text & 0xc0) != 0x80;
        return width;
}

void table_print(const struct table *table, FILE *out)
{
        AUTO_FREE size_t *widths = xcalloc(table->columns, sizeof(size_t));
        AUTO(strv) cells = { 0 };

        for (size_t i = 0; i < table->cells.count; i++) {
                size_t width;

                strv_take(&cells, printable(table->cells.items[i]));
                width = width_of(cells.items[i]);
                if (width > widths[i % table->columns])
                        widths[i % table->columns] = width;
        }
        for (size_t i = 0; i < cells.count; i++) {
                bool last = (i + 1) % table->columns == 0;
                size_t pad = widths[i % table->columns] - width_of(cells.items[i]);

                fputs(cells.items[i], out);
                if (last)
                        fputc('\n', out);
                else
                        fprintf(out, "%*s", (int)pad + 2, "");
        }
}
