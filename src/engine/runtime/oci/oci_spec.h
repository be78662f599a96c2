/* Specifications that the runtime writes itself. */
#ifndef KELP_ENGINE_RUNTIME_OCI_OCI_SPEC_H
#define KELP_ENGINE_RUNTIME_OCI_OCI_SPEC_H

#include "base/json.h"

#include <stdbool.h>

/* A config.json to begin with: a shell on a terminal, with few rights. rootless: one that a caller
 * without rights can start. New reference. */
json_t *oci_spec_template(bool rootless);

/* features.md of the runtime specification. New reference. */
json_t *oci_spec_features(void);

#endif
