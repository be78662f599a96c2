/* policy.json (containers-policy.json(5)): which images may be used. */
#ifndef KELP_ENGINE_IMAGE_POLICY_H
#define KELP_ENGINE_IMAGE_POLICY_H

#include "base/error.h"
#include "base/json.h"
#include "engine/image/source.h"

#include <stdbool.h>

struct policy;

/* file, else ~/.config/containers/policy.json, else /etc/containers/policy.json; with none of them
 * everything is accepted. What is wrong in the file is an error: a rule that is not understood must
 * not be taken for a lighter one. */
int policy_load(const char *file, struct policy **policy_out, struct error *err);
void policy_free(struct policy *policy);

/* The image of a full reference ("docker.io/library/busybox:latest") or path, as a transport calls
 * it
 * ("docker", "oci", ...). manifest: its bytes. Signatures are fetched from the source (NULL: there
 * are none) when a rule wants them. ERROR_DENIED names the rule and the file. */
int policy_check(const struct policy *policy, const char *transport, const char *name,
                 struct source *source, const char *manifest, size_t len, struct error *err);

const json_t *policy_json(const struct policy *policy);

/* Where kelp image trust set writes: the user's own file, root's in /etc. The caller frees. */
char *policy_own_file(struct error *err);

#endif
