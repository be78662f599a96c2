/* layer: engine */
#include "unit.h"

#include "engine/container/health_state.h"

#include <string.h>

#define SECOND HEALTH_SECOND_NS

static struct health_config config_from(const char *text, struct container_spec *spec)
{
        struct health_config config;

        spec->health = json_loads(text, 0, NULL);
        assert_non_null(spec->health);
        assert_true(health_config_of(spec, &config));
        return config;
}

static void test_streak(void **state)
{
        struct container_spec spec = { 0 };
        struct health_config config = config_from(
                "{\"Test\":[\"CMD\",\"x\"],\"Retries\":2,\"OnFailure\":\"restart\"}", &spec);
        struct health_state s = { .startup_passed = true };

        (void)state;
        assert_false(health_state_step(&s, &config, false, 0, SECOND));
        assert_string_equal(health_status_name(s.status), "starting");
        assert_int_equal(s.streak, 1);
        assert_false(health_state_step(&s, &config, true, 0, SECOND));
        assert_string_equal(health_status_name(s.status), "healthy");
        assert_int_equal(s.streak, 0);
        assert_false(health_state_step(&s, &config, false, 0, SECOND));
        assert_string_equal(health_status_name(s.status), "healthy");
        assert_false(s.restart);
        assert_true(health_state_step(&s, &config, false, 0, SECOND));
        assert_string_equal(health_status_name(s.status), "unhealthy");
        assert_int_equal(s.streak, 2);
        assert_true(s.restart);
        assert_false(health_state_step(&s, &config, true, 0, SECOND));
        assert_false(s.restart);
        container_spec_release(&spec);
}

static void test_start_period(void **state)
{
        struct container_spec spec = { 0 };
        struct health_config config =
                config_from("{\"Test\":[\"CMD\",\"x\"],\"Retries\":1,\"StartPeriod\":10000000000,"
                            "\"StartInterval\":1000000000,\"Interval\":60000000000}",
                            &spec);
        struct health_state s = { .startup_passed = true };
        int64_t began = 100 * SECOND;

        (void)state;
        health_state_step(&s, &config, false, began, began + 9 * SECOND);
        assert_string_equal(health_status_name(s.status), "starting");
        assert_int_equal(s.streak, 0);
        assert_int_equal(health_state_delay(&s, &config, began, began + 9 * SECOND), SECOND);
        assert_int_equal(health_state_delay(&s, &config, began, began + 10 * SECOND), 60 * SECOND);
        health_state_step(&s, &config, true, began, began + 9 * SECOND);
        assert_int_equal(health_state_delay(&s, &config, began, began + 9 * SECOND), 60 * SECOND);
        /* Without an action nothing is due. */
        assert_false(health_state_step(&s, &config, false, began, began + 10 * SECOND));
        assert_string_equal(health_status_name(s.status), "unhealthy");
        container_spec_release(&spec);
}

static void test_startup(void **state)
{
        struct container_spec spec = { 0 };
        struct health_config config = config_from(
                "{\"Test\":[\"CMD\",\"x\"],\"Interval\":0,\"Startup\":{\"Test\":[\"CMD\",\"y\"],"
                "\"Interval\":5000000000,\"Retries\":3,\"Successes\":2}}",
                &spec);
        struct health_state s = HEALTH_STATE_EMPTY;

        (void)state;
        assert_int_equal(health_state_delay(&s, &config, 0, SECOND), 5 * SECOND);
        health_state_step(&s, &config, true, 0, SECOND);
        assert_string_equal(health_status_name(s.status), "starting");
        health_state_step(&s, &config, false, 0, SECOND);
        health_state_step(&s, &config, true, 0, SECOND);
        assert_false(s.startup_passed); /* they have to be in a row */
        health_state_step(&s, &config, true, 0, SECOND);
        assert_true(s.startup_passed);
        assert_string_equal(health_status_name(s.status), "healthy");
        assert_int_equal(health_state_delay(&s, &config, 0, SECOND), -1);

        s = HEALTH_STATE_EMPTY;
        assert_false(health_state_step(&s, &config, false, 0, SECOND));
        assert_false(health_state_step(&s, &config, false, 0, SECOND));
        assert_true(health_state_step(&s, &config, false, 0, SECOND));
        assert_true(s.restart);
        container_spec_release(&spec);
}

