/* Lists of names that run has to know; each ends with NULL. */
#ifndef KELP_DOCS_RUN_FLAGS_H
#define KELP_DOCS_RUN_FLAGS_H

extern const char *const podman_run_flags[];

/* Those that podman lacks. */
extern const char *const docker_run_flags[];

#endif
