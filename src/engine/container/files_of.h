/* Files of the host that a container's spec asks for: --tz. */
#ifndef KELP_ENGINE_CONTAINER_FILES_OF_H
#define KELP_ENGINE_CONTAINER_FILES_OF_H

#include "base/error.h"
#include "engine/container/spec.h"

/* The host's file of a time zone ("local", "Europe/Berlin"), heap; NULL with ERROR_INVALID or
 * ERROR_NOT_FOUND. */
char *files_of_timezone(const char *zone, struct error *err);

/* Write localtime into the directory, where the spec wants it. */
int files_of_write(int dir_fd, const struct container_spec *spec, struct error *err);

#endif
