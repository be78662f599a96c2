/* kelp oci spec, features. */
#include "engine/runtime/oci/oci_spec.h"

#include "base/cleanup.h"
#include "base/fd.h"
#include "cli/oci/oci.h"

#include <fcntl.h>
#include <string.h>

struct spec_args {
        const char *bundle;
        bool rootless;
};
#define OPT_ARGS struct spec_args

static const struct opt spec_options[] = {
        OPT_STR('b', "bundle", bundle, "DIRECTORY", "Where it is written"),
        OPT_BOOL(0, "rootless", rootless, "One that can be started without rights"),
        { 0 },
};

static int spec_run(struct context *ctx, void *data, struct error *err)
{
        const struct spec_args *args = data;
        const char *bundle = args->bundle ? args->bundle : ".";
        AUTO_CLOSE int dir_fd = open(bundle, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        AUTO_JSON json_t *spec = oci_spec_template(args->rootless);
        AUTO_FREE char *text = json_dumps(spec, JSON_INDENT(8));
        AUTO_CLOSE int fd = -1;

        (void)ctx;
        if (dir_fd < 0)
                return error_sys(err, errno, "open bundle %s", bundle);
        fd = openat(dir_fd, OCI_CONFIG, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (fd < 0 && errno == EEXIST)
                return error_set(err, ERROR_EXISTS, OCI_CONFIG " exists: remove it first");
        if (fd < 0 || fd_write_all(fd, text, strlen(text)) < 0 || fd_write_all(fd, "\n", 1) < 0)
                return error_sys(err, errno, "write " OCI_CONFIG);
        return 0;
}

static int features_run(struct context *ctx, void *data, struct error *err)
{
        AUTO_JSON json_t *features = oci_spec_features();

        (void)ctx;
        (void)data;
        (void)err;
        json_dumpf(features, stdout, JSON_INDENT(2));
        putchar('\n');
        return 0;
}

const struct command cmd_oci_spec = {
        .name = "oci spec",
        .synopsis = "[OPTIONS]",
        .summary = "Write a config.json to begin with",
        .max_operands = 0,
        .args_size = sizeof(struct spec_args),
        .options = spec_options,
        .run = spec_run,
};

const struct command cmd_oci_features = {
        .name = "oci features",
        .synopsis = "",
        .summary = "Print what this runtime can do, as JSON",
        .max_operands = 0,
        .run = features_run,
};
