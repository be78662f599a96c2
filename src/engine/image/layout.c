/* Names in an OCI layout's index. See layout.h. */
#include "engine/image/layout.h"

#include "base/cleanup.h"
#include "base/strbuf.h"

#include <string.h>

const char *layout_name(const json_t *descriptor)
{
        const json_t *annotations = json_object_get(descriptor, "annotations");

        return json_get_string(annotations, ANNOTATION_CONTAINERD_NAME,
                               json_get_string(annotations, ANNOTATION_REF_NAME, NULL));
}

static bool has_name(const json_t *descriptor, const char *name)
{
        const json_t *annotations = json_object_get(descriptor, "annotations");

        return strcmp(json_get_string(annotations, ANNOTATION_REF_NAME, ""), name) == 0 ||
               strcmp(json_get_string(annotations, ANNOTATION_CONTAINERD_NAME, ""), name) == 0 ||
               strcmp(json_get_string(descriptor, "digest", ""), name) == 0;
}

static int no_such(const json_t *manifests, const char *name, const char *where, struct error *err)
{
        AUTO(strbuf) names = { .max = 500 };
        size_t i;
        json_t *entry;

        json_array_foreach (manifests, i, entry)
                strbuf_addf(&names, "%s%s", i ? ", " : "",
                            layout_name(entry) ? layout_name(entry)
                                               : json_get_string(entry, "digest", "?"));
        if (!name && json_array_size(manifests) > 1)
                return error_set(err, ERROR_USAGE, "%s has several images, name one: %s", where,
                                 names.data);
        return error_set(err, ERROR_NOT_FOUND, "%s has no image \"%s\", only: %s", where,
                         name ? name : "", names.data ? names.data : "none");
}

const json_t *layout_find(const json_t *index, const char *name, const char *where,
                          struct error *err)
{
        const json_t *manifests = json_object_get(index, "manifests");
        size_t i;
        json_t *entry;

        if (!name && json_array_size(manifests) == 1)
                return json_array_get(manifests, 0);
        json_array_foreach (manifests, i, entry)
                if (name && has_name(entry, name))
                        return entry;
        no_such(manifests, name, where, err);
        return NULL;
}
