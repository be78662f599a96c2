/* layer: base */
#include "unit.h"

#include "base/fd.h"
#include "base/json.h"
#include "base/path.h"
#include "base/regex_bound.h"
#include "base/spawn.h"
#include "base/strbuf.h"
#include "base/strv.h"
#include "base/utf8.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

static void test_error_sentence(void **state)
{
        struct error err = { 0 };

        (void)state;
        assert_int_equal(error_sys(&err, ENOENT, "open %s", "x"), -1);
        error_context(&err, "pulling %s", "img");
        assert_string_equal(err.text, "pulling img: open x: No such file or directory");
        assert_int_equal(err.kind, ERROR_NOT_FOUND);
        assert_int_equal(error_exit_code(&err), 125);
        err.kind = ERROR_NO_COMMAND;
        assert_int_equal(error_exit_code(&err), 127);
}

static void test_error_over_pipe(void **state)
{
        struct error sent = { 0 }, got = { 0 };
        int fds[2];

        (void)state;
        assert_int_equal(pipe(fds), 0);
        error_set(&sent, ERROR_IN_USE, "taken");
        error_send(fds[1], &sent);
        close(fds[1]);
        assert_int_equal(error_receive(fds[0], &got), 1);
        assert_string_equal(got.text, "taken");
        assert_int_equal(error_receive(fds[0], &got), 0);
        close(fds[0]);
}

static void test_strbuf_ceiling(void **state)
{
        AUTO(strbuf) buf = { .max = 5 };

        (void)state;
        assert_true(strbuf_adds(&buf, "abc"));
        assert_false(strbuf_adds(&buf, "defg"));
        assert_true(buf.truncated);
        assert_string_equal(buf.data, "abcde");
}

static void test_strv_sort(void **state)
{
        AUTO(strv) v = { 0 };

        (void)state;
        strv_sort(&v);
        strv_split(&v, "b,a,,B,ab", ',');
        strv_sort(&v);
        for (size_t i = 0; i < v.count; i++)
                assert_string_equal(v.items[i],
                                    ((const char *const[]){ "", "B", "a", "ab", "b" })[i]);
}

static void check_config(const char *config, const char *home, const char *expected)
{
        AUTO_FREE char *path = NULL;

        setenv("XDG_CONFIG_HOME", config, 1);
        setenv("HOME", home, 1);
        path = path_in_config("x/y");
        assert_string_equal(path ? path : "none", expected);
}

static void test_path_in_config(void **state)
{
        (void)state;
        check_config("/c", "/h", "/c/x/y");
        check_config("", "/h", "/h/.config/x/y");
        check_config("relative", "/h", "/h/.config/x/y");
        check_config("relative", "relative", "none");
}

static void test_path_ends_with(void **state)
{
        (void)state;
        assert_true(path_ends_with("a.conf", ".conf"));
        assert_false(path_ends_with(".conf", ".conf"));
        assert_false(path_ends_with("conf", ".conf"));
        assert_false(path_ends_with("a.conf.d", ".conf"));
}

