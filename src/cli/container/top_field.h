/* What kelp top can show of a process: podman-top(1)'s descriptors. */
#ifndef KELP_CLI_CONTAINER_TOP_FIELD_H
#define KELP_CLI_CONTAINER_TOP_FIELD_H

#include "base/strbuf.h"
#include "engine/container/processes.h"
#include "engine/state/store.h"

struct top_view {
        const struct processes *processes;
        char *passwd, *group; /* of the container, or NULL */
        char *host_passwd, *host_group;
        char *uid_map, *gid_map; /* of its init, as proc has them, or NULL */
        int64_t now_ns;
        int64_t boot_ns; /* CLOCK_REALTIME of the machine's start */
};

struct top_field {
        const char *name; /* "pcpu" */
        const char *code; /* "%C", of ps(1)'s AIX format, or NULL */
        const char *heading;
        /* Heap. */
        char *(*text)(const struct top_view *view, const struct process *process);
};

/* By name or code; NULL: there is none. */
const struct top_field *top_field_find(const char *name);

/* "args, capamb, ..." */
void top_field_names(struct strbuf *out);

void top_view_release(struct top_view *view);

/* Of a running container. */
void top_view_init(const struct store *store, const struct container *container,
                   const struct processes *processes, struct top_view *view_out);

#endif
