/* --health-cmd and the like, to the spec's `health` (engine/container/health.h). Only what was
 * given is put there: the image's, and the defaults, come in with health_merge(). */
#include "cli/options/health_options.h"

#include "base/cleanup.h"
#include "base/limits.h"
#include "base/path.h"
#include "cli/output/human.h"
#include "engine/container/health.h"

#include <string.h>
#include <strings.h>
#include <sys/stat.h>

static json_t *words(const char *text)
{
        AUTO(strv) parts = { 0 };
        json_t *array = json_array();

        strv_split(&parts, text, ' ');
        for (size_t i = 0; i < parts.count; i++)
                if (parts.items[i][0])
                        json_array_append_new(array, json_string_any(parts.items[i]));
        return array;
}

static bool is_word(const char *text, size_t len, const char *word)
{
        return strlen(word) == len && strncasecmp(text, word, len) == 0;
}

static bool all_strings(const json_t *array)
{
        size_t i;
        json_t *value;

        json_array_foreach (array, i, value) {
                if (!json_is_string(value))
                        return false;
        }
        return json_is_array(array) && i > 0;
}

/* Words as the image format has them: "CMD ..." and ["CMD", ...] as they stand, another array is a
 * command and its arguments, what else is given is for a shell. */
static json_t *parse_test(const char *text)
{
        AUTO_JSON json_t *array = text[0] == '[' ? json_loads(text, 0, NULL) : NULL;
        const char *first = json_string_value(json_array_get(array, 0));
        size_t len = strcspn(text, " ");

        if (!all_strings(array)) {
                if (is_word(text, len, "NONE"))
                        return json_pack("[s]", "NONE");
                if (strncmp(text, "CMD ", 4) == 0)
                        return words(text);
                return json_pack(
                        "[s, o]", "CMD-SHELL",
                        json_string_any(strncmp(text, "CMD-SHELL ", 10) == 0 ? text + 10 : text));
        }
        if (is_word(first, strlen(first), "NONE"))
                return json_pack("[s]", "NONE");
        if (strcmp(first, "CMD") == 0 || strcmp(first, "CMD-SHELL") == 0)
                return json_incref(array);
        if (json_array_size(array) == 1)
                return json_pack("[s, s]", "CMD-SHELL", first);
        json_array_insert_new(array, 0, json_string("CMD"));
        return json_incref(array);
}

static int set_test(json_t *json, const char *option, const char *text, struct error *err)
{
        if (!text)
                return 0;
        if (!text[strspn(text, " ")] || strcmp(text, "[]") == 0)
                return error_set(err, ERROR_USAGE, "--%s: there is no command in \"%s\"", option,
                                 text);
        json_object_set_new(json, "Test", parse_test(text));
        return 0;
}

/* least: 0 allows "disable" for an interval. */
static int set_span(json_t *json, const char *key, const char *option, const char *text,
                    int64_t least, struct error *err)
{
        int64_t ns = 0;

        if (!text)
                return 0;
        if ((least > 0 || strcmp(text, "disable") != 0) && human_parse_span(text, &ns, err) < 0)
                return error_context(err, "--%s", option);
        if (ns < least || ns > LIMIT_HEALTH_SPAN_NS)
                return error_set(err, ERROR_USAGE, "--%s %s is not between %s and a year", option,
                                 text, least ? "1ms" : "0s");
        json_object_set_new(json, key, json_integer(ns));
        return 0;
}

static int set_number(json_t *json, const char *key, const char *option,
                      const struct opt_int *number, long long least, struct error *err)
{
        if (!number->set)
                return 0;
        if (number->value < least || number->value > LIMIT_HEALTH_RETRIES)
                return error_set(err, ERROR_USAGE, "--%s %lld is not between %lld and %d", option,
                                 (long long)number->value, least, LIMIT_HEALTH_RETRIES);
        json_object_set_new(json, key, json_integer(number->value));
        return 0;
}

