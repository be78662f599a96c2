/* Single requests to a registry: scheme, authentication, repetition. See http.h.
 *
 * https comes first; only a loopback host, or --tls-verify=false, may fall back to plain HTTP, and
 * only when TLS itself failed. Credentials go to the registry and to the token server it names,
 * never along a redirect (libcurl keeps them to the host they were meant for).
 */
/* CURLOPT_PROTOCOLS works with every libcurl; its replacement needs 7.85. */
#define CURL_DISABLE_DEPRECATION

#include "engine/registry/http.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/json.h"
#include "base/limits.h"

#include <ctype.h>
#include <poll.h>
#include <string.h>
#include <strings.h>

#define TRIES 3

void response_release(struct response *response)
{
        strbuf_release(&response->body);
}

static bool is_loopback(const char *host)
{
        return strncmp(host, "localhost", 9) == 0 || strncmp(host, "127.", 4) == 0 ||
               strncmp(host, "[::1]", 5) == 0;
}

static bool may_be_plain(const struct client *client)
{
        return client->options.tls_verify == 0 ||
               (client->options.tls_verify < 0 && is_loopback(client->host));
}

static size_t take_body(char *data, size_t size, size_t count, void *user)
{
        struct response *response = user;

        return strbuf_add(&response->body, data, size * count) ? size * count : 0;
}

static void copy_value(char *out, size_t size, const char *line, size_t len)
{
        while (len > 0 && isspace((unsigned char)*line)) {
                line++;
                len--;
        }
        while (len > 0 && isspace((unsigned char)line[len - 1]))
                len--;
        snprintf(out, size, "%.*s", (int)len, line);
}

static bool take_named(const char *line, size_t len, const char *name, char *out, size_t size)
{
        size_t name_len = strlen(name);

        if (len <= name_len || strncasecmp(line, name, name_len) != 0)
                return false;
        copy_value(out, size, line + name_len, len - name_len);
        return true;
}

static size_t take_header(char *data, size_t size, size_t count, void *user)
{
        struct response *response = user;
        size_t len = size * count;

        if (len > 5 && strncmp(data, "HTTP/", 5) == 0) { /* a redirect's target starts anew */
                response->challenge[0] = response->content_type[0] = response->location[0] = '\0';
                response->link[0] = '\0';
        } else if (take_named(data, len, "location:", response->location,
                              sizeof(response->location)) ||
                   take_named(data, len, "link:", response->link, sizeof(response->link))) {
                return len;
        } else if (len > 17 && strncasecmp(data, "www-authenticate:", 17) == 0 &&
                   (!response->challenge[0] || strncasecmp(response->challenge, "Basic", 5) == 0)) {
                copy_value(response->challenge, sizeof(response->challenge), data + 17, len - 17);
        } else if (len > 13 && strncasecmp(data, "content-type:", 13) == 0) {
                copy_value(response->content_type, sizeof(response->content_type), data + 13,
                           strcspn(data + 13, ";\r\n") < len - 13 ? strcspn(data + 13, ";\r\n")
                                                                  : len - 13);
        }
        return len;
}

static int check_cancel(void *user, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
        const struct client *client = user;

        (void)a, (void)b, (void)c, (void)d;
        return client->options.cancel && *client->options.cancel;
}

static void set_certificates(const struct client *client, CURL *easy)
{
        const struct curl_api *curl = client->curl;

        if (client->certs.ca) {
                struct curl_blob blob = { .data = client->certs.ca,
                                          .len = strlen(client->certs.ca),
                                          .flags = CURL_BLOB_NOCOPY };

                curl->easy_setopt(easy, CURLOPT_CAINFO_BLOB, &blob);
        }
        if (client->certs.cert) {
                curl->easy_setopt(easy, CURLOPT_SSLCERT, client->certs.cert);
                curl->easy_setopt(easy, CURLOPT_SSLKEY, client->certs.key);
        }
}

