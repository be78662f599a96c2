/* --mount type=...,src=...,dst=...: keys, which of them a type has, and what each type makes of
 * them. */
#include "cli/options/mount_spec.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/path.h"
#include "cli/options/mount_words.h"
#include "engine/container/spec_mounts.h"
#include "engine/runtime/mount_options.h"
#include "engine/storage/volume.h"

#include <glob.h>
#include <string.h>
#include <strings.h>

/* What the keys said. */
struct mount_keys {
        const char *type, *source, *target;
        struct strv words, volume_options;
        bool access, chown;
};

static void mount_keys_release(struct mount_keys *keys)
{
        strv_release(&keys->words);
        strv_release(&keys->volume_options);
}

static bool one_of(const char *word, const char *const *words)
{
        for (; *words; words++)
                if (strcmp(*words, word) == 0)
                        return true;
        return false;
}

static int once(const char **slot, const char *key, const char *value, struct error *err)
{
        if (!value || !value[0])
                return error_set(err, ERROR_USAGE, "%s: must provide an argument for option", key);
        if (*slot)
                return error_set(err, ERROR_USAGE,
                                 "cannot pass \"%s\" option more than once: must provide an "
                                 "argument for option",
                                 key);
        *slot = value;
        return 0;
}

static int only_for(const struct mount_keys *keys, const char *key, const char *type,
                    struct error *err)
{
        if (strcmp(keys->type, type) == 0)
                return 0;
        return error_set(err, ERROR_USAGE, "\"%s\" option not supported for \"%s\" mount types",
                         key, keys->type);
}

static int take_access(struct mount_keys *keys, const char *key, const char *value,
                       struct error *err)
{
        bool read_only = key[0] == 'r' && strcmp(key, "rw") != 0 && strcmp(key, "readwrite") != 0;
        bool yes = !value || strcasecmp(value, "true") == 0 || strcmp(value, "1") == 0;

        if (!yes && strcasecmp(value, "false") != 0 && strcmp(value, "0") != 0)
                return error_set(err, ERROR_USAGE, "%s=%s: true or false is expected", key, value);
        if (keys->access)
                return error_set(
                        err, ERROR_USAGE,
                        "cannot pass 'readonly', 'ro', or 'rw' mnt.Options more than once: "
                        "must provide an argument for option");
        keys->access = true;
        if (strcmp(keys->type, "image") == 0 || read_only == yes)
                strv_add(&keys->words, read_only == yes ? "ro" : "rw");
        return 0;
}

static int take_chown(struct mount_keys *keys, const char *value, struct error *err)
{
        if (keys->chown)
                return error_set(
                        err, ERROR_USAGE,
                        "cannot pass 'U' or 'chown' option more than once: must provide an "
                        "argument for option");
        keys->chown = true;
        if (!value || strcmp(value, "true") == 0)
                strv_add(&keys->words, "U");
        else if (strcmp(value, "false") != 0)
                return error_set(err, ERROR_USAGE,
                                 "'U' or 'chown' must be set to true or false, instead received "
                                 "\"%s\"",
                                 value);
        return 0;
}

static int take_propagation(struct mount_keys *keys, const char *value, struct error *err)
{
        uint64_t unused;
        bool recursive;

        if (only_for(keys, "bind-propagation", "bind", err) < 0)
                return -1;
        if (!value || !mount_option_propagation(value, &unused, &recursive))
                return error_set(err, ERROR_USAGE, "invalid value \"bind-propagation=%s\"",
                                 value ? value : "");
        strv_add(&keys->words, value);
        return 0;
}

static int take_relabel(const char *value, struct error *err)
{
        if (value && (strcmp(value, "private") == 0 || strcmp(value, "shared") == 0))
                return 0; /* a label of SELinux's, as z and Z */
        return error_set(err, ERROR_USAGE,
                         "relabel mount option must be 'private' or 'shared': invalid mount "
                         "option");
}

/* A key that becomes a word of another name. */
static int take_renamed(struct mount_keys *keys, const char *key, const char *value,
                        const char *type, const char *word, struct error *err)
{
        if (only_for(keys, key, type, err) < 0)
                return -1;
        if (!value)
                return error_set(err, ERROR_USAGE, "%s: must provide an argument for option", key);
        strv_addf(&keys->words, "%s=%s", word, value);
        return 0;
}

static int take_subpath(struct mount_keys *keys, const char *key, const char *value,
                        struct error *err)
{
        if (strcmp(keys->type, "volume") != 0 && strcmp(keys->type, "image") != 0)
                return error_set(err, ERROR_USAGE, "cannot set option \"%s\" on non-volume mounts",
                                 key);
        return take_renamed(keys, key, value, keys->type, "subpath", err);
}

