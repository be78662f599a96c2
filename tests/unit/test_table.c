/* layer: cli */
/* Tables: aligned by characters, never by what a cell could do to the terminal. */
#include "unit.h"

#include "cli/output/table.h"

#include <stdio.h>
#include <stdlib.h>

static char *print(size_t columns, const char *const *cells)
{
        AUTO(table) table = { .columns = columns };
        char *out = NULL;
        size_t len = 0;
        FILE *file = open_memstream(&out, &len);

        strv_add_array(&table.cells, cells);
        table_print(&table, file);
        fclose(file);
        return out;
}

static void test_alignment(void **state)
{
        AUTO_FREE char *out = print(3, (const char *const[]){ "ID", "NAME", "X", "1", "longer", "y",
                                                              "22", "", "", NULL });

        (void)state;
        assert_string_equal(out, "ID  NAME    X\n1   longer  y\n22          \n");
}

static void test_characters(void **state)
{
        AUTO_FREE char *out = print(2, (const char *const[]){ "A", "B", "\xc3\xa9\xc3\xa9", "b",
                                                              "x\033[1m", "c", NULL });

        (void)state;
        assert_string_equal(out, "A         B\n\xc3\xa9\xc3\xa9        b\nx\\x1b[1m  c\n");
}

static void test_empty(void **state)
{
        AUTO_FREE char *none = print(2, (const char *const[]){ NULL });
        AUTO_FREE char *one = print(1, (const char *const[]){ "A", NULL });

        (void)state;
        assert_string_equal(none, "");
        assert_string_equal(one, "A\n");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_alignment),
                cmocka_unit_test(test_characters),
                cmocka_unit_test(test_empty),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
