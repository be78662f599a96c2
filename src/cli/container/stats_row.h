/* One container as kelp stats shows it. */
#ifndef KELP_CLI_CONTAINER_STATS_ROW_H
#define KELP_CLI_CONTAINER_STATS_ROW_H

#include "base/json.h"
#include "cli/output/template.h"
#include "engine/container/sample.h"

/* A container's last two samples; an empty one (taken_ns 0) stands for its start. */
struct stats_pair {
        struct container_sample before, now;
};

/* podman's fields, for templates. A container that does not run has zeros. */
json_t *stats_row(const struct container *container, const struct stats_pair *pair, bool whole);

/* podman's JSON has other names for ten of them. */
json_t *stats_row_json(const json_t *row);

extern const struct template_heading stats_headings[];

#endif
