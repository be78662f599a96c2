/* Blobs and manifests to a registry. See upload.h. */
#include "engine/registry/upload.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/json.h"
#include "base/limits.h"
#include "engine/registry/http.h"

#include <string.h>

static const char *const binary[] = { "Content-Type: application/octet-stream", NULL };

/* The registry's own words (distribution-spec, "Error Codes"), where it sends any. */
static int refused(const struct client *client, const char *what, const struct response *response,
                   struct error *err)
{
        AUTO_JSON json_t *json = NULL;
        const json_t *first;

        if (response->status == 401 || response->status == 403)
                return http_status_error(client, what, response->status, err);
        if (response->body.data)
                (void)json_parse(response->body.data, response->body.len, "answer", &json, NULL);
        first = json_array_get(json_object_get(json, "errors"), 0);
        if (!first)
                return error_set(err, ERROR_NETWORK,
                                 "registry %s answered with status %ld to the %s of %s",
                                 client->registry, response->status, what, client->path);
        return error_set(err, ERROR_NETWORK, "registry %s refuses the %s of %s: %.200s: %.300s",
                         client->registry, what, client->path, json_get_string(first, "code", "?"),
                         json_get_string(first, "message", ""));
}

int client_has_blob(struct client *client, const struct digest *digest, bool *has_out,
                    struct error *err)
{
        AUTO_FREE char *rest = xasprintf("blobs/%s", digest->text);
        AUTO_FREE char *path = http_path(client, rest);
        AUTO(response) response = { 0 };

        if (http_request(client, &(struct request){ .method = "HEAD", .path = path }, &response,
                         err) < 0)
                return error_context(err, "checking whether a blob %s exists in %s/%s",
                                     digest->text, client->registry, client->path);
        if (response.status != 200 && response.status != 404)
                return refused(client, rest, &response, err);
        *has_out = response.status == 200;
        return 0;
}

/* *location_out: where to send it; NULL: the registry has mounted it. */
static int begin_upload(struct client *client, const struct client_upload *upload,
                        char **location_out, struct error *err)
{
        AUTO_FREE char *rest = upload->mount_from
                                       ? xasprintf("blobs/uploads/?mount=%s&from=%s",
                                                   upload->digest->text, upload->mount_from)
                                       : xstrdup("blobs/uploads/");
        AUTO_FREE char *path = http_path(client, rest);
        AUTO(response) response = { 0 };

        if (http_request(
                    client,
                    &(struct request){ .method = "POST", .path = path, .max = LIMIT_HTTP_HEADERS },
                    &response, err) < 0)
                return -1;
        if (upload->mount_from && response.status == 201)
                return 0;
        if (response.status != 202 || !response.location[0])
                return refused(client, "upload", &response, err);
        *location_out = xstrdup(response.location);
        return 0;
}

static char *with_digest(const char *location, const struct digest *digest)
{
        return xasprintf("%s%cdigest=%s", location, strchr(location, '?') ? '&' : '?',
                         digest->text);
}

static int send_body(struct client *client, const struct client_upload *upload,
                     const char *location, struct error *err)
{
        AUTO_FREE char *url = with_digest(location, upload->digest);
        AUTO(response) response = { 0 };

        if (http_request(client,
                         &(struct request){ .method = "PUT",
                                            .path = url,
                                            .headers = binary,
                                            .max = LIMIT_HTTP_HEADERS,
                                            .fd = upload->fd,
                                            .has_file = true,
                                            .file_size = upload->size,
                                            .sent = upload->sent,
                                            .data = upload->data },
                         &response, err) < 0)
                return -1;
        return response.status == 201 ? 0 : refused(client, "blob", &response, err);
}

int client_put_blob(struct client *client, const struct client_upload *upload, bool *mounted_out,
                    struct error *err)
{
        AUTO_FREE char *location = NULL;

        if (begin_upload(client, upload, &location, err) < 0)
                return -1;
        if (mounted_out)
                *mounted_out = !location;
        return location ? send_body(client, upload, location, err) : 0;
}

static int send_growing(struct client *client, const struct client_stream *stream, char **location,
                        struct error *err)
{
        AUTO(response) response = { 0 };

        if (http_request(client,
                         &(struct request){ .method = "PATCH",
                                            .path = *location,
                                            .headers = binary,
                                            .max = LIMIT_HTTP_HEADERS,
                                            .fd = stream->fd,
                                            .has_file = true,
                                            .grown = stream->grown,
                                            .sent = stream->sent,
                                            .data = stream->data },
                         &response, err) < 0)
                return -1;
        if (response.status != 202)
                return refused(client, "upload", &response, err);
        if (response.location[0]) {
                free(*location);
                *location = xstrdup(response.location);
        }
        return 0;
}

static int close_upload(struct client *client, const char *location, const struct digest *digest,
                        struct error *err)
{
        AUTO_FREE char *url = with_digest(location, digest);
        AUTO(response) response = { 0 };

        if (http_request(client,
                         &(struct request){ .method = "PUT",
                                            .path = url,
                                            .headers = binary,
                                            .max = LIMIT_HTTP_HEADERS,
                                            .text = "" },
                         &response, err) < 0)
                return -1;
        return response.status == 201 ? 0 : refused(client, "blob", &response, err);
}

int client_stream_blob(struct client *client, const struct client_stream *stream,
                       struct digest *digest_out, struct error *err)
{
        const struct client_upload upload = { 0 };
        AUTO_FREE char *location = NULL;

        if (begin_upload(client, &upload, &location, err) < 0 ||
            send_growing(client, stream, &location, err) < 0 ||
            stream->ended(stream->data, digest_out, err) < 0)
                return -1;
        return close_upload(client, location, digest_out, err);
}

int client_put_manifest(struct client *client, const char *reference, const char *media_type,
                        const char *text, size_t len, struct error *err)
{
        AUTO_FREE char *rest = xasprintf("manifests/%s", reference);
        AUTO_FREE char *path = http_path(client, rest);
        AUTO_FREE char *type = xasprintf("Content-Type: %s", media_type);
        const char *const headers[] = { type, NULL };
        AUTO(response) response = { 0 };

        if (http_request(client,
                         &(struct request){ .method = "PUT",
                                            .path = path,
                                            .headers = headers,
                                            .max = LIMIT_HTTP_HEADERS,
                                            .text = text,
                                            .text_len = len },
                         &response, err) < 0)
                return -1;
        return response.status == 201 ? 0 : refused(client, "manifest", &response, err);
}
