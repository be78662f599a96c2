/* Manifests and indexes: OCI image-spec and Docker v2 schema 2, checked before anything believes
 * them. */
#ifndef KELP_ENGINE_IMAGE_MANIFEST_H
#define KELP_ENGINE_IMAGE_MANIFEST_H

#include "base/error.h"
#include "base/json.h"
#include "engine/storage/digest.h"
#include "engine/storage/layer.h"

#include <stddef.h>
#include <stdint.h>

#define MEDIA_OCI_MANIFEST    "application/vnd.oci.image.manifest.v1+json"
#define MEDIA_OCI_INDEX       "application/vnd.oci.image.index.v1+json"
#define MEDIA_OCI_CONFIG      "application/vnd.oci.image.config.v1+json"
#define MEDIA_OCI_LAYER       "application/vnd.oci.image.layer.v1.tar"
#define MEDIA_DOCKER_MANIFEST "application/vnd.docker.distribution.manifest.v2+json"
#define MEDIA_DOCKER_CONFIG   "application/vnd.docker.container.image.v1+json"
#define MEDIA_DOCKER_LAYER    "application/vnd.docker.image.rootfs.diff.tar"
#define MEDIA_DOCKER_LIST     "application/vnd.docker.distribution.manifest.list.v2+json"

struct manifest_layer {
        struct digest digest;
        uint64_t size; /* bytes, as stored */
        enum layer_compression compression;
};

struct manifest {
        struct digest config;
        uint64_t config_size;
        struct manifest_layer *layers; /* lowest first */
        size_t layer_count;
};

void manifest_release(struct manifest *manifest);

/* Is it an index (OCI) or manifest list (Docker)? */
bool manifest_is_index(const json_t *json, const char *media_type);

/* An image manifest. Every descriptor is checked: digest, size, media type, number of layers. */
int manifest_parse(const json_t *json, struct manifest *manifest_out, struct error *err);

/* Of a layer's media type; LAYER_DETECT when it is not known. */
enum layer_compression manifest_layer_compression(const char *media_type);

/* The media type of a plain, gzip or zstd layer. */
const char *manifest_layer_type(enum layer_compression compression, bool docker);

/* "os/arch[/variant]" */
struct platform {
        char os[32], arch[32], variant[32];
};
void platform_host(struct platform *platform_out);
int platform_parse(const char *text, struct platform *platform_out, struct error *err);

/* Is an image with this config (or entry of an index) for the platform? One that does not say what
 * it is for is for any. */
bool platform_fits(const json_t *config, const struct platform *platform);

/* The manifest of an index for a platform; ERROR_NOT_FOUND lists the platforms there are. */
int manifest_choose(const json_t *index, const struct platform *platform, struct digest *digest_out,
                    struct error *err);

/* The diffIDs of an image config, as many as the manifest has layers. The caller frees. */
int config_diff_ids(const json_t *config, size_t layer_count, struct digest **diff_ids_out,
                    struct error *err);

#endif
