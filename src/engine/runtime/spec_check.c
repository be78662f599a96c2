/* The shape of a runtime specification as tables, and one walk over them. See spec_check.h.
 *
 * The tables follow the order of config.md and config-linux.md of runtime-spec 1.2.
 */
#include "engine/runtime/spec_check.h"

#include "base/cleanup.h"
#include "base/strbuf.h"

#include <stdint.h>
#include <string.h>

enum field_type {
        FIELD_BOOL,
        FIELD_NUMBER,  /* min to max */
        FIELD_NUMBERS, /* an array of them */
        FIELD_WIDE,    /* any 64 bits (spec_file.h) */
        FIELD_STRING,  /* at most max bytes, where max is set */
        FIELD_PATH,    /* a string that begins with "/" */
        FIELD_STRINGS,
        FIELD_PATHS,
        FIELD_STRING_MAP, /* an object whose members are strings */
        FIELD_OBJECT,
        FIELD_OBJECTS,    /* an array of them */
        FIELD_OBJECT_MAP, /* an object of objects */
};

struct field {
        const char *name;
        enum field_type type;
        bool required;
        long long min, max;
        const struct field *members;
};

/* Where we are, for the sentence. */
struct place {
        const struct place *parent;
        const char *name; /* NULL: an element of an array */
        size_t index;
};

#define ID_MAXIMUM 4294967294LL /* (uid_t)-1 means "no id" to the kernel */
#define NUMBER32   0, UINT32_MAX, NULL
#define SIGNED32   INT32_MIN, INT32_MAX, NULL
#define ANY        0, 0, NULL
#define ANYTHING   INT64_MIN, INT64_MAX, NULL
#define END                                                                                        \
        {                                                                                          \
                NULL, FIELD_BOOL, false, ANY                                                       \
        }
#define ARGUMENTS_MAX  6
#define NAME_MAXIMUM   64   /* sethostname(2) */
#define PATH_MAXIMUM   4096 /* PATH_MAX */
#define DEVICE_MAXIMUM 0xfffff

static const struct field console_size[] = {
        { "height", FIELD_NUMBER, true, 0, UINT16_MAX, NULL },
        { "width", FIELD_NUMBER, true, 0, UINT16_MAX, NULL },
        END,
};

static const struct field user[] = {
        { "uid", FIELD_NUMBER, false, 0, ID_MAXIMUM, NULL },
        { "gid", FIELD_NUMBER, false, 0, ID_MAXIMUM, NULL },
        { "umask", FIELD_NUMBER, false, 0, 07777, NULL },
        { "additionalGids", FIELD_NUMBERS, false, 0, ID_MAXIMUM, NULL },
        END,
};

static const struct field capabilities[] = {
        { "bounding", FIELD_STRINGS, false, ANY },    { "effective", FIELD_STRINGS, false, ANY },
        { "inheritable", FIELD_STRINGS, false, ANY }, { "permitted", FIELD_STRINGS, false, ANY },
        { "ambient", FIELD_STRINGS, false, ANY },     END,
};

static const struct field rlimit[] = {
        { "type", FIELD_STRING, true, ANY },
        { "soft", FIELD_WIDE, true, ANY },
        { "hard", FIELD_WIDE, true, ANY },
        END,
};

static const struct field scheduler[] = {
        { "policy", FIELD_STRING, true, ANY },         { "nice", FIELD_NUMBER, false, SIGNED32 },
        { "priority", FIELD_NUMBER, false, SIGNED32 }, { "flags", FIELD_STRINGS, false, ANY },
        { "runtime", FIELD_WIDE, false, ANY },         { "deadline", FIELD_WIDE, false, ANY },
        { "period", FIELD_WIDE, false, ANY },          END,
};

static const struct field io_priority[] = {
        { "class", FIELD_STRING, true, ANY },
        { "priority", FIELD_NUMBER, false, 0, 7, NULL },
        END,
};

static const struct field cpu_affinity[] = {
        { "initial", FIELD_STRING, false, ANY },
        { "final", FIELD_STRING, false, ANY },
        END,
};

