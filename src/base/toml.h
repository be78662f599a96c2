/* TOML 1.0 (toml.io/en/v1.0.0), read strictly into JSON: containers.conf and registries.conf. */
#ifndef KELP_BASE_TOML_H
#define KELP_BASE_TOML_H

#include "base/error.h"
#include "base/json.h"

#include <stddef.h>

/* The whole document as an object. Dates and times become strings, inf and nan are refused. An
 * error names `what` and the line. New reference for the caller. */
int toml_parse(const char *text, size_t len, const char *what, json_t **json_out,
               struct error *err);

/* Read and parse a file, at most LIMIT_CONF_FILE bytes. A missing one has sys ENOENT. */
int toml_read_file(const char *path, json_t **json_out, struct error *err);

#endif
