/* Listing tags. See catalog.h. */
#include "engine/registry/catalog.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/json.h"
#include "base/limits.h"
#include "engine/registry/http.h"

#include <string.h>

#define PAGES_MAX 1000

/* The target of a Link header: <URL>; rel="next". NULL when there is none; the caller frees. */
static char *next_page(const char *link)
{
        const char *begin = strchr(link, '<'), *end = begin ? strchr(begin, '>') : NULL;

        return end && strstr(end, "next") ? xstrndup(begin + 1, (size_t)(end - begin - 1)) : NULL;
}

static int get_page(struct client *client, const char *path, size_t limit, struct strv *tags,
                    char **next_out, struct error *err)
{
        AUTO(response) response = { 0 };
        AUTO_JSON json_t *json = NULL;
        struct request request = { .method = "GET", .path = path, .max = LIMIT_MANIFEST };
        size_t i;
        json_t *tag;

        if (http_request(client, &request, &response, err) < 0)
                return -1;
        if (response.status != 200)
                return http_status_error(client, "tags", response.status, err);
        if (json_parse(response.body.data ? response.body.data : "", response.body.len,
                       "the list of tags", &json, err) < 0)
                return -1;
        json_array_foreach (json_object_get(json, "tags"), i, tag)
                if (json_is_string(tag) && (limit == 0 || tags->count < limit))
                        strv_add(tags, json_string_value(tag));
        *next_out = next_page(response.link);
        return 0;
}

int client_tags(struct client *client, size_t limit, struct strv *tags, struct error *err)
{
        AUTO_FREE char *path = http_path(client, "tags/list");

        for (int page = 0; path && page < PAGES_MAX && (limit == 0 || tags->count < limit);
             page++) {
                AUTO_FREE char *next = NULL;

                if (get_page(client, path, limit, tags, &next, err) < 0)
                        return -1;
                free(path);
                path = take_ptr(next);
        }
        return 0;
}
