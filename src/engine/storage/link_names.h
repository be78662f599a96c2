/* Files with several names: under which one each was met first. */
#ifndef KELP_ENGINE_STORAGE_LINK_NAMES_H
#define KELP_ENGINE_STORAGE_LINK_NAMES_H

#include <stddef.h>
#include <sys/stat.h>

struct link_name;

/* {0} is an empty table. */
struct link_names {
        struct link_name *slots;
        size_t room, count;
};

void link_names_release(struct link_names *names);

/* NULL the first time, when the name is kept; else the name that was kept. */
const char *link_names_first(struct link_names *names, const struct stat *st, const char *name);

#endif
