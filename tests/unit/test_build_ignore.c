/* layer: engine */
/* Ignore files: patterns, exceptions, what a walk may skip, which file applies. */
#include "unit.h"

#include "base/alloc.h"
#include "base/fd.h"
#include "base/path.h"
#include "engine/containerfile/build_ignore.h"
#include "engine/containerfile/limits.h"

#include <fcntl.h>
#include <sys/stat.h>

static int parse(struct build_ignore *ignore, const char *text, struct error *err)
{
        return build_ignore_parse(ignore, "ig", text, strlen(text), err);
}

static bool matches(const char *pattern, const char *path)
{
        AUTO(build_ignore) ignore = { 0 };
        struct error err;

        assert_succeeds(build_ignore_add(&ignore, pattern, &err), err);
        return build_ignore_matches(&ignore, path);
}

static void test_patterns(void **state)
{
        static const struct {
                const char *pattern, *path;
                bool matches;
        } rows[] = {
                { "a", "a", true },
                { "a", "b", false },
                { "a", "a/b/c", true }, /* what is below as well */
                { "a", "ab", false },
                { "a", "b/a", false },
                { "/a/", "a", true },
                { "./a/../b", "b", true },
                { " a ", "a", true },
                { "a/b", "a/b/c", true },
                { "a/b", "a", false },
                { "*", "a", true },
                { "*", "a/b", true },
                { "*.c", "x.c", true },
                { "*.c", "d/x.c", false },
                { "*.c", "x.c.o", false },
                { "*/a", "b/a", true },
                { "*/a", "b/c/a", false },
                { "*/*/a", "b/c/a/d", true },
                { "a*b*c", "axxbyyc", true },
                { "a*b*c", "axxb/c", false },
                { "a?", "ab", true },
                { "a?", "a", false },
                { "a?b", "a/b", false },
                { "?", "\xed\x95\x9c", true },
                { "**", "a/b", true },
                { "**/a", "a", true },
                { "**/a", "b/c/a", true },
                { "**/a", "ba", false },
                { "a/**", "a/b", true },
                { "a/**", "a", false },
                { "a/**/b", "a/b", true },
                { "a/**/b", "a/c/d/b", true },
                { "a/**/b", "a/cb", false },
                { "**/*.go", "x/y.go", true },
                { "**.go", "x/y.go", false }, /* "**" ends behind a slash: .go itself */
                { "**.go", "x/.go", true },
                { "dir**", "dir/a", true },
                { "dir**", "directory", true },
                { "[a-c]x", "bx", true },
                { "[a-c]x", "dx", false },
                { "[^a-c]x", "dx", true },
                { "[^a-c]x", "ax", false },
                { "[^a]", "/", false },
                { "[a\\]b]", "]", true },
                { "[-a]", "-", true },
                { "\\*", "*", true },
                { "\\*", "a", false },
                { "a+(b)", "a+(b)", true }, /* nothing of a regular expression */
                { "a.c", "abc", false },
                { "{a,b}", "{a,b}", true },
                { "a b", "a b", true },
                { "..", "..", true },
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
                if (matches(rows[i].pattern, rows[i].path) != rows[i].matches)
                        fail_msg("\"%s\" and \"%s\"", rows[i].pattern, rows[i].path);
}

static void test_context_itself(void **state)
{
        (void)state;
        assert_false(matches("*", "."));
        assert_false(matches("*", ""));
        assert_false(matches(".", "a"));
        assert_false(matches("/", "a"));
        assert_false(matches("", "a"));
        assert_false(matches("!a", "a"));
}

/* Each path that is left out, of those, in a file of these lines. */
static void assert_left_out(const char *text, const char *paths, const char *expected)
{
        AUTO(build_ignore) ignore = { 0 };
        AUTO(strv) all = { 0 };
        AUTO(strv) out = { 0 };
        AUTO_FREE char *joined = NULL;
        struct error err;

        assert_succeeds(parse(&ignore, text, &err), err);
        strv_split(&all, paths, ' ');
        for (size_t i = 0; i < all.count; i++)
                if (build_ignore_matches(&ignore, all.items[i]))
                        strv_add(&out, all.items[i]);
        joined = strv_join(&out, " ");
        assert_string_equal(joined, expected);
}

static void test_order(void **state)
{
        (void)state;
        assert_left_out("*.md\n!README.md", "a.md README.md", "a.md");
        assert_left_out("!README.md\n*.md", "a.md README.md", "a.md README.md");
        assert_left_out("*.md\n!README*.md\nREADME-secret.md", "README.md README-secret.md",
                        "README-secret.md");
        assert_left_out("# comment\n\n  \n #x\r\na\r\n", "comment #x a # x", "#x a");
        assert_left_out("\xef\xbb\xbf# c\nb", "c b", "b");
        assert_left_out("\xef\xbb\xbf"
                        "a",
                        "a", "a");
        assert_left_out("*\n! /a/b/\n", "a a/b a/b/c c", "a c");
        assert_left_out("**\n!**/*.c", "a.c d/b.c d/b.h", "d/b.h");
}

/* podman's test of COPY with an ignore file. */
static void test_podman(void **state)
{
        AUTO(build_ignore) ignore = { 0 };
        struct error err;

        (void)state;
        assert_succeeds(parse(&ignore,
                              "# comment\ntest*\n!test2*\nsubdir1\nsubdir2\n!*/sub1*\n"
                              "!subdir1/sub3*\n/foo\n",
                              &err),
                        err);
        assert_true(build_ignore_matches(&ignore, "test1.txt"));
        assert_false(build_ignore_matches(&ignore, "test2.txt"));
        assert_true(build_ignore_matches(&ignore, "subdir1"));
        assert_true(build_ignore_may_return(&ignore, "subdir1"));
        assert_false(build_ignore_matches(&ignore, "subdir1/sub1.txt"));
        assert_true(build_ignore_matches(&ignore, "subdir1/sub2"));
        assert_false(build_ignore_matches(&ignore, "subdir1/sub3"));
        assert_true(build_ignore_matches(&ignore, "subdir2"));
        assert_false(build_ignore_may_return(&ignore, "subdir2"));
        assert_true(build_ignore_matches(&ignore, "foo"));
        assert_false(build_ignore_matches(&ignore, "comment"));
}

static void test_may_return(void **state)
{
        AUTO(build_ignore) ignore = { 0 };
        struct error err;

        (void)state;
        assert_false(build_ignore_may_return(&ignore, "a"));
        assert_succeeds(parse(&ignore, "a\nab/c\n!/a/b/c\n!d?r/x\n", &err), err);
        assert_true(build_ignore_may_return(&ignore, "a"));
        assert_true(build_ignore_may_return(&ignore, "a/b"));
        assert_false(build_ignore_may_return(&ignore, "a/b/c"));
        assert_false(build_ignore_may_return(&ignore, "ab"));
        assert_false(build_ignore_may_return(&ignore, "dir"));
}

static void test_refused(void **state)
{
        AUTO(build_ignore) ignore = { 0 };
        AUTO_FREE char *long_one = xcalloc(1, LIMIT_GLOB + 2);
        struct error err;

        (void)state;
        assert_fails_with(parse(&ignore, "a\n!\n", &err), err, "ig:2: there is no pattern behind");
        assert_fails_with(parse(&ignore, "a[b", &err), err, "ig:1: the pattern \"a[b\" has a [");
        assert_fails_with(parse(&ignore, "a\\", &err), err, "ends in a backslash");
        assert_fails_with(build_ignore_parse(&ignore, "ig", "a\0b", 3, &err), err, "NUL");
        memset(long_one, 'x', LIMIT_GLOB + 1);
        assert_fails_with(build_ignore_add(&ignore, long_one, &err), err, "longer than 512 bytes");
}

/* What takes a backtracking matcher for ever. */
static void test_costly(void **state)
{
        AUTO_FREE char *path = xcalloc(1, 4096);
        AUTO_FREE char *pattern = xcalloc(1, 202);

        (void)state;
        memset(path, 'a', 4095);
        for (int i = 0; i < 100; i++)
                memcpy(pattern + 2 * i, "a*", 2);
        pattern[200] = 'b';
        assert_false(matches(pattern, path));
        pattern[200] = '\0';
        assert_true(matches(pattern, path));
}

struct places {
        char dir[64];
        int fd;
};

static void put(const struct places *p, const char *name, const char *text)
{
        struct error err;

        assert_succeeds(fd_write_file(p->fd, name, text, strlen(text), 0644, &err), err);
}

/* Which file is read ("" none), and that its pattern counts. */
static void assert_reads(const struct places *p, const char *file, const char *containerfile,
                         const char *expected)
{
        AUTO(build_ignore) ignore = { 0 };
        AUTO(strv) files = { 0 };
        AUTO_FREE char *path = NULL;
        struct error err;

        if (containerfile)
                strv_add(&files, containerfile);
        assert_succeeds(build_ignore_read(&ignore, p->fd, p->dir, file, &files, &path, &err), err);
        assert_string_equal(path ? path + strlen(p->dir) + 1 : "", expected);
        assert_int_equal(build_ignore_matches(&ignore, expected), path != NULL);
}

static void test_which_file(void **state)
{
        struct places p = { .dir = "/tmp/kelp-unit.XXXXXX" };
        AUTO(build_ignore) ignore = { 0 };
        AUTO_FREE char *path = NULL, *named = NULL, *beside = NULL;
        struct error err;

        (void)state;
        assert_non_null(mkdtemp(p.dir));
        p.fd = open(p.dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
        named = path_join(p.dir, "named");
        beside = path_join(p.dir, "Cf");
        assert_reads(&p, NULL, "Cf", "");
        put(&p, ".dockerignore", ".dockerignore");
        assert_reads(&p, NULL, "Cf", ".dockerignore");
        put(&p, ".containerignore", ".containerignore");
        assert_reads(&p, NULL, "Cf", ".containerignore");
        put(&p, "Cf.containerignore", "Cf.containerignore");
        assert_reads(&p, NULL, "Cf", "Cf.containerignore");
        put(&p, "Cf.dockerignore", "Cf.dockerignore");
        assert_reads(&p, NULL, beside, "Cf.dockerignore");
        assert_reads(&p, NULL, "Other", ".containerignore");
        assert_fails_with(build_ignore_read(&ignore, p.fd, p.dir, named, NULL, &path, &err), err,
                          named);
        put(&p, "named", "named");
        assert_reads(&p, named, "Cf", "named");
        assert_succeeds(path_remove_tree(AT_FDCWD, p.dir, &err), err);
        close(p.fd);
}

/* A link in the context does not lead out of it. */
static void test_link(void **state)
{
        struct places p = { .dir = "/tmp/kelp-unit.XXXXXX" };
        AUTO_FREE char *context = NULL;
        struct places inner = { 0 };
        struct error err;

        (void)state;
        assert_non_null(mkdtemp(p.dir));
        p.fd = open(p.dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
        put(&p, "outside", "*");
        assert_int_equal(mkdirat(p.fd, "ctx", 0755), 0);
        context = path_join(p.dir, "ctx");
        snprintf(inner.dir, sizeof(inner.dir), "%s", context);
        inner.fd = open(context, O_PATH | O_DIRECTORY | O_CLOEXEC);
        assert_int_equal(symlinkat("../outside", inner.fd, ".dockerignore"), 0);
        assert_reads(&inner, NULL, NULL, "");
        put(&inner, "outside", ".dockerignore"); /* the link's "/" is the context */
        assert_reads(&inner, NULL, NULL, ".dockerignore");
        assert_succeeds(path_remove_tree(AT_FDCWD, p.dir, &err), err);
        close(inner.fd);
        close(p.fd);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_patterns),   cmocka_unit_test(test_context_itself),
                cmocka_unit_test(test_order),      cmocka_unit_test(test_podman),
                cmocka_unit_test(test_may_return), cmocka_unit_test(test_refused),
                cmocka_unit_test(test_costly),     cmocka_unit_test(test_which_file),
                cmocka_unit_test(test_link),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
