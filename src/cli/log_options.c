/* --log-driver and --log-opt. */
#include "cli/log_options.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/path.h"
#include "cli/human.h"

#include <string.h>

static int check_driver(const char *driver, struct error *err)
{
        static const char *const known[] = { "k8s-file", "json-file", "none" };
        static const struct {
                const char *driver, *why;
        } refused[] = {
                { "journald", "follow a container with: kelp logs -f NAME | systemd-cat -t NAME" },
                { "passthrough", "run attached, or read the output with kelp logs -f" },
                { "passthrough-tty", "run with -it" },
        };

        for (size_t i = 0; i < ARRAY_SIZE(known); i++)
                if (strcmp(driver, known[i]) == 0)
                        return 0;
        for (size_t i = 0; i < ARRAY_SIZE(refused); i++)
                if (strcmp(driver, refused[i].driver) == 0) {
                        error_set(err, ERROR_UNSUPPORTED, "--log-driver %s is not supported",
                                  driver);
                        return error_cure(err, "%s", refused[i].why);
                }
        return error_set(err, ERROR_USAGE,
                         "invalid log driver \"%s\": there are k8s-file, json-file and none",
                         driver);
}

static int fill_path(const char *value, struct container_spec *spec, struct error *err)
{
        size_t len = strlen(value);

        if (len == 0 || value[len - 1] == '/')
                return error_set(err, ERROR_USAGE, "--log-opt path=%s is no file", value);
        free(spec->log_path);
        spec->log_path = path_absolute(value);
        return 0;
}

static int fill_size(const char *value, struct container_spec *spec, struct error *err)
{
        uint64_t bytes;

        if (strcmp(value, "-1") == 0) {
                error_set(err, ERROR_UNSUPPORTED, "a log without a bound is not offered");
                return error_cure(err, "give it the room that it may take: max-size=10g");
        }
        /* podman's and docker's units of it are of 1000. */
        if (human_parse_size(value, &bytes, err) < 0)
                return error_context(err, "--log-opt max-size");
        if (bytes < 1 || bytes > INT64_MAX)
                return error_set(err, ERROR_USAGE, "--log-opt max-size=%s is no size of a log",
                                 value);
        spec->log_size = (int64_t)bytes;
        return 0;
}

static int fill_option(const char *text, struct container_spec *spec, struct error *err)
{
        if (strncmp(text, "path=", 5) == 0)
                return fill_path(text + 5, spec, err);
        if (strncmp(text, "max-size=", 9) == 0)
                return fill_size(text + 9, spec, err);
        if (strncmp(text, "tag=", 4) == 0) {
                free(spec->log_tag);
                spec->log_tag = xstrdup(text + 4);
                return 0;
        }
        if (strncmp(text, "label=", 6) == 0)
                return error_set(err, ERROR_UNSUPPORTED,
                                 "--log-opt %s is not supported: the lines of k8s-file have no "
                                 "place for it",
                                 text);
        return error_set(err, ERROR_USAGE,
                         "--log-opt %s is not one of path=, max-size= and tag=", text);
}

int log_options_fill(const struct log_args *args, struct container_spec *spec, struct error *err)
{
        if (args->driver && check_driver(args->driver, err) < 0)
                return -1;
        spec->log_driver = xstrdup(args->driver);
        for (size_t i = 0; i < args->options.count; i++)
                if (fill_option(args->options.items[i], spec, err) < 0)
                        return -1;
        return 0;
}
