/* --log-driver and --log-opt. */
#include "cli/options/log_options.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/log.h"
#include "base/path.h"
#include "cli/output/human.h"
#include "engine/container/log_place.h"

#include <string.h>
#include <unistd.h>

static int check_driver(const char *driver, struct error *err)
{
        AUTO(strv) names = { 0 };
        AUTO_FREE char *list = NULL;

        if (log_driver_known(driver))
                return 0;
        log_driver_list(&names);
        list = strv_join(&names, ", ");
        return error_set(err, ERROR_USAGE, "invalid log driver \"%s\": there are %s", driver, list);
}

/* Who has a terminal of ours could type into it (TIOCSTI). */
static int check_passthrough(const struct log_args *args, const struct container_spec *spec,
                             struct error *err)
{
        bool on_tty = isatty(STDIN_FILENO) || isatty(STDOUT_FILENO) || isatty(STDERR_FILENO);

        if (log_driver_of(spec) != LOG_DRIVER_PASSTHROUGH)
                return 0;
        if (spec->attach.count || spec->terminal)
                return error_set(err, ERROR_USAGE, "cannot specify --%s with --log-driver=%s",
                                 spec->terminal ? "tty" : "attach", args->driver);
        if (on_tty && strcmp(args->driver, "passthrough") == 0)
                return error_set(err, ERROR_USAGE,
                                 "the '--log-driver passthrough' option cannot be used on a TTY.  "
                                 "If you really want it, use '--log-driver passthrough-tty'");
        return 0;
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

/* The name of a field that is not the journal's own (systemd.journal-fields(7)). */
static bool is_field(const char *name, size_t len)
{
        static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ", others[] = "0123456789_";

        for (size_t i = 0; i < len; i++)
                if (!strchr(letters, name[i]) && (i == 0 || !strchr(others, name[i])))
                        return false;
        return len > 0 && len <= 64;
}

static int fill_label(const char *label, struct container_spec *spec, struct error *err)
{
        size_t len = strcspn(label, "=");

        if (!label[len] || !is_field(label, len))
                return error_set(err, ERROR_USAGE,
                                 "invalid log label \"%s\": it is KEY=VALUE, the key of capital "
                                 "letters, digits and \"_\"",
                                 label);
        strv_add(&spec->log_labels, label);
        return 0;
}

/* The lines of files have no place for them. */
static int check_labels(const struct container_spec *spec, struct error *err)
{
        if (spec->log_labels.count && log_driver_of(spec) != LOG_DRIVER_JOURNALD)
                return error_set(err, ERROR_USAGE, "--log-opt label= needs --log-driver=journald");
        return 0;
}

/* podman passes over them. */
static void warn_without_file(const struct container_spec *spec)
{
        if (log_driver_of(spec) != LOG_DRIVER_FILE && (spec->log_path || spec->log_size))
                log_warn("--log-driver=%s writes no file: --log-opt path= and max-size= mean "
                         "nothing to it, continuing",
                         spec->log_driver);
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
                return fill_label(text + 6, spec, err);
        return error_set(err, ERROR_USAGE,
                         "--log-opt %s is not one of path=, max-size=, tag= and label=", text);
}

int log_options_fill(const struct log_args *args, struct container_spec *spec, struct error *err)
{
        if (args->driver && check_driver(args->driver, err) < 0)
                return -1;
        spec->log_driver = xstrdup(args->driver);
        for (size_t i = 0; i < args->options.count; i++)
                if (fill_option(args->options.items[i], spec, err) < 0)
                        return -1;
        warn_without_file(spec);
        return check_labels(spec, err) < 0 ? -1 : check_passthrough(args, spec, err);
}
