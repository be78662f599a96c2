/* A Containerfile (Dockerfile) as data: stages of instructions, nothing expanded, nothing done.
 *
 * What an instruction may hold is checked here (its flags by name, its number of arguments); what
 * its words mean is for build_words.h (variables), build_args.h (their values), build_config.h
 * (what changes the image's configuration) and whoever executes.
 *
 * Format: docs.docker.com/reference/dockerfile. Where podman 5 (imagebuilder) takes less or more,
 * the comments say so.
 */
#ifndef KELP_ENGINE_CONTAINERFILE_CONTAINERFILE_H
#define KELP_ENGINE_CONTAINERFILE_CONTAINERFILE_H

#include "base/error.h"
#include "base/strv.h"
#include "engine/containerfile/instruction.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* From one FROM to the next. */
struct build_stage {
        struct instruction from;
        const char *base;     /* of from, as written: may hold variables */
        const char *platform; /* --platform=, as written, or NULL */
        const char *name;     /* AS, as written; NULL: only its number names it */
        struct instruction *instructions;
        size_t count;
};

/* {0} is an empty one. */
struct containerfile {
        struct instruction *globals; /* each ARG before the first FROM */
        size_t global_count;
        struct build_stage *stages;
        size_t stage_count;
        size_t instruction_count; /* all, FROM among them */
        size_t size;              /* bytes read so far */
        struct strv warnings;     /* sentences, with file:line */
};
void containerfile_release(struct containerfile *file);

/* Append what text says; `name` is for messages ("Containerfile:3: ..."). Several may be read into
 * one, as with several --file. ERROR_INVALID names line and cure; ERROR_TOO_LARGE. After a failure
 * file can only be released. */
int containerfile_parse(struct containerfile *file, const char *name, const char *text, size_t len,
                        struct error *err);

/* The same of a file's contents (dir_fd/path) or of what is left of fd. */
int containerfile_read(struct containerfile *file, int dir_fd, const char *path, struct error *err);
int containerfile_read_fd(struct containerfile *file, int fd, const char *name, struct error *err);

/* When all was read: there is a FROM. ERROR_INVALID. */
int containerfile_check(const struct containerfile *file, struct error *err);

/* The last stage before `before` (an index; stage_count: any) that has the name (in any case), else
 * the one of that number, else -1. */
ssize_t containerfile_stage(const struct containerfile *file, const char *name, size_t before);

#endif
