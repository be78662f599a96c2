/* A file from the web. */
#ifndef KELP_ENGINE_REGISTRY_DOWNLOAD_H
#define KELP_ENGINE_REGISTRY_DOWNLOAD_H

#include "base/error.h"
#include "engine/state/store.h"

#include <stdbool.h>

/* Is it an http or https URL? */
bool download_is_url(const char *text);

/* Fetch one into a new unnamed file in the store; its descriptor, at its beginning, is the caller's
 * to close. -1 on failure, a status that is no success among them. */
int download(const struct store *store, const char *url, struct error *err);

#endif
