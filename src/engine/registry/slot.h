/* One request under way for a piece of a blob: a place in the fetch's table. */
#ifndef KELP_ENGINE_REGISTRY_SLOT_H
#define KELP_ENGINE_REGISTRY_SLOT_H

#include "engine/registry/http.h"

#include <stdbool.h>
#include <stdint.h>

/* libcurl hands out 16 KB at a time (CURL_MAX_WRITE_SIZE), whatever it received at once: what
 * stands together of a blob is gathered here, for one call of the sink. One for all slots of a
 * fetch. */
struct gather {
        struct client_transfer *transfer; /* whose bytes: NULL when there are none */
        uint64_t offset;
        size_t len;
        unsigned char data[512 << 10];
};

struct slot {
        struct client *client;
        const struct client_sink *sink;
        struct gather *gather;
        struct error *err; /* of the whole fetch; filled when `failed` becomes true */
        bool *failed;
        struct client_transfer *transfer; /* NULL: free */
        uint64_t at, end;                 /* what is still wanted of the blob: [at, end) */
        int tries;
        /* of the present request */
        CURL *easy;
        struct curl_slist *headers;
        int64_t begun_us; /* slot_now_us() when it was made */
        uint64_t from;    /* where `at` was then */
        bool started;     /* the status was looked at */
        bool refused;     /* its status is no success: the body is dropped */
        bool ranges;      /* the registry answers requests for a part */
        uint64_t skip;
        char challenge[1024];
};

/* CLOCK_MONOTONIC in microseconds. */
int64_t slot_now_us(void);

/* Ask for [at, end); the answer comes in while `multi` is run. */
void slot_start(struct slot *slot, CURLM *multi);

/* What was gathered goes to the sink; -1 with *err. */
int slot_gathered(struct gather *gather, const struct client_sink *sink, struct error *err);

/* Drop the request. Fine when there is none. */
void slot_stop(struct slot *slot, CURLM *multi);

/* Why it ended without all bytes, as *slot->err. */
void slot_explain(const struct slot *slot, CURLcode code, long status);

#endif
