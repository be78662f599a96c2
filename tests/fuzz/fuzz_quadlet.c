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

/* As when they are loaded: one without names is none. */
static void add(struct quadlet_list *list, const char *name, const char *text, size_t size)
{
        struct quadlet quadlet = { .name = xstrdup(name), .path = xasprintf("/fuzz/%s", name) };
        struct error err = { 0 };

        (void)quadlet_kind_of(name, &quadlet.kind);
        if (unit_file_parse(&quadlet.source, text, size, "fuzz", &err) == 0 &&
            quadlet_set_names(&quadlet, &err) == 0)
                list->items[list->count++] = quadlet;
        else
                quadlet_release(&quadlet);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        static const char *const names[] = { "a-b@c.container", "t@.volume", "v.volume",
                                             "i.image",         "b.build",   "p.pod" };
        AUTO(quadlet_list) list = { 0 };
        struct error err = { 0 };

        list.items = xcalloc(ARRAY_SIZE(names), sizeof(*list.items));
        for (size_t i = 0; i < ARRAY_SIZE(names); i++)
                add(&list, names[i], (const char *)data, size);
        for (size_t i = 0; i < list.count; i++)
                if (quadlet_convert(&list, &list.items[i], "/usr/bin/kelp", &err) == 0)
                        write_and_read(&list.items[i].unit);
        return 0;
}
