/* A runtime specification at the door: members of the right type and range. What reads it
 * afterwards needs no checks of its own but those of meaning.
 */
#ifndef KELP_ENGINE_RUNTIME_SPEC_CHECK_H
#define KELP_ENGINE_RUNTIME_SPEC_CHECK_H

#include "base/error.h"
#include "base/json.h"

/* ERROR_INVALID names the member: "process.user.uid: a number from 0 to 4294967294 is needed, not a
 * string". A member that is null counts as absent; members that no version of the specification has
 * are passed over. linux.seccomp is left to seccomp.h, linux.resources to cgroup.h. */
int spec_check(const json_t *spec, struct error *err);

/* The `process` object alone (exec). */
int spec_check_process(const json_t *process, struct error *err);

/* LinuxSeccomp alone. */
int spec_check_seccomp(const json_t *seccomp, struct error *err);

#endif
