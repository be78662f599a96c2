/* --filter KEY=VALUE of pod ps. */
#ifndef KELP_CLI_POD_POD_FILTER_H
#define KELP_CLI_POD_POD_FILTER_H

#include "engine/pod/pod.h"

struct pod_filter;

struct pod_filters {
        struct pod_filter *items;
        size_t count;
};
void pod_filters_release(struct pod_filters *filters);

/* The words stay the caller's and must live as long. ERROR_USAGE, ERROR_UNSUPPORTED: no filter. */
int pod_filters_init(const struct strv *words, struct pod_filters *filters_out, struct error *err);

/* Values of one key are alternatives, except labels; all keys must match. */
bool pod_filters_match(const struct pod_filters *filters, const struct pod *pod,
                       const struct pod_members *members);

#endif
