/* -v, --mount and --tmpfs to mounts (podman-run(1)). */
#ifndef KELP_CLI_OPTIONS_MOUNT_SPEC_H
#define KELP_CLI_OPTIONS_MOUNT_SPEC_H

#include "engine/container/spec.h"

/* Each appends a mount to the spec (a glob: some). A source that does not exist, a target that is
 * not absolute or taken by something else, an option that is not known: ERROR_USAGE,
 * ERROR_UNSUPPORTED or ERROR_NOT_FOUND by name. The same mount twice is one, except with --mount.
 */
int mount_spec_volume(const char *text, struct container_spec *spec, struct error *err);
int mount_spec_mount(const char *text, struct container_spec *spec, struct error *err);
int mount_spec_tmpfs(const char *text, struct container_spec *spec, struct error *err);

#endif
