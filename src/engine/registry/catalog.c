/* Listing tags and searching. See catalog.h. */
#include "engine/registry/catalog.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/json.h"
#include "base/limits.h"
#include "engine/registry/http.h"

#include <ctype.h>
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

static void add_result(json_t *results, const char *index, const char *name,
                       const char *description, json_int_t stars, bool official, bool automated)
{
        json_t *json = json_object();

        json_set_string(json, "Index", index);
        json_set_string(json, "Name", name);
        json_set_string(json, "Description", description);
        json_object_set_new(json, "Stars", json_integer(stars));
        json_set_string(json, "Official", official ? "[OK]" : "");
        json_set_string(json, "Automated", automated ? "[OK]" : "");
        json_array_append_new(results, json);
}

/* Letters, digits and a few signs as they are. */
static char *query_encode(const char *text)
{
        AUTO(strbuf) out = { 0 };

        for (; *text; text++)
                if (isalnum((unsigned char)*text) || strchr("-._~", *text))
                        strbuf_addc(&out, *text);
                else
                        strbuf_addf(&out, "%%%02X", (unsigned char)*text);
        return strbuf_take(&out);
}

static int search_v1(struct client *client, const char *term, size_t limit, json_t *results,
                     struct error *err)
{
        bool hub = strcmp(client->registry, "docker.io") == 0;
        AUTO_FREE char *word = query_encode(term);
        AUTO_FREE char *url = xasprintf("%s/v1/search?q=%s&n=%zu",
                                        hub ? "https://index.docker.io" : "", word, limit);
        struct request request = { .method = "GET", .path = url, .max = LIMIT_MANIFEST };
        AUTO(response) response = { 0 };
        AUTO_JSON json_t *json = NULL;
        size_t i;
        json_t *entry;

        if (http_request(client, &request, &response, err) < 0)
                return -1;
        if (response.status != 200)
                return http_status_error(client, "search", response.status, err);
        if (json_parse(response.body.data ? response.body.data : "", response.body.len,
                       "the answer to the search", &json, err) < 0)
                return -1;
        json_array_foreach (json_object_get(json, "results"), i, entry) {
                const char *name = json_get_string(entry, "name", "");
                bool official = json_get_bool(entry, "is_official", false);
                AUTO_FREE char *full =
                        xasprintf("%s/%s%s", client->registry,
                                  hub && official && !strchr(name, '/') ? "library/" : "", name);

                if (json_array_size(results) < limit)
                        add_result(results, client->registry, full,
                                   json_get_string(entry, "description", ""),
                                   json_get_int(entry, "star_count", 0), official,
                                   json_get_bool(entry, "is_automated", false));
        }
        return 0;
}

/* 1: the registry has no catalog. */
static int search_page(struct client *client, const char *path, const char *term, size_t limit,
                       json_t *results, char **next_out, struct error *err)
{
        struct request request = { .method = "GET", .path = path, .max = LIMIT_MANIFEST };
        AUTO(response) response = { 0 };
        AUTO_JSON json_t *json = NULL;
        size_t i;
        json_t *name;

        if (http_request(client, &request, &response, err) < 0)
                return -1;
        if (response.status == 404)
                return 1;
        if (response.status != 200)
                return http_status_error(client, "catalog", response.status, err);
        if (json_parse(response.body.data ? response.body.data : "", response.body.len,
                       "the catalog", &json, err) < 0)
                return -1;
        json_array_foreach (json_object_get(json, "repositories"), i, name) {
                AUTO_FREE char *full =
                        xasprintf("%s/%s", client->registry,
                                  json_is_string(name) ? json_string_value(name) : "");

                if (json_is_string(name) && strstr(json_string_value(name), term) &&
                    json_array_size(results) < limit)
                        add_result(results, client->registry, full, "", 0, false, false);
        }
        *next_out = next_page(response.link);
        return 0;
}

static int search_catalog(struct client *client, const char *term, size_t limit, json_t *results,
                          struct error *err)
{
        AUTO_FREE char *path = xstrdup("_catalog?n=1000");

        for (int page = 0; path && page < PAGES_MAX && json_array_size(results) < limit; page++) {
                AUTO_FREE char *next = NULL;
                int rc = search_page(client, path, term, limit, results, &next, err);

                if (rc != 0)
                        return rc;
                free(path);
                path = take_ptr(next);
        }
        return 0;
}

int client_search(struct client *client, const char *term, size_t limit, json_t **results_out,
                  struct error *err)
{
        AUTO_JSON json_t *results = json_array();
        int rc = 1;

        if (strcmp(client->registry, "docker.io") != 0)
                rc = search_catalog(client, term, limit, results, err);
        if (rc == 1)
                rc = search_v1(client, term, limit, results, err);
        if (rc == 0)
                *results_out = json_incref(results);
        return rc;
}
