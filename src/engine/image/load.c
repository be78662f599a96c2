/* Loading. See load.h.
 *
 * An archive is read once (archive_in.h); then its documents say which images there are. OCI's
 * index.json is preferred, since it keeps the manifests; docker's manifest.json names configs and
 * layers, and a manifest is made for it. All images of an archive are committed together.
 */
#include "engine/image/load.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/json.h"
#include "base/limits.h"
#include "engine/image/archive_in.h"
#include "engine/image/bring.h"
#include "engine/image/image.h"
#include "engine/image/layout.h"
#include "engine/image/manifest.h"
#include "engine/image/policy.h"
#include "engine/image/transport.h"
#include "engine/storage/blob.h"
#include "engine/storage/blob_writer.h"
#include "engine/storage/implied.h"
#include "rootless/userns.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct loaded {
        struct digest manifest;
        struct strv names;
};

struct load {
        const struct store *store;
        const struct load_request *request;
        struct intake *intake;
        struct archive_in in;
        struct strv wanted; /* where the pieces go that images refer to */
        struct loaded *images;
        size_t count;
};

static void load_release(struct load *load)
{
        for (size_t i = 0; i < load->count; i++)
                strv_release(&load->images[i].names);
        free(load->images);
        strv_release(&load->wanted);
        archive_in_release(&load->in);
        intake_close(load->intake);
}

static void want(struct load *load, char *path)
{
        strv_take(&load->wanted, path);
}

static int parse_document(const struct archive_part *part, json_t **json_out, struct error *err)
{
        if (!part->text)
                return error_set(err, ERROR_INVALID, "%s in the archive is not JSON", part->name);
        return json_parse(part->text, strlen(part->text), part->name, json_out, err);
}

/* A blob that a manifest refers to, in the intake or in the store afterwards. */
static int provide_blob(struct load *load, const struct digest *digest, const char *what,
                        struct error *err)
{
        const struct archive_part *part = archive_in_by_digest(&load->in, digest);

        want(load, blob_path(digest));
        if (part && part->text)
                return blob_add(load->intake, part->text, strlen(part->text), NULL, err);
        if (intake_has_blob(load->intake, digest))
                return 0;
        return error_set(err, ERROR_INVALID, "the archive lacks the %s %s", what, digest->text);
}

static int provide_layer(struct load *load, const struct digest *blob, const struct digest *diff_id,
                         struct error *err)
{
        const struct archive_part *part = archive_in_by_digest(&load->in, blob);
        struct layer_source source = { .compression = LAYER_DETECT,
                                       .diff_id = diff_id,
                                       .mapping = userns_own_mapping() };

        want(load, layer_path(diff_id, source.mapping));
        if (provide_blob(load, blob, "layer", err) < 0)
                return -1;
        if (intake_has_layer(load->intake, diff_id, source.mapping))
                return 0;
        if (part && part->unpack_error.kind != ERROR_NONE)
                return error_copy(err, &part->unpack_error);
        return layer_unpack_blob(load->intake, blob, &source, err);
}

static struct loaded *add_image(struct load *load, const struct digest *manifest)
{
        load->images = xreallocarray(load->images, load->count + 1, sizeof(*load->images));
        load->images[load->count] = (struct loaded){ .manifest = *manifest };
        return &load->images[load->count++];
}

static int read_config(struct load *load, const struct digest *digest, json_t **json_out,
                       struct error *err)
{
        const struct archive_part *part = archive_in_by_digest(&load->in, digest);
        AUTO_FREE char *text = NULL;
        size_t len;

        if (part)
                return parse_document(part, json_out, err);
        if (blob_read(load->store, digest, LIMIT_IMAGE_CONFIG, &text, &len, err) < 0)
                return error_context(err, "the archive lacks the image config");
        return json_parse(text, len, "the image config", json_out, err);
}

/* Everything that a manifest refers to, then the manifest itself. */
static int take_image(struct load *load, const char *text, struct loaded **loaded_out,
                      struct error *err)
{
        AUTO(manifest) manifest = { 0 };
        AUTO_JSON json_t *json = NULL;
        AUTO_JSON json_t *config = NULL;
        AUTO_FREE struct digest *diff_ids = NULL;
        struct digest digest;

