/* .volume files: [Volume] becomes `kelp volume create --ignore`, done once. What is more than a
 * directory (Device=, Type=, Options=) is mount(8)'s, as in --opt. */
#include "cli/quadlet/quadlet_convert.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "cli/quadlet/unit_words.h"

#include <string.h>

extern const struct command cmd_volume_create;

static int add_copy(struct conversion *c, const struct quadlet_key *key, struct error *err)
{
        bool copy = true;

        if (unit_file_bool(&c->quadlet->source, "Volume", key->name, &copy, err) < 0)
                return -1;
        if (!copy) /* to copy what the image has there is the rule */
                strv_add_array(&c->words, (const char *const[]){ "--opt", "nocopy", NULL });
        return 0;
}

static void add_option(struct conversion *c, const char *name, const char *value)
{
        strv_add(&c->words, "--opt");
        strv_addf(&c->words, "%s=%s", name, value);
}

static int add_device(struct conversion *c, struct error *err)
{
        AUTO_FREE char *device = quadlet_value(c->quadlet, "Device");
        AUTO_FREE char *type = quadlet_value(c->quadlet, "Type");

        if (type && !device)
                return error_set(err, ERROR_INVALID, "key Type can't be used without Device");
        if (device)
                add_option(c, "device", device);
        if (type)
                add_option(c, "type", type);
        if (type && strcmp(type, "bind") == 0) {
                AUTO_FREE char *quoted = unit_words_quote(device);

                unit_file_add(&c->quadlet->unit, "Unit", "RequiresMountsFor", quoted);
        }
        return 0;
}

/* User=, Group= and Options= are one --opt o=. */
static void add_options(struct conversion *c)
{
        static const struct {
                const char *key, *word;
        } parts[] = { { "User", "uid=" }, { "Group", "gid=" }, { "Options", "" } };
        AUTO_FREE char *all = NULL;

        for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
                AUTO_FREE char *value = quadlet_value(c->quadlet, parts[i].key);
                AUTO_FREE char *before = NULL;

                if (!value)
                        continue;
                before = all;
                all = xasprintf("%s%s%s%s", before ? before : "", before ? "," : "", parts[i].word,
                                value);
        }
        if (all)
                add_option(c, "o", all);
}

static int check_driver(struct conversion *c, const struct quadlet_key *key, struct error *err)
{
        AUTO_FREE char *driver = quadlet_value(c->quadlet, key->name);

        if (driver && strcmp(driver, "local") != 0)
                return error_set(err, ERROR_UNSUPPORTED,
                                 "the key Driver=%s in %s is not supported: local is", driver,
                                 c->quadlet->path);
        return 0;
}

const struct quadlet_key quadlet_volume_keys[] = {
        KEY_READ_ELSEWHERE("VolumeName", NULL),
        KEY_READ_ELSEWHERE("ServiceName", NULL),
        KEY_READ_ELSEWHERE("GlobalArgs", NULL),
        KEY_READ_ELSEWHERE("PodmanArgs", NULL),
        KEY_READ_ELSEWHERE("User", NULL),
        KEY_READ_ELSEWHERE("Group", NULL),
        KEY_READ_ELSEWHERE("Options", NULL),
        KEY_READ_ELSEWHERE("Type", NULL),
        KEY(KEY_LAST, "UID", "uid"),
        KEY(KEY_LAST, "GID", "gid"),
        KEY_BY("Driver", "driver", check_driver),
        KEY_BY("Copy", "opt", add_copy),
        KEY_READ_ELSEWHERE("Device", NULL),
        KEY(KEY_ESCAPED, "Label", "label"),
        KEY_NOT_OFFERED("Image", "a volume of an image is not offered: Mount=type=image"),
        KEY_NOT_OFFERED("ContainersConfModule", "kelp has no --module"),
        { 0 },
};

int quadlet_convert_volume(struct conversion *c, struct error *err)
{
        if (quadlet_keys_begin(c, err) < 0)
                return -1;
        strv_add_array(&c->words, (const char *const[]){ "volume", "create", "--ignore", NULL });
        if (quadlet_keys_apply(c, quadlet_volume_keys, &cmd_volume_create, err) < 0 ||
            add_device(c, err) < 0)
                return -1;
        add_options(c);
        if (quadlet_keys_arguments(c, &cmd_volume_create, err) < 0)
                return -1;
        strv_add(&c->words, c->quadlet->resource);
        quadlet_add_command(c, "ExecStart", "");
        quadlet_is_oneshot(c, true);
        return 0;
}
