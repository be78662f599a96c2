/* Credentials for registries, from the files podman and docker users have
 * (containers-auth.json(5)). */
#ifndef KELP_ENGINE_REGISTRY_AUTH_H
#define KELP_ENGINE_REGISTRY_AUTH_H

#include "base/error.h"
#include "base/strv.h"

#include <stdbool.h>

struct credentials {
        char *user; /* NULL: none */
        char *password;
        char *source; /* the file or helper that they came from, for messages */
};

void credentials_release(struct credentials *credentials);

/* One place that was looked at. */
struct auth_place {
        char *place; /* a file, or a helper's name */
        char *found; /* "no such file", "no entry", "entry for KEY", "helper NAME" ... */
};

struct auth_trace {
        struct auth_place *items;
        size_t count;
};
void auth_trace_release(struct auth_trace *trace);

/* Look for registry/path ("127.0.0.1:5000/a/b"): the longest matching key of authfile, or, when
 * that is NULL, of $REGISTRY_AUTH_FILE, $XDG_RUNTIME_DIR/containers/auth.json,
 * ~/.config/containers/auth.json, ~/.docker/config.json; helpers (credHelpers, credsStore) are
 * asked. None is no error. trace (may be NULL) gets every place that was looked at, in order. */
int credentials_find(const char *registry, const char *path, const char *authfile,
                     struct credentials *credentials_out, struct auth_trace *trace,
                     struct error *err);

/* The files that are looked at, in order; authfile as above. */
void credentials_files(const char *authfile, struct strv *files);

/* docker-credential-NAME get; *out is left empty when it has none. */
int credentials_ask_helper(const char *helper, const char *server, struct credentials *out,
                           struct error *err);

/* "user:password" */
int credentials_parse(const char *text, const char *source, struct credentials *credentials_out,
                      struct error *err);

/* A WWW-Authenticate challenge (RFC 9110, 11.6.1; distribution's token specification). */
struct challenge {
        bool bearer; /* else Basic */
        char realm[512], service[256], scope[512];
};

/* False when it is of neither scheme or malformed. */
bool challenge_parse(const char *header, struct challenge *challenge_out);

#endif
