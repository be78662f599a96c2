/* Several blobs at a time over libcurl's multi interface, in one thread.
 *
 * A slot is one transfer under way. A connection that breaks off is gone on with from the bytes
 * that were taken (Range, RFC 9110 14.2), or, if the registry sends it all again, the known part is
 * skipped.
 */
#include "base/alloc.h"
#include "base/cleanup.h"
#include "engine/registry/http.h"

#include <poll.h>
#include <string.h>

#define TRIES 4

struct slot {
        struct fetch *fetch;
        struct client_transfer *transfer; /* NULL: free */
        CURL *easy;
        struct curl_slist *headers;
        int tries;
        uint64_t skip; /* bytes that come again */
        bool started;  /* the status was looked at */
        bool refused;  /* its status is no success: the body is dropped */
        char challenge[1024];
};

struct fetch {
        struct client *client;
        const struct client_sink *sink;
        CURLM *multi;
        struct slot *slots;
        size_t slot_count;
        struct error *err;
        bool failed;
};

static void look_at_status(struct slot *slot)
{
        long status = 0;

        slot->started = true;
        slot->fetch->client->curl->easy_getinfo(slot->easy, CURLINFO_RESPONSE_CODE, &status);
        slot->refused = status != 200 && status != 206;
        slot->skip = status == 200 ? slot->transfer->received : 0;
}

static size_t take(char *data, size_t size, size_t count, void *user)
{
        struct slot *slot = user;
        struct client_transfer *transfer = slot->transfer;
        size_t len = size * count, known;

        if (!slot->started)
                look_at_status(slot);
        if (slot->refused)
                return len;
        known = slot->skip < len ? (size_t)slot->skip : len;
        if (known == len) {
                slot->skip -= known;
                return len;
        }
        if (transfer->received + (len - known) > transfer->size) {
                error_set(slot->fetch->err, ERROR_INVALID,
                          "blob %s is larger than the %llu bytes that the manifest says",
                          transfer->digest.text, (unsigned long long)transfer->size);
                slot->fetch->failed = true;
                return 0;
        }
        if (slot->fetch->sink->take(transfer, data + known, len - known, slot->fetch->err) < 0) {
                slot->fetch->failed = true;
                return 0;
        }
        slot->skip = 0;
        transfer->received += len - known;
        return len;
}

static size_t take_header(char *data, size_t size, size_t count, void *user)
{
        struct slot *slot = user;
        size_t len = size * count;

        if (len > 17 && strncasecmp(data, "www-authenticate:", 17) == 0)
                snprintf(slot->challenge, sizeof(slot->challenge), "%.*s",
                         (int)strcspn(data + 17 + strspn(data + 17, " "), "\r\n"),
                         data + 17 + strspn(data + 17, " "));
        return len;
}

static void start_slot(struct slot *slot)
{
        struct client *client = slot->fetch->client;
        const struct curl_api *curl = client->curl;
        AUTO_FREE char *path = xasprintf("%s/blobs/%s", client->path, slot->transfer->digest.text);

        slot->easy = curl->easy_init();
        slot->started = slot->refused = false;
        slot->skip = 0;
        slot->challenge[0] = '\0';
        http_prepare(client, slot->easy, path, NULL, &slot->headers);
        if (slot->transfer->received > 0) {
                AUTO_FREE char *range =
                        xasprintf("%llu-", (unsigned long long)slot->transfer->received);

                curl->easy_setopt(slot->easy, CURLOPT_RANGE, range);
        }
        curl->easy_setopt(slot->easy, CURLOPT_WRITEFUNCTION, take);
        curl->easy_setopt(slot->easy, CURLOPT_WRITEDATA, slot);
        curl->easy_setopt(slot->easy, CURLOPT_HEADERFUNCTION, take_header);
        curl->easy_setopt(slot->easy, CURLOPT_HEADERDATA, slot);
        curl->easy_setopt(slot->easy, CURLOPT_PRIVATE, slot);
        curl->multi_add_handle(slot->fetch->multi, slot->easy);
}

