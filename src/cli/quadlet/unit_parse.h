/* What reading a unit file needs of it. */
#ifndef KELP_CLI_QUADLET_UNIT_PARSE_H
#define KELP_CLI_QUADLET_UNIT_PARSE_H

#include "cli/quadlet/unit_file.h"

/* The group of this name, made when it is missing; valid until another one is made. */
struct unit_group *unit_file_ensure_group(struct unit_file *unit, const char *name);
void unit_group_add(struct unit_group *group, const char *key, const char *value);

#endif