static const struct field process[] = {
        { "terminal", FIELD_BOOL, false, ANY },
        { "consoleSize", FIELD_OBJECT, false, 0, 0, console_size },
        { "user", FIELD_OBJECT, false, 0, 0, user },
        { "args", FIELD_STRINGS, false, ANY },
        { "env", FIELD_STRINGS, false, ANY },
        { "cwd", FIELD_PATH, false, 0, PATH_MAXIMUM, NULL },
        { "capabilities", FIELD_OBJECT, false, 0, 0, capabilities },
        { "rlimits", FIELD_OBJECTS, false, 0, 0, rlimit },
        { "noNewPrivileges", FIELD_BOOL, false, ANY },
        { "apparmorProfile", FIELD_STRING, false, ANY },
        { "oomScoreAdj", FIELD_NUMBER, false, -1000, 1000, NULL },
        { "scheduler", FIELD_OBJECT, false, 0, 0, scheduler },
        { "selinuxLabel", FIELD_STRING, false, ANY },
        { "ioPriority", FIELD_OBJECT, false, 0, 0, io_priority },
        { "execCPUAffinity", FIELD_OBJECT, false, 0, 0, cpu_affinity },
        END,
};

static const struct field root[] = {
        { "path", FIELD_STRING, true, 0, PATH_MAXIMUM, NULL },
        { "readonly", FIELD_BOOL, false, ANY },
        END,
};

static const struct field id_mapping[] = {
        { "containerID", FIELD_NUMBER, true, NUMBER32 },
        { "hostID", FIELD_NUMBER, true, NUMBER32 },
        { "size", FIELD_NUMBER, true, NUMBER32 },
        END,
};

static const struct field mount[] = {
        { "destination", FIELD_STRING, true, 0, PATH_MAXIMUM, NULL },
        { "type", FIELD_STRING, false, ANY },
        { "source", FIELD_STRING, false, 0, PATH_MAXIMUM, NULL },
        { "options", FIELD_STRINGS, false, ANY },
        { "uidMappings", FIELD_OBJECTS, false, 0, 0, id_mapping },
        { "gidMappings", FIELD_OBJECTS, false, 0, 0, id_mapping },
        END,
};

static const struct field hook[] = {
        { "path", FIELD_PATH, true, 0, PATH_MAXIMUM, NULL },
        { "args", FIELD_STRINGS, false, ANY },
        { "env", FIELD_STRINGS, false, ANY },
        { "timeout", FIELD_NUMBER, false, 1, INT32_MAX, NULL },
        END,
};

static const struct field hooks[] = {
        { "prestart", FIELD_OBJECTS, false, 0, 0, hook },
        { "createRuntime", FIELD_OBJECTS, false, 0, 0, hook },
        { "createContainer", FIELD_OBJECTS, false, 0, 0, hook },
        { "startContainer", FIELD_OBJECTS, false, 0, 0, hook },
        { "poststart", FIELD_OBJECTS, false, 0, 0, hook },
        { "poststop", FIELD_OBJECTS, false, 0, 0, hook },
        END,
};

static const struct field namespace[] = {
        { "type", FIELD_STRING, true, ANY },
        { "path", FIELD_STRING, false, 0, PATH_MAXIMUM, NULL },
        END,
};

static const struct field time_offset[] = {
        { "secs", FIELD_NUMBER, false, ANYTHING },
        { "nanosecs", FIELD_NUMBER, false, 0, 999999999, NULL },
        END,
};

static const struct field device[] = {
        { "type", FIELD_STRING, true, ANY },
        { "path", FIELD_PATH, true, 0, PATH_MAXIMUM, NULL },
        { "major", FIELD_NUMBER, false, 0, DEVICE_MAXIMUM, NULL },
        { "minor", FIELD_NUMBER, false, 0, DEVICE_MAXIMUM, NULL },
        { "fileMode", FIELD_NUMBER, false, NUMBER32 },
        { "uid", FIELD_NUMBER, false, 0, ID_MAXIMUM, NULL },
        { "gid", FIELD_NUMBER, false, 0, ID_MAXIMUM, NULL },
        END,
};

static const struct field personality[] = {
        { "domain", FIELD_STRING, true, ANY },
        { "flags", FIELD_STRINGS, false, ANY },
        END,
};

static const struct field linux_part[] = {
        { "namespaces", FIELD_OBJECTS, false, 0, 0, namespace },
        { "uidMappings", FIELD_OBJECTS, false, 0, 0, id_mapping },
        { "gidMappings", FIELD_OBJECTS, false, 0, 0, id_mapping },
        { "timeOffsets", FIELD_OBJECT_MAP, false, 0, 0, time_offset },
        { "devices", FIELD_OBJECTS, false, 0, 0, device },
        { "cgroupsPath", FIELD_STRING, false, 0, PATH_MAXIMUM, NULL },
        { "resources", FIELD_OBJECT, false, ANY },
        { "intelRdt", FIELD_OBJECT, false, ANY },
        { "sysctl", FIELD_STRING_MAP, false, ANY },
        { "seccomp", FIELD_OBJECT, false, ANY },
        { "rootfsPropagation", FIELD_STRING, false, ANY },
        { "maskedPaths", FIELD_PATHS, false, ANY },
        { "readonlyPaths", FIELD_PATHS, false, ANY },
        { "mountLabel", FIELD_STRING, false, ANY },
        { "personality", FIELD_OBJECT, false, 0, 0, personality },
        END,
};

