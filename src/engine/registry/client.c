/* Manifests and small blobs of a repository. The large ones: fetch.c. */
#include "engine/registry/client.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/limits.h"
#include "engine/registry/http.h"

#include <string.h>

static const char *const manifest_headers[] = {
        "Accept: application/vnd.oci.image.index.v1+json, "
        "application/vnd.oci.image.manifest.v1+json, "
        "application/vnd.docker.distribution.manifest.list.v2+json, "
        "application/vnd.docker.distribution.manifest.v2+json",
        NULL,
};

int client_open(const char *registry, const char *path, const struct client_options *options,
                struct client **client_out, struct error *err)
{
        const struct curl_api *curl = curl_api(err);
        struct client *client;
        struct certs certs;

        if (!curl || certs_find(options->cert_dir, registry, &certs, err) < 0)
                return -1;
        client = xcalloc(1, sizeof(*client));
        client->curl = curl;
        client->options = *options;
        client->certs = certs;
        client->registry = xstrdup(registry);
        client->host =
                xstrdup(strcmp(registry, "docker.io") == 0 ? "registry-1.docker.io" : registry);
        client->path = xstrdup(path);
        client->scheme = "https";
        *client_out = client;
        return 0;
}

void client_close(struct client *client)
{
        if (!client)
                return;
        if (client->easy)
                client->curl->easy_cleanup(client->easy);
        credentials_release(&client->credentials);
        free(client->registry);
        free(client->host);
        free(client->path);
        free(client->token);
        free(client->scope);
        certs_release(&client->certs);
        free(client);
}

int client_ping(struct client *client, struct error *err)
{
        AUTO(response) response = { 0 };
        struct request request = { .method = "GET", .path = "", .max = LIMIT_TOKEN };

        if (http_request(client, &request, &response, err) < 0)
                return -1;
        if (response.status != 200)
                return error_set(err, ERROR_NETWORK,
                                 "%s answered with status %ld: is it a registry?", client->registry,
                                 response.status);
        return 0;
}

static int check_digest(const char *expected, const struct response *response, const char *what,
                        struct error *err)
{
        struct digest actual;

        digest_of(response->body.data ? response->body.data : "", response->body.len, &actual);
        if (strcmp(expected, actual.text) == 0)
                return 0;
        return error_set(err, ERROR_INVALID, "digest mismatch of the %s: expected %s, received %s",
                         what, expected, actual.text);
}

int client_manifest(struct client *client, const char *reference, char **data_out, size_t *len_out,
                    char **media_type_out, struct error *err)
{
        AUTO_FREE char *rest = xasprintf("manifests/%s", reference);
        AUTO_FREE char *what = xasprintf("manifest \"%s\"", reference);
        AUTO(response) response = { 0 };

        if (http_get(client, rest, manifest_headers, LIMIT_MANIFEST, &response, err) < 0)
                return -1;
        if (response.status != 200)
                return http_status_error(client, what, response.status, err);
        if (strncmp(reference, "sha256:", 7) == 0 &&
            check_digest(reference, &response, "manifest", err) < 0)
                return -1;
        *len_out = response.body.len;
        *data_out = strbuf_take(&response.body);
        if (media_type_out)
                *media_type_out = xstrdup(response.content_type);
        return 0;
}

int client_blob(struct client *client, const struct digest *digest, size_t max, char **data_out,
                size_t *len_out, struct error *err)
{
        AUTO_FREE char *rest = xasprintf("blobs/%s", digest->text);
        AUTO(response) response = { 0 };

        if (http_get(client, rest, NULL, max, &response, err) < 0)
                return -1;
        if (response.status != 200)
                return http_status_error(client, digest->text, response.status, err);
        if (check_digest(digest->text, &response, "image config", err) < 0)
                return -1;
        *len_out = response.body.len;
        *data_out = strbuf_take(&response.body);
        return 0;
}
