/* See volume_options.h. */
#include "cli/options/volume_options.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "cli/options/mount_spec.h"
#include "engine/container/secrets.h"
#include "engine/container/volumes.h"

#include <string.h>

static int image_mode(const char *text, enum image_volumes *mode, struct error *err)
{
        *mode = IMAGE_VOLUMES_ANONYMOUS;
        if (!text || !text[0] || strcmp(text, "anonymous") == 0 || strcmp(text, "bind") == 0)
                return 0; /* podman's "bind" makes anonymous volumes too */
        if (strcmp(text, "tmpfs") == 0)
                *mode = IMAGE_VOLUMES_TMPFS;
        else if (strcmp(text, "ignore") == 0)
                *mode = IMAGE_VOLUMES_IGNORE;
        else
                return error_set(err, ERROR_USAGE,
                                 "invalid image-volume type \"%s\". Pick one of bind, tmpfs, or "
                                 "ignore",
                                 text);
        return 0;
}

int volume_args_fill(const struct volume_args *args, struct container_spec *spec, struct error *err)
{
        enum image_volumes unused;

        if (args->driver && args->driver[0] && strcmp(args->driver, "local") != 0)
                return error_set(err, ERROR_UNSUPPORTED,
                                 "volume driver \"%s\" is not supported (local is)", args->driver);
        if (image_mode(args->image_volume, &unused, err) < 0)
                return -1;
        for (size_t i = 0; i < args->secrets.count; i++)
                if (container_secret_parse(args->secrets.items[i], spec, err) < 0)
                        return -1;
        for (size_t i = 0; i < args->mounts.count; i++)
                if (mount_spec_mount(args->mounts.items[i], spec, err) < 0)
                        return -1;
        for (size_t i = 0; i < args->volumes.count; i++)
                if (mount_spec_volume(args->volumes.items[i], spec, err) < 0)
                        return -1;
        for (size_t i = 0; i < args->tmpfs.count; i++)
                if (mount_spec_tmpfs(args->tmpfs.items[i], spec, err) < 0)
                        return -1;
        return 0;
}

int volume_args_images(const struct store *store, struct container_spec *spec,
                       const struct id_maps *owners,
                       int (*find)(void *data, const char *name, struct image *image_out,
                                   struct error *err),
                       void *data, struct error *err)
{
        for (size_t i = 0; i < spec->mount_count; i++) {
                struct container_mount *m = &spec->mounts[i];
                AUTO(image) image = { 0 };

                if (m->kind != MOUNT_IMAGE)
                        continue;
                if (find(data, m->source, &image, err) < 0 ||
                    (!image_has_layers(store, &image, spec->mapping) &&
                     image_ensure_layers(store, &image, spec->mapping, owners, err) < 0))
                        return -1;
                m->image_id = xstrdup(image.id);
                for (size_t l = 0; l < image.layer_count; l++)
                        strv_add(&m->layers, digest_hex(&image.diff_ids[l]));
        }
        return 0;
}

int volume_args_settle(const struct volume_args *args, const struct store *store,
                       const struct image *image, struct container_spec *spec, struct error *err)
{
        enum image_volumes mode;

        for (size_t i = 0; i < args->from.count; i++) {
                AUTO_FREE char *name = xstrdup(args->from.items[i]);
                char *options = strchr(name, ':');

                if (options)
                        *options++ = '\0';
                if (container_volumes_from(store, name, options, spec, err) < 0)
                        return -1;
        }
        if (image_mode(args->image_volume, &mode, err) < 0)
                return -1;
        container_volumes_of_image(json_object_get(image->config, "config"), mode, spec);
        return container_volumes_make(store, spec, err);
}
