/* .containerignore, .dockerignore: what of a build's context is left out; --exclude of COPY.
 *
 * One pattern a line; lines that begin with # and empty ones are none; slashes around a pattern do
 * not count. * is any part of a name, ? a character of it, [a-z] [^a-z] one of a set, ** any number
 * of directories. A pattern holds for what is below as well. The last that matches decides; with !
 * in front it lets in again. As in podman, nothing below a left-out directory comes back unless an
 * exception has the directory's path written out: with "dir" and "!d?r/a" all of dir stays out,
 * with "!dir/a" a comes back.
 */
#ifndef KELP_ENGINE_CONTAINERFILE_IGNORE_H
#define KELP_ENGINE_CONTAINERFILE_IGNORE_H

#include "base/error.h"
#include "base/strv.h"

#include <stdbool.h>
#include <stddef.h>

/* {0} leaves nothing out. */
struct build_ignore {
        struct build_ignore_pattern *patterns;
        size_t count;
};
void build_ignore_release(struct build_ignore *ignore);

/* Append the patterns of a file's text; `name` is for messages: ERROR_INVALID with line. */
int build_ignore_parse(struct build_ignore *ignore, const char *name, const char *text, size_t len,
                       struct error *err);

/* Append one pattern (--exclude). */
int build_ignore_add(struct build_ignore *ignore, const char *pattern, struct error *err);

/* The file that applies: `file` (--ignorefile) when not NULL, which has to be there; else beside
 * the first of containerfiles (paths; a relative one is below the context) that has one,
 * NAME.dockerignore before NAME.containerignore; else .containerignore, .dockerignore in the
 * context, never led out of it by a link. None is fine. *path_out: which was read, or NULL; the
 * caller frees. */
int build_ignore_read(struct build_ignore *ignore, int context_fd, const char *context,
                      const char *file, const struct strv *containerfiles, char **path_out,
                      struct error *err);

/* Is it left out? path is relative to the context, without "./"; "" and "." never are. */
bool build_ignore_matches(const struct build_ignore *ignore, const char *path);

/* May something below this left-out directory come back? False: a walk need not enter it. */
bool build_ignore_may_return(const struct build_ignore *ignore, const char *directory);

#endif
