/* kelp image sign. */
#include "base/cleanup.h"
#include "base/json.h"
#include "base/path.h"
#include "cli/global.h"
#include "cli/options/registry_options.h"
#include "engine/image/image.h"
#include "engine/image/manifest.h"
#include "engine/image/reference.h"
#include "engine/image/sign.h"
#include "engine/image/source.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

struct sign_args {
        struct registry_args registry;
        const char *directory, *key;
        bool all;
};
#define OPT_ARGS struct sign_args

static const struct opt sign_options[] = {
        OPT_BOOL('a', "all", all, "Each image of a list in a registry, not the list"),
        REGISTRY_OPTIONS(registry),
        OPT_STR('d', "directory", directory, "DIRECTORY", "Where the signatures are written"),
        OPT_STR(0, "sign-by", key, "KEY", "The key, as gpg finds it: a name, an address, an ID"),
        { 0 },
};

static int sign_entries(const struct sign_args *args, const struct reference *ref,
                        const json_t *index, struct error *err)
{
        const json_t *entry;
        size_t i;

        json_array_foreach (json_object_get(index, "manifests"), i, entry) {
                struct digest digest;

                if (digest_parse(json_get_string(entry, "digest", ""), &digest, err) < 0 ||
                    sign_manifest(ref, &digest, args->key, args->directory, err) < 0)
                        return -1;
        }
        return 0;
}

static int fetch(const struct sign_args *args, const struct global_args *global,
                 const struct reference *ref, char **manifest_out, size_t *len_out,
                 struct error *err)
{
        struct registry_options options;
        struct client_options client;
        struct source *source;
        int rc;

        if (registry_options_read(&args->registry, global, &options, err) < 0)
                return -1;
        client = (struct client_options){ .authfile = options.authfile,
                                          .creds = options.creds,
                                          .cert_dir = options.cert_dir,
                                          .tls_verify = options.tls_verify };
        if (source_registry_open(ref, &client, &source, err) < 0)
                return -1;
        rc = source_manifest(source, ref->digest ? ref->digest : ref->tag, manifest_out, len_out,
                             NULL, err);
        source_close(source);
        return rc;
}

static int sign_remote(const struct sign_args *args, const struct global_args *global,
                       const char *name, struct error *err)
{
        AUTO(reference) ref = { 0 };
        AUTO_FREE char *manifest = NULL;
        AUTO_JSON json_t *json = NULL;
        struct digest digest;
        size_t len;

        if (reference_parse(name, &ref, err) < 0)
                return -1;
        if (!ref.registry)
                return error_set(err, ERROR_USAGE, "docker://%s names no registry", name);
        if (fetch(args, global, &ref, &manifest, &len, err) < 0 ||
            json_parse(manifest, len, name, &json, err) < 0)
                return -1;
        if (args->all && !manifest_is_index(json, NULL))
                return error_set(err, ERROR_INVALID, "%s is not a list of images", name);
        digest_of(manifest, len, &digest);
        return args->all ? sign_entries(args, &ref, json, err)
                         : sign_manifest(&ref, &digest, args->key, args->directory, err);
}

static int sign_local(const struct context *ctx, const struct sign_args *args, const char *name,
                      struct error *err)
{
        AUTO(image) image = { 0 };
        AUTO(reference) ref = { 0 };

        if (args->all)
                return error_set(err, ERROR_USAGE, "--all is for a list in a registry: docker://%s",
                                 name);
        if (image_lookup(&ctx->store, name, &image, err) < 0)
                return -1;
        if (image.by_id || image.names.count == 0)
                return error_set(err, ERROR_USAGE,
                                 "%s: what is signed is a name, not an ID: name the image", name);
        return reference_parse(image.names.items[0], &ref, err) < 0
                       ? -1
                       : sign_manifest(&ref, &image.manifest, args->key, args->directory, err);
}

static int sign_one(struct context *ctx, void *data, const char *name, struct error *err)
{
        static const char local[] = "containers-storage:", remote[] = "docker://";
        const struct sign_args *args = data;
        int rc;

        if (strncmp(name, remote, strlen(remote)) == 0)
                rc = sign_remote(args, &ctx->global, name + strlen(remote), err);
        else
                rc = sign_local(ctx, args,
                                strncmp(name, local, strlen(local)) == 0 ? name + strlen(local)
                                                                         : name,
                                err);
        return rc < 0 ? error_context(err, "sign %s", name) : 0;
}

static int sign_run(struct context *ctx, void *data, struct error *err)
{
        const struct sign_args *args = data;
        const char *file = args->registry.authfile;
        AUTO_FREE char *inside = NULL; /* of the directory: a file has no such */

        if (file && auth_file_check(file, err) < 0)
                return -1;
        if (!args->key || !args->key[0])
                return error_set(err, ERROR_USAGE, "no identity provided: --sign-by names the key");
        if (!args->directory)
                return error_set(err, ERROR_USAGE,
                                 "--directory is needed: kelp does not read registries.d");
        inside = path_join(args->directory, ".");
        if (access(inside, W_OK | X_OK) < 0)
                return error_sys(err, errno, "%s", args->directory);
        return for_each_operand(ctx, data, sign_one, err);
}

const struct command cmd_image_sign = {
        .name = "image sign",
        .synopsis = "[OPTIONS] IMAGE...",
        .summary = "Sign images with a key of gpg's",
        .needs = NEEDS_STORE,
        .min_operands = 1,
        .max_operands = -1,
        .args_size = sizeof(struct sign_args),
        .options = sign_options,
        .run = sign_run,
};