/* Go's rule, which podman's users know: a loopback host is never behind a proxy. */
static void set_proxy(const struct client *client, CURL *easy)
{
        if (is_loopback(client->host))
                client->curl->easy_setopt(easy, CURLOPT_PROXY, "");
}

static void set_common(struct client *client, CURL *easy)
{
        const struct curl_api *curl = client->curl;
        long protocols = may_be_plain(client) ? CURLPROTO_HTTP | CURLPROTO_HTTPS : CURLPROTO_HTTPS;

        curl->easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
        curl->easy_setopt(easy, CURLOPT_USERAGENT, "kelp/" KELP_VERSION);
        curl->easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 1L);
        curl->easy_setopt(easy, CURLOPT_MAXREDIRS, 5L);
        curl->easy_setopt(easy, CURLOPT_CONNECTTIMEOUT, 30L);
        curl->easy_setopt(easy, CURLOPT_LOW_SPEED_LIMIT, 1L);
        curl->easy_setopt(easy, CURLOPT_LOW_SPEED_TIME, 60L);
        curl->easy_setopt(easy, CURLOPT_BUFFERSIZE, 512L << 10);
        curl->easy_setopt(easy, CURLOPT_PROTOCOLS, protocols);
        curl->easy_setopt(easy, CURLOPT_REDIR_PROTOCOLS, protocols);
        curl->easy_setopt(easy, CURLOPT_NOPROGRESS, 0L);
        curl->easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, check_cancel);
        curl->easy_setopt(easy, CURLOPT_XFERINFODATA, client);
        set_certificates(client, easy);
        set_proxy(client, easy);
        if (client->options.tls_verify == 0) {
                curl->easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 0L);
                curl->easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 0L);
        }
}

static void set_basic(struct client *client, CURL *easy)
{
        client->curl->easy_setopt(easy, CURLOPT_HTTPAUTH, (long)CURLAUTH_BASIC);
        client->curl->easy_setopt(easy, CURLOPT_USERNAME, client->credentials.user);
        client->curl->easy_setopt(easy, CURLOPT_PASSWORD, client->credentials.password);
}

char *http_path(const struct client *client, const char *rest)
{
        return xasprintf("%s/%s", client->path, rest);
}

/* A Location may be a whole URL, or a path at this host. */
static char *make_url(const struct client *client, const char *path)
{
        if (strncmp(path, "http://", 7) == 0 || strncmp(path, "https://", 8) == 0)
                return xstrdup(path);
        if (path[0] == '/')
                return xasprintf("%s://%s%s", client->scheme, client->host, path);
        return xasprintf("%s://%s/v2/%s", client->scheme, client->host, path);
}

void http_prepare(struct client *client, CURL *easy, const char *path, const char *const *headers,
                  struct curl_slist **headers_out)
{
        AUTO_FREE char *url = make_url(client, path);
        struct curl_slist *list = NULL;

        set_common(client, easy);
        client->curl->easy_setopt(easy, CURLOPT_URL, url);
        for (; headers && *headers; headers++)
                list = client->curl->slist_append(list, *headers);
        if (client->token) {
                AUTO_FREE char *line = xasprintf("Authorization: Bearer %s", client->token);

                list = client->curl->slist_append(list, line);
        } else if (client->basic) {
                set_basic(client, easy);
        }
        client->curl->easy_setopt(easy, CURLOPT_HTTPHEADER, list);
        *headers_out = list;
}

bool http_temporary(CURLcode code, long status)
{
        switch (code) {
        case CURLE_OK:
                return status >= 500 || status == 429;
        case CURLE_PARTIAL_FILE:
        case CURLE_RECV_ERROR:
        case CURLE_SEND_ERROR:
        case CURLE_GOT_NOTHING:
        case CURLE_OPERATION_TIMEDOUT:
        case CURLE_HTTP2_STREAM:
                return true;
        default:
                return false;
        }
}

