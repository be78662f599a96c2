/* layer: engine */
#include "unit.h"

#include "base/cleanup.h"
#include "engine/container/hooks_of.h"

static json_t *hook_with(const char *when)
{
        return json_pack("{s:s, s:{s:s}, s:o, s:[s]}", "version", "1.0.0", "hook", "path", "/",
                         "when", json_loads(when, 0, NULL), "stages", "prestart");
}

static bool match(const char *when, const char *command, const char *annotation, bool bind_mounts)
{
        AUTO_JSON json_t *hook = hook_with(when);
        AUTO_JSON json_t *annotations = json_pack("{s:s}", "a.b", annotation);
        struct error err;

        assert_succeeds(hooks_of_check(hook, &err), err);
        return hooks_of_match(hook, command, annotations, bind_mounts);
}

static void test_match(void **state)
{
        (void)state;
        assert_true(match("{\"always\": true}", "sh", "", false));
        assert_false(match("{\"always\": false}", "sh", "", false));
        assert_false(match("{}", "sh", "", false));
        assert_true(match("{\"hasBindMounts\": true}", "sh", "", true));
        assert_false(match("{\"hasBindMounts\": true}", "sh", "", false));
        assert_false(match("{\"hasBindMounts\": false}", "sh", "", false));
        assert_true(match("{\"commands\": [\"^/x$\", \"^s\"]}", "sh", "", false));
        assert_false(match("{\"commands\": [\"^/x$\"]}", "sh", "", false));
        assert_true(match("{\"annotations\": {\"a\\\\.b\": \"^y\"}}", "sh", "yes", false));
        assert_false(match("{\"annotations\": {\"a\\\\.b\": \"^y\"}}", "sh", "no", false));
        assert_false(match("{\"annotations\": {\"a\": \"y\", \"c\": \"\"}}", "sh", "yes", false));
        assert_false(match("{\"always\": true, \"commands\": [\"x\"]}", "sh", "", false));
        assert_true(match("{\"always\": true, \"commands\": [\"sh\"]}", "sh", "", false));
}

static void test_check(void **state)
{
        static const struct {
                const char *json, *says;
        } bad[] = {
                { "{}", "unrecognized hook version: \"\"" },
                { "[]", "unrecognized hook version" },
                { "{\"version\": \"2.0.0\"}", "2.0.0" },
                { "{\"version\": \"1.0.0\"}", "hook.path" },
                { "{\"version\": \"1.0.0\", \"hook\": {\"path\": \"/no/such\"}}", "/no/such" },
                { "{\"version\": \"1.0.0\", \"hook\": {\"path\": \"/\"}}", "stages" },
                { "{\"version\": \"1.0.0\", \"hook\": {\"path\": \"/\"}, \"stages\": [1]}",
                  "unknown stage \"\"" },
                { "{\"version\": \"1.0.0\", \"hook\": {\"path\": \"/\"}, \"stages\": "
                  "[\"precreate\"]}",
                  "precreate" },
                { "{\"version\": \"1.0.0\", \"hook\": {\"path\": \"/\"}, \"stages\": [], \"when\": "
                  "{\"commands\": [1]}}",
                  "invalid command pattern" },
                { "{\"version\": \"1.0.0\", \"hook\": {\"path\": \"/\"}, \"stages\": [], \"when\": "
                  "{\"annotations\": {\"(\": \"\"}}}",
                  "invalid annotation pattern \"(\"" },
        };
        struct error err;

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
                AUTO_JSON json_t *hook = json_loads(bad[i].json, 0, NULL);

                assert_non_null(hook);
                assert_fails_with(hooks_of_check(hook, &err), err, bad[i].says);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_match),
                cmocka_unit_test(test_check),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
