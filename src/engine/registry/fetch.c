/* Several blobs at a time over libcurl's multi interface, in one thread.
 *
 * As long as there are blobs to begin with, each slot of the table has one of them, in one request
 * to its end: that is the least work. When a slot is free and no blob is left, it helps with one
 * that is under way and slow: the request there is cut to end SEGMENT bytes further on, and what is
 * behind is asked for in segments, in order, by whoever is free. So a large blob does not hang on
 * the speed of one connection, and never more than a few segments stand behind a gap. One that is
 * fast is let be: then unpacking is what takes the time, and it wants the bytes in order.
 *
 * Bytes go to the sink with their offset as they come. The sink is told how far there is no gap
 * (`settle`), and does there what needs the bytes in order. Connections that break off are gone on
 * with from the byte that came last.
 */
#include "base/alloc.h"
#include "base/cleanup.h"
#include "engine/registry/http.h"
#include "engine/registry/slot.h"

#include <poll.h>

#define TRIES   4
/* Bytes: 0.1 s of a fast line, so that a round trip is little. */
#define SEGMENT ((uint64_t)8 << 20)

/* Bytes a microsecond (50 MB/s) that need no help, and how long one looks before calling it slow.
 */
#define FAST    50
#define LOOK_US 200000

struct fetch {
        struct client *client;
        const struct client_sink *sink;
        struct client_transfer *transfers;
        size_t count, begun;
        CURLM *multi;
        struct gather *gather;
        struct slot *slots;
        size_t slot_count;
        struct error *err;
        bool failed;
};

/* Below here everything has arrived: what was asked for, less what is still under way. */
static uint64_t without_gap(const struct fetch *fetch, const struct client_transfer *transfer)
{
        uint64_t front = transfer->asked;

        for (size_t i = 0; i < fetch->slot_count; i++)
                if (fetch->slots[i].transfer == transfer && fetch->slots[i].at < front)
                        front = fetch->slots[i].at;
        return front;
}

/* The sink's turn. True when it has more to do without waiting for bytes. */
static bool settle(struct fetch *fetch)
{
        bool more = false;

        for (size_t i = 0; i < fetch->begun && !fetch->failed; i++) {
                struct client_transfer *transfer = &fetch->transfers[i];
                int rc;

                if (transfer->ended)
                        continue;
                transfer->received = without_gap(fetch, transfer);
                rc = fetch->sink->settle(transfer, transfer->received, fetch->err);
                more = more || rc > 0;
                fetch->failed = rc < 0;
                if (rc == 0 && transfer->received == transfer->size) {
                        transfer->ended = true;
                        fetch->failed = fetch->sink->done(transfer, fetch->err) < 0;
                }
        }
        return more;
}

/* A request ended: its piece is whole, or it is gone on with, or everything ends. */
static void slot_ended(struct fetch *fetch, struct slot *slot, CURLcode code)
{
        long status = 0;

        fetch->client->curl->easy_getinfo(slot->easy, CURLINFO_RESPONSE_CODE, &status);
        slot_stop(slot, fetch->multi);
        if (fetch->failed)
                return;
        if (slot->at == slot->end && (status == 200 || status == 206)) {
                slot->transfer = NULL;
                return;
        }
        if (code == CURLE_OK && status == 401 && slot->tries == 1) {
                free(fetch->client->token);
                fetch->client->token = NULL;
                fetch->failed = http_authenticate(fetch->client, slot->challenge, fetch->err) < 0;
        } else if (slot->tries >= TRIES ||
                   !(http_temporary(code, status) || (code == CURLE_OK && status < 300))) {
                slot_explain(slot, code, status);
                fetch->failed = true;
        } else {
                poll(NULL, 0, 100 << slot->tries);
        }
        slot->tries++;
        if (!fetch->failed)
                slot_start(slot, fetch->multi);
}

static void collect(struct fetch *fetch)
{
        CURLMsg *message;
        int left;

        while ((message = fetch->client->curl->multi_info_read(fetch->multi, &left))) {
                char *slot = NULL;

                if (message->msg != CURLMSG_DONE)
                        continue;
                fetch->client->curl->easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &slot);
                slot_ended(fetch, (struct slot *)(void *)slot, message->data.result);
        }
}

static bool cancelled(struct fetch *fetch)
{
        const bool *cancel = fetch->client->options.cancel;

        if (!cancel || !*cancel)
                return false;
        error_set(fetch->err, ERROR_CANCELLED, "cancelled");
        fetch->failed = true;
        return true;
}

