/* Instructions applied to an image's "config" object: of a build, and of --change. */
#ifndef KELP_ENGINE_CONTAINERFILE_CONFIG_H
#define KELP_ENGINE_CONTAINERFILE_CONFIG_H

#include "base/error.h"
#include "base/json.h"
#include "engine/containerfile/instruction.h"

#include <stdbool.h>

/* CMD ENTRYPOINT ENV EXPOSE HEALTHCHECK LABEL ONBUILD SHELL STOPSIGNAL USER VOLUME WORKDIR,
 * expanded (instruction_expand), applied; others change nothing here. The shell of shell forms is
 * the one that SHELL has set. *cmd_set tells whether this stage had a CMD: without one, ENTRYPOINT
 * takes away the base image's; NULL: it never does. A relative WORKDIR is below the present one.
 * HEALTHCHECK and SHELL have a place in Docker's format alone: whoever writes OCI's drops
 * "Healthcheck" and "Shell" and says so. MAINTAINER belongs in the image config's "author".
 * ERROR_INVALID, with file:line. */
int build_config_apply(json_t *config, const struct instruction *instruction, bool *cmd_set,
                       struct error *err);

/* Is it one of those? */
bool build_config_changes(enum instruction_kind kind);

/* --change: text is one of those instructions, "CMD=..." as well; quotes go, variables stay as they
 * are. ERROR_USAGE. */
int build_config_change(json_t *config, const char *text, struct error *err);

#endif
