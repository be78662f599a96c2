/* import: one archive, one layer; config and manifest are made from what came out. */
#include "engine/image/import.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "engine/image/build.h"
#include "engine/image/manifest.h"

#include <string.h>
#include <time.h>

static json_t *make_config(const struct platform *platform, const struct import_options *options)
{
        char now[32];
        json_t *config;

        build_timestamp(time(NULL), now);
        config = json_pack("{s:s, s:s, s:s, s:O}", "created", now, "architecture", platform->arch,
                           "os", platform->os, "config", options->config);
        if (platform->variant[0])
                json_set_string(config, "variant", platform->variant);
        build_add_history(config, now, "kelp import", options->message, false);
        return config;
}

static int import_into(struct intake *intake, const struct store *store, int fd,
                       const struct import_options *options, struct digest *config_digest_out,
                       struct error *err)
{
        AUTO_JSON json_t *config = NULL;
        AUTO_CLOSE int shared = -1;
        struct built_layer layer;
        struct platform platform;
        struct digest manifest;

        platform_host(&platform);
        if (options->platform && platform_parse(options->platform, &platform, err) < 0)
                return -1;
        if (build_layer(intake, fd, &layer, err) < 0)
                return -1;
        config = make_config(&platform, options);
        if (build_image(intake, &(struct build){ .layer = &layer, .config = config },
                        config_digest_out, &manifest, err) < 0)
                return -1;
        shared = store_lock_shared(store, err);
        if (shared < 0 || intake_commit(intake, NULL, err) < 0)
                return -1;
        return image_publish(store, options->reference ? options->reference : manifest.text,
                             &manifest, NULL, err);
}

int image_import(const struct store *store, int fd, const struct import_options *options,
                 struct digest *config_digest_out, struct error *err)
{
        struct intake *intake;
        int rc;

        if (intake_open(store, "import", &intake, err) < 0)
                return -1;
        rc = import_into(intake, store, fd, options, config_digest_out, err);
        intake_close(intake);
        return rc;
}