static void test_utf8_length(void **state)
{
        static const struct {
                const char *text;
                size_t len;
        } cases[] = {
                { "a", 1 },
                { "\xc2\x80", 2 },
                { "\xe2\x82\xac", 3 },
                { "\xf0\x9f\x8c\x8a", 4 },
                { "\x80", 0 },
                { "\xc0\xaf", 0 },
                { "\xe0\x9f\xbf", 0 },
                { "\xe2\x82", 0 },
                { "\xed\xa0\x80", 0 },
                { "\xf0\x8f\xbf\xbf", 0 },
                { "\xf4\x90\x80\x80", 0 },
                { "\xff", 0 },
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
                assert_int_equal(utf8_length(cases[i].text, strlen(cases[i].text)), cases[i].len);
        assert_int_equal(utf8_length("", 0), 0);
        assert_true(utf8_is_printable("a\xc3\xa9"));
        assert_false(utf8_is_printable("a\xc3"));
        assert_false(utf8_is_printable("a\n"));
        assert_false(utf8_is_printable("\x7f"));
}

static void test_utf8_add(void **state)
{
        AUTO(strbuf) text = { 0 };

        (void)state;
        for (size_t i = 0; i < 6; i++)
                utf8_add(&text,
                         ((const uint32_t[]){ 0x41, 0x7ff, 0x800, 0xffff, 0x10000, 0x10ffff })[i]);
        assert_string_equal(text.data, "A\xdf\xbf\xe0\xa0\x80\xef\xbf\xbf\xf0\x90\x80\x80"
                                       "\xf4\x8f\xbf\xbf");
        assert_true(utf8_is_character(0xd7ff));
        assert_false(utf8_is_character(0xdfff));
        assert_false(utf8_is_character(0x110000));
}

static void test_regex_bound(void **state)
{
        static const char *const fine[] = {
                "",          "^a+$",        "(a|b)*",     "[a-z]{1,63}(\\.[a-z]{1,63})*$",
                "a{30}{30}", "[]{99}]{99}", "\\({99}\\)", "((((((x))))))",
                "a++*?",     ")",           "{",          "a{",
                "[",
        };
        static const char *const wild[] = {
                "a{31}{33}",           "(((a{99}){99}){99})",     "(ab){600}",
                "a++++++++++++++",     "a{99999999999999999999}", "(a{0,200}b){100}",
                "x(y{99}[{]{99}){99}",
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(fine); i++)
                assert_true(regex_is_bounded(fine[i]));
        for (size_t i = 0; i < ARRAY_SIZE(wild); i++)
                assert_false(regex_is_bounded(wild[i]));
}

static void test_strv(void **state)
{
        AUTO(strv) v = { 0 };
        AUTO_FREE char *empty = strv_join(&v, ",");
        AUTO_FREE char *joined = NULL;

        (void)state;
        assert_string_equal(empty, "");
        strv_split(&v, "a,,b", ',');
        assert_int_equal(v.count, 3);
        assert_string_equal(v.items[1], "");
        joined = strv_join(&v, ", ");
        assert_string_equal(joined, "a, , b");
        strv_env_set(&v, "X=1");
        strv_env_set(&v, "X=2");
        assert_int_equal(v.count, 4);
        assert_string_equal(strv_env_get(&v, "X"), "2");
        assert_null(strv_env_get(&v, "a"));
        for (int i = 0; i < 100; i++)
                strv_addf(&v, "%d", i);
        assert_int_equal(v.count, 104);
        assert_null(v.items[104]);
}

static void test_path_clean(void **state)
{
        static const char *const cases[][2] = {
                { "/a//b/./c/..", "/a/b" },
                { "/../..", "/" },
                { "a/../..", ".." },
                { "", "." },
                { "/", "/" },
                { "a/b/../../..", ".." },
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                AUTO_FREE char *clean = path_clean(cases[i][0]);

                assert_string_equal(clean, cases[i][1]);
        }
}

static char *make_dir(void)
{
        static char template[] = "/tmp/kelp-unit-XXXXXX";

        strcpy(template + sizeof(template) - 7, "XXXXXX");
        return mkdtemp(template);
}

/* A symlink in the root leads nowhere outside of it. */
static void test_path_open_in(void **state)
{
        char *dir = make_dir();
        AUTO_CLOSE int root = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
        AUTO_CLOSE int made = -1, through = -1;

        (void)state;
        made = path_make_dirs_in(root, "/a/b/../c", 0755);
        assert_true(made >= 0);
        assert_int_equal(symlinkat("/etc", root, "out"), 0);
        through = path_open_in(root, "out/passwd", O_RDONLY, 0);
        assert_int_equal(through, -1);
        assert_int_equal(errno, ENOENT);
        assert_int_equal(path_remove_tree(AT_FDCWD, dir, NULL), 0);
        assert_int_equal(access(dir, F_OK), -1);
}

static void test_json_limits(void **state)
{
        struct error err;
        json_t *json;
        char deep[300];

        (void)state;
        memset(deep, '[', sizeof(deep));
        assert_fails_with(json_parse(deep, sizeof(deep), "x", &json, &err), err,
                          "nested too deeply");
        assert_fails_with(json_parse("{\"a\":1,\"a\":2}", 13, "x", &json, &err), err,
                          "not valid JSON");
        assert_fails_with(json_parse("{", 1, "x", &json, &err), err, "not valid JSON");
}

static void test_spawn_capture(void **state)
{
        const char *argv[] = { "sh", "-c", "cat; echo bad >&2; exit 3", NULL };
        AUTO_FREE char *out = NULL;
        AUTO_FREE char *problems = NULL;
        struct error err = { 0 };

        (void)state;
        assert_int_equal(spawn_capture(argv, "hello", 100, &out, &problems, &err), 3);
        assert_string_equal(out, "hello");
        assert_string_equal(problems, "bad\n");
}

static void test_spawn_missing(void **state)
{
        const char *argv[] = { "no-such-program-here", NULL };
        struct error err = { 0 };
        pid_t pid;

        (void)state;
        assert_int_equal(spawn_start(&(struct spawn_request){ .argv = argv }, &pid, &err), -1);
        assert_int_equal(err.kind, ERROR_NOT_FOUND);
}

static int fail_call(void *data, struct error *err)
{
        return error_set(err, ERROR_STATE, "in the child: %s", (const char *)data);
}

static void test_spawn_call(void **state)
{
        struct error err;

        (void)state;
        assert_fails_with(spawn_call(fail_call, (char[]){ "x" }, &err), err, "in the child: x");
}

static void test_sealed_memfd(void **state)
{
        AUTO_CLOSE int fd = fd_sealed_memfd("x", "abc", 3);

        (void)state;
        assert_true(fd >= 0);
        assert_int_equal(write(fd, "d", 1), -1);
        assert_int_equal(errno, EPERM);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_error_sentence), cmocka_unit_test(test_error_over_pipe),
                cmocka_unit_test(test_strbuf_ceiling), cmocka_unit_test(test_strv),
                cmocka_unit_test(test_path_clean),     cmocka_unit_test(test_path_open_in),
                cmocka_unit_test(test_json_limits),    cmocka_unit_test(test_spawn_capture),
                cmocka_unit_test(test_spawn_missing),  cmocka_unit_test(test_spawn_call),
                cmocka_unit_test(test_sealed_memfd),   cmocka_unit_test(test_strv_sort),
                cmocka_unit_test(test_path_in_config), cmocka_unit_test(test_path_ends_with),
                cmocka_unit_test(test_utf8_length),    cmocka_unit_test(test_utf8_add),
                cmocka_unit_test(test_regex_bound),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
