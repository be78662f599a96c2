/* kelp volume mount, unmount: where a volume's files are, inside kelp unshare.
 *
 * A volume is a directory, there is nothing to mount; a tmpfs is made for each container and a
 * mount of it here would be another one, so that is refused.
 */
#include "base/alloc.h"
#include "base/cleanup.h"
#include "cli/global.h"
#include "engine/storage/volume.h"

#include <stdio.h>

static int check_namespace(const struct context *ctx, struct error *err)
{
        if (geteuid() == 0)
                return 0;
        error_set(err, ERROR_UNSUPPORTED,
                  "cannot run command \"%s %s\" in rootless mode, must execute `%s unshare` first",
                  dispatch_called_as(), ctx->command->name, dispatch_called_as());
        return error_cure(err, "its files have owners that only the user namespace knows");
}

static int mount_one(struct context *ctx, void *data, const char *name, struct error *err)
{
        AUTO(volume) volume = { 0 };
        AUTO_FREE char *path = NULL;

        (void)data;
        if (volume_lookup(&ctx->store, name, &volume, err) < 0)
                return -1;
        if (volume_is_tmpfs(&volume))
                return error_set(err, ERROR_UNSUPPORTED,
                                 "volume %s is a tmpfs: each container has one of its own",
                                 volume.name);
        path = volume_device(&volume) ? xstrdup(volume_device(&volume))
                                      : volume_path(&ctx->store, volume.name);
        printf("%s\n", path);
        return 0;
}

static int mount_run(struct context *ctx, void *data, struct error *err)
{
        if (check_namespace(ctx, err) < 0)
                return -1;
        return for_each_operand(ctx, data, mount_one, err);
}

const struct command cmd_volume_mount = {
        .name = "volume mount",
        .synopsis = "VOLUME...",
        .summary = "Show where volumes' files are, inside kelp unshare",
        .needs = NEEDS_STORE,
        .min_operands = 1,
        .max_operands = -1,
        .run = mount_run,
};

static int unmount_one(struct context *ctx, void *data, const char *name, struct error *err)
{
        AUTO(volume) volume = { 0 };

        (void)data;
        if (volume_lookup(&ctx->store, name, &volume, err) < 0)
                return -1;
        printf("%s\n", volume.name);
        return 0;
}

static int unmount_run(struct context *ctx, void *data, struct error *err)
{
        if (check_namespace(ctx, err) < 0)
                return -1;
        return for_each_operand(ctx, data, unmount_one, err);
}

const struct command cmd_volume_unmount = {
        .name = "volume unmount",
        .synopsis = "VOLUME...",
        .summary = "The counterpart of volume mount: nothing was mounted",
        .needs = NEEDS_STORE,
        .min_operands = 1,
        .max_operands = -1,
        .run = unmount_run,
};
