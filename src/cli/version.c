/* kelp version. */
#include "cli/command.h"

#include <stdio.h>
#include <sys/utsname.h>

static int version_run(struct context *ctx, void *args, struct error *err)
{
        struct utsname name;

        (void)ctx;
        (void)args;
        if (uname(&name) < 0)
                return error_sys(err, errno, "uname");
        printf("Version:      " KELP_VERSION "\nOS/Arch:      linux/%s\n", name.machine);
        return 0;
}

const struct command cmd_version = {
        .name = "version",
        .synopsis = "",
        .summary = "Show the version",
        .run = version_run,
};
