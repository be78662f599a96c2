/* What -v, --mount and --tmpfs have in common: option words, and putting a finished mount into the
 * spec. */
#ifndef KELP_CLI_OPTIONS_MOUNT_WORDS_H
#define KELP_CLI_OPTIONS_MOUNT_WORDS_H

#include "engine/container/spec.h"

/* Options of a bind, a volume or an image: flags, U, O, upperdir=, workdir=, nocopy, subpath=...
 * The defaults that podman has are added. */
int mount_words_bind(struct container_mount *mount, const struct strv *words, struct error *err);

/* Options of a tmpfs or a ramfs; podman's defaults are added. */
int mount_words_tmpfs(struct container_mount *mount, const struct strv *words, struct error *err);

/* The host's file or directory; it has to be there. */
int mount_words_source(struct container_mount *mount, const char *source, struct error *err);
int mount_words_target(struct container_mount *mount, const char *target, struct error *err);

/* Move the mount into the spec. Another one at the same place is an error; the same one, when
 * again_ok, is passed over. */
int mount_words_add(struct container_spec *spec, struct container_mount *mount, bool again_ok,
                    struct error *err);

#endif