static const struct field specification[] = {
        { "ociVersion", FIELD_STRING, true, 0, 64, NULL },
        { "process", FIELD_OBJECT, false, 0, 0, NULL },
        { "root", FIELD_OBJECT, true, 0, 0, root },
        { "hostname", FIELD_STRING, false, 0, NAME_MAXIMUM, NULL },
        { "domainname", FIELD_STRING, false, 0, NAME_MAXIMUM, NULL },
        { "mounts", FIELD_OBJECTS, false, 0, 0, mount },
        { "hooks", FIELD_OBJECT, false, 0, 0, hooks },
        { "annotations", FIELD_STRING_MAP, false, ANY },
        { "linux", FIELD_OBJECT, false, 0, 0, linux_part },
        END,
};

static const struct field syscall_argument[] = {
        { "index", FIELD_NUMBER, true, 0, ARGUMENTS_MAX - 1, NULL },
        { "value", FIELD_WIDE, true, ANY },
        { "valueTwo", FIELD_WIDE, false, ANY },
        { "op", FIELD_STRING, true, ANY },
        END,
};

static const struct field system_calls[] = {
        { "names", FIELD_STRINGS, true, ANY },
        { "action", FIELD_STRING, true, ANY },
        { "errnoRet", FIELD_NUMBER, false, NUMBER32 },
        { "args", FIELD_OBJECTS, false, 0, 0, syscall_argument },
        END,
};

static const struct field seccomp[] = {
        { "defaultAction", FIELD_STRING, true, ANY },
        { "defaultErrnoRet", FIELD_NUMBER, false, NUMBER32 },
        { "architectures", FIELD_STRINGS, false, ANY },
        { "flags", FIELD_STRINGS, false, ANY },
        { "listenerPath", FIELD_STRING, false, 0, PATH_MAXIMUM, NULL },
        { "listenerMetadata", FIELD_STRING, false, ANY },
        { "syscalls", FIELD_OBJECTS, false, 0, 0, system_calls },
        END,
};

/* "mounts[2].options" */
static void place_text(const struct place *place, struct strbuf *text)
{
        if (place->parent)
                place_text(place->parent, text);
        if (!place->name)
                strbuf_addf(text, "[%zu]", place->index);
        else
                strbuf_addf(text, "%s%s", text->len ? "." : "", place->name);
}

static const char *type_name(const json_t *value)
{
        switch (json_typeof(value)) {
        case JSON_OBJECT:
                return "an object";
        case JSON_ARRAY:
                return "an array";
        case JSON_STRING:
                return "a string";
        case JSON_INTEGER:
        case JSON_REAL:
                return "a number";
        case JSON_TRUE:
        case JSON_FALSE:
                return "true or false";
        default:
                return "null";
        }
}

static int wrong_type(const struct place *place, const char *needed, const json_t *value,
                      struct error *err)
{
        AUTO(strbuf) text = { 0 };

        place_text(place, &text);
        return error_set(err, ERROR_INVALID, "%s: %s is needed, not %s", text.data, needed,
                         type_name(value));
}

static int wrong_value(const struct place *place, const char *what, struct error *err)
{
        AUTO(strbuf) text = { 0 };

        place_text(place, &text);
        return error_set(err, ERROR_INVALID, "%s: %s", text.data, what);
}

static int check_number(const struct field *field, const json_t *value, const struct place *place,
                        struct error *err)
{
        char needed[96];
        json_int_t number = json_integer_value(value);

        if (field->type == FIELD_WIDE && json_is_integer(value))
                return 0;
        if (field->type != FIELD_WIDE && json_is_integer(value) && number >= field->min &&
            number <= field->max)
                return 0;
        if (field->type == FIELD_WIDE || field->min == INT64_MIN)
                return wrong_type(place, "a whole number", value, err);
        snprintf(needed, sizeof(needed), "a whole number from %lld to %lld", field->min,
                 field->max);
        if (!json_is_number(value))
                return wrong_type(place, needed, value, err);
        strcat(needed, " is needed");
        return wrong_value(place, needed, err);
}

static int check_string(const struct field *field, const json_t *value, const struct place *place,
                        struct error *err)
{
        char needed[64];
        bool path = field->type == FIELD_PATH || field->type == FIELD_PATHS;

