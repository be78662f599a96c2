/* Environment variables from the command line and from files: -e, --env-file. */
#ifndef KELP_CLI_OPTIONS_ENV_H
#define KELP_CLI_OPTIONS_ENV_H

#include "base/error.h"
#include "base/strv.h"

/* Files first, then assignments, each set or replaced in env. "NAME=value"; NAME alone takes the
 * caller's value when it has one; NAME* all of the caller's that begin so. */
int env_fill(const struct strv *files, const struct strv *assignments, struct strv *env,
             struct error *err);

/* The lines of a file that say something: no comments, no blanks in front. `option` begins an
 * error; ERROR_INVALID: a line begins with "=". */
int env_file_lines(const char *path, const char *option, struct strv *lines, struct error *err);

#endif
