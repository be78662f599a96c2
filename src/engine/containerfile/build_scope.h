/* What a stage sees: its ARGs, and ENV over them.
 *
 * A stage sees the ARGs it declares itself, and those of the stage it is based on: the value that
 * --build-arg gave, else its own default, else the one from before the first FROM. The platforms'
 * (TARGETPLATFORM TARGETOS TARGETARCH TARGETVARIANT, BUILD...) need an ARG in the stage; the
 * proxies' (HTTP_PROXY HTTPS_PROXY FTP_PROXY NO_PROXY ALL_PROXY, in small letters too) do not, and
 * are kept out of the history. ENV, the base image's too, hides an ARG of its name.
 */
#ifndef KELP_ENGINE_CONTAINERFILE_SCOPE_H
#define KELP_ENGINE_CONTAINERFILE_SCOPE_H

#include "base/error.h"
#include "base/strv.h"
#include "engine/containerfile/build_args.h"
#include "engine/containerfile/build_words.h"
#include "engine/containerfile/instruction.h"

/* A stage on its way. {0} is an empty one. */
struct build_scope {
        const struct build_args *args; /* borrowed */
        struct strv declared;          /* NAME=value of ARGs that have one */
        struct strv names;             /* of all ARGs declared */
        struct strv env;               /* NAME=value: the image's, then ENV's */
        size_t size;                   /* bytes taken in so far */
};
void build_scope_release(struct build_scope *scope);

/* The beginning: env is the base image's; base the scope at the end of the stage that FROM names,
 * or NULL: its ARGs are inherited. */
void build_scope_begin(struct build_scope *scope, const struct build_args *args,
                       const struct strv *env, const struct build_scope *base);

/* ARG (not expanded yet: each default sees those before it) / ENV, expanded (instruction_expand).
 * ERROR_INVALID, ERROR_TOO_LARGE, with file:line. */
int build_scope_arg(struct build_scope *scope, const struct instruction *arg, struct error *err);
int build_scope_env(struct build_scope *scope, const struct instruction *env, struct error *err);

/* What instructions see. The caller keeps scope, and its address. */
struct build_variables build_scope_variables(const struct build_scope *scope);

/* For RUN: ARGs, given proxies, ENV over them; appended. */
void build_scope_environment(const struct build_scope *scope, struct strv *environment);

/* "NAME=value", sorted, of the ARGs a RUN depends on, for history and cache: without proxies that
 * no ARG declared; of a name that ENV has too, ENV's value. Appended. */
void build_scope_history(const struct build_scope *scope, struct strv *pairs);

#endif
