/* A file from the web. */
#ifndef KELP_ENGINE_REGISTRY_DOWNLOAD_H
#define KELP_ENGINE_REGISTRY_DOWNLOAD_H

#include "base/error.h"

/* Fetch an http or https URL into a new unnamed file in the directory dir_fd; its descriptor, at
 * its beginning, is the caller's to close. -1 on failure, a status that is no success among them.
 */
int download(const char *url, int dir_fd, struct error *err);

#endif
