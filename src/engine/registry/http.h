/* One registry's connection data: base URL, credentials, token; and single requests. */
#ifndef KELP_ENGINE_REGISTRY_HTTP_H
#define KELP_ENGINE_REGISTRY_HTTP_H

#include "base/error.h"
#include "base/strbuf.h"
#include "engine/registry/auth.h"
#include "engine/registry/certs.h"
#include "engine/registry/client.h"
#include "engine/registry/curl.h"

struct client {
        const struct curl_api *curl;
        struct client_options options;
        char *registry; /* as the user says it, for messages */
        char *host;     /* where it is: host[:port] */
        char *path;
        const char *scheme; /* "https" or "http", settled by the first request */
        bool settled;
        struct credentials credentials;
        char *token; /* bearer token, or NULL */
        char *scope; /* what the token is for */
        bool basic;  /* send the credentials themselves */
        CURL *easy;  /* for single requests */
        struct certs certs;
};

struct response {
        long status;
        struct strbuf body;
        char content_type[128];
        char challenge[1024]; /* WWW-Authenticate */
        char location[2048];
        char link[1024]; /* the next page */
};

struct request {
        const char *method;         /* "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE" */
        const char *path;           /* behind "/v2/"; or a whole URL, as a Location has it */
        const char *const *headers; /* NULL-terminated, or NULL */
        size_t max;                 /* bytes of the answer's body */
        /* the body: a text, or a file from its beginning */
        const char *text;
        size_t text_len;
        int fd; /* read when has_file */
        bool has_file;
        uint64_t file_size;
        /* A file that still grows, instead of file_size: waits for more than `at` bytes. How many
         * there are; `at` at the end; -1: break off. Such a request is not repeated. */
        int64_t (*grown)(void *data, uint64_t at);
        void (*sent)(void *data, uint64_t bytes); /* progress, or NULL */
        void *data;
};

void response_release(struct response *response);

/* Send it, authenticating when asked to; repeats on 5xx and broken connections. Any status below
 * 500 is a response. */
int http_request(struct client *client, const struct request *request,
                 struct response *response_out, struct error *err);

/* GET /v2/PATH/rest of the client's repository. */
int http_get(struct client *client, const char *rest, const char *const *headers, size_t max,
             struct response *response_out, struct error *err);

/* Answer a 401: get a token or switch to Basic. ERROR_DENIED when that was tried already or there
 * is nothing to answer with. */
int http_authenticate(struct client *client, const char *challenge, struct error *err);

/* Set what all requests have in common on a handle; path as in struct request. *headers_out is to
 * be freed after its use. */
void http_prepare(struct client *client, CURL *easy, const char *path, const char *const *headers,
                  struct curl_slist **headers_out);

/* "PATH/rest" for struct request; the caller frees. */
char *http_path(const struct client *client, const char *rest);

/* A status that is not a success, as a sentence. */
int http_status_error(const struct client *client, const char *what, long status,
                      struct error *err);

/* Is it worth trying again? */
bool http_temporary(CURLcode code, long status);

#endif
