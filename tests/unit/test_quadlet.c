/* layer: cli */
/* Unit files: what is read, what is refused, and the words of values. */
#include "unit.h"

#include "base/alloc.h"
#include "cli/quadlet/quadlet.h"
#include "cli/quadlet/unit_name.h"
#include "cli/quadlet/unit_words.h"

#include <stdlib.h>
#include <string.h>

static int parse(struct unit_file *unit, const char *text, struct error *err)
{
        return unit_file_parse(unit, text, strlen(text), "f", err);
}

static void check_get(const char *text, const char *key, const char *expected)
{
        AUTO(unit_file) unit = { 0 };
        struct error err = { 0 };

        assert_int_equal(parse(&unit, text, &err), 0);
        assert_string_equal(unit_file_get(&unit, "G", key), expected);
}

static void test_values(void **state)
{
        (void)state;
        check_get("[G]\nK=v\n", "K", "v");
        check_get("\xef\xbb\xbf[G]\r\n  K \t=  v w \r\n", "K", "v w");
        check_get("[G]\nK=v", "K", "v");
        check_get("[G]\nK=\n", "K", "");
        check_get("[G]\nK=a=b;c#d\n", "K", "a=b;c#d");
        check_get("[G]\nK=a\\\n  b\\\nc\n", "K", "a b c");
        check_get("[G]\nK=a\\\n# left out\n; too\n\n", "K", "a");
        check_get("[G]\nK=a\\\n#\\\nb\n", "K", "a b");
        check_get("[G]\nK=a\\", "K", "a");
        check_get("[G]\nK=a\\\\\nL=b\n", "K", "a\\\\");
        check_get("[G]\nK=a\\\\\\\n\n", "K", "a\\\\");
        check_get("[G]\nK=a\\ \nL=b\n", "K", "a\\");
        check_get("[G]\nK=a\\\t\r\nL=b\r\n", "L", "b");
        check_get("# c\n[G]\nK=1\n[H]\nK=2\n[G]\nK=3\n", "K", "3");
        check_get("[G]\nK=\xc3\xa9\xf0\x9f\x8c\x8a\n", "K", "\xc3\xa9\xf0\x9f\x8c\x8a");
}

static void check_refused(const char *text, size_t len, const char *expected)
{
        AUTO(unit_file) unit = { 0 };
        struct error err = { 0 };

        assert_int_equal(unit_file_parse(&unit, text, len, "f", &err), -1);
        assert_non_null(strstr(err.text, expected));
        assert_int_equal(err.kind, ERROR_INVALID);
}