static int curl_failed(const struct client *client, CURLcode code, size_t max, struct error *err)
{
        long sys = 0;

        if (client->options.cancel && *client->options.cancel)
                return error_set(err, ERROR_CANCELLED, "cancelled");
        if (code == CURLE_WRITE_ERROR)
                return error_set(err, ERROR_TOO_LARGE,
                                 "registry %s sent more than the %zu bytes that are allowed",
                                 client->registry, max);
        client->curl->easy_getinfo(client->easy, CURLINFO_OS_ERRNO, &sys);
        if (code == CURLE_COULDNT_CONNECT && sys == ECONNREFUSED)
                error_set(err, ERROR_NETWORK, "registry %s: connection refused", client->registry);
        else
                error_set(err, ERROR_NETWORK, "registry %s: %s", client->registry,
                          client->curl->easy_strerror(code));
        /* Another try a moment later would not find it either. */
        if (err && (code == CURLE_COULDNT_RESOLVE_HOST || code == CURLE_COULDNT_CONNECT ||
                    code == CURLE_COULDNT_RESOLVE_PROXY || code == CURLE_PEER_FAILED_VERIFICATION))
                err->sys = EHOSTUNREACH;
        return -1;
}

/* TLS met something that is not TLS. */
static bool tls_failed(CURLcode code)
{
        return code == CURLE_SSL_CONNECT_ERROR || code == CURLE_RECV_ERROR ||
               code == CURLE_GOT_NOTHING || code == CURLE_SEND_ERROR;
}

/* The body of a request as libcurl asks for it. */
struct upload {
        const struct request *request;
        uint64_t at;
};

static size_t give_body(char *buffer, size_t size, size_t count, void *user)
{
        struct upload *upload = user;
        const struct request *request = upload->request;
        size_t room = size * count;
        int64_t have = request->grown ? request->grown(request->data, upload->at)
                                      : (int64_t)request->file_size;
        uint64_t left = have < 0 ? 0 : (uint64_t)have - upload->at;
        ssize_t n = have < 0 ? -1
                             : pread(request->fd, buffer, left < room ? (size_t)left : room,
                                     (off_t)upload->at);

        if (n < 0)
                return CURL_READFUNC_ABORT;
        upload->at += (uint64_t)n;
        if (request->sent)
                request->sent(request->data, upload->at);
        return (size_t)n;
}

static int rewind_body(void *user, curl_off_t offset, int origin)
{
        struct upload *upload = user;

        if (origin != SEEK_SET)
                return CURL_SEEKFUNC_CANTSEEK;
        upload->at = (uint64_t)offset;
        return CURL_SEEKFUNC_OK;
}

static void set_body(const struct curl_api *curl, CURL *easy, const struct request *request,
                     struct upload *upload)
{
        if (request->has_file) {
                curl->easy_setopt(easy, CURLOPT_UPLOAD, 1L);
                curl->easy_setopt(easy, CURLOPT_UPLOAD_BUFFERSIZE, 1L << 20);
                curl->easy_setopt(easy, CURLOPT_INFILESIZE_LARGE,
                                  request->grown ? (curl_off_t)-1 : (curl_off_t)request->file_size);
                curl->easy_setopt(easy, CURLOPT_READFUNCTION, give_body);
                curl->easy_setopt(easy, CURLOPT_READDATA, upload);
                curl->easy_setopt(easy, CURLOPT_SEEKFUNCTION, rewind_body);
                curl->easy_setopt(easy, CURLOPT_SEEKDATA, upload);
        } else if (request->text || strcmp(request->method, "POST") == 0) {
                curl->easy_setopt(easy, CURLOPT_POSTFIELDS, request->text ? request->text : "");
                curl->easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->text_len);
        } else if (strcmp(request->method, "HEAD") == 0) {
                curl->easy_setopt(easy, CURLOPT_NOBODY, 1L);
        }
        if (strcmp(request->method, "GET") != 0 && strcmp(request->method, "HEAD") != 0)
                curl->easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request->method);
}

