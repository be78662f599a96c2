/* Layers into one: --squash, --squash-all, --layers=false. See stage.h.
 *
 * What the layers change together is found by comparing the image's files with the base's: so a
 * file that one step made and the next removed is in neither.
 */
#include "engine/build/stage.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "engine/build/tree_changes.h"
#include "engine/storage/pack.h"
#include "rootless/userns.h"

#include <fcntl.h>
#include <string.h>

static int pack_layer(struct stage *stage, int root_fd, const struct changes *only,
                      struct built_layer *layer_out, struct error *err)
{
        struct pack_options options = { .recorded = stage->view.recorded,
                                        .only = only,
                                        .mtime = stage->executor->options->timestamp };
        struct error why = { 0 };
        struct intake *intake;
        struct pack pack;
        int rc;

        if (stage_intake(stage, &intake, err) < 0 || pack_start(root_fd, &options, &pack, err) < 0)
                return -1;
        rc = build_layer(intake, pack.fd, layer_out, err);
        if (pack_wait(&pack, &why) < 0 && (rc == 0 || why.kind != ERROR_GENERAL))
                return error_copy(err, &why);
        return rc;
}

/* Against the base's files. */
static int find_changes(struct stage *stage, struct changes *changes, struct error *err)
{
        const struct store *store = stage->executor->store;
        bool nothing = !stage->base.manifest.text[0];
        struct view base = VIEW_EMPTY;
        int rc = view_open(store, &stage->executor->staging, nothing ? NULL : &stage->base, &base,
                           err);

        if (rc == 0)
                rc = tree_changes_find(&base, &stage->view, changes, err);
        view_close(store, &base);
        return rc;
}

/* The steps stay in the history, and the one layer is the last one's. */
static void fold_history(struct stage *stage, bool all, bool has_layer)
{
        json_t *history = json_object_get(stage->config, "history");
        size_t before = all ? 0 : json_array_size(json_object_get(stage->base.config, "history"));
        size_t count = json_array_size(history);

        for (size_t i = before; i < count; i++)
                json_object_set_new(json_array_get(history, i), "empty_layer", json_true());
        if (has_layer && count > before)
                json_object_del(json_array_get(history, count - 1), "empty_layer");
}

static int make_image(struct stage *stage, bool all, const struct built_layer *layer,
                      struct error *err)
{
        AUTO_JSON json_t *written = NULL;
        struct build build = { .layer = layer,
                               .docker = stage->executor->options->docker,
                               .annotations = stage->annotations };
        AUTO(image) next = { 0 };
        struct intake *intake;

        if (stage_intake(stage, &intake, err) < 0)
                return -1;
        fold_history(stage, all, layer != NULL);
        build.config = written = stage_written_config(stage);
        build.base = all || !stage->base.manifest.text[0] ? NULL : &stage->base;
        if (build_image_next(intake, &build, &next, err) < 0)
                return -1;
        stage->parent = stage->base.manifest;
        if (all || !stage->parent.text[0])
                digest_of("", 0, &stage->parent);
        return stage_replace(stage, &next, err);
}

int squash(struct stage *stage, bool all, struct error *err)
{
        AUTO(changes) changes = { 0 };
        AUTO_CLOSE int root_fd = -1;
        struct built_layer layer;
        bool empty;

        if (stage_view(stage, err) < 0 || (!all && find_changes(stage, &changes, err) < 0))
                return -1;
        empty = all ? stage->image.layer_count == 0 : changes.count == 0;
        if (!all && stage->image.layer_count == stage->base.layer_count)
                return 0; /* none was added */
        root_fd = open(stage->view.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (root_fd < 0)
                return error_sys(err, errno, "open the image's files");
        if (!empty && pack_layer(stage, root_fd, all ? NULL : &changes, &layer, err) < 0)
                return -1;
        return make_image(stage, all, empty ? NULL : &layer, err);
}
