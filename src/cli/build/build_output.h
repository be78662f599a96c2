/* kelp build --output: the files of the image beside the store. */
#ifndef KELP_CLI_BUILD_BUILD_OUTPUT_H
#define KELP_CLI_BUILD_BUILD_OUTPUT_H

#include "base/error.h"
#include "base/strv.h"

#include <stdbool.h>

struct build_output {
        const struct strv
                *destinations; /* "DIR", "-", "type=local,dest=DIR", "type=tar,dest=FILE" */
        int stdout_fd;         /* of "-" */
};

/* Check them, before anything is done. With "-" standard output is the archive's, and what is
 * printed goes to standard error. */
int build_output_prepare(struct build_output *output, struct error *err);

/* executor_options.output */
int build_output_write(void *data, int root_fd, bool recorded, struct error *err);

#endif