static CURLcode perform(struct client *client, const struct request *request,
                        struct response *response)
{
        const struct curl_api *curl = client->curl;
        struct upload upload = { .request = request };
        struct curl_slist *list;
        CURLcode code;

        if (!client->easy)
                client->easy = curl->easy_init();
        curl->easy_reset(client->easy); /* the connection stays */
        http_prepare(client, client->easy, request->path, request->headers, &list);
        /* Asking first costs a round trip, or a second with servers that do not answer. */
        list = curl->slist_append(list, "Expect:");
        curl->easy_setopt(client->easy, CURLOPT_HTTPHEADER, list);
        set_body(curl, client->easy, request, &upload);
        curl->easy_setopt(client->easy, CURLOPT_WRITEFUNCTION, take_body);
        curl->easy_setopt(client->easy, CURLOPT_WRITEDATA, response);
        curl->easy_setopt(client->easy, CURLOPT_HEADERFUNCTION, take_header);
        curl->easy_setopt(client->easy, CURLOPT_HEADERDATA, response);
        code = curl->easy_perform(client->easy);
        if (code == CURLE_OK)
                curl->easy_getinfo(client->easy, CURLINFO_RESPONSE_CODE, &response->status);
        curl->slist_free_all(list);
        return code;
}

/* One answer, whatever its status. */
static int request_once(struct client *client, const struct request *request,
                        struct response *response, struct error *err)
{
        for (int tries = 1;; tries++) {
                CURLcode code;

                strbuf_reset(&response->body);
                response->body.max = request->max;
                response->status = 0;
                code = perform(client, request, response);
                if (code != CURLE_OK && !client->settled && may_be_plain(client) &&
                    tls_failed(code)) {
                        client->scheme = "http";
                        client->settled = true;
                        continue;
                }
                if (code == CURLE_OK)
                        client->settled = true;
                if (!http_temporary(code, response->status) || tries >= TRIES || request->grown ||
                    check_cancel(client, 0, 0, 0, 0))
                        return code == CURLE_OK ? 0 : curl_failed(client, code, request->max, err);
                poll(NULL, 0, 200 * tries);
        }
}

static int no_credentials(const struct client *client, struct error *err)
{
        if (client->credentials.user)
                error_set(err, ERROR_DENIED,
                          "authentication required: registry %s refuses the credentials of user "
                          "\"%s\" from %s",
                          client->registry, client->credentials.user, client->credentials.source);
        else
                error_set(err, ERROR_DENIED,
                          "authentication required: registry %s wants credentials for %s (or there "
                          "is no such repository), and none were found",
                          client->registry, client->path[0] ? client->path : "it");
        return error_cure(err,
                          "log in: kelp login %s (where was looked: kelp login --explain %s/%s)",
                          client->registry, client->registry, client->path);
}

static void append_encoded(struct strbuf *url, const char *key, const char *value)
{
        strbuf_addf(url, "%c%s=", strchr(url->data, '?') ? '&' : '?', key);
        for (; *value; value++)
                if (isalnum((unsigned char)*value) || strchr("-._~:/,", *value))
                        strbuf_addc(url, *value);
                else
                        strbuf_addf(url, "%%%02X", (unsigned char)*value);
}

static CURLcode perform_token(struct client *client, const char *url, struct response *response)
{
        const struct curl_api *curl = client->curl;
        CURL *easy = curl->easy_init();
        CURLcode code;

        set_common(client, easy);
        curl->easy_setopt(easy, CURLOPT_URL, url);
        if (client->credentials.user)
                set_basic(client, easy);
        curl->easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_body);
        curl->easy_setopt(easy, CURLOPT_WRITEDATA, response);
        code = curl->easy_perform(easy);
        if (code == CURLE_OK)
                curl->easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &response->status);
        curl->easy_cleanup(easy);
        return code;
}