static void stop_slot(struct slot *slot)
{
        const struct curl_api *curl = slot->fetch->client->curl;

        if (!slot->easy)
                return;
        curl->multi_remove_handle(slot->fetch->multi, slot->easy);
        curl->easy_cleanup(slot->easy);
        curl->slist_free_all(slot->headers);
        slot->easy = NULL;
        slot->headers = NULL;
}

static int slot_failed(struct slot *slot, CURLcode code, long status)
{
        struct fetch *fetch = slot->fetch;
        const struct client_transfer *transfer = slot->transfer;

        if (code == CURLE_OK && status >= 400)
                return http_status_error(fetch->client, transfer->digest.text, status, fetch->err);
        return error_set(fetch->err, ERROR_NETWORK,
                         "registry %s: blob %.19s broke off after %llu of %llu bytes: %s",
                         fetch->client->registry, transfer->digest.text,
                         (unsigned long long)transfer->received, (unsigned long long)transfer->size,
                         code == CURLE_OK ? "too short" : fetch->client->curl->easy_strerror(code));
}

/* A transfer ended: done, again, or the end of everything. */
static void slot_ended(struct slot *slot, CURLcode code)
{
        struct fetch *fetch = slot->fetch;
        long status = 0;
        bool whole;

        fetch->client->curl->easy_getinfo(slot->easy, CURLINFO_RESPONSE_CODE, &status);
        stop_slot(slot);
        if (fetch->failed)
                return;
        whole = code == CURLE_OK && (status == 200 || status == 206) &&
                slot->transfer->received == slot->transfer->size;
        if (whole) {
                fetch->failed = fetch->sink->done(slot->transfer, fetch->err) < 0;
                slot->transfer = NULL;
                return;
        }
        if (code == CURLE_OK && status == 401 && slot->tries == 1) {
                free(fetch->client->token);
                fetch->client->token = NULL;
                fetch->failed = http_authenticate(fetch->client, slot->challenge, fetch->err) < 0;
        } else if (slot->tries >= TRIES ||
                   !(http_temporary(code, status) || (code == CURLE_OK && status < 300))) {
                slot_failed(slot, code, status);
                fetch->failed = true;
        } else {
                poll(NULL, 0, 100 << slot->tries);
        }
        slot->tries++;
        if (!fetch->failed)
                start_slot(slot);
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
                slot_ended((struct slot *)(void *)slot, message->data.result);
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

/* Give free slots work; false when there is none left and none under way. */
static bool fill(struct fetch *fetch, struct client_transfer *transfers, size_t count, size_t *next)
{
        bool busy = false;

        for (size_t i = 0; i < fetch->slot_count; i++) {
                struct slot *slot = &fetch->slots[i];

                if (!slot->transfer && *next < count) {
                        *slot = (struct slot){ .fetch = fetch,
                                               .transfer = &transfers[(*next)++],
                                               .tries = 1 };
                        if (fetch->sink->start(slot->transfer, fetch->err) < 0) {
                                fetch->failed = true;
                                return false;
                        }
                        start_slot(slot);
                }
                busy = busy || slot->transfer;
        }
        return busy;
}

int client_fetch(struct client *client, struct client_transfer *transfers, size_t count,
                 size_t parallel, const struct client_sink *sink, struct error *err)
{
        struct fetch fetch = { .client = client,
                               .sink = sink,
                               .multi = client->curl->multi_init(),
                               .slots = xcalloc(parallel, sizeof(struct slot)),
                               .slot_count = parallel,
                               .err = err };
        size_t next = 0;
        int running;

        while (!fetch.failed && !cancelled(&fetch) && fill(&fetch, transfers, count, &next)) {
                client->curl->multi_perform(fetch.multi, &running);
                collect(&fetch);
                if (sink->tick)
                        sink->tick(sink->data);
                if (!fetch.failed)
                        client->curl->multi_poll(fetch.multi, NULL, 0, 200, &running);
        }
        for (size_t i = 0; i < parallel; i++)
                if (fetch.slots[i].fetch)
                        stop_slot(&fetch.slots[i]);
        client->curl->multi_cleanup(fetch.multi);
        free(fetch.slots);
        return fetch.failed ? -1 : 0;
}
