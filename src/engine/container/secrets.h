/* A container's secrets: copied when it is made, shown as files or variables when it runs.
 *
 *     containers/ID/secrets/N   the N-th one's data; of a file, with the mode that the container
 *                               sees, in a directory that is the user's alone
 *
 * Variables are added to the process when it is launched and are in no file of the container's, so
 * that neither inspect nor commit has them.
 */
#ifndef KELP_ENGINE_CONTAINER_SECRETS_H
#define KELP_ENGINE_CONTAINER_SECRETS_H

#include "base/error.h"
#include "base/json.h"
#include "engine/container/container.h"
#include "engine/container/spec.h"
#include "engine/state/store.h"
#include "rootless/id_map.h"

/* "NAME[,type=mount|env][,target=...][,uid=][,gid=][,mode=]" appended to the spec. */
int container_secret_parse(const char *text, struct container_spec *spec, struct error *err);
void container_secret_release(struct container_secret *secret);

json_t *container_secrets_to_json(const struct container_spec *spec);
void container_secrets_from_json(const json_t *array, struct container_spec *spec);

/* Copy the data into a container's directory that is being made; IDs are filled in. */
int container_secrets_copy(const struct store *store, int dir_fd, struct container_spec *spec,
                           struct error *err);

/* Is there one whose owner the ids are needed for? / Give the files to their owners;
 * owners: userns_of_owners(); records: a single id is mapped (rootless/override.h). */
bool container_secrets_want_owner(const struct container_spec *spec);
int container_secrets_own(int dir_fd, const struct container_spec *spec,
                          const struct id_maps *owners, bool records, struct error *err);

/* NAME=VALUE of those of type env. */
int container_secrets_env(int dir_fd, const struct container_spec *spec, struct strv *env,
                          struct error *err);

/* The same into a `process` object that no file of the container's is made of; `later` (may be
 * NULL) goes before. */
int container_secrets_add(const struct container *container, json_t *process,
                          const struct strv *later, struct error *err);

#endif