        if (json_parse(text, strlen(text), "the manifest", &json, err) < 0 ||
            manifest_parse(json, &manifest, err) < 0 ||
            read_config(load, &manifest.config, &config, err) < 0 ||
            config_diff_ids(config, manifest.layer_count, &diff_ids, err) < 0 ||
            provide_blob(load, &manifest.config, "config", err) < 0)
                return -1;
        for (size_t i = 0; i < manifest.layer_count; i++)
                if (provide_layer(load, &manifest.layers[i].digest, &diff_ids[i], err) < 0)
                        return -1;
        if (implied_dirs_fix(load->intake, diff_ids, manifest.layer_count, userns_own_mapping(),
                             err) < 0 ||
            blob_add(load->intake, text, strlen(text), &digest, err) < 0)
                return -1;
        want(load, blob_path(&digest));
        *loaded_out = add_image(load, &digest);
        return 0;
}

/* OCI: index.json and blobs/. */

static const struct archive_part *find_manifest(struct load *load, const char *digest_text,
                                                struct error *err)
{
        const struct archive_part *part = NULL;
        struct digest digest;

        if (digest_parse(digest_text, &digest, err) < 0)
                return NULL;
        part = archive_in_by_digest(&load->in, &digest);
        if (!part || !part->text)
                error_set(err, ERROR_INVALID, "the archive lacks the manifest %s", digest_text);
        return part && part->text ? part : NULL;
}

static int take_descriptor(struct load *load, const json_t *descriptor, struct error *err)
{
        const struct archive_part *part =
                find_manifest(load, json_get_string(descriptor, "digest", ""), err);
        const char *label = layout_name(descriptor);
        AUTO_JSON json_t *json = NULL;
        struct loaded *loaded;
        struct platform platform;
        struct digest chosen;

        if (!part || parse_document(part, &json, err) < 0)
                return -1;
        platform_host(&platform);
        if (load->request->platform && platform_parse(load->request->platform, &platform, err) < 0)
                return -1;
        if (manifest_is_index(json, NULL)) {
                if (manifest_choose(json, &platform, &chosen, err) < 0)
                        return -1;
                part = find_manifest(load, chosen.text, err);
        }
        if (!part || take_image(load, part->text, &loaded, err) < 0)
                return -1;
        if (label) {
                char *name = transport_local_name(label);

                if (name)
                        strv_take(&loaded->names, name);
        }
        return 0;
}

static int load_oci(struct load *load, const struct archive_part *part, struct error *err)
{
        AUTO_JSON json_t *index = NULL;
        const json_t *only;
        size_t i;
        json_t *entry;

        if (parse_document(part, &index, err) < 0)
                return -1;
        if (load->request->only) {
                only = layout_find(index, load->request->only, "the archive", err);
                return only ? take_descriptor(load, only, err) : -1;
        }
        json_array_foreach (json_object_get(index, "manifests"), i, entry)
                if (take_descriptor(load, entry, err) < 0)
                        return -1;
        return 0;
}

/* Docker: manifest.json. */

static json_t *blob_descriptor(const char *type, const struct digest *digest, uint64_t size)
{
        return json_pack("{s:s, s:I, s:s}", "mediaType", type, "size", (json_int_t)size, "digest",
                         digest->text);
}

static const char *docker_layer_type(enum layer_compression compression)
{
        bool known = compression == LAYER_GZIP || compression == LAYER_ZSTD;

        return manifest_layer_type(known ? compression : LAYER_PLAIN, true);
}

static int docker_layers(struct load *load, const json_t *names, json_t *layers, struct error *err)
{
        size_t i;
        json_t *name;

        json_array_foreach (names, i, name) {
                const char *path = json_is_string(name) ? json_string_value(name) : "";
                const struct archive_part *part = archive_in_find(&load->in, path);

                if (!part)
                        return error_set(err, ERROR_INVALID, "the archive lacks the layer \"%s\"",
                                         path);
                json_array_append_new(layers, blob_descriptor(docker_layer_type(part->compression),
                                                              &part->digest, part->size));
        }
        return 0;
}

