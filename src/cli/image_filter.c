/* --filter of images. A filter is a row of the table below: what to prepare once from its value,
 * and how it holds an image against it. */
#include "cli/image_filter.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "cli/human.h"
#include "cli/registry_options.h"
#include "engine/image/reference.h"

#include <fnmatch.h>
#include <string.h>

struct kind;

struct image_filter {
        const struct kind *kind;
        const char *value; /* points into the word */
        bool wanted;       /* of a true or false */
        time_t time;
        char id[DIGEST_HEX_LEN + 1]; /* of the image that it is compared with */
};

struct kind {
        const char *key;
        bool alternative; /* one of several is enough */
        int (*prepare)(struct image_filter *filter, struct image_filters *all, struct error *err);
        bool (*match)(const struct image_filter *filter, const struct image_filters *all,
                      struct image *image, const char *name);
};

static int prepare_none(struct image_filter *f, struct image_filters *all, struct error *err)
{
        (void)f, (void)all, (void)err;
        return 0;
}

static int prepare_bool(struct image_filter *f, struct image_filters *all, struct error *err)
{
        (void)all;
        return parse_bool(f->value, f->kind->key, &f->wanted, err);
}

static int prepare_containers(struct image_filter *f, struct image_filters *all, struct error *err)
{
        if (strcmp(f->value, "external") == 0)
                return error_set(err, ERROR_UNSUPPORTED,
                                 "filter containers=external: kelp has no containers but its own");
        if (prepare_bool(f, all, err) < 0)
                return -1;
        if (all->holders.containers.count == 0)
                holders_load(all->store, &all->holders);
        return 0;
}

static int prepare_time(struct image_filter *f, struct image_filters *all, struct error *err)
{
        int64_t ns;

        (void)all;
        if (human_parse_time(f->value, &ns, err) < 0)
                return error_context(err, "filter %s", f->kind->key);
        f->time = (time_t)(ns / 1000000000);
        return 0;
}

static int prepare_image(struct image_filter *f, struct image_filters *all, struct error *err)
{
        AUTO(image) image = { 0 };

        if (image_find(all->store, f->value, &image, err) < 0)
                return -1;
        f->time = image.created;
        memcpy(f->id, image.id, sizeof(f->id));
        return 0;
}

static bool match_since(const struct image_filter *f, const struct image_filters *all,
                        struct image *image, const char *name)
{
        (void)all, (void)name;
        return image->created >= f->time && strcmp(image->id, f->id) != 0;
}

static bool match_before(const struct image_filter *f, const struct image_filters *all,
                         struct image *image, const char *name)
{
        (void)all, (void)name;
        return image->created < f->time && strcmp(image->id, f->id) != 0;
}

static bool match_until(const struct image_filter *f, const struct image_filters *all,
                        struct image *image, const char *name)
{
        (void)all, (void)name;
        return image->created < f->time;
}

static bool match_containers(const struct image_filter *f, const struct image_filters *all,
                             struct image *image, const char *name)
{
        (void)name;
        return (holders_find(&all->holders, image->id) != NULL) == f->wanted;
}

static bool match_dangling(const struct image_filter *f, const struct image_filters *all,
                           struct image *image, const char *name)
{
        (void)all, (void)name;
        return (image->names.count == 0 && !image->intermediate) == f->wanted;
}

static bool match_intermediate(const struct image_filter *f, const struct image_filters *all,
                               struct image *image, const char *name)
{
        (void)all, (void)name;
        return image->intermediate == f->wanted;
}

static bool match_digest(const struct image_filter *f, const struct image_filters *all,
                         struct image *image, const char *name)
{
        (void)all, (void)name;
        return strncmp(image->manifest.text, f->value, strlen(f->value)) == 0 ||
               (image->index.text[0] &&
                strncmp(image->index.text, f->value, strlen(f->value)) == 0);
}

static bool match_id(const struct image_filter *f, const struct image_filters *all,
                     struct image *image, const char *name)
{
        const char *bare = strncmp(f->value, "sha256:", 7) == 0 ? f->value + 7 : f->value;

        (void)all, (void)name;
        return strncmp(image->id, bare, strlen(bare)) == 0;
}

static bool match_manifest(const struct image_filter *f, const struct image_filters *all,
                           struct image *image, const char *name)
{
        (void)all, (void)name;
        return image->list == f->wanted;
}

static bool match_readonly(const struct image_filter *f, const struct image_filters *all,
                           struct image *image, const char *name)
{
        (void)all, (void)name;
        return image->read_only == f->wanted;
}

/* "KEY" or "KEY=VALUE", both may be patterns. */
static bool has_label(const struct image_filter *f, const struct image_filters *all,
                      struct image *image)
{
        size_t len = strcspn(f->value, "=");
        AUTO_FREE char *wanted_key = xstrndup(f->value, len);
        const char *wanted = f->value[len] ? f->value + len + 1 : NULL;
        const char *key;
        json_t *value;

