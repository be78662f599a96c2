/* layer: engine */
/* The patterns of COPY's sources. */
#include "engine/build/glob.h"

#include "base/cleanup.h"
#include "base/path.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

static char dir[] = "/tmp/kelp-test-XXXXXX";
static int root_fd;

static void touch(const char *name)
{
        int fd = openat(root_fd, name, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);

        assert_true(fd >= 0);
        close(fd);
}

static int make(void **state)
{
        (void)state;
        if (!mkdtemp(dir))
                return -1;
        root_fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        mkdirat(root_fd, "one", 0755);
        mkdirat(root_fd, "two", 0755);
        touch("one/b.c");
        touch("one/a.c");
        touch("two/a.h");
        touch("[x]");
        (void)!symlinkat("/one", root_fd, "link");
        (void)!symlinkat("../..", root_fd, "up");
        return 0;
}

static int remove_all(void **state)
{
        (void)state;
        close(root_fd);
        return path_remove_tree(AT_FDCWD, dir, NULL);
}

static void expect(const char *pattern, const char *joined)
{
        AUTO(strv) paths = { 0 };
        AUTO_FREE char *text = NULL;
        struct error err = { 0 };

        assert_int_equal(glob_expand(root_fd, pattern, &paths, &err), 0);
        text = strv_join(&paths, " ");
        assert_string_equal(text, joined);
}

static void test_patterns(void **state)
{
        (void)state;
        expect("one/a.c", "one/a.c");
        expect("/one//./a.c", "one/a.c");
        expect("*/a.?", "link/a.c one/a.c two/a.h");
        expect("one/*", "one/a.c one/b.c");
        expect("o*/[ab].c", "one/a.c one/b.c");
        expect("one/[^a]*", "one/b.c");
        expect("\\[x\\]", "[x]");
        expect("none/*", "");
        expect("one/a.c/x", "");
        expect(".", ".");
        expect("", ".");
}

/* Nothing leads out of the root: ".." goes no further up, a link's "/" is the root. */
static void test_inside(void **state)
{
        (void)state;
        expect("../../one/a.c", "one/a.c");
        expect("link/b.c", "link/b.c");
        expect("up/one/a.c", "up/one/a.c");
        expect("up/tmp", "");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_patterns),
                cmocka_unit_test(test_inside),
        };

        return cmocka_run_group_tests(tests, make, remove_all);
}
