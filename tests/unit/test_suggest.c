/* layer: base */
/* "Did you mean ...": what is near and what is not. */
#include "base/suggest.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static const char *const words[] = { "run", "rm", "rmi", "", "images", "inspect", "unshare", NULL };

static const char *next(const void *data, size_t i)
{
        return ((const char *const *)data)[i];
}

static const char *nearest(const char *word)
{
        const char *found = suggest_nearest(word, next, words);

        return found ? found : "(none)";
}

static void test_near(void **state)
{
        (void)state;
        assert_string_equal(nearest("rnu"), "run");      /* two letters swapped */
        assert_string_equal(nearest("image"), "images"); /* one missing */
        assert_string_equal(nearest("inspecct"), "inspect");
        assert_string_equal(nearest("unsahre"), "unshare");
        assert_string_equal(nearest("imgase"), "images"); /* two edits */
        assert_string_equal(nearest("rmj"), "rm");        /* the first of equals */
}

static void test_far(void **state)
{
        char very_long[200];

        (void)state;
        assert_string_equal(nearest("frobnicate"), "(none)");
        assert_string_equal(nearest(""), "(none)");
        assert_string_equal(nearest("xy"), "(none)");
        assert_string_equal(nearest("ispcet_"), "(none)");
        memset(very_long, 'r', sizeof(very_long) - 1);
        very_long[sizeof(very_long) - 1] = '\0';
        assert_string_equal(nearest(very_long), "(none)");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_near),
                cmocka_unit_test(test_far),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