static int take_volume_key(struct mount_keys *keys, const char *key, const char *value,
                           struct error *err)
{
        if (only_for(keys, key, "volume", err) < 0)
                return -1;
        if (strcmp(key, "volume-label") == 0)
                return error_set(err, ERROR_UNSUPPORTED,
                                 "the volume-label option is not supported: kelp volume create "
                                 "--label makes a volume with one");
        if (strcmp(key, "volume-opt") == 0) {
                if (!value)
                        return error_set(err, ERROR_USAGE,
                                         "volume-opt: must provide an argument for option");
                strv_add(&keys->volume_options, value);
        } else {
                strv_add(&keys->words, strcmp(key, "nocreate") == 0 ? "nocreate" : "nocopy");
        }
        return 0;
}

static int take_other(struct mount_keys *keys, const char *key, const char *value,
                      struct error *err)
{
        bool devpts = strcmp(keys->type, "devpts") == 0;
        static const char *const devpts_keys[] = { "uid",         "gid", "mode", "ptmxmode",
                                                   "newinstance", "max", NULL };
        static const char *const plain[] = {
                "z", "Z", "O", "idmap", "no-dereference", "noswap", "tmpcopyup", "notmpcopyup", NULL
        };

        if (devpts && one_of(key, devpts_keys)) {
                strv_addf(&keys->words, value ? "%s=%s" : "%s", key, value);
                return 0;
        }
        if (strstr(key, "tmpcopyup") && only_for(keys, key, "tmpfs", err) < 0)
                return -1;
        if (value && (strcmp(key, "idmap") == 0 || strcmp(key, "upperdir") == 0 ||
                      strcmp(key, "workdir") == 0)) {
                strv_addf(&keys->words, "%s=%s", key, value);
                return 0;
        }
        if (devpts || value || (!mount_option_is_flag(key) && !one_of(key, plain)))
                return error_set(err, ERROR_UNSUPPORTED, "%s: invalid mount option", key);
        strv_add(&keys->words, key);
        return 0;
}

static int take_key(struct mount_keys *keys, const char *key, const char *value, struct error *err)
{
        static const char *const sources[] = { "src", "source", NULL };
        static const char *const targets[] = { "target", "dst", "dest", "destination", NULL };
        static const char *const accesses[] = { "ro", "readonly", "rw", "readwrite", NULL };
        static const char *const volumes[] = { "volume-label",  "volume-opt", "nocreate",
                                               "volume-nocopy", "nocopy",     NULL };

        if (strcmp(key, "type") == 0 || strcmp(key, "consistency") == 0)
                return 0; /* read before; for another operating system */
        if (one_of(key, sources))
                return once(&keys->source, key, value, err);
        if (one_of(key, targets))
                return once(&keys->target, key, value, err);
        if (one_of(key, accesses))
                return take_access(keys, key, value, err);
        if (strcmp(key, "U") == 0 || strcmp(key, "chown") == 0)
                return take_chown(keys, value, err);
        if (strcmp(key, "bind-propagation") == 0)
                return take_propagation(keys, value, err);
        if (strcmp(key, "bind-nonrecursive") == 0) {
                strv_add(&keys->words, "bind");
                return only_for(keys, key, "bind", err);
        }
        if (strcmp(key, "relabel") == 0)
                return take_relabel(value, err);
        if (strcmp(key, "tmpfs-size") == 0 || strcmp(key, "tmpfs-mode") == 0)
                return take_renamed(keys, key, value, "tmpfs", key + strlen("tmpfs-"), err);
        if (strcmp(key, "subpath") == 0 || strcmp(key, "volume-subpath") == 0 ||
            strcmp(key, "image-subpath") == 0)
                return take_subpath(keys, key, value, err);
        if (one_of(key, volumes))
                return take_volume_key(keys, key, value, err);
        return take_other(keys, key, value, err);
}

static int make_bind(const struct mount_keys *keys, const char *source, const char *target,
                     struct container_spec *spec, struct error *err)
{
        AUTO(container_mount) mount = { .kind = MOUNT_BIND };

        if (mount_words_target(&mount, target, err) < 0 ||
            mount_words_source(&mount, source ? source : target, err) < 0 ||
            mount_words_bind(&mount, &keys->words, err) < 0)
                return -1;
        return mount_words_add(spec, &mount, false, err);
}

static int make_bind_keys(const struct mount_keys *keys, struct container_spec *spec,
                          struct error *err)
{
        return make_bind(keys, keys->source, keys->target, spec, err);
}

