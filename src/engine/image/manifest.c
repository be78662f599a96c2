/* Manifests and indexes. Everything here came from a registry or an archive. See manifest.h. */
#include "engine/image/manifest.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/limits.h"
#include "base/strbuf.h"

#include <string.h>
#include <sys/utsname.h>

static const struct {
        const char *type;
        enum layer_compression compression;
} layer_types[] = {
        { "application/vnd.oci.image.layer.v1.tar", LAYER_PLAIN },
        { "application/vnd.oci.image.layer.v1.tar+gzip", LAYER_GZIP },
        { "application/vnd.oci.image.layer.v1.tar+zstd", LAYER_ZSTD },
        { "application/vnd.docker.image.rootfs.diff.tar", LAYER_PLAIN },
        { "application/vnd.docker.image.rootfs.diff.tar.gzip", LAYER_GZIP },
        { "application/vnd.docker.image.rootfs.diff.tar.zstd", LAYER_ZSTD },
};

void manifest_release(struct manifest *manifest)
{
        free(manifest->layers);
        *manifest = (struct manifest){ 0 };
}

bool manifest_is_index(const json_t *json, const char *media_type)
{
        const char *type = json_get_string(json, "mediaType", media_type);

        if (type && (strcmp(type, MEDIA_OCI_INDEX) == 0 || strcmp(type, MEDIA_DOCKER_LIST) == 0))
                return true;
        return !json_object_get(json, "config") &&
               json_is_array(json_object_get(json, "manifests"));
}

static int parse_descriptor(const json_t *json, const char *what, struct digest *digest,
                            uint64_t *size, struct error *err)
{
        const char *text = json_get_string(json, "digest", NULL);
        json_int_t bytes = json_get_int(json, "size", -1);

        if (!text || bytes < 0)
                return error_set(err, ERROR_INVALID,
                                 "the manifest's %s has no digest or no valid size", what);
        if (digest_parse(text, digest, err) < 0)
                return error_context(err, "the manifest's %s", what);
        *size = (uint64_t)bytes;
        return 0;
}

enum layer_compression manifest_layer_compression(const char *media_type)
{
        for (size_t i = 0; i < ARRAY_SIZE(layer_types); i++)
                if (strcmp(layer_types[i].type, media_type) == 0)
                        return layer_types[i].compression;
        return LAYER_DETECT;
}

/* The table's order is that of enum layer_compression, OCI's types first. */
const char *manifest_layer_type(enum layer_compression compression, bool docker)
{
        return layer_types[(docker ? 3 : 0) + compression].type;
}

static int parse_layer(const json_t *json, struct manifest_layer *layer, struct error *err)
{
        const char *type = json_get_string(json, "mediaType", "");

        if (parse_descriptor(json, "layer", &layer->digest, &layer->size, err) < 0)
                return -1;
        layer->compression = manifest_layer_compression(type);
        if (layer->compression != LAYER_DETECT)
                return 0;
        return error_set(err, ERROR_UNSUPPORTED, "layer type \"%.100s\" is not supported", type);
}

/* A document that is a manifest and a list at once is one to us and the other to somebody else:
 * what was looked at and signed would not be what runs (CVE-2021-41190). */
static int check_ambiguous(const json_t *json, struct error *err)
{
        if (!json_object_get(json, "manifests") ||
            (!json_object_get(json, "layers") && !json_object_get(json, "config")))
                return 0;
        return error_set(err, ERROR_INVALID,
                         "the manifest is ambiguous: it is an image's and a "
                         "list of images at once");
}

int manifest_parse(const json_t *json, struct manifest *manifest_out, struct error *err)
{
        const json_t *layers = json_object_get(json, "layers");
        AUTO(manifest) manifest = { 0 };
        size_t i;
        json_t *entry;

        if (json_get_int(json, "schemaVersion", 2) != 2 || json_object_get(json, "fsLayers"))
                return error_set(
                        err, ERROR_UNSUPPORTED,
                        "the manifest is of Docker's schema 1, which nobody should serve any "
                        "more: it is not supported");
        if (check_ambiguous(json, err) < 0)
                return -1;
        if (!json_is_array(layers) || !json_is_object(json_object_get(json, "config")))
                return error_set(err, ERROR_INVALID, "the manifest has no config or no layers");
        if (json_array_size(layers) > LIMIT_LAYERS)
                return error_set(err, ERROR_TOO_LARGE,
                                 "the manifest has %zu layers, at most %d are "
                                 "possible",
                                 json_array_size(layers), LIMIT_LAYERS);
        if (parse_descriptor(json_object_get(json, "config"), "config", &manifest.config,
                             &manifest.config_size, err) < 0)
                return -1;
        manifest.layers = xcalloc(json_array_size(layers), sizeof(*manifest.layers));
        json_array_foreach (layers, i, entry) {
                if (parse_layer(entry, &manifest.layers[manifest.layer_count++], err) < 0)
                        return -1;
        }
        *manifest_out = manifest;
        manifest = (struct manifest){ 0 };
        return 0;
}

