/* See log_tags.h. */
#include "cli/container/log_tags.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "cli/container/inspect_container.h"
#include "cli/output/template.h"
#include "engine/container/log_place.h"

#include <stdio.h>
#include <string.h>

static int expand(const char *template, const json_t *objects, char **text_out, struct error *err)
{
        AUTO_FREE char *text = NULL;
        size_t len = 0;
        FILE *out = open_memstream(&text, &len);
        int rc;

        if (!out)
                return error_sys(err, errno, "fill in %s", template);
        rc = template_print(template, objects, out, err);
        if (fclose(out) != 0 && rc == 0)
                rc = error_sys(err, errno, "fill in %s", template);
        if (rc < 0)
                return -1;
        if (len > 0 && text[len - 1] == '\n') /* behind the one object */
                text[len - 1] = '\0';
        *text_out = take_ptr(text);
        return 0;
}

static int add(const char *key, const char *value, const json_t *objects, struct strv *fields,
               struct error *err)
{
        AUTO_FREE char *text = NULL;

        if (!strstr(value, "{{"))
                text = xstrdup(value);
        else if (expand(value, objects, &text, err) < 0)
                return error_context(err, "--log-opt %s", value);
        if (strchr(text, '\n'))
                return error_set(err, ERROR_USAGE, "--log-opt %s: \"%s\" has several lines", key,
                                 text);
        strv_addf(fields, "%s=%s", key, text);
        return 0;
}

int log_tags_fill(const struct store *store, const struct container *container, struct strv *fields,
                  struct error *err)
{
        const struct container_spec *spec = &container->spec;
        AUTO_JSON json_t *objects = NULL;

        if (log_driver_of(spec) != LOG_DRIVER_JOURNALD ||
            (!spec->log_tag && !spec->log_labels.count))
                return 0;
        objects = json_pack("[o]", inspect_container(store, container));
        if (spec->log_tag && add("CONTAINER_TAG", spec->log_tag, objects, fields, err) < 0)
                return -1;
        for (size_t i = 0; i < spec->log_labels.count; i++) {
                const char *equals = strchr(spec->log_labels.items[i], '=');
                AUTO_FREE char *key = xstrndup(spec->log_labels.items[i],
                                               (size_t)(equals - spec->log_labels.items[i]));

                if (add(key, equals + 1, objects, fields, err) < 0)
                        return -1;
        }
        return 0;
}
