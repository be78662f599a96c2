/* layer: engine */
#include "unit.h"

#include "base/cleanup.h"
#include "base/strv.h"
#include "engine/container/conf_built_in.h"
#include "engine/runtime/capability.h"

static void test_sysctls(void **state)
{
        static const char *const same[] = {
                " [\"net.ipv4.ping_group_range=0 0\"]\n",
                " [\n  # a comment ]\n  \"net.ipv4.ping_group_range=0 0\", # and\n]\n",
        };
        static const char *const other[] = {
                " []",
                "",
                " [\"net.ipv4.ping_group_range=0 0",
                " [\"net.ipv4.ping_group_range=0 1\"]",
                " [\"net.ipv4.ping_group_range=0 0\", \"net.x=1\"]",
                " [\"net.ipv4.ping_group_range=0 0\", {append=true}]",
                " \"net.ipv4.ping_group_range=0 0\"",
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(same); i++)
                assert_true(conf_built_in_is("default_sysctls", same[i]));
        for (size_t i = 0; i < ARRAY_SIZE(other); i++)
                assert_false(conf_built_in_is("default_sysctls", other[i]));
        assert_false(conf_built_in_is("default_capabilities", same[0]));
        assert_false(conf_built_in_is("env", same[0]));
}

/* The list is the set that there is without any file. */
static void test_capabilities(void **state)
{
        AUTO_JSON json_t *whole = json_object();
        AUTO(strv) names = { 0 };
        struct error err;
        uint64_t set;

        (void)state;
        conf_built_in_add(whole);
        json_to_strv(json_object_get(json_object_get(whole, "containers"), "default_capabilities"),
                     &names);
        assert_succeeds(capability_parse_list(&names, &set, &err), err);
        assert_int_equal(set, capability_default());
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_sysctls),
                cmocka_unit_test(test_capabilities),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
