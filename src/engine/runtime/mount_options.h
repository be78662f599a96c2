/* Mount option words (mount(8), runtime-spec "Linux mount options") to flags. */
#ifndef KELP_ENGINE_RUNTIME_MOUNT_OPTIONS_H
#define KELP_ENGINE_RUNTIME_MOUNT_OPTIONS_H

#include "base/error.h"
#include "engine/runtime/plan.h"

#include <stdbool.h>

/* Fold a mount's words into the step, the later ones over the earlier; step->kind becomes STEP_BIND
 * or STEP_REMOUNT when a word says so. Words that are no flags become data of the file system; on a
 * bind mount, which has no data, they are ERROR_UNSUPPORTED. */
int mount_options_apply(struct step *step, const struct strv *words, struct error *err);

/* "rshared" to MS_SHARED and recursive; false when it is no propagation word. */
bool mount_option_propagation(const char *word, uint64_t *propagation_out, bool *recursive_out);

/* Every word that is known, sorted by nothing. */
void mount_options_names(struct strv *names);

/* Is it a flag word that a volume may have? */
bool mount_option_is_flag(const char *word);

#endif