static void ask(struct fetch *fetch, struct slot *slot, struct client_transfer *transfer,
                uint64_t from, uint64_t end)
{
        *slot = (struct slot){ .client = fetch->client,
                               .sink = fetch->sink,
                               .gather = fetch->gather,
                               .err = fetch->err,
                               .failed = &fetch->failed,
                               .transfer = transfer,
                               .at = from,
                               .end = end,
                               .tries = 1 };
        transfer->asked = end;
        slot_start(slot, fetch->multi);
}

static void begin_blob(struct fetch *fetch, struct slot *slot)
{
        struct client_transfer *transfer = &fetch->transfers[fetch->begun];

        if (fetch->sink->start(transfer, fetch->err) < 0) {
                fetch->failed = true;
                return;
        }
        fetch->begun++;
        transfer->arrived = transfer->received;
        ask(fetch, slot, transfer, transfer->received, transfer->size);
}

static bool is_slow(const struct slot *slot)
{
        int64_t us = slot_now_us() - slot->begun_us;

        return us > LOOK_US && slot->at - slot->from < (uint64_t)us * FAST;
}

/* Make the longest request that is worth it shorter, so that there is something to help with. */
static struct client_transfer *cut_longest(struct fetch *fetch)
{
        struct slot *longest = NULL;
        uint64_t most = 2 * SEGMENT;

        for (size_t i = 0; i < fetch->slot_count; i++) {
                struct slot *slot = &fetch->slots[i];

                if (slot->transfer && slot->started && slot->ranges &&
                    slot->end - slot->at > most && is_slow(slot)) {
                        longest = slot;
                        most = slot->end - slot->at;
                }
        }
        if (!longest)
                return NULL;
        longest->end = longest->at + SEGMENT;
        longest->transfer->asked = longest->end;
        return longest->transfer;
}

static void help(struct fetch *fetch, struct slot *slot)
{
        struct client_transfer *transfer = NULL;
        uint64_t rest;

        for (size_t i = 0; i < fetch->begun && !transfer; i++)
                if (fetch->transfers[i].asked < fetch->transfers[i].size)
                        transfer = &fetch->transfers[i];
        if (!transfer)
                transfer = cut_longest(fetch);
        if (!transfer)
                return;
        rest = transfer->size - transfer->asked;
        ask(fetch, slot, transfer, transfer->asked,
            transfer->asked + (rest < SEGMENT ? rest : SEGMENT));
}

/* Give free slots work; false when all blobs have ended. */
static bool fill(struct fetch *fetch)
{
        for (size_t i = 0; i < fetch->slot_count && !fetch->failed; i++) {
                if (fetch->slots[i].transfer)
                        continue;
                if (fetch->begun < fetch->count)
                        begin_blob(fetch, &fetch->slots[i]);
                else
                        help(fetch, &fetch->slots[i]);
        }
        for (size_t i = 0; i < fetch->count; i++)
                if (!fetch->transfers[i].ended)
                        return !fetch->failed;
        return false;
}

int client_fetch(struct client *client, struct client_transfer *transfers, size_t count,
                 size_t parallel, const struct client_sink *sink, struct error *err)
{
        struct fetch fetch = { .client = client,
                               .sink = sink,
                               .transfers = transfers,
                               .count = count,
                               .multi = client->curl->multi_init(),
                               .gather = xcalloc(1, sizeof(struct gather)),
                               .slots = xcalloc(parallel, sizeof(struct slot)),
                               .slot_count = parallel,
                               .err = err };
        int running;

        while (!fetch.failed && !cancelled(&fetch) && fill(&fetch)) {
                bool more;

                client->curl->multi_perform(fetch.multi, &running);
                if (!fetch.failed)
                        fetch.failed = slot_gathered(fetch.gather, sink, err) < 0;
                collect(&fetch);
                more = settle(&fetch);
                if (sink->tick)
                        sink->tick(sink->data);
                if (!fetch.failed && !more)
                        client->curl->multi_poll(fetch.multi, NULL, 0, 200, &running);
        }
        for (size_t i = 0; i < parallel; i++)
                slot_stop(&fetch.slots[i], fetch.multi);
        client->curl->multi_cleanup(fetch.multi);
        free(fetch.slots);
        free(fetch.gather);
        return fetch.failed ? -1 : 0;
}