static int get_token(struct client *client, const struct challenge *challenge, struct error *err)
{
        AUTO(response) response = { .body = { .max = LIMIT_TOKEN } };
        AUTO(strbuf) url = { 0 };
        AUTO_JSON json_t *json = NULL;
        const char *token;
        CURLcode code;

        strbuf_adds(&url, challenge->realm);
        if (challenge->service[0])
                append_encoded(&url, "service", challenge->service);
        if (challenge->scope[0])
                append_encoded(&url, "scope", challenge->scope);
        code = perform_token(client, url.data, &response);
        if (code != CURLE_OK)
                return error_set(err, ERROR_NETWORK, "token server %s: %s", challenge->realm,
                                 client->curl->easy_strerror(code));
        if (response.status == 401 || response.status == 403)
                return no_credentials(client, err);
        if (response.status != 200 || !response.body.data)
                return error_set(err, ERROR_NETWORK, "token server %s answered with status %ld",
                                 challenge->realm, response.status);
        if (json_parse(response.body.data, response.body.len, "the token server's answer", &json,
                       err) < 0)
                return -1;
        token = json_get_string(json, "token", json_get_string(json, "access_token", NULL));
        if (!token || strpbrk(token, "\r\n"))
                return error_set(err, ERROR_INVALID, "token server %s sent no token",
                                 challenge->realm);
        client->token = xstrdup(token);
        free(client->scope);
        client->scope = xstrdup(challenge->scope);
        return 0;
}

static int load_credentials(struct client *client, struct error *err)
{
        if (client->credentials.user)
                return 0;
        if (client->options.creds)
                return credentials_parse(client->options.creds, "--creds", &client->credentials,
                                         err);
        return credentials_find(client->registry, client->path, client->options.authfile,
                                &client->credentials, NULL, err);
}

int http_authenticate(struct client *client, const char *text, struct error *err)
{
        struct challenge challenge;
        bool tried = client->token || client->basic;

        if (!challenge_parse(text, &challenge))
                return error_set(err, ERROR_DENIED,
                                 "registry %s wants a kind of authentication that is not supported",
                                 client->registry);
        /* A token for reading does not do for writing: another scope is another question. */
        if (challenge.bearer && client->token && client->scope &&
            strcmp(client->scope, challenge.scope) != 0)
                tried = false;
        if (load_credentials(client, err) < 0)
                return -1;
        free(client->token);
        client->token = NULL;
        if (tried)
                return no_credentials(client, err);
        if (challenge.bearer)
                return get_token(client, &challenge, err);
        if (!client->credentials.user)
                return no_credentials(client, err);
        client->basic = true;
        return 0;
}

int http_request(struct client *client, const struct request *request,
                 struct response *response_out, struct error *err)
{
        struct response response = { 0 };
        int rc = request_once(client, request, &response, err);

        /* Twice: a token that is too old or for less is replaced once. */
        for (int i = 0; i < 2 && rc == 0 && response.status == 401; i++) {
                rc = http_authenticate(client, response.challenge, err);
                if (rc == 0)
                        rc = request_once(client, request, &response, err);
        }
        if (rc == 0 && response.status == 401)
                rc = no_credentials(client, err);
        if (rc < 0)
                response_release(&response);
        else
                *response_out = response;
        return rc;
}

int http_get(struct client *client, const char *rest, const char *const *headers, size_t max,
             struct response *response_out, struct error *err)
{
        AUTO_FREE char *path = http_path(client, rest);

        return http_request(
                client,
                &(struct request){ .method = "GET", .path = path, .headers = headers, .max = max },
                response_out, err);
}

int http_status_error(const struct client *client, const char *what, long status, struct error *err)
{
        if (status == 404)
                return error_set(err, ERROR_NOT_FOUND, "registry %s has no %s of %s",
                                 client->registry, what, client->path);
        if (status == 401 || status == 403)
                return no_credentials(client, err);
        return error_set(err, ERROR_NETWORK, "registry %s answered with status %ld for %s of %s",
                         client->registry, status, what, client->path);
}
