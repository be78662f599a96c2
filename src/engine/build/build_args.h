/* ARG: which are there, where they are seen, and what they are worth.
 *
 * build_args holds what is so for the whole build: what --build-arg gave, the platforms, the ARGs
 * before the first FROM. FROM sees the last two, with what was given. A stage sees what it declares
 * itself (and what the stage it is based on declared): the value given, else its own default, else
 * the one from before the first FROM. The platform's (TARGETPLATFORM TARGETOS TARGETARCH
 * TARGETVARIANT, BUILD...) need an ARG in the stage; the proxies' (HTTP_PROXY HTTPS_PROXY FTP_PROXY
 * NO_PROXY ALL_PROXY, in small letters too) do not, and are kept out of the history. ENV hides an
 * ARG of its name.
 */
#ifndef KELP_ENGINE_BUILD_ARGS_H
#define KELP_ENGINE_BUILD_ARGS_H

#include "base/error.h"
#include "base/strv.h"
#include "engine/build/build_words.h"
#include "engine/build/containerfile.h"
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

/* Given by --build-arg and declared nowhere, not predefined: names for "one or more build args were
 * not consumed". */
void build_args_unused(const struct build_args *args, const struct containerfile *file,
                       struct strv *names);

/* A stage on its way. {0} is an empty one. */
struct build_scope {
        const struct build_args *args; /* borrowed */
        struct strv declared;          /* NAME=value of ARGs that have one */
        struct strv names;             /* of all ARGs declared */
        struct strv env;               /* NAME=value: the image's, then ENV's */
};
void build_scope_release(struct build_scope *scope);

/* The beginning: env is the base image's; base the scope at the end of the stage that FROM names,
 * or NULL: its ARGs are inherited. */
void build_scope_begin(struct build_scope *scope, const struct build_args *args,
                       const struct strv *env, const struct build_scope *base);

/* ARG (not expanded yet: each default sees those before it) / ENV, expanded (instruction_expand).
 * ERROR_INVALID, with file:line. */
int build_scope_arg(struct build_scope *scope, const struct instruction *arg, struct error *err);
void build_scope_env(struct build_scope *scope, const struct instruction *env);

/* What instructions see. The caller keeps scope, and its address. */
struct build_variables build_scope_variables(const struct build_scope *scope);

/* For RUN: ARGs, given proxies, ENV over them; appended. */
void build_scope_environment(const struct build_scope *scope, struct strv *environment);

/* "NAME=value", sorted, of the ARGs a RUN depends on, for history and cache: without proxies that
 * no ARG declared; of a name that ENV has too, ENV's value. Appended. */
void build_scope_history(const struct build_scope *scope, struct strv *pairs);

#endif
