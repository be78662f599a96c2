/* A stage that a child process built, on its way to the build. See stage.h, jobs.h.
 *
 *     staging/build-.../stage-N    JSON: the image, the manifests published, the platform, the ARGs
 */
#include "engine/build/stage.h"

#include "base/alloc.h"
#include "base/cleanup.h"

#include <stdio.h>
#include <string.h>

/* LIMIT_SCOPE, each character escaped. */
#define REPORT_MAX ((size_t)64 << 20)

struct report_name {
        char text[32];
};

static struct report_name name_of(const struct stage *stage)
{
        struct report_name name;

        snprintf(name.text, sizeof(name.text), "stage-%zu", stage->index);
        return name;
}

int stage_report_write(const struct stage *stage, struct error *err)
{
        const struct build_scope *scope = &stage->scope;
        AUTO_JSON json_t *report =
                json_pack("{s:s, s:s, s:o, s:o, s:o, s:I}", "manifest", stage->image.manifest.text,
                          "id", stage->image.id, "made", json_from_strv(&stage->executor->made),
                          "declared", json_from_strv(&scope->declared), "names",
                          json_from_strv(&scope->names), "size", (json_int_t)scope->size);

        if (stage->platform)
                json_set_string(report, "platform", stage->platform);
        return json_write_file(stage->executor->staging.dir_fd, name_of(stage).text, report, 0600,
                               err);
}

static void read_scope(const json_t *report, struct build_scope *scope)
{
        json_to_strv(json_object_get(report, "declared"), &scope->declared);
        json_to_strv(json_object_get(report, "names"), &scope->names);
        scope->size = (size_t)json_get_int(report, "size", 0);
}

static int read_image(const json_t *report, struct stage *stage, struct error *err)
{
        struct image image = { 0 };
        const char *manifest = json_get_string(report, "manifest", "");

        if (manifest[0] && digest_parse(manifest, &image.manifest, err) < 0)
                return -1;
        snprintf(image.id, sizeof(image.id), "%s", json_get_string(report, "id", ""));
        if (stage_copy_image(stage->executor, &image, &stage->image, err) < 0)
                return -1;
        stage->parent = stage->image.manifest;
        if (!stage->parent.text[0])
                digest_of("", 0, &stage->parent);
        return 0;
}

int stage_report_read(struct stage *stage, struct error *err)
{
        const char *platform;
        AUTO_JSON json_t *report = NULL;

        if (json_read_file(stage->executor->staging.dir_fd, name_of(stage).text, REPORT_MAX,
                           &report, err) < 0)
                return -1;
        json_to_strv(json_object_get(report, "made"), &stage->executor->made);
        platform = json_get_string(report, "platform", NULL);
        stage->platform = platform ? xstrdup(platform) : NULL;
        read_scope(report, &stage->scope);
        return read_image(report, stage, err);
}
