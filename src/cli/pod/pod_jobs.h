/* The same done to several containers at once, each in a process of its own. */
#ifndef KELP_CLI_POD_POD_JOBS_H
#define KELP_CLI_POD_POD_JOBS_H

#include "base/error.h"

#include <stddef.h>

struct pod_job {
        void *data;       /* for run() */
        struct error err; /* what came of it; ERROR_NONE: it went well */
};

/* Call run(data) for each in a forked child, and wait for all. */
void pod_jobs_run(struct pod_job *jobs, size_t count, int (*run)(void *data, struct error *err));

#endif
