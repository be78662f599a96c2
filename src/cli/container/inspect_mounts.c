/* See inspect_mounts.h. */
#include "cli/container/inspect_mounts.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/strbuf.h"
#include "engine/container/spec_mounts.h"
#include "engine/storage/volume.h"

#include <string.h>

static bool is_propagation(const char *option)
{
        static const char *const words[] = { "private", "rprivate", "shared",     "rshared",
                                             "slave",   "rslave",   "unbindable", "runbindable" };

        for (size_t i = 0; i < ARRAY_SIZE(words); i++)
                if (strcmp(words[i], option) == 0)
                        return true;
        return false;
}

static const char *propagation_of(const struct strv *options)
{
        for (size_t i = 0; i < options->count; i++)
                if (is_propagation(options->items[i]))
                        return options->items[i];
        return "rprivate";
}

/* podman names access and propagation apart from the other options. */
static json_t *other_options(const struct container_mount *m)
{
        json_t *array = json_array();

        for (size_t i = 0; i < m->options.count; i++) {
                const char *o = m->options.items[i];

                if (strcmp(o, "ro") != 0 && strcmp(o, "rw") != 0 && !is_propagation(o))
                        json_array_append_new(array, json_string_any(o));
        }
        if (m->kind == MOUNT_VOLUME && !strv_contains(&m->options, "rbind"))
                json_array_append_new(array, json_string("rbind"));
        return array;
}

static json_t *one_mount(const struct store *store, const struct container_mount *m)
{
        bool volume = m->kind == MOUNT_VOLUME, image = m->kind == MOUNT_IMAGE;
        AUTO_FREE char *path = volume ? volume_path(store, m->volume) : xstrdup(m->source);
        json_t *json = json_object();

        json_set_string(json, "Type", container_mount_kind_name(m->kind));
        if (volume)
                json_set_string(json, "Name", m->volume);
        json_set_string(json, "Source", path);
        json_set_string(json, "Destination", m->target);
        json_set_string(json, "Driver", volume ? "local" : "");
        json_set_string(json, "Mode", "");
        json_object_set_new(json, "Options", other_options(m));
        json_object_set_new(json, "RW", json_boolean(!strv_contains(&m->options, "ro")));
        json_set_string(json, "Propagation", image ? "" : propagation_of(&m->options));
        if (m->subpath)
                json_set_string(json, "SubPath", m->subpath);
        return json;
}

json_t *inspect_mounts(const struct store *store, const struct container_spec *spec)
{
        json_t *array = json_array();

        for (size_t i = 0; i < spec->mount_count; i++) {
                const struct container_mount *m = &spec->mounts[i];

                if (m->kind == MOUNT_BIND || m->kind == MOUNT_VOLUME || m->kind == MOUNT_IMAGE)
                        json_array_append_new(array, one_mount(store, m));
        }
        return array;
}

static json_t *bind_text(const struct container_mount *m)
{
        AUTO(strbuf) text = { 0 };

        strbuf_addf(&text, "%s:%s:%s,%s", m->volume ? m->volume : m->source, m->target,
                    strv_contains(&m->options, "ro") ? "ro" : "rw", propagation_of(&m->options));
        if (m->kind == MOUNT_VOLUME)
                strbuf_adds(&text, ",nosuid,nodev");
        strbuf_adds(&text, strv_contains(&m->options, "bind") ? ",bind" : ",rbind");
        return json_string_any(text.data);
}

void inspect_add_binds(json_t *host_config, const struct container_spec *spec)
{
        json_t *binds = json_array(), *tmpfs = json_object();

        for (size_t i = 0; i < spec->mount_count; i++) {
                const struct container_mount *m = &spec->mounts[i];
                AUTO_FREE char *options = strv_join(&m->options, ",");

                if (m->kind == MOUNT_TMPFS)
                        json_set_string(tmpfs, m->target, options);
                else if (m->kind == MOUNT_BIND || m->kind == MOUNT_VOLUME)
                        json_array_append_new(binds, bind_text(m));
        }
        json_object_set_new(host_config, "Binds", binds);
        json_object_set_new(host_config, "Tmpfs", tmpfs);
        if (spec->volumes_from.count)
                json_object_set_new(host_config, "VolumesFrom",
                                    json_from_strv(&spec->volumes_from));
}
