/* The default seccomp profile and profiles from files, as linux.seccomp of the OCI runtime spec.
 *
 * containers-common's profiles (seccomp.json(5)) say which rules hold only with certain
 * capabilities, architectures or kernels; resolving that is done here, so the runtime gets a plain
 * OCI section.
 */
#ifndef KELP_ENGINE_CONTAINER_SECCOMP_PROFILE_H
#define KELP_ENGINE_CONTAINER_SECCOMP_PROFILE_H

#include "base/error.h"
#include "base/json.h"
#include "base/strv.h"

/* path NULL: kelp's built-in default, equal in effect to containers-common's. capabilities: the
 * container's bounding set, names with CAP_. *section_out: a new linux.seccomp object. */
int seccomp_profile_section(const char *path, const struct strv *capabilities, json_t **section_out,
                            struct error *err);

#endif
