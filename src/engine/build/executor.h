/* Building images of a Containerfile.
 *
 * Each stage begins with an image - the base, or what an earlier stage became - and its
 * instructions make one image after the other out of it: those that change files add a layer, the
 * others change the configuration alone. Every one is published at once, without a name, with the
 * image that it was made of as its parent: so a build that breaks off leaves only whole images, and
 * the next build finds what it can take over (stage_cache.h). What the build needs meanwhile is
 * held (image/hold.h).
 */
#ifndef KELP_ENGINE_BUILD_EXECUTOR_H
#define KELP_ENGINE_BUILD_EXECUTOR_H

#include "base/error.h"
#include "base/json.h"
#include "base/strv.h"
#include "engine/containerfile/build_args.h"
#include "engine/containerfile/build_ignore.h"
#include "engine/containerfile/containerfile.h"
#include "engine/container/start.h"
#include "engine/image/pull.h"
#include "engine/state/store.h"
#include "rootless/userns.h"

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

/* --secret id=ID: a file, or a variable of this process. */
struct build_secret {
        char *id;
        char *file; /* absolute, or NULL */
        char *env;  /* the variable's name, or NULL */
};

/* --build-context NAME=...: a directory, or an image. */
struct build_context {
        char *name;
        int fd;      /* of the directory, or -1 */
        char *image; /* a reference, or NULL */
        char *path;  /* as given, for messages */
        struct build_ignore ignore;
};

struct executor_options {
        const struct containerfile *file;
        const struct build_args *args;
        int context_fd;           /* -1: there is none */
        const char *context_name; /* for messages */
        const struct build_ignore *ignore;
        const struct build_context *contexts;
        size_t context_count;
        const struct build_secret *secrets;
        size_t secret_count;
        const char *target;        /* a stage; NULL: the last */
        const struct strv *names;  /* full references that the image gets */
        const char *output_name;   /* as the user wrote the first one, or NULL */
        struct pull_options pull;  /* platform: of the image, NULL: this machine's */
        const struct strv *mounts; /* of every RUN, as its --mount has them */
        const json_t *container;   /* container_spec of a RUN as JSON: what options say of it */
        struct start_options start;
        const struct userns_plan *userns; /* entered */
        bool no_cache, layers, squash, squash_all;
        bool all_stages;                /* those that the target does not need, too */
        bool docker;                    /* Docker's format instead of OCI's */
        bool quiet;                     /* no steps are told */
        bool no_ids;                    /* nor the IDs of their images */
        bool no_labels, no_annotations; /* of the base are taken over: --inherit-...=false */
        bool omit_history, interactive;
        const struct strv *labels, *env; /* further instructions at the end: "KEY=VALUE" */
        const struct strv *annotations;  /* of the manifest, "KEY=VALUE" */
        const struct strv *unset_env, *unset_labels, *unset_annotations;
        const time_t *created;   /* of the image and its history; NULL: now */
        const time_t *timestamp; /* of all files in new layers; NULL: their own */
        size_t jobs;             /* stages that are built at once at most; 0: any number */
        int64_t cache_ttl;       /* seconds: older images of steps are not used; -1: any are */
        /* The files of the image, at the end; NULL: nobody wants them. */
        int (*output)(void *data, int root_fd, bool recorded, struct error *err);
        void *output_data;
        const bool *cancel; /* becomes true when the user interrupts */
};

/* The manifest and ID of the image; names are given. *exit_code_out: of a RUN that failed, else 0.
 * This process is in the user namespace and gets a mount namespace of its own. */
int executor_run(const struct store *store, const struct executor_options *options,
                 struct digest *id_out, struct digest *manifest_out, int *exit_code_out,
                 struct error *err);

#endif
