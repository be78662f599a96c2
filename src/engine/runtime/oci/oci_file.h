/* Small files and texts that the OCI command line reads and writes. */
#ifndef KELP_ENGINE_RUNTIME_OCI_OCI_FILE_H
#define KELP_ENGINE_RUNTIME_OCI_OCI_FILE_H

#include "base/error.h"

#include <sys/types.h>

/* Replace a pid file in one step. */
int oci_file_pid(const char *path, pid_t pid, struct error *err);

/* The same in two steps: the directory, then the file in it, whatever "/" is by then. */
int oci_file_pid_dir(const char *path, struct error *err);
int oci_file_pid_at(int dir_fd, const char *path, pid_t pid, struct error *err);

/* ROOT/.cache, made when missing; -1: none. */
int oci_file_cache(int root_fd);

/* The caller's login name, or its number. Heap. */
char *oci_file_owner(void);

/* Now, as RFC 3339 with nanoseconds. Heap. */
char *oci_file_now(void);

#endif
