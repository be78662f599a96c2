/* Image references: "[registry[:port]/]path[:tag][@sha256:...]" (distribution's grammar). */
#ifndef KELP_ENGINE_IMAGE_REFERENCE_H
#define KELP_ENGINE_IMAGE_REFERENCE_H

#include "base/error.h"
#include "base/strv.h"

#include <stdbool.h>

struct reference {
        char *registry; /* "docker.io", "127.0.0.1:5000"; NULL for a short name */
        char *path;     /* "library/busybox" */
        char *tag;      /* NULL: none was given */
        char *digest;   /* "sha256:...", or NULL */
};

void reference_release(struct reference *ref);

/* Check and split. ERROR_USAGE says what is wrong with it. */
int reference_parse(const char *text, struct reference *ref_out, struct error *err);

/* registry/path:tag or registry/path@digest; the tag is "latest" when there is neither. The
 * registry must be set. The caller frees. */
char *reference_name(const struct reference *ref);

/* What stands behind the path: ":tag" or "@digest"; ":latest" when there is neither. The caller
 * frees. */
char *reference_tail(const struct reference *ref);

/* Does the stored full reference name the repository that ref, full or short, means? */
bool reference_same_repository(const struct reference *ref, const struct reference *stored);

/* The full names a reference may stand for: itself, or for a short name localhost/ and docker.io/
 * (docker.io/library/ when it has one component). */
void reference_candidates(const struct reference *ref, struct strv *names);

/* Does the full stored name end in the short one, at a '/' ("127.0.0.1:5000/debian:bookworm" for
 * "debian:bookworm")? */
bool reference_matches(const struct reference *ref, const char *stored);

#endif
