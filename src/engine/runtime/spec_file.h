/* Reading and writing config.json: the specification has unsigned 64-bit numbers, jansson's are
 * signed. In memory a number over INT64_MAX is its two's complement (RLIM_INFINITY is -1); in the
 * file it is 18446744073709551615, as every runtime writes it.
 */
#ifndef KELP_ENGINE_RUNTIME_SPEC_FILE_H
#define KELP_ENGINE_RUNTIME_SPEC_FILE_H

#include "base/error.h"
#include "base/json.h"

#include <sys/types.h>

/* json_read_file() and json_parse() for a config.json or a process.json, at most LIMIT_SPEC bytes.
 * The new reference is the caller's. */
int spec_read_file(int dir_fd, const char *name, json_t **spec_out, struct error *err);
int spec_parse(const char *text, size_t len, const char *what, json_t **spec_out,
               struct error *err);

/* The text of a specification, for other runtimes to read: negative numbers of members that are
 * unsigned (rlimits' soft and hard, seccomp's value and valueTwo) are written unsigned. The caller
 * frees; NULL when it cannot be serialised. flags: JSON_COMPACT or JSON_INDENT(n). */
char *spec_text(const json_t *spec, size_t flags);
int spec_write_file(int dir_fd, const char *name, const json_t *spec, mode_t mode,
                    struct error *err);

#endif
