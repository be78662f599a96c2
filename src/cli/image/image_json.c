/* Images as JSON. See image_json.h. */
#include "cli/image/image_json.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "cli/output/human.h"
#include "engine/image/past.h"

#include <string.h>

void image_split_name(const char *name, char **repository_out, char **tag_out)
{
        const char *at = name ? strchr(name, '@') : NULL;
        const char *colon = name ? strrchr(name, ':') : NULL;

        if (!name || at || !colon) {
                *repository_out = name ? xstrndup(name, at ? (size_t)(at - name) : strlen(name))
                                       : xstrdup("<none>");
                *tag_out = xstrdup("<none>");
                return;
        }
        *repository_out = xstrndup(name, (size_t)(colon - name));
        *tag_out = xstrdup(colon + 1);
}

char *image_digest_name(const char *name, const char *digest)
{
        const char *slash = strrchr(name, '/'), *at = strchr(name, '@');
        const char *colon = strrchr(slash ? slash : name, ':');
        size_t len = at ? (size_t)(at - name) : colon ? (size_t)(colon - name) : strlen(name);

        return xasprintf("%.*s@%s", (int)len, name, digest);
}

char *image_history(const struct store *store, const struct image *image)
{
        AUTO(strv) names = { 0 };

        past_names(store, image->id, &image->names, &names);
        return strv_join(&names, ", ");
}

json_t *image_repo_digests(const struct image *image)
{
        AUTO(strv) list = { 0 };

        for (size_t i = 0; i < image->names.count; i++) {
                AUTO_FREE char *own =
                        image_digest_name(image->names.items[i], image->manifest.text);
                AUTO_FREE char *index =
                        image->index.text[0]
                                ? image_digest_name(image->names.items[i], image->index.text)
                                : NULL;

                if (!strv_contains(&list, own))
                        strv_add(&list, own);
                if (index && !strv_contains(&list, index))
                        strv_add(&list, index);
        }
        return json_from_strv(&list);
}

static json_t *labels_of(const struct store *store, struct image *image)
{
        json_t *labels;

        if (!image->config && image_fill(store, image, NULL) < 0)
                return json_null();
        labels = json_object_get(json_object_get(image->config, "config"), "Labels");
        return labels ? json_incref(labels) : json_null();
}

static int count_containers(const struct holders *holders, const char *id)
{
        int count = 0;

        for (size_t i = 0; i < holders->image_ids.count; i++)
                count += strcmp(holders->image_ids.items[i], id) == 0;
        return count;
}

static void add_template_fields(json_t *json, const struct store *store, const struct image *image,
                                const char *name, bool no_trunc)
{
        AUTO_FREE char *repository = NULL;
        AUTO_FREE char *tag = NULL;
        AUTO_FREE char *created = human_go_time((int64_t)image->created * 1000000000);
        AUTO_FREE char *size = human_size(image->size);
        AUTO_FREE char *age = human_duration((int64_t)(time(NULL) - image->created));
        AUTO_FREE char *since = xasprintf("%s ago", age);
        AUTO_FREE char *history = image_history(store, image);
        AUTO_FREE char *id = xasprintf(no_trunc ? "sha256:%s" : "%.12s", image->id);

        image_split_name(name, &repository, &tag);
        json_set_string(json, "Repository", repository);
        json_set_string(json, "Tag", tag);
        json_set_string(json, "ID", id);
        json_set_string(json, "CreatedAt", created);
        json_set_string(json, "CreatedTime", created);
        json_set_string(json, "CreatedSince", since);
        json_set_string(json, "Created", since);
        json_set_string(json, "Size", size);
        json_set_string(json, "History", history);
        json_object_set_new(json, "ReadOnly", json_boolean(image->read_only));
        json_object_set_new(json, "RepoTags", json_from_strv(&image->names));
}

json_t *image_json_row(const struct store *store, struct image *image, const char *name,
                       const struct holders *holders, bool for_template, bool no_trunc)
{
        AUTO_FREE char *created = human_rfc3339((int64_t)image->created * 1000000000);
        AUTO(strv) past = { 0 };
        json_t *json;

        past_names(store, image->id, &image->names, &past);
        json = json_pack("{s:s, s:s, s:o, s:I, s:i, s:I, s:o, s:i, s:o, s:s, s:o, s:I, s:s}", "Id",
                         image->id, "ParentId", "", "RepoDigests", image_repo_digests(image),
                         "Size", (json_int_t)image->size, "SharedSize", 0, "VirtualSize",
                         (json_int_t)image->size, "Labels", labels_of(store, image), "Containers",
                         count_containers(holders, image->id), "Names",
                         json_from_strv(&image->names), "Digest", image->manifest.text, "History",
                         json_from_strv(&past), "Created", (json_int_t)image->created, "CreatedAt",
                         created);

        json_object_set_new(json, "RepoTags", json_null());
        if (image->names.count == 0)
                json_object_set_new(json, "Dangling", json_true());
        if (image->list)
                json_object_set_new(json, "IsManifestList", json_true());
        if (image->read_only)
                json_object_set_new(json, "ReadOnly", json_true());
        if (for_template)
                add_template_fields(json, store, image, name, no_trunc);
        return json;
}
