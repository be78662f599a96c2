/* HEALTHCHECK: the command as the image format has it, and its spans. Nothing, and 0, mean the
 * default; they are left out. */
#include "engine/containerfile/config_healthcheck.h"

#include "base/cleanup.h"
#include "base/duration.h"
#include "base/limits.h"

#include <stdlib.h>
#include <string.h>

#define LEAST_NS 1000000 /* Docker's: a millisecond */

static json_t *test_of(const struct instruction *healthcheck)
{
        bool none = healthcheck->words.count == 1;
        json_t *test = json_array();

        json_array_append_new(test, json_string(none                ? "NONE"
                                                : healthcheck->json ? "CMD"
                                                                    : "CMD-SHELL"));
        for (size_t i = 1; i < healthcheck->words.count; i++)
                json_array_append_new(test, json_string_any(healthcheck->words.items[i]));
        return test;
}

static int set_span(json_t *health, const struct instruction *healthcheck, const char *flag,
                    const char *key, struct error *err)
{
        const char *text = instruction_flag(healthcheck, flag);
        int64_t ns = 0;

        if (!text)
                return 0;
        if (strcmp(text, "0") != 0 && !duration_parse(text, &ns))
                return error_set(err, ERROR_INVALID,
                                 "HEALTHCHECK --%s=%.60s is not a duration, such as 250ms or 1h30m",
                                 flag, text);
        if (ns != 0 && (ns < LEAST_NS || ns > LIMIT_HEALTH_SPAN_NS))
                return error_set(err, ERROR_INVALID,
                                 "HEALTHCHECK --%s=%.60s is not between 1ms and a year", flag,
                                 text);
        if (ns)
                json_object_set_new(health, key, json_integer(ns));
        return 0;
}

static int set_retries(json_t *health, const struct instruction *healthcheck, struct error *err)
{
        const char *text = instruction_flag(healthcheck, "retries");
        long retries;

        if (!text)
                return 0;
        retries = strlen(text) < 10 && !text[strspn(text, "0123456789")] ? strtol(text, NULL, 10)
                                                                         : -1;
        if (retries < 0 || retries > LIMIT_HEALTH_RETRIES)
                return error_set(err, ERROR_INVALID,
                                 "HEALTHCHECK --retries=%.60s is not between 0 and %d", text,
                                 LIMIT_HEALTH_RETRIES);
        if (retries)
                json_object_set_new(health, "Retries", json_integer(retries));
        return 0;
}

int config_healthcheck(json_t *config, const struct instruction *healthcheck, struct error *err)
{
        AUTO_JSON json_t *health = json_object();

        json_object_set_new(health, "Test", test_of(healthcheck));
        if (set_span(health, healthcheck, "interval", "Interval", err) < 0 ||
            set_span(health, healthcheck, "timeout", "Timeout", err) < 0 ||
            set_span(health, healthcheck, "start-period", "StartPeriod", err) < 0 ||
            set_span(health, healthcheck, "start-interval", "StartInterval", err) < 0 ||
            set_retries(health, healthcheck, err) < 0)
                return -1;
        json_object_set(config, "Healthcheck", health);
        return 0;
}
