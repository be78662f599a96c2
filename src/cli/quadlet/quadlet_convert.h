/* From a Quadlet file to the unit of its service. */
#ifndef KELP_CLI_QUADLET_QUADLET_CONVERT_H
#define KELP_CLI_QUADLET_QUADLET_CONVERT_H

#include "cli/quadlet/quadlet_keys.h"

/* Make quadlet->unit. program: the path of kelp. What is not supported is an error that names the
 * key. */
int quadlet_convert(const struct quadlet_list *list, struct quadlet *quadlet, const char *program,
                    struct error *err);

/* The kinds: the part of quadlet_convert() that is each one's own, and its keys. */
int quadlet_convert_container(struct conversion *c, struct error *err);
int quadlet_convert_pod(struct conversion *c, struct error *err);
int quadlet_convert_volume(struct conversion *c, struct error *err);
int quadlet_convert_image(struct conversion *c, struct error *err);
int quadlet_convert_build(struct conversion *c, struct error *err);
extern const struct quadlet_key quadlet_container_keys[];
extern const struct quadlet_key quadlet_pod_keys[];
extern const struct quadlet_key quadlet_volume_keys[];
extern const struct quadlet_key quadlet_image_keys[];
extern const struct quadlet_key quadlet_build_keys[];

/* For the kinds: KEY= in [Service], with c->words or after a prefix ("-": it may fail). */
void quadlet_add_command(struct conversion *c, const char *key, const char *prefix);
/* In [Service], unless the file says something else. */
void quadlet_default(struct conversion *c, const char *key, const char *value);
/* It is done, and with `remains` stays done. */
void quadlet_is_oneshot(struct conversion *c, bool remains);
/* StopTimeout=: systemd waits longer than kelp does, which ends what does not heed its signal. */
void quadlet_wait_longer(struct conversion *c, const char *seconds);
/* quadlet_keys_begin() for a command whose containers are to be in the service's own part of the
 * cgroup tree, which systemd hands over. */
int quadlet_begin_delegated(struct conversion *c, struct error *err);

/* Units begin by podman's rule: the network first. The unit that waits for it. */
#define QUADLET_WAIT_UNIT "kelp-user-wait-network-online.service"
extern const char quadlet_wait_unit[];

#endif
