/* --hooks-dir: directories of hooks that are added to a container's runtime specification where
 * their conditions hold (oci-hooks(5), version 1.0.0).
 *
 * NAME.json goes before one of the same name in an earlier directory; hooks run in the order of
 * their names. Patterns are POSIX extended regular expressions.
 */
#ifndef KELP_ENGINE_CONTAINER_HOOKS_OF_H
#define KELP_ENGINE_CONTAINER_HOOKS_OF_H

#include "base/error.h"
#include "base/json.h"
#include "base/strv.h"
#include "engine/container/spec.h"

#include <stdbool.h>

/* Add to the runtime specification `oci`. A directory that is not there has no hooks. */
int hooks_of_add(const struct strv *dirs, const struct container_spec *spec, json_t *oci,
                 struct error *err);

/* Of one file's JSON. Is it a hook of that version, well-formed? ERROR_INVALID, ERROR_UNSUPPORTED.
 */
int hooks_of_check(const json_t *hook, struct error *err);

/* Do its conditions hold? command: the program; bind_mounts: the user has some. */
bool hooks_of_match(const json_t *hook, const char *command, const json_t *annotations,
                    bool bind_mounts);

#endif
