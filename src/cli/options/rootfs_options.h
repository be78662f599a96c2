/* --rootfs of run and create: the first operand is a directory in place of an image. */
#ifndef KELP_CLI_OPTIONS_ROOTFS_OPTIONS_H
#define KELP_CLI_OPTIONS_ROOTFS_OPTIONS_H

#include "cli/command.h"
#include "engine/container/spec.h"

struct rootfs_args {
        bool given;
};

/* `at` is the member of OPT_ARGS that is a struct rootfs_args. */
#define ROOTFS_OPTIONS(at)                                                                         \
        OPT_BOOL_IN("Images", 0, "rootfs", at.given,                                               \
                    "Run in a directory, not an image: DIR, or DIR:O to drop what changes")

/* Fill the spec's rootfs out of DIR or DIR:O. */
int rootfs_options_fill(const struct rootfs_args *args, const char *operand,
                        struct container_spec *spec, struct error *err);

#endif
