/* Layers as the one tree that overlay would show, read without mounting it. */
#ifndef KELP_ENGINE_STORAGE_MERGED_H
#define KELP_ENGINE_STORAGE_MERGED_H

#include "base/error.h"
#include "base/strv.h"

#include <stddef.h>
#include <sys/stat.h>

/* One directory of that tree: of every layer that has a part in it, highest first. */
struct merged_dir {
        int *fds;
        size_t count;
};

struct merged_entry {
        char *name;
        struct stat st; /* in the highest layer that has it */
        size_t part;    /* which of the directory's fds that is */
};

struct merged_entries {
        struct merged_entry *items;
        size_t count;
};

void merged_dir_release(struct merged_dir *dir);
void merged_entries_release(struct merged_entries *entries);

/* The root. layers: directories relative to base_fd, lowest first. */
int merged_open(int base_fd, const struct strv *layers, struct merged_dir *dir_out,
                struct error *err);

/* What is in it, in the order of names; what a whiteout hides is not. */
int merged_list(const struct merged_dir *dir, struct merged_entries *entries_out,
                struct error *err);

/* A directory in it, which the entry is. */
int merged_enter(const struct merged_dir *dir, const struct merged_entry *entry,
                 struct merged_dir *dir_out, struct error *err);

/* NULL when there is none of that name. */
const struct merged_entry *merged_find(const struct merged_entries *entries, const char *name);

#endif
