/* Notices on the command line: oom, memory:80%, memory:200m, pressure:some=200ms/2s. */
#ifndef KELP_CLI_CONTAINER_NOTICE_H
#define KELP_CLI_CONTAINER_NOTICE_H

#include "base/error.h"
#include "base/strv.h"
#include "engine/container/container_watch.h"

struct notices {
        struct cgroup_notice items[WATCH_NOTICES_MAX];
        size_t count;
};

/* Does the word begin as a notice does? "memory" and "pressure" alone do. */
bool notice_is(const char *word);

/* Add what the word says, which is to stay. ERROR_USAGE; option is for the sentence. */
int notice_add(struct notices *notices, const char *option, const char *word, struct error *err);

#endif
