/* layer: cli */
/* YAML: nested blocks, and strings that must not turn into something else. */
#include "unit.h"

#include "cli/output/yaml.h"

#include <stdlib.h>

static void check(const char *json_text, const char *expected)
{
        AUTO_JSON json_t *json = json_loads(json_text, 0, NULL);
        char *out = NULL;
        size_t len = 0;
        FILE *file = open_memstream(&out, &len);

        assert_non_null(json);
        yaml_print(json, 0, file);
        fclose(file);
        assert_string_equal(out, expected);
        free(out);
}

static void test_blocks(void **state)
{
        (void)state;
        check("{\"a\":{\"b\":1,\"c\":[{\"x\":1,\"y\":2},{\"x\":3}]},\"d\":[]}",
              "a:\n  b: 1\n  c:\n  - x: 1\n    y: 2\n  - x: 3\nd: []\n");
        check("[1,[2,3],\"s\",{}]", "- 1\n- \n  - 2\n  - 3\n- s\n- {}\n");
}

static void test_strings(void **state)
{
        (void)state;
        check("{\"a\":\"plain text\",\"b\":\"/usr/bin/x\",\"c\":\"\",\"d\":\"12\",\"e\":\"true\"}",
              "a: plain text\nb: /usr/bin/x\nc: \"\"\nd: \"12\"\ne: \"true\"\n");
        check("{\"a\":\"x: y\",\"b\":\"x "
              "#y\",\"c\":\"l\\nm\",\"d\":\"*x\",\"e\":\"x:\",\"f\":\"No\"}",
              "a: \"x: y\"\nb: \"x #y\"\nc: \"l\\nm\"\nd: \"*x\"\ne: \"x:\"\nf: \"No\"\n");
        check("{\"a\":\"6.18.4-x\",\"b\":\"1.2.3\",\"c\":\"1.2\",\"d\":\"1e5\",\"e\":\"2026-11-"
              "24\"}",
              "a: 6.18.4-x\nb: 1.2.3\nc: \"1.2\"\nd: \"1e5\"\ne: \"2026-11-24\"\n");
        check("{\"a\":true,\"b\":null,\"c\":-62135596800}", "a: true\nb: null\nc: -62135596800\n");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_blocks),
                cmocka_unit_test(test_strings),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
