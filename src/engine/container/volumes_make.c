/* Volumes of a container that is being made. See volumes.h. */
#include "engine/container/volumes.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/path.h"
#include "engine/container/spec_mounts.h"
#include "engine/runtime/mount_options.h"

#include <string.h>

static int make_one(const struct store *store, struct container_mount *m, struct error *err)
{
        AUTO(volume) volume = { .name = xstrdup(m->volume), .anonymous = m->anonymous };
        struct error why = { 0 };

        strv_extend(&volume.options, &m->volume_options);
        if (volume_check_options(&volume, err) < 0)
                return -1;
        /* Another command may make it at the same time. */
        if (volume_create(store, &volume, &why) < 0 && why.kind != ERROR_EXISTS)
                return error_copy(err, &why);
        return 0;
}

/* Of o=: what is for the mount. The owner is the directory's, unless it is a tmpfs, which each
 * container has one of its own of. */
static bool is_for_mount(const struct volume *volume, const char *word)
{
        if (volume_is_tmpfs(volume))
                return word[0] != '\0';
        return volume_device(volume) && mount_option_is_flag(word) && !strstr(word, "bind");
}

static void take_volume_options(const struct volume *volume, struct container_mount *m)
{
        const char *words = volume_option(volume, "o");
        AUTO(strv) list = { 0 };

        if (words)
                strv_split(&list, words, ',');
        for (size_t i = 0; i < list.count; i++)
                if (is_for_mount(volume, list.items[i]) &&
                    !strv_contains(&m->options, list.items[i]))
                        strv_add(&m->options, list.items[i]);
}

static int settle(const struct store *store, struct container_mount *m, struct error *err)
{
        AUTO(volume) volume = { 0 };
        struct error why = { 0 };

        if (!m->volume) {
                m->volume = volume_make_name();
                m->anonymous = true;
        }
        if (!m->volume)
                return error_sys(err, errno, "get random bytes");
        if (volume_load(store, m->volume, &volume, &why) < 0) {
                if (why.kind != ERROR_NOT_FOUND || m->no_create)
                        return error_copy(err, &why);
                if (make_one(store, m, err) < 0 || volume_load(store, m->volume, &volume, err) < 0)
                        return -1;
        }
        if (volume_is_tmpfs(&volume) && (m->overlay || m->subpath))
                return error_set(err, ERROR_UNSUPPORTED,
                                 "volume %s is a tmpfs, new for each container: neither an overlay "
                                 "nor a part of it can be had",
                                 m->volume);
        take_volume_options(&volume, m);
        return 0;
}

int container_volumes_make(const struct store *store, struct container_spec *spec,
                           struct error *err)
{
        for (size_t i = 0; i < spec->mount_count; i++)
                if (spec->mounts[i].kind == MOUNT_VOLUME &&
                    settle(store, &spec->mounts[i], err) < 0)
                        return -1;
        return 0;
}

static void set_access(struct container_mount *m, const struct strv *words)
{
        for (size_t i = 0; i < words->count; i++) {
                const char *word = words->items[i];
                size_t kept = 0;

                if (strcmp(word, "z") == 0 || strcmp(word, "Z") == 0)
                        continue;
                for (size_t o = 0; o < m->options.count; o++) {
                        char *option = m->options.items[o];

                        if (strcmp(option, "ro") == 0 || strcmp(option, "rw") == 0)
                                free(option);
                        else
                                m->options.items[kept++] = option;
                }
                m->options.count = kept;
                strv_add(&m->options, word);
        }
}

static int check_words(const char *options, struct strv *words, struct error *err)
{
        if (options)
                strv_split(words, options, ',');
        for (size_t i = 0; i < words->count; i++) {
                const char *w = words->items[i];

                if (strcmp(w, "ro") != 0 && strcmp(w, "rw") != 0 && strcmp(w, "z") != 0 &&
                    strcmp(w, "Z") != 0)
                        return error_set(err, ERROR_USAGE,
                                         "invalid option \"%s\" of --volumes-from: only ro, rw and "
                                         "z can be there",
                                         w);
        }
        return 0;
}

int container_volumes_from(const struct store *store, const char *name, const char *options,
                           struct container_spec *spec, struct error *err)
{
        struct container from = CONTAINER_EMPTY;
        AUTO(strv) words = { 0 };

        if (check_words(options, &words, err) < 0)
                return -1;
        if (container_lookup(store, name, &from, err) < 0)
                return error_context(err, "--volumes-from");
        for (size_t i = 0; i < from.spec.mount_count; i++) {
                const struct container_mount *m = &from.spec.mounts[i];
                struct container_mount *copy;

                /* Volumes and directories; what lives in memory is that container's alone. */
                if ((m->kind != MOUNT_BIND && m->kind != MOUNT_VOLUME) ||
                    container_mount_at(spec, m->target))
                        continue;
                copy = container_mount_add(spec, m->kind);
                container_mount_copy(m, copy);
                copy->no_create = true;
                set_access(copy, &words);
        }
        strv_add(&spec->volumes_from, name);
        container_release(&from);
        return 0;
}

void container_volumes_of_image(const json_t *config, enum image_volumes mode,
                                struct container_spec *spec)
{
        const char *place;
        json_t *unused;

        json_object_foreach (json_object_get(config, "Volumes"), place, unused) {
                AUTO_FREE char *target = place[0] == '/' ? path_clean(place) : NULL;
                struct container_mount *m;

                (void)unused;
                if (mode == IMAGE_VOLUMES_IGNORE || !target || strcmp(target, "/") == 0 ||
                    container_mount_at(spec, target))
                        continue;
                m = container_mount_add(spec,
                                        mode == IMAGE_VOLUMES_TMPFS ? MOUNT_TMPFS : MOUNT_VOLUME);
                m->target = take_ptr(target);
                strv_add_array(&m->options,
                               (const char *const[]){ "rprivate", "nosuid", "nodev", NULL });
                if (mode == IMAGE_VOLUMES_TMPFS)
                        strv_add(&m->options, "tmpcopyup");
        }
}
