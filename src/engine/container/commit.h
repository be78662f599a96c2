/* An image out of a container: its image's layers and what it changed on top. */
#ifndef KELP_ENGINE_CONTAINER_COMMIT_H
#define KELP_ENGINE_CONTAINER_COMMIT_H

#include "base/error.h"
#include "base/strv.h"
#include "engine/container/container.h"
#include "engine/image/build.h"
#include "engine/storage/digest.h"

struct commit_options {
        const char *reference; /* full name, or NULL: the image gets none */
        const char *author, *message;
        const struct strv *changes; /* Dockerfile instructions */
        const json_t *config;       /* laid over the image's, before the changes; NULL: nothing */
        bool docker;                /* Docker's format instead of OCI's */
        bool squash;                /* one layer with everything */
        bool include_volumes;       /* the container's volumes become the image's */
        int running_fd;             /* container_tree_of_running(), or -1 */
};

/* This process is in the default user namespace. *id_out: digest of the
 * config. */
int container_commit(const struct store *store, const struct container *container,
                     const struct commit_options *options, struct digest *id_out,
                     struct error *err);

/* Its changes as a layer into the intake, as a commit has them. skip: paths (without the first "/")
 * of files and directories that are left out when they are empty; mtime: of all, NULL: their own.
 * This process is in the user namespace. */
int container_pack_changes(struct intake *intake, const struct store *store,
                           const struct container *container, const struct strv *skip,
                           const time_t *mtime, struct built_layer *layer_out, struct error *err);

/* The whole root file system as a plain tar archive to out_fd. */
int container_export(const struct store *store, const struct container *container, int running_fd,
                     int out_fd, struct error *err);

#endif
