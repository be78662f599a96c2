/* One request for a piece of a blob, on a handle of libcurl's. See slot.h.
 *
 * The request asks for the bytes from `at` on (Range, RFC 9110 14.2). A registry that sends the
 * whole blob all the same is listened to, and what is known is skipped. The end of the piece may be
 * moved forward while it is under way: what comes behind it is not taken, which ends the request.
 */
#include "engine/registry/slot.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/clock.h"

#include <string.h>
#include <strings.h>

static void look_at_status(struct slot *slot)
{
        long status = 0;

        slot->started = true;
        slot->client->curl->easy_getinfo(slot->easy, CURLINFO_RESPONSE_CODE, &status);
        slot->refused = status != 200 && status != 206;
        slot->skip = status == 200 ? slot->at : 0;
        slot->ranges = status == 206 || (slot->ranges && slot->at == 0);
}

static int too_large(struct slot *slot)
{
        const struct client_transfer *transfer = slot->transfer;

        *slot->failed = true;
        return error_set(slot->err, ERROR_INVALID,
                         "blob %s is larger than the %llu bytes that the manifest says",
                         transfer->digest.text, (unsigned long long)transfer->size);
}

int slot_gathered(struct gather *gather, const struct client_sink *sink, struct error *err)
{
        struct client_transfer *transfer = take_ptr(gather->transfer);

        return transfer ? sink->take(transfer, gather->offset, gather->data, gather->len, err) : 0;
}

static int gather_bytes(struct slot *slot, const char *data, size_t len)
{
        struct gather *gather = slot->gather;

        if (gather->transfer != slot->transfer || gather->offset + gather->len != slot->at ||
            len > sizeof(gather->data) - gather->len) {
                if (slot_gathered(gather, slot->sink, slot->err) < 0)
                        return -1;
                if (len > sizeof(gather->data))
                        return slot->sink->take(slot->transfer, slot->at, data, len, slot->err);
                gather->transfer = slot->transfer;
                gather->offset = slot->at;
                gather->len = 0;
        }
        memcpy(gather->data + gather->len, data, len);
        gather->len += len;
        return 0;
}

/* libcurl's CURLOPT_WRITEFUNCTION: fewer bytes than offered end the request. */
static size_t take(char *data, size_t size, size_t count, void *user)
{
        struct slot *slot = user;
        size_t len = size * count, known, wanted;

        if (!slot->started)
                look_at_status(slot);
        if (slot->refused)
                return len;
        known = slot->skip < len ? (size_t)slot->skip : len;
        slot->skip -= known;
        wanted = len - known;
        if (wanted > slot->end - slot->at) {
                if (slot->end == slot->transfer->size)
                        return too_large(slot) == 0;
                wanted = (size_t)(slot->end - slot->at);
        }
        if (wanted > 0 && gather_bytes(slot, data + known, wanted) < 0) {
                *slot->failed = true;
                return 0;
        }
        slot->at += wanted;
        slot->transfer->arrived += wanted;
        return known + wanted;
}

static bool is_header(const char *line, size_t len, const char *name, const char **value_out)
{
        size_t name_len = strlen(name);

        if (len <= name_len || strncasecmp(line, name, name_len) != 0)
                return false;
        *value_out = line + name_len + strspn(line + name_len, " ");
        return true;
}

static size_t take_header(char *data, size_t size, size_t count, void *user)
{
        struct slot *slot = user;
        size_t len = size * count;
        const char *value;

        if (is_header(data, len, "www-authenticate:", &value))
                snprintf(slot->challenge, sizeof(slot->challenge), "%.*s",
                         (int)strcspn(value, "\r\n"), value);
        else if (is_header(data, len, "accept-ranges:", &value))
                slot->ranges = strncasecmp(value, "bytes", 5) == 0;
        return len;
}

static void ask_for_part(struct slot *slot)
{
        AUTO_FREE char *range = NULL;

        if (slot->at == 0 && slot->end == slot->transfer->size)
                return;
        range = slot->end == slot->transfer->size
                        ? xasprintf("%llu-", (unsigned long long)slot->at)
                        : xasprintf("%llu-%llu", (unsigned long long)slot->at,
                                    (unsigned long long)slot->end - 1);
        slot->client->curl->easy_setopt(slot->easy, CURLOPT_RANGE, range);
}

int64_t slot_now_us(void)
{
        return clock_monotonic_ns() / 1000;
}

void slot_start(struct slot *slot, CURLM *multi)
{
        struct client *client = slot->client;
        const struct curl_api *curl = client->curl;
        AUTO_FREE char *path = xasprintf("%s/blobs/%s", client->path, slot->transfer->digest.text);

        slot->easy = curl->easy_init();
        slot->started = slot->refused = slot->ranges = false;
        slot->begun_us = slot_now_us();
        slot->from = slot->at;
        slot->skip = 0;
        slot->challenge[0] = '\0';
        http_prepare(client, slot->easy, path, NULL, &slot->headers);
        /* With HTTP/2 all pieces would share one connection, and its speed. */
        curl->easy_setopt(slot->easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
        ask_for_part(slot);
        curl->easy_setopt(slot->easy, CURLOPT_WRITEFUNCTION, take);
        curl->easy_setopt(slot->easy, CURLOPT_WRITEDATA, slot);
        curl->easy_setopt(slot->easy, CURLOPT_HEADERFUNCTION, take_header);
        curl->easy_setopt(slot->easy, CURLOPT_HEADERDATA, slot);
        curl->easy_setopt(slot->easy, CURLOPT_PRIVATE, slot);
        curl->multi_add_handle(multi, slot->easy);
}

void slot_stop(struct slot *slot, CURLM *multi)
{
        const struct curl_api *curl;

        if (!slot->easy)
                return;
        curl = slot->client->curl;
        curl->multi_remove_handle(multi, slot->easy);
        curl->easy_cleanup(slot->easy);
        curl->slist_free_all(slot->headers);
        slot->easy = NULL;
        slot->headers = NULL;
}

void slot_explain(const struct slot *slot, CURLcode code, long status)
{
        const struct client_transfer *transfer = slot->transfer;

        if (code == CURLE_OK && status >= 400)
                http_status_error(slot->client, transfer->digest.text, status, slot->err);
        else
                error_set(slot->err, ERROR_NETWORK,
                          "registry %s: blob %.19s broke off after %llu of %llu bytes: %s",
                          slot->client->registry, transfer->digest.text,
                          (unsigned long long)transfer->arrived, (unsigned long long)transfer->size,
                          code == CURLE_OK ? "too short" : slot->client->curl->easy_strerror(code));
}