static int make_globbed(const struct mount_keys *keys, const glob_t *found,
                        struct container_spec *spec, struct error *err)
{
        for (size_t i = 0; i < found->gl_pathc; i++) {
                const char *path = found->gl_pathv[i], *last = strrchr(path, '/');
                AUTO_FREE char *target = keys->target
                                                 ? path_join(keys->target, last ? last + 1 : path)
                                                 : path_absolute(path);

                if (make_bind(keys, path, target, spec, err) < 0)
                        return -1;
        }
        return 0;
}

static int make_glob(const struct mount_keys *keys, struct container_spec *spec, struct error *err)
{
        glob_t found = { 0 };
        int rc;

        if (!keys->source || glob(keys->source, 0, NULL, &found) != 0)
                return error_set(err, ERROR_NOT_FOUND, "no file paths matching glob \"%s\"",
                                 keys->source ? keys->source : "");
        rc = make_globbed(keys, &found, spec, err);
        globfree(&found);
        return rc;
}

static int make_volume(const struct mount_keys *keys, struct container_spec *spec,
                       struct error *err)
{
        AUTO(container_mount) mount = { .kind = MOUNT_VOLUME };

        if (keys->source && !volume_name_valid(keys->source))
                return error_set(err, ERROR_USAGE,
                                 "volume \"%s\": names must match [a-zA-Z0-9][a-zA-Z0-9_.-]*: "
                                 "invalid argument",
                                 keys->source);
        mount.volume = xstrdup(keys->source);
        strv_extend(&mount.volume_options, &keys->volume_options);
        if (mount_words_target(&mount, keys->target, err) < 0 ||
            mount_words_bind(&mount, &keys->words, err) < 0)
                return -1;
        return mount_words_add(spec, &mount, false, err);
}

static int make_image(const struct mount_keys *keys, struct container_spec *spec, struct error *err)
{
        AUTO(container_mount) mount = { .kind = MOUNT_IMAGE };

        if (!keys->source)
                return error_set(err, ERROR_USAGE, "must set image source");
        mount.source = xstrdup(keys->source);
        if (mount_words_target(&mount, keys->target, err) < 0 ||
            mount_words_bind(&mount, &keys->words, err) < 0)
                return -1;
        return mount_words_add(spec, &mount, false, err);
}

static int make_memory(const struct mount_keys *keys, struct container_spec *spec,
                       struct error *err)
{
        AUTO(container_mount)
        mount = { .kind = strcmp(keys->type, "ramfs") == 0 ? MOUNT_RAMFS : MOUNT_TMPFS };

        if (keys->source)
                return error_set(err, ERROR_USAGE,
                                 "\"source\" option not supported for \"%s\" mount types",
                                 keys->type);
        if (mount_words_target(&mount, keys->target, err) < 0 ||
            mount_words_tmpfs(&mount, &keys->words, err) < 0)
                return -1;
        return mount_words_add(spec, &mount, false, err);
}

static int make_devpts(const struct mount_keys *keys, struct container_spec *spec,
                       struct error *err)
{
        AUTO(container_mount) mount = { .kind = MOUNT_DEVPTS };

        if (mount_words_target(&mount, keys->target, err) < 0)
                return -1;
        strv_extend(&mount.options, &keys->words);
        return mount_words_add(spec, &mount, false, err);
}

static const struct {
        const char *name;
        int (*make)(const struct mount_keys *keys, struct container_spec *spec, struct error *err);
} types[] = {
        { "bind", make_bind_keys }, { "glob", make_glob },    { "volume", make_volume },
        { "image", make_image },    { "tmpfs", make_memory }, { "ramfs", make_memory },
        { "devpts", make_devpts },
};

/* It may stand anywhere among them, and decides what the others are. */
static const char *find_type(const struct strv *pairs)
{
        const char *type = strv_env_get(pairs, "type");

        return type ? type : "volume";
}

int mount_spec_mount(const char *text, struct container_spec *spec, struct error *err)
{
        AUTO(mount_keys) keys = { 0 };
        AUTO(strv) pairs = { 0 };

        strv_split(&pairs, text, ',');
        keys.type = find_type(&pairs);
        for (size_t t = 0; t < ARRAY_SIZE(types); t++) {
                if (strcmp(types[t].name, keys.type) != 0)
                        continue;
                for (size_t i = 0; i < pairs.count; i++) {
                        AUTO_FREE char *key =
                                xstrndup(pairs.items[i], strcspn(pairs.items[i], "="));
                        const char *value = strchr(pairs.items[i], '=');

                        if (take_key(&keys, key, value ? value + 1 : NULL, err) < 0)
                                return -1;
                }
                return types[t].make(&keys, spec, err);
        }
        return error_set(err, ERROR_USAGE, "invalid filesystem type \"%s\"", keys.type);
}