static int docker_manifest(struct load *load, const json_t *image, char **text_out,
                           struct error *err)
{
        const char *config_name = json_get_string(image, "Config", "");
        const struct archive_part *config = archive_in_find(&load->in, config_name);
        AUTO_JSON json_t *layers = json_array();
        AUTO_JSON json_t *manifest = NULL;

        if (!config || !config->text)
                return error_set(err, ERROR_INVALID, "the archive lacks the image config \"%s\"",
                                 config_name);
        if (docker_layers(load, json_object_get(image, "Layers"), layers, err) < 0)
                return -1;
        manifest = json_pack(
                "{s:i, s:s, s:o, s:O}", "schemaVersion", 2, "mediaType", MEDIA_DOCKER_MANIFEST,
                "config",
                blob_descriptor(MEDIA_DOCKER_CONFIG, &config->digest, strlen(config->text)),
                "layers", layers);
        *text_out = json_dumps(manifest, JSON_INDENT(3));
        return 0;
}

static bool docker_wanted(const struct load *load, const json_t *image, size_t at)
{
        const char *only = load->request->only;
        AUTO(strv) tags = { 0 };
        AUTO_FREE char *name = only ? transport_local_name(only) : NULL;
        bool found = false;

        if (!only)
                return true;
        if (only[0] == '@')
                return strtoul(only + 1, NULL, 10) == at;
        json_to_strv(json_object_get(image, "RepoTags"), &tags);
        for (size_t i = 0; i < tags.count; i++) {
                AUTO_FREE char *tag = transport_local_name(tags.items[i]);

                found = found || strcmp(tags.items[i], only) == 0 ||
                        (name && tag && strcmp(tag, name) == 0);
        }
        return found;
}

static int load_docker(struct load *load, const struct archive_part *part, struct error *err)
{
        AUTO_JSON json_t *list = NULL;
        size_t i, t;
        json_t *image, *tag;

        if (parse_document(part, &list, err) < 0)
                return -1;
        json_array_foreach (list, i, image) {
                AUTO_FREE char *text = NULL;
                struct loaded *loaded;

                if (!docker_wanted(load, image, i))
                        continue;
                if (docker_manifest(load, image, &text, err) < 0 ||
                    take_image(load, text, &loaded, err) < 0)
                        return -1;
                json_array_foreach (json_object_get(image, "RepoTags"), t, tag) {
                        char *name = json_is_string(tag)
                                             ? transport_local_name(json_string_value(tag))
                                             : NULL;

                        if (name)
                                strv_take(&loaded->names, name);
                }
        }
        if (load->count == 0 && load->request->only)
                return error_set(err, ERROR_NOT_FOUND, "the archive has no image \"%s\"",
                                 load->request->only);
        return 0;
}

/* With the lock held: is all that was there already still there? */
static int check_complete(const struct load *load, struct error *err)
{
        for (size_t i = 0; i < load->wanted.count; i++)
                if (!intake_has(load->intake, load->wanted.items[i]))
                        return error_set(err, ERROR_IN_USE,
                                         "another process removed a part of the image while it was "
                                         "being loaded: load it again");
        return 0;
}

static int publish(struct load *load, struct strv *names_out, struct error *err)
{
        AUTO_CLOSE int shared = store_lock_shared(load->store, err);

        if (shared < 0 || check_complete(load, err) < 0 ||
            intake_commit(load->intake, &load->wanted, err) < 0)
                return -1;
        for (size_t i = 0; i < load->count; i++) {
                struct loaded *image = &load->images[i];

                if (image->names.count == 0)
                        strv_add(&image->names, image->manifest.text);
                for (size_t n = 0; n < image->names.count; n++)
                        if (image_publish(load->store, image->names.items[n], &image->manifest,
                                          NULL, err) < 0)
                                return -1;
                strv_extend(names_out, &image->names);
        }
        return 0;
}

