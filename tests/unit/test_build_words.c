/* layer: engine */
/* Words of a Containerfile: variables, quotes, escapes, patterns, splitting. */
#include "unit.h"

#include "base/alloc.h"
#include "engine/containerfile/build_words.h"
#include "engine/containerfile/limits.h"

static const char *look_up(const void *data, const char *name)
{
        static const char *const values[][2] = {
                { "PWD", "/home" },
                { "SHELL", "bash" },
                { "NULL", "" },
                { "path", "/a/b/c.tar.gz" },
                { "foobar", "foobarbaz" },
                { "space", "abc  def" },
                { "lead", "  ab c" },
                { "trail", "ab c   " },
                { "star", "a*b*c" },
                { "pat", "*" },
                { "ko", "\xed\x95\x9c\xea\xb5\xad" },
                { "_x1", "under" },
                { "aaaa", "aaaa" },
                { "q", "it's \"q\"" },
        };

        (void)data;
        for (size_t i = 0; i < ARRAY_SIZE(values); i++)
                if (strcmp(values[i][0], name) == 0)
                        return values[i][1];
        return NULL;
}

static const struct build_variables variables = { .lookup = look_up };

/* A word, what it becomes, or NULL and what the error says. */
typedef const char *const row_t[3];

static void check_row(row_t row, const struct build_variables *with)
{
        AUTO_FREE char *text = NULL;
        struct error err = { 0 };
        int rc = build_words_expand(row[0], with, &text, &err);

        if (row[1] && rc < 0)
                fail_msg("%s: %s", row[0], err.text);
        if (row[1] && strcmp(text, row[1]) != 0)
                fail_msg("%s: \"%s\" is not \"%s\"", row[0], text, row[1]);
        if (!row[1] && rc == 0)
                fail_msg("%s: \"%s\" is not refused", row[0], text);
        if (!row[1] && !strstr(err.text, row[2]))
                fail_msg("%s: \"%s\" does not say \"%s\"", row[0], err.text, row[2]);
}

