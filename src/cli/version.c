/* kelp version. */
#include "base/alloc.h"
#include "base/cleanup.h"
#include "cli/command.h"
#include "cli/output/template.h"
#include "engine/image/manifest.h"

#include <stdio.h>

struct version_args {
        const char *format;
};
#define OPT_ARGS struct version_args

static const struct opt version_options[] = {
        OPT_STR('f', "format", format, "FORMAT", "json, or a Go template"),
        { 0 },
};

/* There is no server; podman's templates name .Client.Version, docker's too. */
static int print_formatted(const char *format, const char *os_arch, struct error *err)
{
        AUTO_JSON json_t *json = json_pack("{s:{s:s, s:s, s:s}}", "Client", "Version", KELP_VERSION,
                                           "Os", "linux", "OsArch", os_arch);

        return template_print(format, json, stdout, err);
}

static int version_run(struct context *ctx, void *data, struct error *err)
{
        const struct version_args *args = data;
        AUTO_FREE char *os_arch = NULL;
        struct platform host;

        (void)ctx;
        platform_host(&host);
        os_arch = xasprintf("linux/%s", host.arch);
        if (args->format)
                return print_formatted(args->format, os_arch, err);
        printf("Client:       kelp\nVersion:      " KELP_VERSION "\nOS/Arch:      %s\n", os_arch);
        return 0;
}

const struct command cmd_version = {
        .name = "version",
        .synopsis = "[OPTIONS]",
        .summary = "Show the version",
        .args_size = sizeof(struct version_args),
        .options = version_options,
        .run = version_run,
};
