/* What a stage begins with: FROM. See stage.h. */
#include "engine/build/stage.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "engine/image/hold.h"
#include "engine/image/manifest.h"
#include "rootless/userns.h"

#include <string.h>
#include <strings.h>

const struct build_context *stage_context(const struct executor *executor, const char *name)
{
        const struct executor_options *options = executor->options;

        for (size_t i = 0; i < options->context_count; i++)
                if (strcasecmp(options->contexts[i].name, name) == 0)
                        return &options->contexts[i];
        return NULL;
}

int stage_find_image(struct executor *executor, const char *name, const char *platform,
                     struct image *image_out, struct error *err)
{
        struct pull_options pull = executor->options->pull;
        AUTO(image) image = { 0 };
        AUTO_CLOSE int shared = -1;

        if (platform)
                pull.platform = platform;
        if ((pull.policy != PULL_MISSING || pull.platform ||
             image_lookup(executor->store, name, &image, NULL) < 0) &&
            image_pull(executor->store, name, &pull, &image, err) < 0)
                return -1;
        if (image_ensure_layers(executor->store, &image, userns_own_mapping(), NULL, err) < 0)
                return -1;
        shared = store_lock_shared(executor->store, err);
        if (shared < 0 || hold_add(&executor->staging, image.id, err) < 0)
                return -1;
        if (!image_has_layers(executor->store, &image, userns_own_mapping()))
                return error_set(err, ERROR_NOT_FOUND,
                                 "%s: image not known: it was removed just now", name);
        image_touch(executor->store, &image);
        *image_out = image;
        image = (struct image){ 0 };
        return 0;
}

static json_t *empty_config(const char *platform_text)
{
        struct platform platform;
        json_t *config;

        platform_host(&platform);
        if (platform_text)
                (void)platform_parse(platform_text, &platform, NULL);
        config = json_pack("{s:s, s:s, s:{}}", "architecture", platform.arch, "os", platform.os,
                           "config");
        if (platform.variant[0])
                json_set_string(config, "variant", platform.variant);
        return config;
}

/* What other builders note of the container that they used is theirs. */
static json_t *config_of(const struct stage *stage)
{
        static const char *const others[] = { "container", "container_config", "docker_version",
                                              "id", "parent" };
        json_t *config = json_deep_copy(stage->base.config);

        for (size_t i = 0; i < ARRAY_SIZE(others); i++)
                json_object_del(config, others[i]);
        if (!json_is_object(json_object_get(config, "config")))
                json_object_set_new(config, "config", json_object());
        if (stage->executor->options->no_labels)
                json_object_del(json_object_get(config, "config"), "Labels");
        return config;
}

static int read_triggers(struct stage *stage, struct error *err)
{
        json_t *config = json_object_get(stage->config, "config");
        AUTO(strv) texts = { 0 };

        json_to_strv(json_object_get(config, "OnBuild"), &texts);
        json_object_del(config, "OnBuild");
        if (texts.count == 0)
                return 0;
        stage->triggers.items = xcalloc(texts.count, sizeof(*stage->triggers.items));
        for (size_t i = 0; i < texts.count; i++) {
                if (instruction_parse("ONBUILD of the base image", texts.items[i], true,
                                      &stage->triggers.items[i], err) < 0)
                        return -1;
                stage->triggers.count++;
        }
        return 0;
}

static int settle_config(struct stage *stage, const struct build_scope *base_scope,
                         struct error *err)
{
        const struct executor_options *options = stage->executor->options;
        AUTO(strv) env = { 0 };
        const json_t *annotations;

        stage->config =
                stage->base.manifest.text[0] ? config_of(stage) : empty_config(stage->platform);
        annotations = json_object_get(stage->base.manifest_json, "annotations");
        stage->annotations = annotations && !options->no_annotations ? json_deep_copy(annotations)
                                                                     : json_object();
        json_to_strv(json_object_get(json_object_get(stage->config, "config"), "Env"), &env);
        build_scope_begin(&stage->scope, options->args, &env, base_scope);
        return read_triggers(stage, err);
}

/* An image, the directory of a build context is none. */
static int find_base(struct stage *stage, const char *name, struct error *err)
{
        const struct build_context *context = stage_context(stage->executor, name);

        if (context && !context->image)
                return error_set(err, ERROR_INVALID,
                                 "the build context %s is a directory, and no image to begin with",
                                 name);
        if (stage_find_image(stage->executor, context ? context->image : name, stage->platform,
                             &stage->base, err) < 0)
                return error_context(err, "creating build container");
        return 0;
}

static int take_stage(struct stage *stage, const struct stage *other, struct error *err)
{
        if (stage_copy_image(stage->executor, &other->image, &stage->base, err) < 0)
                return -1;
        free(stage->platform);
        stage->platform = xstrdup(other->platform);
        return 0;
}

int stage_begin(struct stage *stage, const struct instruction *from, struct error *err)
{
        const char *name = from->words.items[0], *platform = instruction_flag(from, "platform");
        ssize_t other = containerfile_stage(stage->executor->options->file, name, stage->index);
        const struct build_scope *scope = NULL;

        if (platform && platform[0])
                stage->platform = xstrdup(platform);
        if (stage_context(stage->executor, name))
                other = -1;
        if (other >= 0) {
                scope = &stage->executor->stages[other].scope;
                if (take_stage(stage, &stage->executor->stages[other], err) < 0)
                        return -1;
        } else if (strcmp(name, "scratch") != 0 && find_base(stage, name, err) < 0) {
                return -1;
        }
        if (stage_copy_image(stage->executor, &stage->base, &stage->image, err) < 0)
                return -1;
        stage->parent = stage->image.manifest;
        if (!stage->parent.text[0])
                digest_of("", 0, &stage->parent);
        return settle_config(stage, scope, err);
}

int stage_view(struct stage *stage, struct error *err)
{
        const struct store *store = stage->executor->store;
        bool nothing = !stage->image.manifest.text[0];

        if (stage->view.fd >= 0 && digest_equal(&stage->view_of, &stage->parent))
                return 0;
        view_close(store, &stage->view);
        if (stage_flush(stage, err) < 0 ||
            view_open(store, &stage->executor->staging, nothing ? NULL : &stage->image,
                      &stage->view, err) < 0)
                return -1;
        stage->view_of = stage->parent;
        return 0;
}
