/* Calls that are newer than a seccomp profile. */
#ifndef KELP_ENGINE_RUNTIME_SECCOMP_NEWER_H
#define KELP_ENGINE_RUNTIME_SECCOMP_NEWER_H

#include "base/error.h"
#include "base/json.h"
#include "engine/runtime/seccomp.h"

/* Put in front of a compiled profile that calls above the last one it names fail with ENOSYS, for
 * the native architecture and each in `architectures`. Does nothing where default_action (of
 * libseccomp) lets unknown calls through or says ENOSYS itself. Fails when the program becomes
 * longer than the kernel takes. */
int seccomp_newer_prepend(const json_t *profile, uint32_t default_action,
                          struct seccomp_program *program, struct error *err);

#endif
