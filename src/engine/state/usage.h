/* What takes the store's space: every file under one class, as du(1) counts it. */
#ifndef KELP_ENGINE_STATE_USAGE_H
#define KELP_ENGINE_STATE_USAGE_H

#include "base/error.h"
#include "engine/state/store.h"

#include <stddef.h>
#include <stdint.h>

enum usage_class {
        USAGE_LAYERS,
        USAGE_BLOBS,
        USAGE_NAMES, /* images/ */
        USAGE_CONTAINERS,
        USAGE_PODS,
        USAGE_VOLUMES,
        USAGE_PARTIAL, /* downloads that broke off */
        USAGE_CACHE,
        USAGE_STAGING, /* what is being made now, and what dead processes left */
        USAGE_STORE,   /* the directories themselves, locks, networks, anything else */
        USAGE_CLASS_COUNT,
};

struct usage_entry {
        char *name; /* of a layer, blob, container ... */
        uint64_t bytes;
};

struct usage {
        uint64_t bytes[USAGE_CLASS_COUNT];
        size_t counts[USAGE_CLASS_COUNT]; /* entries */
        struct usage_entry *entries[USAGE_CLASS_COUNT];
        uint64_t total;
};

void usage_release(struct usage *usage);

/* Walk the store's root; a file with several links counts once. This process is in the user
 * namespace, or does not see into every directory. */
int usage_measure(const struct store *store, struct usage *usage_out, struct error *err);

/* Bytes of one entry, 0 when it is not there. */
uint64_t usage_of(const struct usage *usage, enum usage_class class, const char *name);

/* What is in one directory of the store, by its path from the root; 0 when it is not there. */
uint64_t usage_tree(const struct store *store, const char *path);

/* "Partial downloads", ... */
const char *usage_class_name(enum usage_class class);

#endif
