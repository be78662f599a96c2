/* A table by device and inode that grows, with open addressing. See link_names.h. */
#include "engine/storage/link_names.h"

#include "base/alloc.h"

#include <stdint.h>
#include <stdlib.h>

struct link_name {
        dev_t dev;
        ino_t ino;
        char *name; /* NULL: the slot is free */
};

void link_names_release(struct link_names *names)
{
        for (size_t i = 0; i < names->room; i++)
                free(names->slots[i].name);
        free(names->slots);
        *names = (struct link_names){ 0 };
}

static struct link_name *find_slot(const struct link_names *names, dev_t dev, ino_t ino)
{
        size_t at = (size_t)(((uint64_t)ino ^ dev) * 0x9e3779b97f4a7c15ULL) & (names->room - 1);

        while (names->slots[at].name &&
               (names->slots[at].ino != ino || names->slots[at].dev != dev))
                at = (at + 1) & (names->room - 1);
        return &names->slots[at];
}

static void grow(struct link_names *names)
{
        struct link_names larger = { .room = names->room ? names->room * 2 : 64,
                                     .count = names->count };

        larger.slots = xcalloc(larger.room, sizeof(*larger.slots));
        for (size_t i = 0; i < names->room; i++)
                if (names->slots[i].name)
                        *find_slot(&larger, names->slots[i].dev, names->slots[i].ino) =
                                names->slots[i];
        free(names->slots);
        *names = larger;
}

const char *link_names_first(struct link_names *names, const struct stat *st, const char *name)
{
        struct link_name *slot;

        if (names->count * 2 >= names->room)
                grow(names);
        slot = find_slot(names, st->st_dev, st->st_ino);
        if (slot->name)
                return slot->name;
        *slot = (struct link_name){ .dev = st->st_dev, .ino = st->st_ino, .name = xstrdup(name) };
        names->count++;
        return NULL;
}
