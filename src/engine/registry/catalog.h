/* What a registry has: tags of a repository, repositories that match a word. */
#ifndef KELP_ENGINE_REGISTRY_CATALOG_H
#define KELP_ENGINE_REGISTRY_CATALOG_H

#include "base/error.h"
#include "base/json.h"
#include "base/strv.h"
#include "engine/registry/client.h"

/* All tags of the client's repository (distribution-spec, "Listing Tags"), page by page; at most
 * `limit`, 0: all. */
int client_tags(struct client *client, size_t limit, struct strv *tags, struct error *err);

/* Repositories that match, as JSON objects with podman's keys: Index, Name, Description, Stars,
 * Official, Automated. docker.io is searched by its own interface, others by their catalog
 * (distribution's /v2/_catalog), else by /v1/search. At most `limit`. New reference. */
int client_search(struct client *client, const char *term, size_t limit, json_t **results_out,
                  struct error *err);

#endif
