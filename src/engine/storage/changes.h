/* What a directory on top changes in the layers below: podman diff's list. */
#ifndef KELP_ENGINE_STORAGE_CHANGES_H
#define KELP_ENGINE_STORAGE_CHANGES_H

#include "base/error.h"
#include "base/strv.h"

enum change_kind { CHANGE_MODIFIED, CHANGE_ADDED, CHANGE_DELETED };

struct change {
        enum change_kind kind;
        char *path; /* from the root, "/etc/passwd" */
};

struct changes {
        struct change *items;
        size_t count;
};

void changes_release(struct changes *changes);

/* top: a directory relative to base_fd; layers: those below it, lowest first. In the order of
 * paths. */
int changes_find(int base_fd, const char *top, const struct strv *layers,
                 struct changes *changes_out, struct error *err);

/* Into the order of paths. */
void changes_sort(struct changes *changes);

/* Of sorted ones: where this path is, or would be. */
size_t changes_place(const struct changes *changes, const char *path);

/* "C", "A", "D" */
const char *change_letter(enum change_kind kind);

#endif
