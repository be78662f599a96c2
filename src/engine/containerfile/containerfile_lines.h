/* A Containerfile's text as logical lines: without comments, with continuation lines joined. */
#ifndef KELP_ENGINE_CONTAINERFILE_CONTAINERFILE_LINES_H
#define KELP_ENGINE_CONTAINERFILE_CONTAINERFILE_LINES_H

#include "base/error.h"
#include "base/strv.h"
#include "engine/containerfile/instruction.h"

#include <stdbool.h>
#include <stddef.h>

struct containerfile_lines {
        const char *name;      /* for messages */
        const char *at, *end;  /* what is left; no NUL in it */
        size_t number;         /* of the physical line read last */
        char escape;           /* '\\', or what the directive says */
        struct strv *warnings; /* or NULL */
};

/* Begin, with the directives at the top: "# escape=`"; "syntax" and "check" are for other builders.
 * ERROR_INVALID: a NUL, an escape that is none, a directive twice. */
int containerfile_lines_begin(struct containerfile_lines *lines, const char *name, const char *text,
                              size_t len, struct error *err);

/* The next one that is not empty; false at the end. *line_out is the caller's to free, *number_out
 * where it begins. */
bool containerfile_lines_next(struct containerfile_lines *lines, char **line_out,
                              size_t *number_out);

/* Fill in the contents of a here-document, from the next lines. ERROR_INVALID: it has no end. */
int containerfile_lines_heredoc(struct containerfile_lines *lines, struct heredoc *heredoc,
                                struct error *err);

#endif