static int set_action(json_t *json, const char *action, struct error *err)
{
        static const char *const known[] = { "none", "kill", "restart", "stop" };

        for (size_t i = 0; action && i < ARRAY_SIZE(known); i++)
                if (strcmp(known[i], action) == 0) {
                        json_set_string(json, "OnFailure", action);
                        return 0;
                }
        if (!action || !action[0])
                return 0;
        return error_set(err, ERROR_USAGE,
                         "invalid on-failure action \"%s\" for health check: supported actions are "
                         "none,kill,restart,stop",
                         action);
}

static int set_destination(json_t *json, const char *text, struct error *err)
{
        AUTO_FREE char *path = NULL;
        struct stat st;

        if (!text)
                return 0;
        if (strcmp(text, "events_logger") == 0) {
                error_set(err, ERROR_UNSUPPORTED,
                          "--health-log-destination events_logger is not supported: events have "
                          "the status, not the output");
                return error_cure(err, "give a directory, or read it with kelp inspect");
        }
        path = strcmp(text, "local") == 0 ? NULL : path_absolute(text);
        if (path && (stat(path, &st) < 0 || !S_ISDIR(st.st_mode)))
                return error_set(err, ERROR_USAGE, "--health-log-destination %s is no directory",
                                 text);
        json_set_string(json, "LogDestination", path ? path : "local");
        return 0;
}

static int fill_startup(const struct health_args *args, json_t *json, struct error *err)
{
        AUTO_JSON json_t *startup = json_incref(json_object_get(json, "Startup"));

        if (!startup)
                startup = json_object();
        if (set_test(startup, "health-startup-cmd", args->startup_cmd, err) < 0 ||
            set_span(startup, "Interval", "health-startup-interval", args->startup_interval, 0,
                     err) < 0 ||
            set_span(startup, "Timeout", "health-startup-timeout", args->startup_timeout, 1000000,
                     err) < 0 ||
            set_number(startup, "Retries", "health-startup-retries", &args->startup_retries, 0,
                       err) < 0 ||
            set_number(startup, "Successes", "health-startup-success", &args->startup_success, 0,
                       err) < 0)
                return -1;
        if (json_object_size(startup) == 0)
                return 0;
        if (!json_object_get(startup, "Test"))
                return error_set(err, ERROR_USAGE,
                                 "options of a startup health check need --health-startup-cmd");
        json_object_set(json, "Startup", startup);
        return 0;
}

static int fill(const struct health_args *args, json_t *json, struct error *err)
{
        if (set_test(json, "health-cmd", args->cmd, err) < 0 ||
            set_span(json, "Interval", "health-interval", args->interval, 0, err) < 0 ||
            set_span(json, "Timeout", "health-timeout", args->timeout, 1000000, err) < 0 ||
            set_span(json, "StartPeriod", "health-start-period", args->start_period, 0, err) < 0 ||
            set_span(json, "StartInterval", "health-start-interval", args->start_interval, 0, err) <
                    0 ||
            set_number(json, "Retries", "health-retries", &args->retries, 1, err) < 0 ||
            set_number(json, "LogCount", "health-max-log-count", &args->log_count, 0, err) < 0 ||
            set_number(json, "LogSize", "health-max-log-size", &args->log_size, 0, err) < 0 ||
            set_action(json, args->on_failure, err) < 0 ||
            set_destination(json, args->log_destination, err) < 0)
                return -1;
        return fill_startup(args, json, err);
}

int health_options_fill(const struct health_args *args, struct container_spec *spec,
                        struct error *err)
{
        AUTO_JSON json_t *json = spec->health ? json_deep_copy(spec->health) : json_object();

        if (args->none && (args->cmd || args->startup_cmd))
                return error_set(err, ERROR_USAGE,
                                 "cannot specify both --no-healthcheck and --health-%s",
                                 args->cmd ? "cmd" : "startup-cmd");
        if (fill(args, json, err) < 0)
                return -1;
        if (args->none)
                json_object_set_new(json, "Test", json_pack("[s]", "NONE"));
        if (json_object_size(json) == 0)
                return 0;
        json_decref(spec->health);
        spec->health = json_incref(json);
        if (spec->auto_remove && health_restarts(spec))
                return error_set(
                        err, ERROR_USAGE,
                        "the --rm option conflicts with a health check that restarts: what "
                        "is removed cannot be started again");
        return 0;
}
