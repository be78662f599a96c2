/* Mount option words (mount(8), runtime-spec "Mounts") to flags. */
#ifndef KELP_ENGINE_RUNTIME_MOUNT_OPTIONS_H
#define KELP_ENGINE_RUNTIME_MOUNT_OPTIONS_H

#include "base/error.h"
#include "engine/runtime/plan.h"

#include <stdbool.h>

/* Fold one word into the step; words that are not flags become file-system data. */
void mount_option_apply(struct step *step, const char *word);

/* Is it a flag word that a bind mount understands? */
bool mount_option_is_flag(const char *word);

#endif