static void test_quotes(void **state)
{
        static row_t rows[] = {
                { "", "" },
                { "hello", "hello" },
                { "he'll'o", "hello" },
                { "he'llo", NULL, "single quote" },
                { "he\\'llo", "he'llo" },
                { "he\\\\'llo", NULL, "single quote" },
                { "abc\\tdef", "abctdef" },
                { "\"abc\\tdef\"", "abc\\tdef" },
                { "\"abc\\\\tdef\"", "abc\\tdef" },
                { "'abc\\tdef'", "abc\\tdef" },
                { "hello\\", "hello" },
                { "hello\\\\", "hello\\" },
                { "\"hello", NULL, "double quote" },
                { "\"hello\\\"", NULL, "double quote" },
                { "\"hel'lo\"", "hel'lo" },
                { "'hello\\'", "hello\\" },
                { "\"''\"", "''" },
                { "'\"hello\"'", "\"hello\"" },
                { "a\"b c\"'d e'f", "ab cd ef" },
                { "\"$q\"", "it's \"q\"" }, /* what a value holds is no quote */
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
                check_row(rows[i], &variables);
}

static void test_variables(void **state)
{
        static row_t rows[] = {
                { "$.", "$." },
                { "$", "$" },
                { "a$", "a$" },
                { "he$1x", "hex" },
                { "$12", "2" }, /* as in a shell */
                { "${12}|", "|" },
                { "he$.x", "he$.x" },
                { "$$PWD", "$/home" },
                { "he$pwd.", "he." },
                { "he$PWD", "he/home" },
                { "he\\$PWD", "he$PWD" },
                { "he\\\\$PWD", "he\\/home" },
                { "\"he\\$PWD\"", "he$PWD" },
                { "\"he\\\\$PWD\"", "he\\/home" },
                { "'he$PWD'", "he$PWD" },
                { "\"he'$PWD'\"", "he'/home'" },
                { "$_x1-$ko", "under-\xed\x95\x9c\xea\xb5\xad" },
                { "\xec\x95\x88$PWD", "\xec\x95\x88/home" },
                { "he${hi}xx", "hexx" },
                { "he${PWD}xx", "he/homexx" },
                { "\\${}aaa", "${}aaa" },
                { "he${}xx", NULL, "not followed by a name" },
                { "he${.}", NULL, "not followed by a name" },
                { "${{aaa}", NULL, "not followed by a name" },
                { "${:-bbb}", NULL, "not followed by a name" },
                { "${aaa}}", "}" },
                { "he${PWD", NULL, "} is missing" },
                { "he${", NULL, "} is missing" },
                { "he${PWD:=000}xx", NULL, "unknown substitution" },
                { "he${PWD!}xx", NULL, "unknown substitution" },
                { "he${XXX:YYY}", NULL, "unknown substitution" },
                { "${PWD:#x}", NULL, "unknown substitution" },
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
                check_row(rows[i], &variables);
}

static void test_defaults(void **state)
{
        static row_t rows[] = {
                { "he${XXX:-000}xx", "he000xx" },
                { "he${PWD:-000}xx", "he/homexx" },
                { "he${XXX:-${PWD:-yyy}}xx", "he/homexx" },
                { "he${XXX:-${YYY:-yyy}}xx", "heyyyxx" },
                { "${NULL:-x}${NULL-y}", "x" },
                { "${XXX-y}", "y" },
                { "${NULL:+x}${NULL+y}", "y" },
                { "he${PWD:+${SHELL}}xx", "hebashxx" },
                { "he${XXX:+000}xx", "hexx" },
                { "he${PWD:+${PWD}:}xx", "he/home:xx" },
                { "he${XXX:-\\$PWD:}xx", "he$PWD:xx" },
                { "he${XXX:-\\${PWD}z}xx", "he${PWDz}xx" },
                { "${aaa:-bbb}}", "bbb}" },
                { "${aaa:-bbb {foo}", "bbb {foo" },
                { "${aaa:-bbb ${foo}", NULL, "} is missing" },
                { "${aaa:-\"b}b\"}", "b}b" },
                { "\"${aaa:-b\\}b}\"", "b}b" },
                { "${aaa-}", "" },
                { "he${XXX?}", NULL, "XXX: is not allowed to be unset" },
                { "he${XXX:?}", NULL, "XXX: is not allowed to be unset" },
                { "he${XXX:?give $PWD}", NULL, "XXX: give /home" },
                { "he${PWD?}", "he/home" },
                { "he${NULL?}", "he" },
                { "he${NULL:?}", NULL, "NULL: is not allowed to be empty" },
                { "${PWD:-${XXX:?}}", "/home" }, /* what is not used cannot fail */
                { "${XXX:+${YYY?}}", "" },
                { "${999:-bbb}aaa", "bbbaaa" },
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
                check_row(rows[i], &variables);
}

static void test_patterns(void **state)
{
        static row_t rows[] = {
                { "${foobar#f*b}", "arbaz" },
                { "${foobar##f*b}", "az" },
                { "${foobar%b*}", "foobar" },
                { "${foobar%%b*}", "foo" },
                { "${foobar#x*}", "foobarbaz" },
                { "${foobar%z?}", "foobarbaz" },
                { "${foobar#foobarbaz}|", "|" },
                { "${path##*/}", "c.tar.gz" },
                { "${path%/*}", "/a/b" },
                { "${path%%.*}", "/a/b/c" },
                { "${path#*/}", "a/b/c.tar.gz" },
                { "${path#*}", "/a/b/c.tar.gz" },
                { "${path##*}|", "|" },
                { "${XXX#a}", "" },
                { "${star#a\\*}", "b*c" },
                { "${star#'a*'}", "b*c" },
                { "${star##a*}|", "|" },
                { "${star#\"a$pat\"}", "b*c" }, /* quoted: a star, not anything */
                { "${star##a$pat}|", "|" },
                { "${foobar#[e-g]}", "oobarbaz" },
                { "${foobar#[!e-g]}", "foobarbaz" },
                { "${foobar#[^a]}", "oobarbaz" },
                { "${foobar#[}", "foobarbaz" },
                { "${ko#?}", "\xea\xb5\xad" },
                { "${ko%?}", "\xed\x95\x9c" },
                { "${foobar/ba/BA}", "fooBArbaz" },
                { "${foobar//ba/BA}", "fooBArBAz" },
                { "${foobar//ba}", "foorz" },
                { "${foobar/#foo/x}", "xbarbaz" },
                { "${foobar/#bar/x}", "foobarbaz" },
                { "${foobar/%baz/x}", "foobarx" },
                { "${foobar/%bar/x}", "foobarbaz" },
                { "${foobar/b*/x}", "foox" },
                { "${foobar//[ab]/_}", "foo__r__z" },
                { "${foobar/o*b/$PWD}", "f/homeaz" },
                { "${path//\\//-}", "-a-b-c.tar.gz" },
                { "${aaaa//a/bb}", "bbbbbbbb" },
                { "${aaaa//aa/b}", "bb" },
                { "${XXX/a/b}|", "|" },
                { "${foobar#}", NULL, "pattern is empty" },
                { "${foobar//}", NULL, "pattern is empty" },
                { "${foobar/x/y", NULL, "} is missing" },
                { "${foobar#${XXX:-f}oo}", "barbaz" },
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
                check_row(rows[i], &variables);
}

static void test_escape_character(void **state)
{
        static const struct build_variables backquote = { .lookup = look_up, .escape = '`' };
        static row_t rows[] = {
                { "C:\\dir\\$SHELL", "C:\\dir\\bash" },
                { "a`$PWD", "a$PWD" },
                { "\"a`\"b\"", "a\"b" },
                { "a` b", "a b" },
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
                check_row(rows[i], &backquote);
}

/* Without a lookup variables stay. */
static void test_kept(void **state)
{
        static const struct build_variables none = { 0 };
        static row_t rows[] = {
                { "a$b ${c:-d}", "a$b ${c:-d}" },
                { "'a'\"$b\"\\$c", "a$b$c" },
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
                check_row(rows[i], &none);
}

/* expected: the words with commas. */
static void check_split(const char *text, const char *expected)
{
        AUTO(strv) words = { 0 };
        AUTO_FREE char *joined = NULL;
        struct error err;

        assert_succeeds(build_words_split(text, &variables, &words, &err), err);
        joined = strv_join(&words, ",");
        if (strcmp(joined, expected) != 0)
                fail_msg("%s: \"%s\" is not \"%s\"", text, joined, expected);
}

static void test_split(void **state)
{
        AUTO(strv) words = { 0 };
        struct error err;

        (void)state;
        check_split("", "");
        check_split("  ", "");
        check_split("hello", "hello");
        check_split("hello${hi}bye", "hellobye");
        check_split("hello${space}bye", "helloabc,defbye");
        check_split("hello\"${space}\"bye", "helloabc  defbye");
        check_split("hello \"${space}\"bye", "hello,abc  defbye");
        check_split("hello${lead}def", "hello,ab,cdef");
        check_split("hello\"${lead}\" def", "hello  ab c,def");
        check_split("hello${trail}d", "helloab,c,d");
        check_split("hello\" there  \"", "hello there  ");
        check_split("hello     there", "hello,there");
        check_split("hello\\ there", "hello there");
        check_split("hello'$there'", "hello$there");
        check_split("${XXX:-a b} c", "a,b,c");
        assert_fails_with(build_words_split("hello\" there", &variables, &words, &err), err,
                          "double quote");
}

static void check_tokens(const char *text, const char *expected)
{
        AUTO(strv) words = { 0 };
        AUTO_FREE char *joined = NULL;

        build_words_tokens(text, '\\', &words);
        joined = strv_join(&words, "|");
        assert_string_equal(joined, expected);
}

static void test_tokens(void **state)
{
        (void)state;
        check_tokens(" a  b\tc ", "a|b|c");
        check_tokens("a=\"b c\" d='e f'g", "a=\"b c\"|d='e f'g");
        check_tokens("a\\ b c\\", "a\\ b|c\\");
        check_tokens("\"a\\\"b c\" 'd\\' e", "\"a\\\"b c\"|'d\\'|e");
        check_tokens("it's a b", "it's a b");
        check_tokens("\"\" ''", "\"\"|''");
}

static void check_text(const char *text, const char *expected)
{
        AUTO_FREE char *result = NULL;
        struct error err;

        assert_succeeds(build_words_expand_text(text, &variables, &result, &err), err);
        assert_string_equal(result, expected);
}

/* A here-document's rules. */
static void test_text(void **state)
{
        (void)state;
        check_text("it's \"$PWD\"\n", "it's \"/home\"\n");
        check_text("'$PWD'", "'/home'");
        check_text("\\$PWD \\\\ \\n \\\n", "$PWD \\ \\n \\\n");
        check_text("${XXX:-it's}", "it's");
        check_text("${XXX:-a\\}b}", "a}b");
        check_text("100%\\", "100%\\");
}

static void test_bounds(void **state)
{
        AUTO_FREE char *deep = xcalloc(1, 4 * 100 + 1);
        AUTO_FREE char *large = xcalloc(1, LIMIT_EXPANDED + 2);
        AUTO_FREE char *glob = xcalloc(1, LIMIT_GLOB + 20);
        AUTO_FREE char *text = NULL;
        struct error err;

        (void)state;
        for (int i = 0; i < 100; i++)
                memcpy(deep + 4 * i, "${a-", 4);
        assert_fails_with(build_words_expand(deep, &variables, &text, &err), err,
                          "too many ${...}");
        memset(large, 'x', LIMIT_EXPANDED + 1);
        assert_fails_with(build_words_expand(large, &variables, &text, &err), err,
                          "becomes larger than 128 KiB");
        assert_int_equal(err.kind, ERROR_TOO_LARGE);
        memcpy(glob, "${PWD#", 6);
        memset(glob + 6, 'x', LIMIT_GLOB + 1);
        glob[LIMIT_GLOB + 7] = '}';
        assert_fails_with(build_words_expand(glob, &variables, &text, &err), err,
                          "is longer than 512 bytes");
}

static const char *look_up_long(const void *data, const char *name)
{
        (void)name;
        return data;
}

/* A pattern that costs the square of the value's length is stopped. */
static void test_costly(void **state)
{
        AUTO_FREE char *value = xcalloc(1, LIMIT_EXPANDED);
        AUTO_FREE char *text = NULL;
        struct build_variables costly = { .lookup = look_up_long, .data = value };
        struct error err;

        (void)state;
        memset(value, 'a', LIMIT_EXPANDED - 1);
        assert_fails_with(build_words_expand("${x//a*b/c}", &costly, &text, &err), err,
                          "takes too long");
        assert_succeeds(build_words_expand("${x//a/b}", &costly, &text, &err), err);
        assert_int_equal(strspn(text, "b"), LIMIT_EXPANDED - 1);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_quotes),
                cmocka_unit_test(test_variables),
                cmocka_unit_test(test_defaults),
                cmocka_unit_test(test_patterns),
                cmocka_unit_test(test_escape_character),
                cmocka_unit_test(test_kept),
                cmocka_unit_test(test_split),
                cmocka_unit_test(test_tokens),
                cmocka_unit_test(test_text),
                cmocka_unit_test(test_bounds),
                cmocka_unit_test(test_costly),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
