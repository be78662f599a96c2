/* Options of a volume of the driver "local" (podman-volume-create(1)).
 *
 * A user cannot mount a device, so of the types there are: none at all, a directory of the host
 * (type none or bind, o=bind), and tmpfs. A size or a number of files can be had of a tmpfs alone:
 * elsewhere it needs project quotas, which are root's.
 */
#include "engine/storage/volume.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "engine/runtime/mount_options.h"

#include <string.h>

const char *volume_option(const struct volume *volume, const char *key)
{
        return strv_env_get(&volume->options, key);
}

bool volume_is_tmpfs(const struct volume *volume)
{
        const char *type = volume_option(volume, "type");

        return type && strcmp(type, "tmpfs") == 0;
}

const char *volume_device(const struct volume *volume)
{
        return volume_is_tmpfs(volume) ? NULL : volume_option(volume, "device");
}

static int read_id(const char *word, const char *value, uid_t *id, struct error *err)
{
        char *end;
        unsigned long number = strtoul(value, &end, 10);

        if (*end || end == value || value[0] == '-' || number > 0xfffffffeUL)
                return error_set(err, ERROR_USAGE, "cannot convert %s to an integer: invalid %s",
                                 value, word);
        *id = (uid_t)number;
        return 0;
}

/* One word of o=: those that mount(8) would take are checked when it is mounted. */
static int take_word(struct volume *volume, const char *word, struct error *err)
{
        if (strncmp(word, "uid=", 4) == 0)
                return read_id("uid", word + 4, &volume->uid, err);
        if (strncmp(word, "gid=", 4) == 0)
                return read_id("gid", word + 4, &volume->gid, err);
        if (volume_is_tmpfs(volume))
                return 0;
        if (strcmp(word, "noquota") == 0) /* there are no quotas */
                return 0;
        if (strncmp(word, "size=", 5) == 0 || strncmp(word, "inodes=", 7) == 0)
                return error_set(err, ERROR_UNSUPPORTED,
                                 "volume option %s needs project quotas, which are root's; "
                                 "type=tmpfs can have a size",
                                 word);
        if (!volume_device(volume) || !mount_option_is_flag(word))
                return error_set(err, ERROR_UNSUPPORTED, "volume option o=%s is not supported%s",
                                 word, volume_device(volume) ? "" : " without type and device");
        return 0;
}

static int check_type(const struct volume *volume, struct error *err)
{
        const char *type = volume_option(volume, "type");
        const char *device = volume_option(volume, "device");

        if (!type || strcmp(type, "tmpfs") == 0)
                return 0;
        if (strcmp(type, "bind") != 0 && strcmp(type, "none") != 0)
                return error_set(err, ERROR_UNSUPPORTED,
                                 "volume option type=%s is not supported: only root can mount it "
                                 "(bind, none and tmpfs are)",
                                 type);
        if (!device)
                return error_set(err, ERROR_USAGE, "volume option type=%s needs device=DIRECTORY",
                                 type);
        return 0;
}

static int check_device(const struct volume *volume, struct error *err)
{
        const char *device = volume_device(volume);

        if (!device)
                return 0;
        if (device[0] != '/')
                return error_set(err, ERROR_USAGE,
                                 "invalid volume option device for driver 'local': %s is not an "
                                 "absolute path",
                                 device);
        if (access(device, F_OK) < 0)
                return error_set(err, ERROR_USAGE,
                                 "invalid volume option device for driver 'local': faccessat %s: "
                                 "no such file or directory",
                                 device);
        return 0;
}

int volume_check_options(struct volume *volume, struct error *err)
{
        const char *mount = volume_option(volume, "o");
        AUTO(strv) words = { 0 };

        for (size_t i = 0; i < volume->options.count; i++) {
                const char *option = volume->options.items[i];
                size_t len = strcspn(option, "=");

                if (!(len == 1 && option[0] == 'o') &&
                    !(len == 4 && strncmp(option, "type", len) == 0) &&
                    !(len == 6 && strncmp(option, "device", len) == 0) &&
                    strcmp(option, "nocopy") != 0 && strcmp(option, "copy") != 0)
                        return error_set(err, ERROR_USAGE,
                                         "invalid volume option %.*s for driver 'local': invalid "
                                         "argument",
                                         (int)len, option);
        }
        if (check_type(volume, err) < 0 || check_device(volume, err) < 0)
                return -1;
        if (mount)
                strv_split(&words, mount, ',');
        for (size_t i = 0; i < words.count; i++)
                if (words.items[i][0] && take_word(volume, words.items[i], err) < 0)
                        return -1;
        return 0;
}
