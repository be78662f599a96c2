/* Mounts and volumes of run and create: -v, --mount, --tmpfs, --volumes-from and their kin. */
#ifndef KELP_CLI_OPTIONS_VOLUME_OPTIONS_H
#define KELP_CLI_OPTIONS_VOLUME_OPTIONS_H

#include "cli/command.h"
#include "engine/container/spec.h"
#include "engine/image/image.h"

struct volume_args {
        struct strv volumes, mounts, tmpfs, from, secrets;
        const char *image_volume, *driver;
};

#define VOLUME_OPTIONS(m)                                                                          \
        OPT_LIST('v', "volume", m.volumes, "[SRC:]DIR[:OPTIONS]",                                  \
                 "Mount a volume, or a host directory or file"),                                   \
                OPT_LIST_IN("Volumes", 0, "mount", m.mounts, "SPEC",                               \
                            "type=volume|bind|tmpfs|image|glob|ramfs|devpts,src=...,dst=..."),     \
                OPT_LIST_IN("Volumes", 0, "secret", m.secrets, "NAME[,OPTIONS]",                   \
                            "Give it a secret: type=mount|env, target=, uid=, gid=, mode="),       \
                OPT_LIST_IN("Volumes", 0, "tmpfs", m.tmpfs, "DIR[:OPTIONS]", "Mount a tmpfs"),     \
                OPT_LIST_IN("Volumes", 0, "volumes-from", m.from, "CONTAINER[:OPTIONS]",           \
                            "Mount the volumes of another container"),                             \
                OPT_STR_IN("Volumes", 0, "image-volume", m.image_volume, "MODE",                   \
                           "The image's volumes: anonymous, bind, tmpfs or ignore"),               \
                OPT_STR_IN("Volumes", 0, "volume-driver", m.driver, "DRIVER",                      \
                           "local, the only one")

/* What stands on the command line alone. */
int volume_args_fill(const struct volume_args *args, struct container_spec *spec,
                     struct error *err);

/* Find, or pull, the images of type=image and unpack their layers. find() finds one by its name;
 * `data` is its own; owners: userns_of_owners(). Nothing is done, and no image looked for, without
 * such a mount. */
int volume_args_images(const struct store *store, struct container_spec *spec,
                       const struct id_maps *owners,
                       int (*find)(void *data, const char *name, struct image *image_out,
                                   struct error *err),
                       void *data, struct error *err);

/* What other containers and the image add, and making the volumes. Under the shared store lock. */
int volume_args_settle(const struct volume_args *args, const struct store *store,
                       const struct image *image, struct container_spec *spec, struct error *err);

#endif
