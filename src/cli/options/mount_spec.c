/* -v [SOURCE:]DIR[:OPTIONS] and --tmpfs DIR[:OPTIONS]; --mount is in mount_keys.c. */
#include "cli/options/mount_spec.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "cli/options/mount_words.h"
#include "engine/container/spec_mounts.h"
#include "engine/storage/volume.h"

#include <string.h>

static int fill_volume(const struct strv *parts, struct container_mount *mount, struct error *err)
{
        const char *source = parts->count > 1 ? parts->items[0] : NULL;
        AUTO(strv) words = { 0 };

        if (parts->count == 3)
                strv_split(&words, parts->items[2], ',');
        if (source && mount->kind == MOUNT_BIND && mount_words_source(mount, source, err) < 0)
                return -1;
        if (source && mount->kind == MOUNT_VOLUME) {
                if (!volume_name_valid(source))
                        return error_set(err, ERROR_USAGE,
                                         "volume \"%s\": names must match "
                                         "[a-zA-Z0-9][a-zA-Z0-9_.-]*: invalid argument",
                                         source);
                mount->volume = xstrdup(source);
        }
        if (mount_words_target(mount, parts->items[parts->count > 1], err) < 0)
                return -1;
        return mount_words_bind(mount, &words, err);
}

int mount_spec_volume(const char *text, struct container_spec *spec, struct error *err)
{
        AUTO(strv) parts = { 0 };
        AUTO(container_mount) mount = { .kind = MOUNT_VOLUME };

        strv_split(&parts, text, ':');
        if (parts.count > 3 || (parts.count > 1 && !parts.items[0][0]))
                return error_set(err, ERROR_USAGE,
                                 "incorrect volume format \"%s\", should be "
                                 "[host-dir:]ctr-dir[:option]",
                                 text);
        if (parts.count > 1 && (strchr(parts.items[0], '/') || parts.items[0][0] == '.'))
                mount.kind = MOUNT_BIND;
        if (fill_volume(&parts, &mount, err) < 0)
                return -1;
        return mount_words_add(spec, &mount, true, err);
}

int mount_spec_tmpfs(const char *text, struct container_spec *spec, struct error *err)
{
        AUTO_FREE char *target = xstrndup(text, strcspn(text, ":"));
        AUTO(strv) words = { 0 };
        AUTO(container_mount) mount = { .kind = MOUNT_TMPFS };

        if (mount_words_target(&mount, target, err) < 0)
                return -1;
        if (text[strlen(target)])
                strv_split(&words, text + strlen(target) + 1, ',');
        if (mount_words_tmpfs(&mount, &words, err) < 0)
                return -1;
        return mount_words_add(spec, &mount, true, err);
}