        if (!image->config && image_fill(all->store, image, NULL) < 0)
                return false;
        json_object_foreach (json_object_get(json_object_get(image->config, "config"), "Labels"),
                             key, value)
                if (fnmatch(wanted_key, key, 0) == 0 &&
                    (!wanted ||
                     (json_is_string(value) && fnmatch(wanted, json_string_value(value), 0) == 0)))
                        return true;
        return false;
}

static bool match_label(const struct image_filter *f, const struct image_filters *all,
                        struct image *image, const char *name)
{
        (void)name;
        return has_label(f, all, image);
}

static bool match_no_label(const struct image_filter *f, const struct image_filters *all,
                           struct image *image, const char *name)
{
        (void)name;
        return !has_label(f, all, image);
}

/* The pattern may leave out the registry, the path's beginning and the tag. */
static bool match_reference(const struct image_filter *f, const struct image_filters *all,
                            struct image *image, const char *name)
{
        AUTO(reference) ref = { 0 };
        AUTO_FREE char *bare = NULL;
        const char *at;

        (void)all, (void)image;
        if (!name || reference_parse(name, &ref, NULL) < 0)
                return false;
        bare = xasprintf("%s/%s", ref.registry, ref.path);
        for (at = name; at; at = strchr(at, '/') ? strchr(at, '/') + 1 : NULL)
                if (fnmatch(f->value, at, 0) == 0)
                        return true;
        for (at = bare; at; at = strchr(at, '/') ? strchr(at, '/') + 1 : NULL)
                if (fnmatch(f->value, at, 0) == 0)
                        return true;
        return false;
}

static const struct kind kinds[] = {
        { "after", false, prepare_image, match_since },
        { "before", false, prepare_image, match_before },
        { "containers", false, prepare_containers, match_containers },
        { "dangling", false, prepare_bool, match_dangling },
        { "digest", true, prepare_none, match_digest },
        { "id", true, prepare_none, match_id },
        { "intermediate", false, prepare_bool, match_intermediate },
        { "label", false, prepare_none, match_label },
        { "label!", false, prepare_none, match_no_label },
        { "manifest", false, prepare_bool, match_manifest },
        { "readonly", false, prepare_bool, match_readonly },
        { "reference", true, prepare_none, match_reference },
        { "since", false, prepare_image, match_since },
        { "until", false, prepare_time, match_until },
};

static const struct kind *find_kind(const char *word, size_t len)
{
        for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
                if (strlen(kinds[i].key) == len && strncmp(kinds[i].key, word, len) == 0)
                        return &kinds[i];
        return NULL;
}

int image_filters_init(const struct strv *words, const struct store *store,
                       struct image_filters *filters_out, struct error *err)
{
        struct image_filters filters = { .store = store };

        filters.items = xcalloc(words->count + 1, sizeof(*filters.items));
        for (size_t i = 0; i < words->count; i++) {
                const char *word = words->items[i];
                size_t len = strcspn(word, "=");
                struct image_filter *f = &filters.items[filters.count];

                f->kind = find_kind(word, len);
                f->value = word + len + 1;
                if (!f->kind || !word[len]) {
                        image_filters_release(&filters);
                        return error_set(err, ERROR_USAGE,
                                         "invalid image filter \"%s\": must be in the format "
                                         "\"filter=value or filter!=value\"",
                                         word);
                }
                filters.count++;
                if (f->kind->prepare(f, &filters, err) < 0) {
                        image_filters_release(&filters);
                        return -1;
                }
        }
        *filters_out = filters;
        return 0;
}

void image_filters_release(struct image_filters *filters)
{
        free(filters->items);
        holders_release(&filters->holders);
        *filters = (struct image_filters){ 0 };
}

/* Alternatives of one key: does any match? */
static bool match_key(const struct image_filters *filters, const struct kind *kind,
                      struct image *image, const char *name)
{
        for (size_t i = 0; i < filters->count; i++)
                if (filters->items[i].kind == kind &&
                    kind->match(&filters->items[i], filters, image, name))
                        return true;
        return false;
}

bool image_filters_has(const struct image_filters *filters, const char *key)
{
        for (size_t i = 0; i < filters->count; i++)
                if (strcmp(filters->items[i].kind->key, key) == 0)
                        return true;
        return false;
}

bool image_filters_match(const struct image_filters *filters, struct image *image, const char *name)
{
        for (size_t i = 0; i < filters->count; i++) {
                const struct image_filter *f = &filters->items[i];
                bool matches = f->kind->alternative ? match_key(filters, f->kind, image, name)
                                                    : f->kind->match(f, filters, image, name);

                if (!matches)
                        return false;
        }
        return true;
}