static int load_archive(const struct store *store, const struct load_request *request, int fd,
                        struct strv *names_out, struct error *err)
{
        AUTO(load) load = { .store = store, .request = request };
        const struct archive_part *index, *manifest;
        int rc;

        if (intake_open(store, "load", &load.intake, err) < 0 ||
            archive_in_read(load.intake, fd, request->cancel, &load.in, err) < 0)
                return -1;
        index = archive_in_find(&load.in, "index.json");
        manifest = archive_in_find(&load.in, "manifest.json");
        if (index)
                rc = load_oci(&load, index, err);
        else if (manifest)
                rc = load_docker(&load, manifest, err);
        else
                rc = error_set(err, ERROR_INVALID,
                               "this is no image archive: it has neither index.json nor "
                               "manifest.json");
        if (rc == 0 && load.count == 0)
                rc = error_set(err, ERROR_INVALID, "the archive has no images");
        return rc < 0 ? -1 : publish(&load, names_out, err);
}

/* Directories. */

static int bring_from(const struct store *store, const struct load_request *request,
                      struct source *source, const char *reference, const char *name,
                      struct strv *names_out, struct error *err)
{
        struct bring_request bring = { .source = source,
                                       .reference = reference,
                                       .platform = request->platform,
                                       .name = name,
                                       .quiet = true,
                                       .cancel = request->cancel };
        struct digest digest;

        if (bring_image(store, &bring, &digest, err) < 0)
                return -1;
        strv_add(names_out, name ? name : digest.text);
        return 0;
}

static int load_layout(const struct store *store, const struct load_request *request,
                       const json_t *index, struct strv *names_out, struct error *err)
{
        struct source *source;
        size_t i;
        json_t *entry;
        int rc;

        if (source_layout_open(request->path, &source, err) < 0)
                return -1;
        rc = 0;
        json_array_foreach (json_object_get(index, "manifests"), i, entry) {
                const char *label = layout_name(entry);
                AUTO_FREE char *name = label ? transport_local_name(label) : NULL;

                rc = bring_from(store, request, source, json_get_string(entry, "digest", ""), name,
                                names_out, err);
                if (rc < 0)
                        break;
        }
        source_close(source);
        return rc;
}

static int load_directory(const struct store *store, const struct load_request *request, int fd,
                          struct strv *names_out, struct error *err)
{
        AUTO_FREE char *name = transport_local_name(request->path);
        AUTO_JSON json_t *index = NULL;
        struct source *source;
        int rc;

        if (json_read_file(fd, "index.json", LIMIT_MANIFEST, &index, NULL) == 0)
                return load_layout(store, request, index, names_out, err);
        if (source_dir_open(request->path, &source, err) < 0)
                return -1;
        rc = bring_from(store, request, source, NULL, name, names_out, err);
        source_close(source);
        return rc;
}

/* Archives and directories have no signatures: policy.json accepts them or not. */
static int check_policy(const struct load_request *request, const char *transport,
                        struct error *err)
{
        struct policy *policy;
        int rc = policy_load(request->signature_policy, &policy, err);

        if (rc == 0) {
                rc = policy_check(policy, transport, request->path ? request->path : "stdin", NULL,
                                  "{}", 2, err);
                policy_free(policy);
        }
        return rc;
}

int image_load(const struct store *store, const struct load_request *request,
               struct strv *names_out, struct error *err)
{
        AUTO_CLOSE int opened = -1;
        struct stat st;
        int fd = request->fd;

        if (request->path) {
                opened = open(request->path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
                fd = opened;
        }
        if (fd < 0 || fstat(fd, &st) < 0)
                return error_sys(err, errno, "open %s", request->path ? request->path : "archive");
        if (check_policy(request, S_ISDIR(st.st_mode) ? "dir" : "docker-archive", err) < 0)
                return -1;
        if (S_ISDIR(st.st_mode))
                return load_directory(store, request, fd, names_out, err);
        return load_archive(store, request, fd, names_out, err);
}
