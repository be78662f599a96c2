/* The nearest name of an object, looked for only when one was not found. */
#include "cli/nearest.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/suggest.h"
#include "cli/opt.h"
#include "engine/container/container.h"
#include "engine/image/name.h"

#include <string.h>

/* The name that the sentence is about: in quotes, or before ": image not known". The caller frees;
 * NULL: none. */
static char *name_in(const char *text)
{
        const char *open = strchr(text, '"');
        const char *close = open ? strchr(open + 1, '"') : NULL;
        const char *image = strstr(text, ": image not known");

        if (close)
                return xstrndup(open + 1, (size_t)(close - open - 1));
        return image ? xstrndup(text, (size_t)(image - text)) : NULL;
}

static void add_containers(const struct store *store, struct strv *names)
{
        AUTO(container_list) list = { 0 };
        struct error err = { 0 };

        if (container_list_load(store, &list, &err) < 0)
                return;
        for (size_t i = 0; i < list.count; i++)
                if (list.items[i].spec.name)
                        strv_add(names, list.items[i].spec.name);
}

/* Without registry and path, and without the tag, as people type them, and whole. */
static void add_images(const struct store *store, struct strv *names)
{
        AUTO(name_list) list = { 0 };
        struct error err = { 0 };

        if (name_list_load(store, &list, &err) < 0)
                return;
        for (size_t i = 0; i < list.count; i++) {
                const char *whole = list.items[i].reference;
                const char *slash = strrchr(whole, '/');
                const char *last = slash ? slash + 1 : whole;

                if (name_is_nameless(whole))
                        continue;
                strv_add(names, whole);
                strv_add(names, last);
                strv_take(names, xstrndup(last, strcspn(last, ":")));
        }
}

static const char *name_at(const void *data, size_t i)
{
        const struct strv *names = data;

        return i < names->count ? names->items[i] : NULL;
}

void nearest_suggest(const struct context *ctx, struct error *err)
{
        AUTO_FREE char *name = NULL;
        AUTO(strv) names = { 0 };
        const char *nearest;

        if (err->kind != ERROR_NOT_FOUND || err->cure[0] || ctx->store.root_fd < 0)
                return;
        name = name_in(err->text);
        if (!name)
                return;
        if (!strstr(err->text, "image not known"))
                add_containers(&ctx->store, &names);
        if (!strstr(err->text, "no container"))
                add_images(&ctx->store, &names);
        nearest = suggest_nearest(name, name_at, &names);
        if (nearest && strcmp(nearest, name) != 0) /* it may be there, but not whole */
                error_cure(err, "did you mean %s?", nearest);
}
