/* What a registry has: tags of a repository. */
#ifndef KELP_ENGINE_REGISTRY_CATALOG_H
#define KELP_ENGINE_REGISTRY_CATALOG_H

#include "base/error.h"
#include "base/strv.h"
#include "engine/registry/client.h"

/* All tags of the client's repository (distribution-spec, "Listing Tags"), page by page; at most
 * `limit`, 0: all. */
int client_tags(struct client *client, size_t limit, struct strv *tags, struct error *err);

#endif
