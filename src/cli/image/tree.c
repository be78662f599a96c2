/* kelp image tree: an image's layers, and which images end in each. */
#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/strbuf.h"
#include "cli/global.h"
#include "cli/output/human.h"
#include "engine/image/image.h"
#include "engine/storage/layer.h"

#include <stdio.h>
#include <string.h>

struct tree_args {
        bool what_requires;
};
#define OPT_ARGS struct tree_args

static const struct opt tree_options[] = {
        OPT_BOOL(0, "whatrequires", what_requires, "Show the images that are built on it"),
        { 0 },
};

/* Names of the images whose topmost layer is this one, "" for none. */
static char *top_of(const struct image_list *list, const struct image *image, size_t layer)
{
        AUTO(strbuf) text = { 0 };

        for (size_t i = 0; i < list->count; i++) {
                const struct image *other = &list->items[i];

                if (other->layer_count != layer + 1 ||
                    memcmp(other->diff_ids, image->diff_ids,
                           (layer + 1) * sizeof(*image->diff_ids)) != 0)
                        continue;
                for (size_t n = 0; n < other->names.count; n++)
                        strbuf_addf(&text, "%s%s", text.len ? " " : "", other->names.items[n]);
        }
        return strbuf_take(&text);
}

static void print_layers(const struct store *store, const struct image_list *list,
                         const struct image *image)
{
        printf("Image Layers\n");
        for (size_t i = 0; i < image->layer_count; i++) {
                AUTO_FREE char *top = top_of(list, image, i);
                AUTO_FREE char *size = human_size_short(
                        layer_tar_size(store, &image->diff_ids[i], image->layer_sizes[i]), 3);

                printf("%s ID: %.12s Size: %7s%s%s%s\n", i + 1 < image->layer_count ? "├──" : "└──",
                       digest_hex(&image->diff_ids[i]), size, top[0] ? " Top Layer of: [" : "", top,
                       top[0] ? "]" : "");
        }
}

static bool built_on(const struct image *other, const struct image *base)
{
        return other->layer_count > base->layer_count &&
               memcmp(other->diff_ids, base->diff_ids,
                      base->layer_count * sizeof(*base->diff_ids)) == 0;
}

static void print_children(const struct image_list *list, const struct image *image)
{
        for (size_t i = 0; i < list->count; i++) {
                const struct image *other = &list->items[i];
                AUTO_FREE char *names = NULL;

                if (!built_on(other, image))
                        continue;
                names = strv_join(&other->names, " ");
                printf("└── ID: %.12s Tags: [%s]\n", other->id, names);
        }
}

static int tree_run(struct context *ctx, void *data, struct error *err)
{
        const struct tree_args *args = data;
        AUTO(image) image = { 0 };
        AUTO(image_list) list = { 0 };
        AUTO_FREE char *size = NULL;
        AUTO_FREE char *names = NULL;

        if (image_lookup(&ctx->store, ctx->argv[0], &image, err) < 0 ||
            image_load_names(&ctx->store, &image, err) < 0 ||
            image_list_load(&ctx->store, &list, err) < 0)
                return -1;
        for (size_t i = 0; i < list.count; i++) {
                struct error ignored = { 0 };

                (void)image_fill(&ctx->store, &list.items[i], &ignored); /* damaged: no layers */
        }
        size = human_size_short(image.size, 4);
        names = strv_join(&image.names, " ");
        printf("Image ID: %.12s\nTags:     [%s]\nSize:     %s\n", image.id, names, size);
        if (args->what_requires)
                print_children(&list, &image);
        else
                print_layers(&ctx->store, &list, &image);
        return 0;
}

const struct command cmd_image_tree = {
        .name = "image tree",
        .synopsis = "[OPTIONS] IMAGE",
        .summary = "Show an image's layers",
        .needs = NEEDS_STORE,
        .min_operands = 1,
        .max_operands = 1,
        .args_size = sizeof(struct tree_args),
        .options = tree_options,
        .run = tree_run,
};
