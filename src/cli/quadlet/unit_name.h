/* Names of units (systemd.unit(5)). */
#ifndef KELP_CLI_QUADLET_UNIT_NAME_H
#define KELP_CLI_QUADLET_UNIT_NAME_H

#include <stdbool.h>

/* A prefix of letters, digits, ":", "_", ".", "\", "@" and "-", with the ending of a type of unit,
 * 255 bytes at most: it needs no quotes, and is no path. */
bool unit_name_is_valid(const char *name);

/* Without ".service": "web@5" of "web@5.service", a service's name. The caller frees. */
char *unit_name_stem(const char *service);

/* It ends with "@": started is an instance of it. / It has an instance, or is such a template. */
bool unit_name_is_template(const char *service);
bool unit_name_has_instance(const char *service);

#endif
