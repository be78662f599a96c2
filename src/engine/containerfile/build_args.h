/* ARG for the whole build: what --build-arg gave, the platforms, the ARGs before the first FROM.
 *
 * FROM sees the last two, with what was given. What a stage sees is build_scope.h's.
 */
#ifndef KELP_ENGINE_CONTAINERFILE_ARGS_H
#define KELP_ENGINE_CONTAINERFILE_ARGS_H

#include "base/error.h"
#include "base/strv.h"
#include "engine/containerfile/build_words.h"
#include "engine/containerfile/containerfile.h"
#include "engine/image/manifest.h"

#include <stdbool.h>

struct build_args {
        struct strv given;     /* NAME=value of --build-arg */
        struct strv automatic; /* NAME=value of the platforms */
        struct strv global;    /* NAME=value of ARGs before the first FROM */
};
void build_args_release(struct build_args *args);

/* The automatic ones. */
void build_args_set_platforms(struct build_args *args, const struct platform *target,
                              const struct platform *build);

/* --build-arg NAME=value; NAME alone takes it from this process's environment, and is nothing when
 * it is not there. ERROR_USAGE: no name; ERROR_TOO_LARGE. */
int build_args_give(struct build_args *args, const char *text, struct error *err);

/* Take in the ARGs before the first FROM. */
int build_args_set_globals(struct build_args *args, const struct containerfile *file,
                           struct error *err);

/* What FROM sees. The caller keeps args. */
struct build_variables build_args_variables(const struct build_args *args);

/* What a word of an ARG, expanded, declares, and its value: given, else automatic, else its own,
 * else the one from before the first FROM, else NULL. *name_out is the caller's to free; *value_out
 * lives with args or word. ERROR_INVALID. */
int build_args_resolve(const struct build_args *args, const char *word, char **name_out,
                       const char **value_out, struct error *err);

/* HTTP_PROXY and the like. */
bool build_args_is_proxy(const char *name);

/* Given by --build-arg and declared nowhere, not predefined: names for "one or more build args were
 * not consumed". */
void build_args_unused(const struct build_args *args, const struct containerfile *file,
                       struct strv *names);

#endif
