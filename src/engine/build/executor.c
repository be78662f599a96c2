/* A build from its first stage to the names of its image. See executor.h and stage.h. */
#include "engine/build/executor.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "engine/build/jobs.h"
#include "engine/build/needed.h"
#include "engine/build/run_container.h"
#include "engine/build/stage.h"
#include "engine/image/collect.h"
#include "engine/image/hold.h"
#include "engine/image/name.h"
#include "engine/state/events.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

void executor_release(struct executor *executor)
{
        for (size_t i = 0; i < executor->count; i++)
                stage_release(&executor->stages[i]);
        for (size_t i = 0; i < executor->source_count; i++) {
                view_close(executor->store, &executor->sources[i]->view);
                image_release(&executor->sources[i]->image);
                free(executor->sources[i]->name);
                free(executor->sources[i]);
        }
        free(executor->stages);
        free(executor->sources);
        strv_release(&executor->made);
        staging_release(&executor->staging);
}

bool executor_cancelled(const struct executor *executor)
{
        return executor->options->cancel && *executor->options->cancel;
}

int executor_interrupted(struct error *err)
{
        return error_set(err, ERROR_CANCELLED, "the build was interrupted");
}

static void make_stages(struct executor *executor)
{
        const struct containerfile *file = executor->options->file;

        executor->count = file->stage_count;
        executor->stages = xcalloc(file->stage_count, sizeof(*executor->stages));
        for (size_t i = 0; i < file->stage_count; i++)
                executor->stages[i] = (struct stage){ .executor = executor,
                                                      .file = &file->stages[i],
                                                      .index = i,
                                                      .view = VIEW_EMPTY };
}

static int prepare(struct executor *executor, struct error *err)
{
        const struct executor_options *options = executor->options;

        (void)staging_sweep(executor->store, NULL);
        run_container_sweep(executor->store);
        if (staging_create(executor->store, HOLD_STAGING, &executor->staging, err) < 0 ||
            view_enter(err) < 0 ||
            needed_target(options->file, options->target, &executor->target, err) < 0)
                return -1;
        make_stages(executor);
        needed_mark(executor, executor->target);
        for (size_t i = 0; options->all_stages && i < executor->target; i++)
                needed_mark(executor, i);
        return 0;
}

static int build_stages(struct executor *executor, struct error *err)
{
        if (executor->options->jobs != 1 && jobs_run(executor, err) < 0)
                return -1;
        for (size_t i = 0; i <= executor->target; i++) {
                struct stage *stage = &executor->stages[i];

                if (stage->needed && !stage->ended && stage_build(stage, err) < 0)
                        return -1;
        }
        return 0;
}

static int make_one_layer(struct executor *executor, struct error *err)
{
        const struct executor_options *options = executor->options;
        struct stage *stage = &executor->stages[executor->target];

        if (options->squash_all)
                return squash(stage, true, err);
        return options->squash || !options->layers ? squash(stage, false, err) : 0;
}

static void tell_unused(const struct executor_options *options)
{
        AUTO(strv) names = { 0 };
        AUTO_FREE char *joined = NULL;

        build_args_unused(options->args, options->file, &names);
        if (names.count == 0 || options->quiet)
                return;
        strv_sort(&names);
        joined = strv_join(&names, " ");
        printf("[Warning] one or more build args were not consumed: [%s]\n", joined);
}

static int give_names(struct executor *executor, struct error *err)
{
        const struct executor_options *options = executor->options;
        const struct store *store = executor->store;
        const struct image *image = &executor->stages[executor->target].image;
        AUTO_CLOSE int shared = store_lock_shared(store, err);
        AUTO(image) found = { 0 };

        if (shared < 0 || image_find(store, image->manifest.text, &found, err) < 0)
                return -1;
        tell_unused(options);
        for (size_t i = 0; i < options->names->count; i++) {
                const char *name = options->names->items[i];
                int rc = found.parent.text[0]
                                 ? image_publish_built(store, name, &image->manifest, &found.parent,
                                                       err)
                                 : image_publish(store, name, &image->manifest, &found.index, err);

                if (rc < 0)
                        return -1;
                if (!options->quiet)
                        printf("Successfully tagged %s\n", name);
        }
        events_write_image(store, "build", image->id,
                           options->names->count ? options->names->items[0] : image->id);
        return 0;
}

/* Another build may have taken it over meanwhile. */
static void drop_step(const struct store *store, const struct holders *holders,
                      const char *manifest)
{
        AUTO(name) name = { 0 };

        if (name_read(store, manifest, &name, NULL) == 0 && !holders_find(holders, name.id))
                (void)name_remove(store, manifest, NULL);
}

/* Without layers the images of the steps are of no use to anybody. What this build holds it needs
 * no more. */
static void drop_steps(struct executor *executor)
{
        const struct image *image = &executor->stages[executor->target].image;
        AUTO(staging) condemned = STAGING_EMPTY; /* released behind the lock */
        AUTO_CLOSE int lock = -1;
        AUTO(holders) holders = { 0 };

        if (executor->options->layers || executor->made.count == 0)
                return;
        lock = store_lock_exclusive(executor->store, NULL);
        if (lock < 0)
                return;
        hold_drop_all(&executor->staging);
        holders_load(executor->store, &holders);
        for (size_t i = 0; i < executor->made.count; i++)
                if (executor->failed || strcmp(executor->made.items[i], image->manifest.text) != 0)
                        drop_step(executor->store, &holders, executor->made.items[i]);
        (void)collect(executor->store, false, &condemned, NULL);
}

static int hand_out(struct executor *executor, struct error *err)
{
        const struct executor_options *options = executor->options;
        struct stage *stage = &executor->stages[executor->target];
        AUTO_CLOSE int fd = -1;

        if (!options->output)
                return 0;
        if (stage_view(stage, err) < 0)
                return -1;
        fd = open(stage->view.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (fd < 0)
                return error_sys(err, errno, "open the image's files");
        return options->output(options->output_data, fd, stage->view.recorded, err);
}

static int build(struct executor *executor, struct error *err)
{
        if (prepare(executor, err) < 0 || build_stages(executor, err) < 0 ||
            make_one_layer(executor, err) < 0)
                return -1;
        return give_names(executor, err) < 0 ? -1 : hand_out(executor, err);
}

int executor_run(const struct store *store, const struct executor_options *options,
                 struct digest *id_out, struct digest *manifest_out, int *exit_code_out,
                 struct error *err)
{
        struct executor executor = { .store = store, .options = options, .staging = STAGING_EMPTY };
        int rc = build(&executor, err);

        executor.failed = rc < 0;
        *exit_code_out = executor.exit_code;
        if (rc == 0) {
                *id_out = executor.stages[executor.target].image.config_digest;
                *manifest_out = executor.stages[executor.target].image.manifest;
        }
        if (executor.stages)
                drop_steps(&executor);
        executor_release(&executor);
        return rc;
}
