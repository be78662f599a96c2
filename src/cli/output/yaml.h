/* JSON values printed as YAML, for people. */
#ifndef KELP_CLI_OUTPUT_YAML_H
#define KELP_CLI_OUTPUT_YAML_H

#include "base/json.h"

#include <stdio.h>

/* An object or array, its lines indented by `indent` spaces. */
void yaml_print(const json_t *value, int indent, FILE *out);

#endif