static void test_refused(void **state)
{
        static const struct {
                const char *text, *said;
        } cases[] = {
                { "K=v\n", "f:1: \"K=v\" stands before the first group" },
                { "[G]\n\nK\n", "f:3: \"K\" is neither" },
                { "[G]\n=v\n", "f:2: \"=v\" is neither" },
                { "[G]\nA B=v\n", "f:2: \"A B\" is no key" },
                { "[G]\nA\\\nB=v\n", "\"A B\" is no key" },
                { "[G]\nK=a\rL=b\n", "f:2: a control character (0x0d)" },
                { "[G\n", "f:1: \"[G\" is no group" },
                { "[]\n", "is no group" },
                { "[G]x\n", "is no group" },
                { "[a[b]\n", "is no group" },
                { "[G]\nK=\xff\n", "f:2: this is no UTF-8 text" },
                { "[G]\nK=\xc0\xaf\n", "UTF-8" },
                { "[G]\nK=\xed\xa0\x80\n", "UTF-8" },
                { "[G]\nK=\xf4\x90\x80\x80\n", "UTF-8" },
                { "[G]\nK=\xe2\x82", "UTF-8" },
                { "[G]\nK=\x1b[31m\n", "f:2: a control character (0x1b)" },
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
                check_refused(cases[i].text, strlen(cases[i].text), cases[i].said);
        check_refused("[G]\nK=a\0b\n", 11, "f:2: a control character (0x00)");
}

static void test_all(void **state)
{
        AUTO(unit_file) unit = { 0 };
        AUTO(strv) values = { 0 };

        (void)state;
        assert_int_equal(parse(&unit, "[G]\nK=1\nK=\nK=2\nL=x\n", NULL), 0);
        assert_int_equal(parse(&unit, "[G]\nK=3\n", NULL), 0);
        unit_file_all(&unit, "G", "K", &values);
        assert_int_equal(values.count, 2);
        assert_string_equal(values.items[0], "2");
        assert_string_equal(values.items[1], "3");
        assert_null(unit_file_get(&unit, "G", "M"));
        assert_null(unit_file_get(&unit, "H", "K"));
}

static void test_changes(void **state)
{
        AUTO(unit_file) unit = { 0 };
        char *text = NULL;
        size_t len;
        FILE *out = open_memstream(&text, &len);

        (void)state;
        assert_int_equal(parse(&unit, "[G]\nA=1\nB=2\nA=3\n[H]\nK=a\\ \nK=b\\\\\n", NULL), 0);
        unit_file_unset(&unit, "G", "A");
        for (int i = 0; i < 9; i++)
                unit_file_prepend(&unit, "G", "P", "p");
        unit_file_set(&unit, "G", "B", "4");
        unit_file_set(&unit, "I", "C", "5");
        unit_file_rename_group(&unit, "G", "X-G");
        unit_file_write(&unit, out);
        fclose(out);
        assert_string_equal(text, "[X-G]\nP=p\nP=p\nP=p\nP=p\nP=p\nP=p\nP=p\nP=p\nP=p\nB=4\n\n"
                                  "[H]\nK=a\\ \nK=b\\\\\n\n[I]\nC=5\n");
        free(text);
}

static void test_bool(void **state)
{
        AUTO(unit_file) unit = { 0 };
        struct error err = { 0 };
        bool value = true;

        (void)state;
        assert_int_equal(parse(&unit, "[G]\nA=YES\nB=off\nC=maybe\nD=\n", NULL), 0);
        assert_int_equal(unit_file_bool(&unit, "G", "B", &value, &err), 0);
        assert_false(value);
        assert_int_equal(unit_file_bool(&unit, "G", "D", &value, &err), 0);
        assert_false(value);
        assert_int_equal(unit_file_bool(&unit, "G", "A", &value, &err), 0);
        assert_true(value);
        assert_int_equal(unit_file_bool(&unit, "G", "C", &value, &err), -1);
        assert_string_equal(err.text, "C=maybe in [G] is neither yes nor no");
}

/* expected: the words, with "|" between them. */
static void check_words(const char *text, bool escaped, const char *expected)
{
        AUTO(strv) words = { 0 };
        AUTO(strv) wanted = { 0 };

        strv_split(&wanted, expected, '|');
        assert_int_equal(escaped ? unit_words_split_escaped(text, &words, NULL)
                                 : unit_words_split(text, &words, NULL),
                         0);
        assert_int_equal(words.count, wanted.count);
        for (size_t i = 0; i < words.count; i++)
                assert_string_equal(words.items[i], wanted.items[i]);
}

static void test_words(void **state)
{
        AUTO(strv) words = { 0 };
        struct error err = { 0 };

        (void)state;
        check_words("  a  b\tc ", false, "a|b|c");
        check_words("\"a b\"c 'd \"e' \"\"", false, "a bc|d \"e|");
        check_words("a\\x41 \"b\\\"", false, "a\\x41|b\\");
        check_words("a\\x41 \"b\\\" c\" \\101\\u00e9\\U0001F30a \\s\\n", true,
                    "aA|b\" c|A\xc3\xa9\xf0\x9f\x8c\x8a| \n");
        check_words("\\q \\x4 \\x00 \\777 \\ud800 \\", true, "\\q|\\x4|\\x00|\\777|\\ud800|\\");
        assert_int_equal(unit_words_split("a \"b", &words, &err), -1);
        assert_string_equal(err.text, "a quote is not closed: a \"b");
}

static void test_join(void **state)
{
        AUTO(strv) words = { 0 };
        AUTO(strv) again = { 0 };
        AUTO_FREE char *line = NULL;
        AUTO_FREE char *literal = unit_words_literal("/a%b$c", false);
        AUTO_FREE char *argument = unit_words_literal("/a%b$c", true);

        (void)state;
        strv_add_array(&words, (const char *const[]){ "a", "b c", "", ";", "d\"e\\f'", "g\nh",
                                                      "%h$x", "\xc3\xa9", "\xff\xc3", NULL });
        line = unit_words_join(&words);
        assert_string_equal(line, "a \"b c\" \"\" \";\" \"d\\\"e\\\\f'\" \"g\\x0ah\" %h$x \xc3\xa9 "
                                  "\"\\xff\\xc3\"");
        assert_int_equal(unit_words_split_escaped(line, &again, NULL), 0);
        assert_int_equal(again.count, words.count);
        for (size_t i = 0; i < words.count; i++)
                assert_string_equal(again.items[i], words.items[i]);
        assert_string_equal(literal, "/a%%b$c");
        assert_string_equal(argument, "/a%%b$$c");
}

static void set_names(struct quadlet *quadlet, const char *name, const char *text)
{
        *quadlet = (struct quadlet){ .name = xstrdup(name), .path = xstrdup("/x%/f") };
        assert_true(quadlet_kind_of(name, &quadlet->kind));
        assert_int_equal(parse(&quadlet->source, text, NULL), 0);
        assert_int_equal(quadlet_set_names(quadlet, NULL), 0);
}

static void check_names(const char *name, const char *text, const char *service,
                        const char *resource)
{
        struct quadlet quadlet;

        set_names(&quadlet, name, text);
        assert_string_equal(quadlet.service, service);
        assert_string_equal(quadlet.resource, resource);
        assert_false(quadlet.resource_is_own);
        quadlet_release(&quadlet);
}

static void test_names(void **state)
{
        enum quadlet_kind kind;

        (void)state;
        check_names("a.b.container", "[Container]\n", "a.b.service", "systemd-a.b");
        check_names("a.volume", "[Volume]\n", "a-volume.service", "systemd-a");
        check_names("a@.volume", "[Volume]\n", "a-volume@.service", "systemd-a-%i");
        check_names("a@5.volume", "[Volume]\n", "a-volume@5.service", "systemd-a-5");
        check_names("a@.container", "[Container]\n", "a@.service", "systemd-a_%i");
        check_names("a@x.container", "[Container]\n", "a@x.service", "systemd-a_x");
        check_names("a.image", "[Image]\nImage=i\n", "a-image.service", "i");
        check_names("a.image", "[Image]\nImage=\"i\"\nImageTag=\n", "a-image.service", "i");
        check_names("a.image", "[Image]\nImage=i\nImageTag=t\n", "a-image.service", "t");
        check_names("a.b.pod", "[Pod]\nServiceName=s\n", "s.service", "systemd-a.b");
        check_names("a@.pod", "[Pod]\n", "a-pod@.service", "systemd-a-%i");
        check_names("a.pod", "[Pod]\nPodName=%p\n", "a-pod.service", "a-pod");
        check_names("a.build", "[Build]\nImageTag=i\nImageTag=j\n", "a-build.service", "i");
        check_names("a@5.build", "[Build]\nImageTag=i\nImageTag=\nImageTag=j-%i\n",
                    "a-build@5.service", "j-5");
        assert_false(quadlet_kind_of(".container", &kind));
        assert_false(quadlet_kind_of("container", &kind));
        assert_false(quadlet_kind_of("a.containers", &kind));
}

static void test_given_names(void **state)
{
        (void)state;
        check_names("a.container", "[Container]\nServiceName=s\nContainerName=c\n", "s.service",
                    "c");
        check_names("a.container", "[Container]\nServiceName=\"s\"\n", "s.service", "systemd-s");
        check_names("a.container", "[Container]\nContainerName=%n-%N-%p-%i.%%i-%h\n", "a.service",
                    "a.service-a-a-.%%i-%h");
        check_names("a@.container", "[Container]\nContainerName=%n+%N+%p+%i\n", "a@.service",
                    "a@%i.service+a@%i+a+%i");
        check_names("a@x.volume", "[Volume]\nVolumeName=%N+%i\n", "a-volume@x.service",
                    "a-volume@x+x");
}

static void test_refused_names(void **state)
{
        static const struct {
                const char *text, *said;
        } cases[] = {
                { "[Container]\nContainerName=%i\n", "the name %i is empty here" },
                { "[Container]\nServiceName=../s\n", "../s.service is no name of a service" },
                { "[Container]\nServiceName=a%i\n", "is no name of a service" },
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                struct quadlet quadlet = { .kind = QUADLET_CONTAINER,
                                           .name = xstrdup("a.container") };
                struct error err;

                assert_int_equal(parse(&quadlet.source, cases[i].text, NULL), 0);
                assert_fails_with(quadlet_set_names(&quadlet, &err), err, cases[i].said);
                quadlet_release(&quadlet);
        }
}

static void test_own_names(void **state)
{
        static const char *const texts[] = {
                "[Container]\nContainerName=%j\n",
                "[Container]\nContainerName=a%\n",
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
                struct quadlet quadlet;

                set_names(&quadlet, "a-b.container", texts[i]);
                assert_true(quadlet.resource_is_own);
                quadlet_release(&quadlet);
        }
}

static void test_unit_names(void **state)
{
        static const struct {
                const char *name;
                bool valid;
        } cases[] = {
                { "a.service", true },         { "a-b:c_d\\x2d.mount", true },
                { "a@b.service", true },       { "a@.service", true },
                { "default.target", true },    { "@a.service", false },
                { ".service", false },         { "a", false },
                { "a.container", false },      { "a b.service", false },
                { "../a.service", false },     { "a\n.service", false },
                { "\xc3\xa9.service", false }, { "a%i.service", false },
        };
        char text[260];

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
                if (unit_name_is_valid(cases[i].name) != cases[i].valid)
                        fail_msg("%s", cases[i].name);
        memset(text, 'a', sizeof(text));
        strcpy(text + 256 - strlen(".service"), ".service");
        assert_false(unit_name_is_valid(text));
        assert_true(unit_name_is_valid(text + 1));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_values),      cmocka_unit_test(test_refused),
                cmocka_unit_test(test_all),         cmocka_unit_test(test_changes),
                cmocka_unit_test(test_bool),        cmocka_unit_test(test_words),
                cmocka_unit_test(test_join),        cmocka_unit_test(test_names),
                cmocka_unit_test(test_given_names), cmocka_unit_test(test_refused_names),
                cmocka_unit_test(test_own_names),   cmocka_unit_test(test_unit_names),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
