/* What a Quadlet file names: other Quadlet files, whose services its unit then needs, and paths. */
#ifndef KELP_CLI_QUADLET_QUADLET_REFER_H
#define KELP_CLI_QUADLET_QUADLET_REFER_H

#include "cli/quadlet/quadlet_keys.h"

/* The service of another Quadlet file, of a template that of the instance that this unit has. Only
 * a unit with an instance can name a template. NULL on error; the caller frees. */
char *quadlet_refer_service(const struct conversion *c, const char *name, struct error *err);

/* Another Quadlet file that this one names: the unit needs its service. *resource_out is the name
 * of what it makes, the caller's to free. */
int quadlet_refer(struct conversion *c, const char *name, char **resource_out, struct error *err);

/* The same, and the unit ends with that service. */
int quadlet_refer_bound(struct conversion *c, const char *name, char **resource_out,
                        struct error *err);

/* The source of a volume or mount: the volume of a .volume file, an absolute path (whose mounts the
 * unit needs), or what was given; of a mount (may_be_image) also the image of an .image file. */
int quadlet_refer_source(struct conversion *c, const char *source, bool may_be_image,
                         char **source_out, struct error *err);

/* Keys of several kinds, for their tables: Volume=[SOURCE:]DIR[:OPTIONS], and Network=, where
 * another container's file is that container's network. */
int quadlet_refer_volumes(struct conversion *c, const struct quadlet_key *key, struct error *err);
int quadlet_refer_networks(struct conversion *c, const struct quadlet_key *key, struct error *err);

#endif
