/* -v HOST:DIR[:OPTIONS], --mount type=...,src=...,dst=..., --tmpfs DIR[:OPTIONS]. Nothing is
 * dropped: an option that is not known is refused by name. */
#include "cli/mount_spec.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/path.h"
#include "engine/runtime/mount_options.h"

#include <string.h>

static struct container_mount *add_mount(struct container_spec *spec, enum mount_kind kind)
{
        spec->mounts = xreallocarray(spec->mounts, spec->mount_count + 1, sizeof(*spec->mounts));
        spec->mounts[spec->mount_count] = (struct container_mount){ .kind = kind };
        return &spec->mounts[spec->mount_count++];
}

static int check_target(const struct container_spec *spec, struct container_mount *mount,
                        const char *target, struct error *err)
{
        if (!target || target[0] != '/')
                return error_set(err, ERROR_USAGE, "mount target \"%s\" must be an absolute path",
                                 target ? target : "");
        mount->target = path_clean(target);
        if (strcmp(mount->target, "/") == 0)
                return error_set(err, ERROR_USAGE, "a mount cannot replace the root directory");
        for (size_t i = 0; i + 1 < spec->mount_count; i++)
                if (spec->mounts[i].target && strcmp(spec->mounts[i].target, mount->target) == 0)
                        return error_set(err, ERROR_USAGE, "%s: duplicate mount destination",
                                         mount->target);
        return 0;
}

static int check_source(struct container_mount *mount, const char *source, struct error *err)
{
        mount->source = path_absolute(source);
        if (access(mount->source, F_OK) < 0)
                return error_sys(err, errno, "volume source %s", mount->source);
        return 0;
}

static bool is_propagation(const char *word)
{
        return strstr(word, "private") || strstr(word, "slave") || strstr(word, "shared") ||
               strstr(word, "unbindable");
}

static int add_bind_options(struct container_mount *mount, const struct strv *words,
                            struct error *err)
{
        bool propagation = false, bind = false;

        for (size_t i = 0; i < words->count; i++) {
                const char *word = words->items[i];

                /* SELinux labels: nothing to do where there is no SELinux, as with podman. */
                if (!word[0] || strcmp(word, "z") == 0 || strcmp(word, "Z") == 0)
                        continue;
                if (!mount_option_is_flag(word) || strcmp(word, "tmpcopyup") == 0)
                        return error_set(err, ERROR_UNSUPPORTED,
                                         "volume option \"%s\" is not supported", word);
                propagation = propagation || is_propagation(word);
                bind = bind || strcmp(word, "bind") == 0 || strcmp(word, "rbind") == 0;
                strv_add(&mount->options, word);
        }
        if (!bind)
                strv_add(&mount->options, "rbind");
        if (!propagation)
                strv_add(&mount->options, "rprivate");
        return 0;
}

int mount_spec_volume(const char *text, struct container_spec *spec, struct error *err)
{
        AUTO(strv) parts = { 0 };
        AUTO(strv) words = { 0 };
        struct container_mount *mount;

        strv_split(&parts, text, ':');
        if (parts.count == 1)
                return error_set(err, ERROR_UNSUPPORTED,
                                 "volume \"%s\": anonymous volumes are not supported, name a host "
                                 "directory: HOST:DIR",
                                 text);
        if (parts.count > 3 || !parts.items[0][0])
                return error_set(err, ERROR_USAGE,
                                 "invalid volume \"%s\": expected "
                                 "HOST:DIR[:OPTIONS]",
                                 text);
        if (!strchr(parts.items[0], '/') && parts.items[0][0] != '.')
                return error_set(err, ERROR_UNSUPPORTED,
                                 "volume \"%s\": named volumes are not supported, name a host "
                                 "directory: ./%s",
                                 text, parts.items[0]);
        mount = add_mount(spec, MOUNT_BIND);
        if (check_source(mount, parts.items[0], err) < 0 ||
            check_target(spec, mount, parts.items[1], err) < 0)
                return -1;
        if (parts.count == 3)
                strv_split(&words, parts.items[2], ',');
        return add_bind_options(mount, &words, err);
}

static bool tmpfs_data(const char *word)
{
        static const char *const known[] = { "size=", "mode=", "uid=", "gid=", "nr_inodes=" };

        for (size_t i = 0; i < ARRAY_SIZE(known); i++)
                if (strncmp(word, known[i], strlen(known[i])) == 0)
                        return true;
        return false;
}

/* podman's: nosuid, nodev, and what was at the place copied up unless "notmpcopyup". */
static int add_tmpfs_options(struct container_mount *mount, const struct strv *words,
                             struct error *err)
{
        bool copy_up = true, mode = false;

