/* One instruction of a Containerfile: which, its flags, its words, its here-documents. */
#ifndef KELP_ENGINE_CONTAINERFILE_INSTRUCTION_H
#define KELP_ENGINE_CONTAINERFILE_INSTRUCTION_H

#include "base/error.h"
#include "base/strv.h"
#include "engine/containerfile/build_words.h"

#include <stdbool.h>
#include <stddef.h>

enum instruction_kind {
        INSTRUCTION_ADD,
        INSTRUCTION_ARG,
        INSTRUCTION_CMD,
        INSTRUCTION_COPY,
        INSTRUCTION_ENTRYPOINT,
        INSTRUCTION_ENV,
        INSTRUCTION_EXPOSE,
        INSTRUCTION_FROM,
        INSTRUCTION_HEALTHCHECK,
        INSTRUCTION_LABEL,
        INSTRUCTION_MAINTAINER,
        INSTRUCTION_ONBUILD,
        INSTRUCTION_RUN,
        INSTRUCTION_SHELL,
        INSTRUCTION_STOPSIGNAL,
        INSTRUCTION_USER,
        INSTRUCTION_VOLUME,
        INSTRUCTION_WORKDIR,
        INSTRUCTION_COUNT,
};

/* "RUN" of INSTRUCTION_RUN. */
const char *instruction_name(enum instruction_kind kind);

/* <<NAME, <<-NAME, <<"NAME". */
struct heredoc {
        char *name;      /* without quotes; COPY and ADD make a file of that name */
        char *content;   /* its lines with their ends; of <<- without the tabs in front */
        bool expands;    /* NAME was not quoted: COPY and ADD expand variables in it. In RUN the
                          * shell does that, or the program that "#!" names does not */
        bool strip_tabs; /* <<- */
        unsigned fd;     /* RUN program 3<<EOF; 0: none was given */
};

/* words, by kind:
 *   RUN CMD ENTRYPOINT SHELL  json: the arguments (none of CMD []); else the one line for a shell
 *   ADD COPY                  sources and, last, the destination; a here-document is "<<NAME"
 *   ENV LABEL                 name, value, name, value ...
 *   ARG                       NAME or NAME=default, each
 *   EXPOSE VOLUME             each
 *   USER WORKDIR STOPSIGNAL MAINTAINER   one
 *   HEALTHCHECK               "NONE" alone; "CMD", then as with CMD
 *   ONBUILD                   one: the whole instruction, its here-documents behind it
 *   FROM                      the base; with AS also the name
 * They are as written, with quotes and variables, but for a JSON list and the shell forms, whose
 * quotes are the program's. */
struct instruction {
        enum instruction_kind kind;
        bool json;         /* was written as a JSON list */
        char escape;       /* '\\' or '`' */
        struct strv flags; /* "mount=type=cache,target=/x", "link": in order, without the "--" */
        struct strv words;
        struct heredoc *heredocs;
        size_t heredoc_count;
        char *original; /* as written, continuation lines joined: "RUN  echo x" */
        char *file;     /* for messages */
        size_t line;    /* of file, from 1 */
};
void instruction_release(struct instruction *instruction);

/* The value of --name, the last one given; "" of a flag without a sign; NULL: not given. */
const char *instruction_flag(const struct instruction *instruction, const char *name);

/* Each value of --name, in order: *at is 0 at first; NULL: no more. */
const char *instruction_flag_next(const struct instruction *instruction, const char *name,
                                  size_t *at);

/* --name, --name=true or 1; --name=false or 0 and nothing are false. */
bool instruction_has(const struct instruction *instruction, const char *name);

/* A copy with flags, words and here-documents expanded where the kind expands them (ADD COPY ENV
 * EXPOSE FROM LABEL STOPSIGNAL USER VOLUME WORKDIR; of RUN the flags alone; ARG is for
 * build_scope_arg()), without quotes; a word of EXPOSE may become several. ERROR_INVALID,
 * ERROR_TOO_LARGE, with file:line. */
int instruction_expand(const struct instruction *instruction,
                       const struct build_variables *variables, struct instruction *expanded_out,
                       struct error *err);

/* One instruction from text: what ONBUILD has kept in an image, and --change. `trigger` refuses
 * what ONBUILD may not hold (ONBUILD, FROM, MAINTAINER). name is for messages. */
int instruction_parse(const char *name, const char *text, bool trigger,
                      struct instruction *instruction_out, struct error *err);

/* "file:line: " in front of the sentence. -1. */
int instruction_context(const struct instruction *instruction, struct error *err);

#endif