        if (!json_is_string(value))
                return wrong_type(place, "a string", value, err);
        if (path && json_string_value(value)[0] != '/')
                return wrong_value(place, "an absolute path is needed", err);
        if (field->max > 0 && json_string_length(value) > (size_t)field->max) {
                snprintf(needed, sizeof(needed), "longer than %lld bytes", field->max);
                return wrong_value(place, needed, err);
        }
        return 0;
}

static int check_members(const struct field *fields, const json_t *object,
                         const struct place *place, struct error *err);

static int check_object(const struct field *field, const json_t *value, const struct place *place,
                        struct error *err)
{
        if (!json_is_object(value))
                return wrong_type(place, "an object", value, err);
        return field->members ? check_members(field->members, value, place, err) : 0;
}

static int check_array(const struct field *field, const json_t *array, const struct place *place,
                       struct error *err)
{
        size_t i;
        json_t *item;

        if (!json_is_array(array))
                return wrong_type(place, "an array", array, err);
        json_array_foreach (array, i, item) {
                struct place here = { .parent = place, .index = i };
                int rc;

                if (field->type == FIELD_OBJECTS)
                        rc = check_object(field, item, &here, err);
                else if (field->type == FIELD_NUMBERS)
                        rc = check_number(field, item, &here, err);
                else
                        rc = check_string(field, item, &here, err);
                if (rc < 0)
                        return -1;
        }
        return 0;
}

static int check_map(const struct field *field, const json_t *map, const struct place *place,
                     struct error *err)
{
        const char *key;
        json_t *value;

        if (!json_is_object(map))
                return wrong_type(place, "an object", map, err);
        json_object_foreach ((json_t *)(uintptr_t)map, key, value) {
                struct place here = { .parent = place, .name = key };

                if (key[0] == '\0')
                        return wrong_value(place, "a name in it is empty", err);
                if ((field->type == FIELD_OBJECT_MAP ? check_object(field, value, &here, err)
                                                     : check_string(field, value, &here, err)) < 0)
                        return -1;
        }
        return 0;
}

static int check_value(const struct field *field, const json_t *value, const struct place *place,
                       struct error *err)
{
        switch (field->type) {
        case FIELD_BOOL:
                return json_is_boolean(value) ? 0 : wrong_type(place, "true or false", value, err);
        case FIELD_NUMBER:
        case FIELD_WIDE:
                return check_number(field, value, place, err);
        case FIELD_STRING:
        case FIELD_PATH:
                return check_string(field, value, place, err);
        case FIELD_OBJECT:
                return check_object(field, value, place, err);
        case FIELD_STRING_MAP:
        case FIELD_OBJECT_MAP:
                return check_map(field, value, place, err);
        default:
                return check_array(field, value, place, err);
        }
}

static int check_members(const struct field *fields, const json_t *object,
                         const struct place *place, struct error *err)
{
        for (const struct field *field = fields; field->name; field++) {
                const json_t *value = json_object_get(object, field->name);
                struct place here = { .parent = place, .name = field->name };

                if (!value || json_is_null(value)) {
                        if (field->required)
                                return wrong_value(&here, "missing", err);
                        continue;
                }
                if (check_value(field, value, &here, err) < 0)
                        return -1;
        }
        return 0;
}

/* Semantic versions of the first major: compatible both ways (config.md, "Specification version").
 */
static int check_version(const char *version, struct error *err)
{
        unsigned minor, patch;
        char rest[2] = "";

        if (sscanf(version, "1.%3u.%5u%1s", &minor, &patch, rest) >= 2 &&
            (rest[0] == '\0' || rest[0] == '-' || rest[0] == '+'))
                return 0;
        return error_set(err, ERROR_INVALID,
                         "ociVersion: version 1.x of the runtime specification is needed, not "
                         "\"%s\"",
                         version);
}

int spec_check(const json_t *spec, struct error *err)
{
        if (!json_is_object(spec))
                return error_set(err, ERROR_INVALID, "the runtime specification is not an object");
        if (check_members(specification, spec, NULL, err) < 0)
                return -1;
        return check_version(json_get_string(spec, "ociVersion", ""), err);
}

static int check_part(const struct field *fields, const char *name, const json_t *value,
                      struct error *err)
{
        struct place here = { .name = name };

        if (!json_is_object(value))
                return error_set(err, ERROR_INVALID, "%s: an object is needed", name);
        return check_members(fields, value, &here, err);
}

int spec_check_process(const json_t *value, struct error *err)
{
        return check_part(process, "process", value, err);
}

int spec_check_seccomp(const json_t *value, struct error *err)
{
        return check_part(seccomp, "linux.seccomp", value, err);
}
