/* See spec_mounts.h. One table names each member, so that storing, loading, copying and releasing
 * agree by themselves. */
#include "engine/container/spec_mounts.h"

#include "base/alloc.h"
#include "base/cleanup.h"

#include <stddef.h>
#include <string.h>

static const char *const kind_names[] = {
        [MOUNT_BIND] = "bind",   [MOUNT_TMPFS] = "tmpfs", [MOUNT_VOLUME] = "volume",
        [MOUNT_IMAGE] = "image", [MOUNT_RAMFS] = "ramfs", [MOUNT_DEVPTS] = "devpts",
};

enum member_type { TEXT, LIST, FLAG };

#define MEMBER(type, name)                                                                         \
        {                                                                                          \
#name, type, offsetof(struct container_mount, name)                                \
        }

static const struct member {
        const char *key;
        enum member_type type;
        size_t offset;
} members[] = {
        MEMBER(TEXT, source),   MEMBER(TEXT, target),    MEMBER(LIST, options),
        MEMBER(TEXT, volume),   MEMBER(FLAG, anonymous), MEMBER(FLAG, no_create),
        MEMBER(FLAG, no_copy),  MEMBER(FLAG, chown),     MEMBER(FLAG, overlay),
        MEMBER(TEXT, upper),    MEMBER(TEXT, work),      MEMBER(TEXT, subpath),
        MEMBER(TEXT, image_id), MEMBER(LIST, layers),    MEMBER(LIST, volume_options),
};

const char *container_mount_kind_name(enum mount_kind kind)
{
        return kind_names[kind];
}

struct container_mount *container_mount_add(struct container_spec *spec, enum mount_kind kind)
{
        spec->mounts = xreallocarray(spec->mounts, spec->mount_count + 1, sizeof(*spec->mounts));
        spec->mounts[spec->mount_count] = (struct container_mount){ .kind = kind };
        return &spec->mounts[spec->mount_count++];
}

struct container_mount *container_mount_at(const struct container_spec *spec, const char *target)
{
        for (size_t i = 0; i < spec->mount_count; i++)
                if (spec->mounts[i].target && strcmp(spec->mounts[i].target, target) == 0)
                        return &spec->mounts[i];
        return NULL;
}

void container_mount_release(struct container_mount *mount)
{
        for (size_t i = 0; i < ARRAY_SIZE(members); i++) {
                void *at = (char *)mount + members[i].offset;

                if (members[i].type == TEXT)
                        free(*(char **)at);
                else if (members[i].type == LIST)
                        strv_release(at);
        }
        *mount = (struct container_mount){ 0 };
}

void container_mount_copy(const struct container_mount *from, struct container_mount *to_out)
{
        *to_out = (struct container_mount){ .kind = from->kind };
        for (size_t i = 0; i < ARRAY_SIZE(members); i++) {
                const void *at = (const char *)from + members[i].offset;
                void *to = (char *)to_out + members[i].offset;

                if (members[i].type == TEXT)
                        *(char **)to = xstrdup(*(char *const *)at);
                else if (members[i].type == LIST)
                        strv_extend(to, at);
                else
                        *(bool *)to = *(const bool *)at;
        }
}

static json_t *one_to_json(const struct container_mount *mount)
{
        json_t *json = json_object();

        json_set_string(json, "kind", kind_names[mount->kind]);
        for (size_t i = 0; i < ARRAY_SIZE(members); i++) {
                const void *at = (const char *)mount + members[i].offset;

                if (members[i].type == TEXT && *(char *const *)at)
                        json_set_string(json, members[i].key, *(char *const *)at);
                else if (members[i].type == LIST && ((const struct strv *)at)->count)
                        json_object_set_new(json, members[i].key, json_from_strv(at));
                else if (members[i].type == FLAG && *(const bool *)at)
                        json_object_set_new(json, members[i].key, json_true());
        }
        return json;
}

json_t *container_mounts_to_json(const struct container_spec *spec)
{
        json_t *array = json_array();

        for (size_t i = 0; i < spec->mount_count; i++)
                json_array_append_new(array, one_to_json(&spec->mounts[i]));
        return array;
}

static void one_from_json(const json_t *json, struct container_mount *mount)
{
        const char *kind = json_get_string(json, "kind", "");

        *mount = (struct container_mount){ .kind = MOUNT_TMPFS };
        for (size_t i = 0; i < ARRAY_SIZE(kind_names); i++)
                if (strcmp(kind_names[i], kind) == 0)
                        mount->kind = (enum mount_kind)i;
        for (size_t i = 0; i < ARRAY_SIZE(members); i++) {
                void *at = (char *)mount + members[i].offset;

                if (members[i].type == TEXT)
                        *(char **)at = xstrdup(json_get_string(json, members[i].key, NULL));
                else if (members[i].type == LIST)
                        json_to_strv(json_object_get(json, members[i].key), at);
                else
                        *(bool *)at = json_get_bool(json, members[i].key, false);
        }
        if (!mount->target)
                mount->target = xstrdup("/");
}

void container_mounts_from_json(const json_t *array, struct container_spec *spec)
{
        size_t i;
        json_t *entry;

        spec->mounts = xcalloc(json_array_size(array), sizeof(*spec->mounts));
        json_array_foreach (array, i, entry) {
                one_from_json(entry, &spec->mounts[spec->mount_count++]);
        }
}
