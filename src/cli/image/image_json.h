/* Images as podman's JSON and templates show them. */
#ifndef KELP_CLI_IMAGE_IMAGE_JSON_H
#define KELP_CLI_IMAGE_IMAGE_JSON_H

#include "base/json.h"
#include "engine/image/collect.h"
#include "engine/image/image.h"

/* "docker.io/library/busybox:latest" to its two columns; "<none>" where there is none. */
void image_split_name(const char *name, char **repository_out, char **tag_out);

/* The names that the image has and had, as a column shows them; the caller frees. */
char *image_history(const struct store *store, const struct image *image);

/* "registry:5000/name:tag" -> "registry:5000/name@DIGEST"; the caller frees. */
char *image_digest_name(const char *name, const char *digest);

/* All names by digest, sorted as the names are. New reference. */
json_t *image_repo_digests(const struct image *image);

/* A row of `images`; fields that only templates have when for_template. New reference. */
json_t *image_json_row(const struct store *store, struct image *image, const char *name,
                       const struct holders *holders, bool for_template, bool no_trunc);

#endif
