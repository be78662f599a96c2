/* Which member of a value a template's field means.
 *
 * podman's templates name the fields of Go structs, its JSON has keys: mostly the same words. Where
 * they differ, the field is found by the key's other names, then without regard to case
 * ({{.Host.Security.Rootless}} is host.security.rootless). Objects whose keys are data (labels,
 * ports) are maps: a key that is not there prints "<no value>", as in Go, and is no error. Fields
 * that an image's configuration leaves out when they are empty read as empty.
 */
#include "base/cleanup.h"
#include "base/strbuf.h"
#include "cli/output/template_tree.h"

#include <stdint.h>
#include <string.h>
#include <strings.h>

static const struct {
        const char *field, *key;
} other_names[] = {
        { "ID", "Id" },
        { "Src", "Source" },
        { "Dst", "Destination" },
        { "ImageID", "Image" },
        { "CGroupsVersion", "cgroupVersion" },
        { "CgroupsVersion", "cgroupVersion" },
};

/* Fields whose keys are data. */
static const char *const maps[] = { "Labels",       "Annotations", "Ports",
                                    "PortBindings", "Tmpfs",       "ExposedPorts",
                                    "Volumes",      "Networks",    "GraphOptions" };

/* What an image's Config may leave out, and what it is then. */
static const struct {
        const char *field;
        json_type type;
} omitted[] = {
        { "Cmd", JSON_ARRAY },         { "Entrypoint", JSON_ARRAY },      { "Env", JSON_ARRAY },
        { "OnBuild", JSON_ARRAY },     { "ExposedPorts", JSON_OBJECT },   { "Labels", JSON_OBJECT },
        { "Volumes", JSON_OBJECT },    { "StopSignal", JSON_STRING },     { "User", JSON_STRING },
        { "WorkingDir", JSON_STRING }, { "SdNotifySocket", JSON_STRING },
};

static bool is_map(const char *parent)
{
        for (size_t i = 0; parent && i < ARRAY_SIZE(maps); i++)
                if (strcasecmp(maps[i], parent) == 0)
                        return true;
        return false;
}

/* A new empty value for a field that is left out or null, or NULL. */
static json_t *empty_for(const char *field)
{
        for (size_t i = 0; i < ARRAY_SIZE(omitted); i++)
                if (strcmp(omitted[i].field, field) == 0)
                        return omitted[i].type == JSON_ARRAY    ? json_array()
                               : omitted[i].type == JSON_OBJECT ? json_object()
                                                                : json_string("");
        return NULL;
}

static json_t *find_loosely(const json_t *object, const char *field)
{
        const char *key;
        json_t *value;

        for (size_t i = 0; i < ARRAY_SIZE(other_names); i++)
                if (strcmp(other_names[i].field, field) == 0 &&
                    (value = json_object_get(object, other_names[i].key)))
                        return value;
        json_object_foreach ((json_t *)(uintptr_t)object, key, value) {
                if (strcasecmp(key, field) == 0)
                        return value;
        }
        return NULL;
}

static json_t *no_field(const json_t *object, const char *field, struct error *err)
{
        AUTO(strbuf) have = { .max = 600 };
        const char *key;
        json_t *value;

        json_object_foreach ((json_t *)(uintptr_t)object, key, value) {
                strbuf_addf(&have, "%s.%s", have.len ? ", " : "", key);
        }
        error_set(err, ERROR_USAGE, "template: there is no field .%s; there are: %s", field,
                  have.data ? have.data : "none");
        return NULL;
}

json_t *template_field(const json_t *value, const char *parent, const char *field,
                       struct error *err)
{
        json_t *found = json_object_get(value, field);
        json_t *empty = NULL;

        if (!found && is_map(parent))
                return json_null();
        if (!found)
                found = find_loosely(value, field);
        if (json_is_null(found) || (!found && parent && strcmp(parent, "Config") == 0))
                empty = empty_for(field);
        if (empty)
                return empty;
        if (!found && json_is_null(value))
                return json_null();
        return found ? json_incref(found) : no_field(value, field, err);
}

/* podman's times are Go's: 2026-11-24T03:24:54.5Z in JSON is "2026-11-24 03:24:54.5 +0000 UTC" when
 * a template prints it. */
bool template_format_time(const char *parent, const char *field, const json_t *value,
                          struct strbuf *out)
{
        static const char *const times[] = { "Created", "StartedAt", "FinishedAt" };
        const char *text = json_string_value(value);
        size_t len = text ? strlen(text) : 0;
        bool is_time = false;

        for (size_t i = 0; i < ARRAY_SIZE(times); i++)
                is_time = is_time || strcmp(times[i], field) == 0;
        if (!is_time || is_map(parent) || len < strlen("2026-11-24T03:24:54Z") || text[10] != 'T' ||
            text[len - 1] != 'Z')
                return false;
        strbuf_addf(out, "%.10s %.*s +0000 UTC", text, (int)(len - 12), text + 11);
        return true;
}
