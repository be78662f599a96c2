/* RUN --mount=type=bind|cache|tmpfs|secret. Format: docs.docker.com/reference/dockerfile. */
#ifndef KELP_ENGINE_BUILD_RUN_MOUNT_H
#define KELP_ENGINE_BUILD_RUN_MOUNT_H

#include "base/error.h"
#include "base/strv.h"
#include "engine/build/stage.h"
#include "engine/container/spec.h"

enum run_mount_type { RUN_MOUNT_BIND, RUN_MOUNT_CACHE, RUN_MOUNT_TMPFS, RUN_MOUNT_SECRET };

struct run_mount {
        enum run_mount_type type;
        char *id, *source, *target, *from, *env;
        bool writable, read_only, required;
        bool owned; /* uid or gid was given */
        unsigned uid, gid;
        char *mode, *size; /* octal; as tmpfs takes it */
        char *sharing;     /* of a cache: "shared", "private", "locked" */
};

struct run_mounts {
        struct run_mount *items;
        size_t count;
        int *locks; /* of caches, until the step ends */
        size_t lock_count;
        struct strv files; /* below the staging directory, of secrets and scripts */
};
void run_mounts_release(struct run_mounts *mounts);

/* Out of the flags of an expanded RUN, and such that every RUN has. ERROR_INVALID,
 * ERROR_UNSUPPORTED by name. */
int run_mounts_parse(const struct instruction *run, const struct strv *more,
                     struct run_mounts *mounts_out, struct error *err);

/* ":HEX" for each bind mount, of what it shows: for the history. */
int run_mounts_sums(struct stage *stage, const struct run_mounts *mounts, struct strbuf *text,
                    struct error *err);

/* Into the container's spec; secrets that become variables too. */
int run_mounts_fill(struct stage *stage, struct run_mounts *mounts, struct container_spec *spec,
                    struct error *err);

/* A file of the staging directory with these contents, mode 0400 or 0500: its absolute path, the
 * caller's to free. */
int run_mounts_file(struct stage *stage, struct run_mounts *mounts, const void *data, size_t len,
                    mode_t mode, char **path_out, struct error *err);

/* Take the files away. */
void run_mounts_end(struct stage *stage, struct run_mounts *mounts);

#endif
