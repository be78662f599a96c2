/* layer: engine */
#include "unit.h"

#include "engine/container/restart.h"

#include <string.h>

static void test_parse(void **state)
{
        static const struct {
                const char *text, *name;
                int retries;
        } good[] = {
                { "", "no", 0 },
                { "no", "no", 0 },
                { "never", "no", 0 },
                { "none", "no", 0 },
                { "always", "always", 0 },
                { "unless-stopped", "unless-stopped", 0 },
                { "on-failure", "on-failure", 0 },
                { "on-failure:5", "on-failure", 5 },
        };
        static const char *const bad[] = {
                "alway",        "alwayss",       "on-failure:",
                "on-failure:x", "on-failure:-1", "on-failure:99999999999",
                "always:1",     "no:1",          ":1"
        };
        struct container_spec spec = { 0 };
        struct error err;

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
                assert_succeeds(restart_policy_parse(good[i].text, &spec, &err), err);
                assert_string_equal(restart_policy_name(&spec), good[i].name);
                assert_int_equal(spec.restart_retries, good[i].retries);
        }
        for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
                assert_fails_with(restart_policy_parse(bad[i], &spec, &err), err, "restart policy");
        assert_string_equal(restart_policy_name(&spec), "on-failure");
        container_spec_release(&spec);
}

static bool wanted(const char *policy, int exit_code, int count)
{
        struct container_spec spec = { 0 };
        struct error err;
        bool yes;

        assert_succeeds(restart_policy_parse(policy, &spec, &err), err);
        yes = restart_wanted(&spec, exit_code, count);
        container_spec_release(&spec);
        return yes;
}

static void test_wanted(void **state)
{
        (void)state;
        assert_false(wanted("no", 1, 0));
        assert_true(wanted("always", 0, 1000));
        assert_true(wanted("unless-stopped", 0, 1000));
        assert_false(wanted("on-failure", 0, 0));
        assert_true(wanted("on-failure", 1, 1000));
        assert_true(wanted("on-failure:2", 1, 1));
        assert_false(wanted("on-failure:2", 1, 2));
}

static void test_delay(void **state)
{
        int delay = 0, total = 0;

        (void)state;
        for (int i = 0; i < 5; i++) {
                delay = restart_next_delay(delay, 0);
                total += delay;
        }
        assert_int_equal(total, 100 + 200 + 400 + 800 + 1600);
        for (int i = 0; i < 10; i++)
                delay = restart_next_delay(delay, 0);
        assert_int_equal(delay, RESTART_DELAY_MAX_MS);
        assert_int_equal(restart_next_delay(delay, RESTART_SETTLED_NS), RESTART_DELAY_MIN_MS);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_parse),
                cmocka_unit_test(test_wanted),
                cmocka_unit_test(test_delay),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