        strv_add(&mount->options, "nosuid");
        strv_add(&mount->options, "nodev");
        for (size_t i = 0; i < words->count; i++) {
                const char *word = words->items[i];

                if (!word[0])
                        continue;
                if (strcmp(word, "notmpcopyup") == 0) {
                        copy_up = false;
                        continue;
                }
                if (!tmpfs_data(word) && (!mount_option_is_flag(word) || strstr(word, "bind")))
                        return error_set(err, ERROR_USAGE, "tmpfs option \"%s\" is not known",
                                         word);
                mode = mode || strncmp(word, "mode=", 5) == 0;
                strv_add(&mount->options, word);
        }
        if (!mode)
                strv_add(&mount->options, "mode=1777");
        if (copy_up && !mode)
                strv_add(&mount->options, "tmpcopyup");
        return 0;
}

int mount_spec_tmpfs(const char *text, struct container_spec *spec, struct error *err)
{
        AUTO_FREE char *target = xstrndup(text, strcspn(text, ":"));
        AUTO(strv) words = { 0 };
        struct container_mount *mount = add_mount(spec, MOUNT_TMPFS);

        if (check_target(spec, mount, target, err) < 0)
                return -1;
        if (text[strlen(target)])
                strv_split(&words, text + strlen(target) + 1, ',');
        return add_tmpfs_options(mount, &words, err);
}

/* key or key=value of --mount. */
struct mount_keys {
        const char *type, *source, *target;
        struct strv words;
};

static void mount_keys_release(struct mount_keys *keys)
{
        strv_release(&keys->words);
}

static bool true_value(const char *value)
{
        return !value || strcmp(value, "true") == 0 || strcmp(value, "1") == 0;
}

static int take_key(struct mount_keys *keys, char *pair, struct error *err)
{
        char *value = strchr(pair, '=');

        if (value)
                *value++ = '\0';
        if (value && strcmp(pair, "type") == 0)
                keys->type = value;
        else if (value && (strcmp(pair, "source") == 0 || strcmp(pair, "src") == 0))
                keys->source = value;
        else if (value && (strcmp(pair, "target") == 0 || strcmp(pair, "dst") == 0 ||
                           strcmp(pair, "destination") == 0))
                keys->target = value;
        else if (strcmp(pair, "ro") == 0 || strcmp(pair, "readonly") == 0)
                strv_add(&keys->words, true_value(value) ? "ro" : "rw");
        else if (strcmp(pair, "rw") == 0)
                strv_add(&keys->words, true_value(value) ? "rw" : "ro");
        else if (value && strcmp(pair, "bind-propagation") == 0)
                strv_add(&keys->words, value);
        else if (value && strcmp(pair, "tmpfs-size") == 0)
                strv_addf(&keys->words, "size=%s", value);
        else if (value && strcmp(pair, "tmpfs-mode") == 0)
                strv_addf(&keys->words, "mode=%s", value);
        else if (!value && (mount_option_is_flag(pair) || strcmp(pair, "notmpcopyup") == 0))
                strv_add(&keys->words, pair);
        else
                return error_set(err, ERROR_UNSUPPORTED, "mount option \"%s\" is not supported",
                                 pair);
        return 0;
}

int mount_spec_mount(const char *text, struct container_spec *spec, struct error *err)
{
        AUTO(mount_keys) keys = { .type = "" };
        AUTO(strv) pairs = { 0 };
        struct container_mount *mount;

        strv_split(&pairs, text, ',');
        for (size_t i = 0; i < pairs.count; i++)
                if (take_key(&keys, pairs.items[i], err) < 0)
                        return -1;
        if (strcmp(keys.type, "tmpfs") == 0) {
                mount = add_mount(spec, MOUNT_TMPFS);
                if (check_target(spec, mount, keys.target, err) < 0)
                        return -1;
                return add_tmpfs_options(mount, &keys.words, err);
        }
        if (strcmp(keys.type, "bind") != 0)
                return error_set(err, ERROR_UNSUPPORTED,
                                 "mount type \"%s\" is not supported (bind and tmpfs are)",
                                 keys.type);
        if (!keys.source)
                return error_set(err, ERROR_USAGE, "mount \"%s\" names no source", text);
        mount = add_mount(spec, MOUNT_BIND);
        if (check_source(mount, keys.source, err) < 0 ||
            check_target(spec, mount, keys.target, err) < 0)
                return -1;
        return add_bind_options(mount, &keys.words, err);
}
