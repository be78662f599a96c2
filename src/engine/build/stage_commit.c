/* An image for each instruction of a stage. See stage.h.
 *
 * Instructions without files cost a config and a manifest; these wait in the intake for the next
 * layer, or for somebody who needs the image, and become durable together.
 */
#include "engine/build/stage.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "engine/image/hold.h"
#include "engine/storage/implied.h"
#include "rootless/userns.h"

#include <string.h>

int stage_intake(struct stage *stage, struct intake **intake_out, struct error *err)
{
        if (!stage->intake && intake_open(stage->executor->store, "build", &stage->intake, err) < 0)
                return -1;
        *intake_out = stage->intake;
        return 0;
}

/* What OCI's format has no place for stays in Docker's (image-spec, config.md). */
static void drop_docker_only(json_t *whole)
{
        json_t *config = json_object_get(whole, "config");

        json_object_del(config, "Healthcheck");
        json_object_del(config, "Shell");
}

static void unset_env(json_t *config, const struct strv *names)
{
        AUTO(strv) env = { 0 };
        AUTO(strv) kept = { 0 };

        json_to_strv(json_object_get(config, "Env"), &env);
        for (size_t i = 0; i < env.count; i++) {
                AUTO_FREE char *name = xstrndup(env.items[i], strcspn(env.items[i], "="));

                if (!strv_contains(names, name))
                        strv_add(&kept, env.items[i]);
        }
        if (kept.count)
                json_object_set_new(config, "Env", json_from_strv(&kept));
        else
                json_object_del(config, "Env");
}

json_t *stage_written_config(const struct stage *stage)
{
        const struct executor_options *options = stage->executor->options;
        json_t *whole = json_deep_copy(stage->config);
        json_t *config = json_object_get(whole, "config");

        if (!options->docker)
                drop_docker_only(whole);
        if (options->omit_history)
                json_object_del(whole, "history");
        if (options->unset_env->count)
                unset_env(config, options->unset_env);
        for (size_t i = 0; i < options->unset_labels->count; i++)
                json_object_del(json_object_get(config, "Labels"), options->unset_labels->items[i]);
        if (json_object_size(json_object_get(config, "Labels")) == 0)
                json_object_del(config, "Labels");
        return whole;
}

static void note_step(struct stage *stage, const char *created_by, bool empty)
{
        const time_t *created = stage->executor->options->created;
        char now[32];

        build_timestamp(created ? *created : time(NULL), now);
        json_set_string(stage->config, "created", now);
        build_add_history(stage->config, now, created_by, NULL, empty);
}

/* Of an upper directory's archive, what it does not say of the layers below. */
static int fix_members(struct stage *stage, const struct image *next, struct error *err)
{
        return implied_dirs_fix(stage->intake, next->diff_ids, next->layer_count,
                                userns_own_mapping(), err);
}

static void wait_for_flush(struct stage *stage, const struct image *next)
{
        struct stage_pending *pending;

        stage->pending =
                xreallocarray(stage->pending, stage->pending_count + 1, sizeof(*stage->pending));
        pending = &stage->pending[stage->pending_count++];
        *pending = (struct stage_pending){ .manifest = next->manifest, .parent = stage->parent };
        memcpy(pending->id, next->id, sizeof(pending->id));
}

static void take_next(struct stage *stage, struct image *next)
{
        wait_for_flush(stage, next);
        image_release(&stage->image);
        stage->image = *next;
        *next = (struct image){ 0 };
        stage->parent = stage->image.manifest;
}

int stage_commit(struct stage *stage, const struct built_layer *layer, const char *created_by,
                 struct error *err)
{
        struct build build = { .layer = layer,
                               .docker = stage->executor->options->docker,
                               .annotations = stage->annotations };
        AUTO_JSON json_t *written = NULL;
        AUTO(image) next = { 0 };
        struct intake *intake;

        if (stage_intake(stage, &intake, err) < 0)
                return -1;
        note_step(stage, created_by, layer == NULL);
        build.config = written = stage_written_config(stage);
        build.base = stage->image.manifest.text[0] ? &stage->image : NULL;
        if (build_image_next(intake, &build, &next, err) < 0 ||
            (layer && fix_members(stage, &next, err) < 0))
                return -1;
        take_next(stage, &next);
        return layer ? stage_flush(stage, err) : 0;
}

int stage_replace(struct stage *stage, struct image *next, struct error *err)
{
        take_next(stage, next);
        return stage_flush(stage, err);
}

/* Under the shared lock. The same image may be there, from another build. */
static int publish(struct executor *executor, const struct stage_pending *pending,
                   struct error *err)
{
        AUTO(image) there = { 0 };

        if (image_find(executor->store, pending->manifest.text, &there, NULL) == 0)
                return 0;
        strv_add(&executor->made, pending->manifest.text);
        return image_publish_built(executor->store, pending->manifest.text, &pending->manifest,
                                   &pending->parent, err);
}

static int hold(struct stage *stage, const char *id, struct error *err)
{
        const struct staging *staging = &stage->executor->staging;

        if (strcmp(stage->held, id) == 0)
                return 0;
        if (hold_add(staging, id, err) < 0)
                return -1;
        snprintf(stage->held, sizeof(stage->held), "%s", id);
        return 0;
}

int stage_flush(struct stage *stage, struct error *err)
{
        struct executor *executor = stage->executor;
        AUTO_CLOSE int shared = -1;

        if (stage->pending_count == 0)
                return 0;
        shared = store_lock_shared(executor->store, err);
        if (shared < 0 || intake_commit(stage->intake, NULL, err) < 0)
                return -1;
        for (size_t i = 0; i < stage->pending_count; i++)
                if (publish(executor, &stage->pending[i], err) < 0)
                        return -1;
        if (hold(stage, stage->image.id, err) < 0)
                return -1;
        stage->pending_count = 0;
        intake_close(take_ptr(stage->intake));
        return 0;
}

int stage_take(struct stage *stage, struct image *image, struct error *err)
{
        const struct store *store = stage->executor->store;
        AUTO_CLOSE int shared = store_lock_shared(store, err);
        AUTO(image) there = { 0 };

        /* From here on it is held; it may have been removed just before. */
        if (shared < 0 || image_find(store, image->manifest.text, &there, err) < 0 ||
            hold(stage, image->id, err) < 0)
                return -1;
        image_release(&stage->image);
        stage->image = *image;
        *image = (struct image){ 0 };
        stage->parent = stage->image.manifest;
        return 0;
}

int stage_copy_image(struct executor *executor, const struct image *from, struct image *image_out,
                     struct error *err)
{
        *image_out = (struct image){ .manifest = from->manifest };
        if (!from->manifest.text[0])
                return 0;
        memcpy(image_out->id, from->id, sizeof(from->id));
        return image_fill(executor->store, image_out, err);
}
