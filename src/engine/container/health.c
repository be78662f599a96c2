/* The configuration of health checks, merged and read. See health.h.
 *
 * What an image says is taken with care: spans and numbers out of range count as not given, as does
 * a Test that is no list of words.
 */
#include "engine/container/health.h"

#include "base/cleanup.h"
#include "base/limits.h"
#include "base/strbuf.h"

#include <string.h>

#define INTERVAL_NS (30 * HEALTH_SECOND_NS)
#define TIMEOUT_NS  (30 * HEALTH_SECOND_NS)
#define RETRIES     3

static bool is_none(const json_t *test)
{
        const char *first = json_string_value(json_array_get(test, 0));

        return first && (!first[0] || strcmp(first, "NONE") == 0);
}

/* NULL unless there is something to run. */
static const json_t *runnable(const json_t *test)
{
        const char *first = json_string_value(json_array_get(test, 0));
        bool word = first && (strcmp(first, "CMD") == 0 || strcmp(first, "CMD-SHELL") == 0);
        const char *program = json_string_value(json_array_get(test, word ? 1 : 0));

        return first && !is_none(test) && program && program[0] ? test : NULL;
}

static int64_t span(const json_t *json, const char *key, int64_t fallback)
{
        int64_t ns = json_get_int(json, key, -1);

        return ns < 0 || ns > LIMIT_HEALTH_SPAN_NS ? fallback : ns;
}

static int number(const json_t *json, const char *key, int fallback)
{
        json_int_t value = json_get_int(json, key, -1);

        return value < 0 || value > LIMIT_HEALTH_RETRIES ? fallback : (int)value;
}

static struct health_probe probe_of(const json_t *json, int retries)
{
        struct health_probe probe = { .test = runnable(json_object_get(json, "Test")),
                                      .interval_ns = span(json, "Interval", INTERVAL_NS),
                                      .timeout_ns = span(json, "Timeout", TIMEOUT_NS),
                                      .retries = number(json, "Retries", retries),
                                      .successes = number(json, "Successes", 1) };

        if (probe.timeout_ns == 0)
                probe.timeout_ns = TIMEOUT_NS;
        if (probe.successes == 0)
                probe.successes = 1;
        return probe;
}

bool health_config_of(const struct container_spec *spec, struct health_config *config_out)
{
        const json_t *json = spec->health;
        struct health_config config;

        if (!json)
                return false;
        config = (struct health_config){
                .regular = probe_of(json, RETRIES),
                .startup = probe_of(json_object_get(json, "Startup"), 0),
                .start_period_ns = span(json, "StartPeriod", 0),
                .start_interval_ns = span(json, "StartInterval", 0),
                .on_failure = json_get_string(json, "OnFailure", "none"),
                .log_destination = json_get_string(json, "LogDestination", "local"),
                .log_count = number(json, "LogCount", HEALTH_LOG_COUNT),
                .log_size = number(json, "LogSize", HEALTH_LOG_SIZE),
        };
        if (config.regular.retries == 0)
                config.regular.retries = RETRIES;
        *config_out = config;
        return config.regular.test != NULL;
}

/* Of the image what the user has not said; in an image 0 means "the default". */
static void fill_up(json_t *health, const json_t *image)
{
        static const char *const keys[] = { "Test",        "Interval",      "Timeout",
                                            "StartPeriod", "StartInterval", "Retries" };

        for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
                json_t *value = json_object_get(image, keys[i]);
                bool zero = json_is_integer(value) && json_integer_value(value) == 0;

                if (value && !zero && !json_object_get(health, keys[i]))
                        json_object_set_new(health, keys[i], json_deep_copy(value));
        }
}

static int without_check(const struct container_spec *spec, struct error *err)
{
        const char *action = json_get_string(spec->health, "OnFailure", "none");

        if (strcmp(action, "none") != 0)
                error_set(err, ERROR_INVALID,
                          "cannot set on-failure action to %s without a health check", action);
        else
                error_set(err, ERROR_INVALID,
                          "options of a health check are given, and there is none");
        return error_cure(err, "give the check too: --health-cmd COMMAND");
}

int health_merge(struct container_spec *spec, const json_t *image_config, struct error *err)
{
        const json_t *image = json_object_get(image_config, "Healthcheck");
        struct health_config config;
        bool asked = json_object_size(spec->health) > 0, off;

        if (!spec->health && !json_is_object(image))
                return 0;
        if (!spec->health)
                spec->health = json_object();
        off = is_none(json_object_get(spec->health, "Test"));
        if (!json_object_get(spec->health, "Test"))
                fill_up(spec->health, image);
        if (!off && health_config_of(spec, &config))
                return 0;
        if (!off && asked)
                return without_check(spec, err);
        json_decref(spec->health);
        spec->health = NULL;
        return 0;
}

bool health_restarts(const struct container_spec *spec)
{
        struct health_config config;

        return health_config_of(spec, &config) &&
               (strcmp(config.on_failure, "restart") == 0 ||
                (config.startup.test && config.startup.retries > 0));
}

void health_command(const json_t *test, struct strv *args)
{
        AUTO(strv) words = { 0 };
        AUTO(strbuf) line = { 0 };

        json_to_strv(test, &words);
        if (words.count && strcmp(words.items[0], "CMD-SHELL") == 0) {
                for (size_t i = 1; i < words.count; i++)
                        strbuf_addf(&line, "%s%s", i > 1 ? " " : "", words.items[i]);
                strv_add(args, "/bin/sh");
                strv_add(args, "-c");
                strv_add(args, line.data);
                return;
        }
        for (size_t i = words.count && strcmp(words.items[0], "CMD") == 0; i < words.count; i++)
                strv_add(args, words.items[i]);
}
