/* A file from the web. */
#ifndef KELP_ENGINE_REGISTRY_DOWNLOAD_H
#define KELP_ENGINE_REGISTRY_DOWNLOAD_H

#include "base/error.h"
#include "engine/state/store.h"

#include <stdbool.h>

/* Is it an http or https URL? */
bool download_is_url(const char *text);

struct download_options {
        bool insecure;      /* whoever answers is believed */
        const bool *cancel; /* becomes true when the user interrupts; may be NULL */
};

/* Fetch one into a new unnamed file in the store, with the time that the server says it has (none:
 * 1970); its descriptor, at its beginning, is the caller's to close. -1 on failure, a status that
 * is no success among them; ERROR_CANCELLED. */
int download(const struct store *store, const char *url, const struct download_options *options,
             struct error *err);

#endif
