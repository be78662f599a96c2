/* Options of the commands that talk to a registry. */
#include "cli/options/registry_options.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "cli/opt.h"
#include "cli/output/human.h"
#include "engine/image/manifest.h"
#include "engine/storage/recompress.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

int parse_bool(const char *text, const char *option, bool *out, struct error *err)
{
        if (opt_parse_bool(text, out))
                return 0;
        return error_set(err, ERROR_USAGE, "%s is true or false", option);
}

static int read_delay(const char *text, int *seconds_out, struct error *err)
{
        int64_t ns;

        if (human_parse_span(text, &ns, NULL) < 0) {
                error_set(err, ERROR_USAGE, "time: invalid duration \"%s\"", text);
                return error_cure(err, "--retry-delay is a duration, such as 250ms or 1h30m");
        }
        if (ns < 0 || ns > 3600 * (int64_t)1000000000)
                return error_set(err, ERROR_USAGE, "--retry-delay is not between 0 and an hour");
        *seconds_out = (int)((ns + 999999999) / 1000000000);
        return 0;
}

int auth_file_check(const char *file, struct error *err)
{
        if (faccessat(AT_FDCWD, file, F_OK, AT_EACCESS) == 0)
                return 0;
        if (errno == ENOENT) /* in small letters, as podman has it */
                return error_set(err, ERROR_NOT_FOUND,
                                 "credential file is not accessible: faccessat %s: no such file or "
                                 "directory",
                                 file);
        return error_sys(err, errno, "credential file is not accessible: faccessat %s", file);
}

int registry_options_read(const struct registry_args *args, const struct global_args *global,
                          struct registry_options *options_out, struct error *err)
{
        struct registry_options options = REGISTRY_OPTIONS_DEFAULT;
        bool verify;

        if (args->authfile && auth_file_check(args->authfile, err) < 0)
                return -1;
        options.authfile = args->authfile ? args->authfile : global->auth_file;
        options.creds = args->creds;
        options.cert_dir = args->cert_dir;
        if (args->tls_verify) {
                if (parse_bool(args->tls_verify, "--tls-verify", &verify, err) < 0)
                        return -1;
                options.tls_verify = verify;
        }
        if (args->retry.set) {
                if (args->retry.value < 0 || args->retry.value > 1000)
                        return error_set(err, ERROR_USAGE, "--retry is not between 0 and 1000");
                options.retries = (int)args->retry.value;
        }
        if (args->retry_delay && read_delay(args->retry_delay, &options.retry_delay, err) < 0)
                return -1;
        *options_out = options;
        return 0;
}

int push_compression_read(const char *format, const struct opt_int *level, bool force,
                          struct push_options *options, struct error *err)
{
        struct recompress check;

        options->compression = LAYER_DETECT;
        if (format && strcmp(format, "gzip") == 0)
                options->compression = LAYER_GZIP;
        else if (format && strcmp(format, "zstd") == 0)
                options->compression = LAYER_ZSTD;
        else if (format)
                return error_set(err, ERROR_UNSUPPORTED,
                                 "--compression-format %s is not supported: gzip and zstd are",
                                 format);
        else if (force)
                options->compression = LAYER_GZIP;
        if (!level->set)
                return 0;
        if (level->value < 1 || level->value > 20)
                return error_set(err, ERROR_USAGE, "--compression-level is not between 1 and 20");
        options->level = (int)level->value;
        check = (struct recompress){ .to = options->compression, .level = options->level };
        return recompress_check(&check, err);
}

int platform_options_read(const struct platform_args *args, char **platform_out, struct error *err)
{
        struct platform platform;

        *platform_out = NULL;
        if (args->platform && (args->os || args->arch || args->variant))
                return error_set(err, ERROR_USAGE,
                                 "--platform option can not be specified with --arch or --os");
        if (args->platform) {
                *platform_out = xstrdup(args->platform);
                return platform_parse(args->platform, &platform, err);
        }
        if (!args->os && !args->arch && !args->variant)
                return 0;
        platform_host(&platform);
        *platform_out = xasprintf("%s/%s%s%s", args->os ? args->os : platform.os,
                                  args->arch ? args->arch : platform.arch, args->variant ? "/" : "",
                                  args->variant ? args->variant : "");
        return platform_parse(*platform_out, &platform, err);
}
