/* layer: base */
#include "unit.h"

#include "base/json.h"
#include "base/toml.h"

#include <stdlib.h>

static int parse(const char *text, json_t **json, struct error *err)
{
        return toml_parse(text, strlen(text), "x.conf", json, err);
}

/* What a document means, as compact JSON with sorted keys. */
static const struct {
        const char *toml, *json;
} good[] = {
        { "", "{}" },
        { "# only a comment\n", "{}" },
        { "a = 1\nb = \"two\"", "{\"a\":1,\"b\":\"two\"}" },
        { "a.b.c = true\na.d = false", "{\"a\":{\"b\":{\"c\":true},\"d\":false}}" },
        { "\"quoted key\" = 'lit\\eral'", "{\"quoted key\":\"lit\\\\eral\"}" },
        { "a = \"\\u00e9\\n\\\"\"", "{\"a\":\"\xc3\xa9\\n\\\"\"}" },
        { "a = \"\"\"\none\ntwo \\\n   three\"\"\"", "{\"a\":\"one\\ntwo three\"}" },
        { "a = '''\nx'y''z'''", "{\"a\":\"x'y''z\"}" },
        { "a = [1, 2, # c\n 3,\n]", "{\"a\":[1,2,3]}" },
        { "a = 1_000\nb = 0xff\nc = 0o17\nd = 0b101\ne = -5\nf = +3",
          "{\"a\":1000,\"b\":255,\"c\":15,\"d\":5,\"e\":-5,\"f\":3}" },
        { "a = 1.5\nb = 1e2", "{\"a\":1.5,\"b\":100.0}" },
        { "a = 2026-11-24T01:02:03Z\nb = 2026-11-24 01:02:03\nc = 07:32:00",
          "{\"a\":\"2026-11-24T01:02:03Z\",\"b\":\"2026-11-24 01:02:03\",\"c\":\"07:32:00\"}" },
        { "[t]\na = 1\n[t.u]\nb = 2", "{\"t\":{\"a\":1,\"u\":{\"b\":2}}}" },
        { "[a.b]\nx = 1\n[a]\ny = 2", "{\"a\":{\"b\":{\"x\":1},\"y\":2}}" },
        { "[[r]]\na = 1\n[[r.m]]\nb = 2\n[[r.m]]\nb = 3\n[[r]]\na = 4",
          "{\"r\":[{\"a\":1,\"m\":[{\"b\":2},{\"b\":3}]},{\"a\":4}]}" },
        { "t = { a = 1, b.c = \"x\" }", "{\"t\":{\"a\":1,\"b\":{\"c\":\"x\"}}}" },
        { "a = 1\r\nb = 2\r\n", "{\"a\":1,\"b\":2}" },
};

static const struct {
        const char *toml, *words;
} bad[] = {
        { "a", "line 1" },
        { "a = ", "line 1: a value is missing" },
        { "\n\na = 1\na = 2", "line 4: a key is defined twice" },
        { "[t]\n[t]", "line 2: a table is defined twice" },
        { "a = 1\n[a]", "line 2" },
        { "a = [1]\n[[a]]", "line 2: a key is defined twice" },
        { "t = { a = 1 }\n[t.b]", "line 2: a key is defined twice" },
        { "t = { a = 1, }", "comma" },
        { "a = \"x", "does not end" },
        { "a = \"\"\"x", "does not end" },
        { "a = \"\\q\"", "unknown escape" },
        { "a = \"\\ud800\"", "no character" },
        { "a = 1 b = 2", "something follows" },
        { "a = [1 2]", "array does not end" },
        { "a = 01", "not understood" },
        { "a = 1__0", "not understood" },
        { "a = nan", "not understood" },
        { "a = 99999999999999999999", "not understood" },
        { "[a", "\"]\" is missing" },
        { "= 1", "a key is missing" },
        { "a = \"\xff\"", "UTF-8" },
        { "\"\\u0000\" = 1", "NUL" },
        { "a = \"\x01\"", "control character" },
};

static void test_good(void **state)
{
        (void)state;
        for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
                AUTO_JSON json_t *json = NULL;
                AUTO_FREE char *text = NULL;
                struct error err;

                assert_succeeds(parse(good[i].toml, &json, &err), err);
                text = json_dumps(json, JSON_COMPACT | JSON_SORT_KEYS);
                assert_string_equal(text, good[i].json);
        }
}

static void test_bad(void **state)
{
        (void)state;
        for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
                json_t *json = NULL;
                struct error err;

                assert_fails_with(parse(bad[i].toml, &json, &err), err, bad[i].words);
                assert_null(json);
        }
}

static void test_deep(void **state)
{
        char text[1000];
        json_t *json = NULL;
        struct error err;

        (void)state;
        memset(text, '[', sizeof(text));
        memcpy(text, "a = ", 4);
        assert_int_equal(toml_parse(text, sizeof(text), "x", &json, &err), -1);
        assert_non_null(strstr(err.text, "deeply"));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_good),
                cmocka_unit_test(test_bad),
                cmocka_unit_test(test_deep),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