static void test_log(void **state)
{
        struct container_spec spec = { 0 };
        struct health_config config =
                config_from("{\"Test\":[\"CMD\",\"x\"],\"LogCount\":2}", &spec);
        struct health_state s = HEALTH_STATE_EMPTY;

        (void)state;
        for (int i = 0; i < 5; i++)
                health_state_log(&s, &config, json_integer(i));
        assert_int_equal(json_array_size(s.log), 2);
        assert_int_equal(json_integer_value(json_array_get(s.log, 0)), 3);
        config.log_count = 0;
        for (int i = 0; i < 2 * HEALTH_LOG_COUNT_MAX; i++)
                health_state_log(&s, &config, json_integer(i));
        assert_int_equal(json_array_size(s.log), HEALTH_LOG_COUNT_MAX);
        health_state_release(&s);
        container_spec_release(&spec);
}

/* The image's numbers may be anything. */
static void test_hostile_image(void **state)
{
        static const char *const bad[] = {
                "{\"Healthcheck\":{\"Test\":[]}}",
                "{\"Healthcheck\":{\"Test\":[\"NONE\"]}}",
                "{\"Healthcheck\":{\"Test\":[\"CMD\"]}}",
                "{\"Healthcheck\":{\"Test\":[\"CMD\",\"\"]}}",
                "{\"Healthcheck\":{\"Test\":[\"CMD\",7]}}",
                "{\"Healthcheck\":{\"Test\":\"true\"}}",
                "{\"Healthcheck\":{\"Interval\":5}}",
                "{\"Healthcheck\":[]}",
                "{}",
        };
        struct container_spec spec = { 0 };
        struct health_config config;
        struct error err = { 0 };
        json_t *image;

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
                image = json_loads(bad[i], 0, NULL);
                assert_succeeds(health_merge(&spec, image, &err), err);
                assert_null(spec.health);
                json_decref(image);
        }
        image = json_loads("{\"Healthcheck\":{\"Test\":[\"x\",\"y\"],\"Interval\":-5,\"Timeout\":"
                           "9223372036854775807,\"Retries\":0}}",
                           0, NULL);
        assert_succeeds(health_merge(&spec, image, &err), err);
        assert_true(health_config_of(&spec, &config));
        assert_int_equal(config.regular.interval_ns, 30 * SECOND);
        assert_int_equal(config.regular.timeout_ns, 30 * SECOND);
        assert_int_equal(config.regular.retries, 3);
        json_decref(image);
        container_spec_release(&spec);
}

static void test_command(void **state)
{
        static const struct {
                const char *test, *words;
        } cases[] = {
                { "[\"CMD\",\"a\",\"b c\"]", "a|b c" },
                { "[\"CMD-SHELL\",\"a\",\"b\"]", "/bin/sh|-c|a b" },
                { "[\"a\",\"b\"]", "a|b" },
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                json_t *test = json_loads(cases[i].test, 0, NULL);
                struct strv args = { 0 };
                char joined[64] = "";

                health_command(test, &args);
                for (size_t k = 0; k < args.count; k++) {
                        strcat(joined, k ? "|" : "");
                        strcat(joined, args.items[k]);
                }
                assert_string_equal(joined, cases[i].words);
                strv_release(&args);
                json_decref(test);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_streak),        cmocka_unit_test(test_start_period),
                cmocka_unit_test(test_startup),       cmocka_unit_test(test_log),
                cmocka_unit_test(test_hostile_image), cmocka_unit_test(test_command),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
