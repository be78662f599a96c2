/* A Quadlet file: read, converted, written, and read again. */
#include "base/alloc.h"
#include "base/cleanup.h"
#include "cli/quadlet/quadlet_convert.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char *text_of(const struct unit_file *unit, size_t *len)
{
        char *text = NULL;
        FILE *out = open_memstream(&text, len);

        unit_file_write(unit, out);
        fclose(out);
        return text;
}

/* Nothing in it ends a line or joins two. */
static void write_and_read(const struct unit_file *unit)
{
        AUTO(unit_file) again = { 0 };
        size_t len, len_again;
        AUTO_FREE char *text = text_of(unit, &len);
        AUTO_FREE char *text_again = NULL;

        if (unit_file_parse(&again, text, len, "again", NULL) < 0)
                abort();
        text_again = text_of(&again, &len_again);
        if (len != len_again || memcmp(text, text_again, len) != 0)
                abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        static const char *const names[] = { "a-b@c.container", "v.volume", "i.image" };
        AUTO(quadlet_list) list = { 0 };
        struct error err;

        list.items = xcalloc(ARRAY_SIZE(names), sizeof(*list.items));
        for (; list.count < ARRAY_SIZE(names); list.count++) {
                struct quadlet *quadlet = &list.items[list.count];

                quadlet->name = xstrdup(names[list.count]);
                quadlet->path = xasprintf("/fuzz/%s", quadlet->name);
                (void)quadlet_kind_of(quadlet->name, &quadlet->kind);
                if (unit_file_parse(&quadlet->source, (const char *)data, size, "fuzz", &err) < 0)
                        return 0;
                (void)quadlet_set_names(quadlet, &err);
        }
        for (size_t i = 0; i < list.count; i++)
                if (list.items[i].service &&
                    quadlet_convert(&list, &list.items[i], "/usr/bin/kelp", &err) == 0)
                        write_and_read(&list.items[i].unit);
        return 0;
}