void platform_host(struct platform *platform_out)
{
        static const char *const names[][3] = {
                { "x86_64", "amd64", "" }, { "aarch64", "arm64", "v8" },
                { "armv7l", "arm", "v7" }, { "armv6l", "arm", "v6" },
                { "i686", "386", "" },     { "ppc64le", "ppc64le", "" },
                { "s390x", "s390x", "" },  { "riscv64", "riscv64", "" },
        };
        struct utsname name = { 0 };

        (void)uname(&name);
        *platform_out = (struct platform){ .os = "linux" };
        snprintf(platform_out->arch, sizeof(platform_out->arch), "%.31s", name.machine);
        for (size_t i = 0; i < ARRAY_SIZE(names); i++)
                if (strcmp(names[i][0], name.machine) == 0) {
                        snprintf(platform_out->arch, sizeof(platform_out->arch), "%s", names[i][1]);
                        snprintf(platform_out->variant, sizeof(platform_out->variant), "%s",
                                 names[i][2]);
                }
}

int platform_parse(const char *text, struct platform *platform_out, struct error *err)
{
        struct platform p = { 0 };
        int n = sscanf(text, "%31[a-z0-9]/%31[a-z0-9_]/%31[a-z0-9.]", p.os, p.arch, p.variant);

        if (n < 2)
                return error_set(err, ERROR_USAGE, "platform \"%s\" is not OS/ARCH[/VARIANT]",
                                 text);
        *platform_out = p;
        return 0;
}

/* 2: the same variant, 1: another or none, 0: another platform. */
static int platform_score(const json_t *json, const struct platform *wanted)
{
        const char *variant = json_get_string(json, "variant", "");

        if (strcmp(json_get_string(json, "os", ""), wanted->os) != 0 ||
            strcmp(json_get_string(json, "architecture", ""), wanted->arch) != 0)
                return 0;
        if (!wanted->variant[0] || strcmp(variant, wanted->variant) == 0)
                return 2;
        /* arm64 is v8 by itself; an older variant of arm runs on a newer machine. */
        return !variant[0] || strcmp(variant, wanted->variant) < 0 ? 1 : 0;
}

bool platform_fits(const json_t *config, const struct platform *platform)
{
        return !json_get_string(config, "architecture", "")[0] ||
               platform_score(config, platform) > 0;
}

static int no_platform(const json_t *manifests, const struct platform *wanted, struct error *err)
{
        AUTO(strbuf) have = { .max = 400 };
        size_t i;
        json_t *entry;

        json_array_foreach (manifests, i, entry) {
                const json_t *platform = json_object_get(entry, "platform");

                strbuf_addf(&have, "%s%s/%s", i ? ", " : "", json_get_string(platform, "os", "?"),
                            json_get_string(platform, "architecture", "?"));
        }
        return error_set(err, ERROR_NOT_FOUND, "the image has no variant for %s/%s, only for: %s",
                         wanted->os, wanted->arch, have.data ? have.data : "nothing");
}

int manifest_choose(const json_t *index, const struct platform *platform, struct digest *digest_out,
                    struct error *err)
{
        const json_t *manifests = json_object_get(index, "manifests");
        const json_t *best = NULL;
        int best_score = 0;
        uint64_t size;
        size_t i;
        json_t *entry;

        if (check_ambiguous(index, err) < 0)
                return -1;
        json_array_foreach (manifests, i, entry) {
                int score = platform_score(json_object_get(entry, "platform"), platform);

                if (score > best_score) {
                        best_score = score;
                        best = entry;
                }
        }
        if (!best)
                return no_platform(manifests, platform, err);
        return parse_descriptor(best, "entry", digest_out, &size, err);
}

int config_diff_ids(const json_t *config, size_t layer_count, struct digest **diff_ids_out,
                    struct error *err)
{
        const json_t *list = json_object_get(json_object_get(config, "rootfs"), "diff_ids");
        AUTO_FREE struct digest *ids = NULL;
        size_t i;
        json_t *entry;

        if (json_array_size(list) != layer_count)
                return error_set(err, ERROR_INVALID,
                                 "the image config names %zu layers, the manifest %zu",
                                 json_array_size(list), layer_count);
        ids = xcalloc(layer_count, sizeof(*ids));
        json_array_foreach (list, i, entry) {
                const char *text = json_string_value(entry);

                if (!text)
                        return error_set(err, ERROR_INVALID,
                                         "the image config's diff_ids are damaged");
                if (digest_parse(text, &ids[i], err) < 0)
                        return error_context(err, "the image config");
        }
        *diff_ids_out = take_ptr(ids);
        return 0;
}
