/* What a build reads: its Containerfiles, its context, its ignore file. */
#ifndef KELP_CLI_BUILD_BUILD_CONTEXT_H
#define KELP_CLI_BUILD_BUILD_CONTEXT_H

#include "cli/build/build_options.h"

struct build_input {
        bool insecure; /* --tls-verify=false, of what is fetched */
        struct containerfile file;
        struct build_args args;
        struct build_ignore ignore;
        char *context; /* as told in messages; of a directory its absolute path */
        int context_fd;
        struct staging staging; /* of a context that came as an archive */
        struct build_context *contexts;
        size_t context_count;
};

#define BUILD_INPUT_EMPTY ((struct build_input){ .context_fd = -1, .staging = STAGING_EMPTY })

void build_input_release(struct build_input *input);

/* operand: a directory, "-", a URL, or NULL. This process is in the user namespace. */
int build_input_read(const struct store *store, const struct build_flags *flags,
                     const char *operand, const char *platform, struct build_input *input,
                     struct error *err);

/* A repository, which is not fetched. */
bool build_context_is_git(const char *text);

#endif
