/* Is the store whole? What is damaged, what is only garbage, and mending both. */
#ifndef KELP_ENGINE_IMAGE_CHECK_H
#define KELP_ENGINE_IMAGE_CHECK_H

#include "base/error.h"
#include "engine/state/store.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum finding_kind {
        FINDING_DAMAGE,  /* something that is referred to is missing or not what it should be */
        FINDING_GARBAGE, /* something that nothing refers to; harmless but for its space */
};

struct finding {
        enum finding_kind kind;
        char *what;    /* a sentence */
        bool repaired; /* only when repair was asked for */
};

struct findings {
        struct finding *items;
        size_t count;
};

void findings_release(struct findings *findings);

struct check_options {
        bool quick;  /* do not read blobs through */
        bool repair; /* unpack damaged layers again, remove damaged blobs and all garbage */
        bool force;  /* with repair: also remove images and containers that cannot be mended */
};

/* Under the exclusive lock. This process is in the user namespace. */
int store_check(const struct store *store, const struct check_options *options,
                struct findings *findings_out, struct error *err);

#endif
