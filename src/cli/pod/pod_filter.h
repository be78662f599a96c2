/* --filter KEY=VALUE of pod ps. */
#ifndef KELP_CLI_POD_POD_FILTER_H
#define KELP_CLI_POD_POD_FILTER_H

#include "cli/options/filter.h"
#include "engine/pod/pod.h"

int pod_filters_init(const struct strv *words, struct filters *filters_out, struct error *err);
bool pod_filters_match(const struct filters *filters, const struct pod *pod,
                       const struct pod_members *members);

#endif
