/* Where --from=NAME of COPY, ADD and RUN --mount looks. See stage.h. */
#include "engine/build/stage.h"

#include "base/alloc.h"
#include "base/cleanup.h"

#include <string.h>

static struct source_image *find_source(struct executor *executor, const char *name)
{
        struct source_image *source;

        for (size_t i = 0; i < executor->source_count; i++)
                if (strcmp(executor->sources[i]->name, name) == 0)
                        return executor->sources[i];
        source = xcalloc(1, sizeof(*source));
        source->name = xstrdup(name);
        source->view = VIEW_EMPTY;
        executor->sources = xreallocarray(executor->sources, executor->source_count + 1,
                                          sizeof(*executor->sources));
        executor->sources[executor->source_count++] = source;
        return source;
}

/* Of an image that is copied from: one view for the whole build. */
static int from_image(struct stage *stage, const char *name, struct from *from, struct error *err)
{
        struct executor *executor = stage->executor;
        struct source_image *source;

        source = find_source(executor, name);
        if (!source->image.manifest.text[0] &&
            stage_find_image(executor, name, NULL, &source->image, err) < 0)
                return error_context(err, "--from=%s: no stage or image found with that name",
                                     name);
        if (source->view.fd < 0 &&
            view_open(executor->store, &executor->staging, &source->image, &source->view, err) < 0)
                return -1;
        *from = (struct from){ .fd = source->view.fd, .view = &source->view, .name = source->name };
        memcpy(from->version, source->image.manifest.text, sizeof(from->version));
        return 0;
}

/* Which stages a trigger of the base image names is not known before it is there. */
static int not_built(const char *name, struct error *err)
{
        error_set(err, ERROR_INVALID,
                  "--from=%s: the stage is not built, since nothing in the Containerfile needs it",
                  name);
        return error_cure(err, "build all of them with --skip-unused-stages=false");
}

static int from_stage(struct stage *other, const char *name, struct from *from, struct error *err)
{
        if (!other->ended)
                return not_built(name, err);
        if (stage_view(other, err) < 0)
                return -1;
        *from = (struct from){ .fd = other->view.fd,
                               .view = &other->view,
                               .name = other->file->name ? other->file->name : "a stage" };
        memcpy(from->version, other->parent.text, sizeof(from->version));
        return 0;
}

int from_find(struct stage *stage, const char *name, struct from *from_out, struct error *err)
{
        struct executor *executor = stage->executor;
        const struct build_context *context = stage_context(executor, name);
        ssize_t other = containerfile_stage(executor->options->file, name, stage->index);

        if (context && context->image)
                return from_image(stage, context->image, from_out, err);
        if (context) {
                *from_out = (struct from){ .fd = context->fd,
                                           .ignore = &context->ignore,
                                           .name = context->path };
                return 0;
        }
        if (other >= 0)
                return from_stage(&executor->stages[other], name, from_out, err);
        return from_image(stage, name, from_out, err);
}
