/* layer: engine */
#include "unit.h"

#include "base/cleanup.h"
#include "base/strbuf.h"
#include "engine/container/log_tail.h"

#include <string.h>
#include <unistd.h>

static bool is_full(const char *line, size_t len)
{
        return len > 0 && line[0] == 'F';
}

/* Where the last `wanted` of the lines begin; -1: before the file. */
static long start_of(const char *text, size_t len, long long wanted)
{
        AUTO_FILE FILE *file = tmpfile();
        off_t start;

        assert_non_null(file);
        assert_int_equal(fwrite(text, 1, len, file), len);
        assert_int_equal(fflush(file), 0);
        return log_tail_find(fileno(file), is_full, &wanted, &start) ? (long)start : -1;
}

static void test_short(void **state)
{
        static const char text[] = "F1\nP2\nF3\n\nF4\nP5\nF";

        (void)state;
        assert_int_equal(start_of(text, sizeof(text) - 1, 0), 13);
        assert_int_equal(start_of(text, sizeof(text) - 1, 1), 9);
        assert_int_equal(start_of(text, sizeof(text) - 1, 2), 3);
        assert_int_equal(start_of(text, sizeof(text) - 1, 3), -1);
        assert_int_equal(start_of("", 0, 0), -1);
        assert_int_equal(start_of("F", 1, 0), -1);
        assert_int_equal(start_of("\n\n", 2, 0), -1);
}

/* Lines of many lengths, over the ends of blocks and longer than some. */
static void test_long(void **state)
{
        static const size_t lengths[] = { 1, 100, 262143, 262144, 262145, 7, 900000, 3, 262142 };
        AUTO(strbuf) text = { 0 };
        long starts[ARRAY_SIZE(lengths) + 1];

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(lengths); i++) {
                starts[i] = (long)text.len;
                for (size_t k = 0; k < lengths[i]; k++)
                        strbuf_addc(&text, 'F');
                strbuf_addc(&text, '\n');
        }
        starts[ARRAY_SIZE(lengths)] = (long)text.len;
        for (size_t n = 0; n < ARRAY_SIZE(lengths); n++)
                assert_int_equal(start_of(text.data, text.len, (long long)n),
                                 starts[ARRAY_SIZE(lengths) - n]);
        assert_int_equal(start_of(text.data, text.len, ARRAY_SIZE(lengths)), -1);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_short),
                cmocka_unit_test(test_long),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
