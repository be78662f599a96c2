/* The mounts that a container has without asking for them: its kernel file systems, its devices,
 * /etc/hosts and the like. Those that the user asks for are oci.c's. */
#ifndef KELP_ENGINE_CONTAINER_OCI_MOUNTS_H
#define KELP_ENGINE_CONTAINER_OCI_MOUNTS_H

#include "base/error.h"
#include "engine/container/oci.h"

/* Append them to the array of mounts; what the user mounts at the same place is left out. Looks at
 * the host's /dev where devices are wanted: ERROR_NOT_FOUND, ERROR_INVALID. */
int oci_mounts_add(json_t *mounts, const struct oci_input *input, struct error *err);

/* One mount; options: words separated by commas. */
void oci_mount_add(json_t *mounts, const char *target, const char *type, const char *source,
                   const char *options);

#endif
