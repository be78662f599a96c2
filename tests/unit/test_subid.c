/* layer: rootless */
#include "unit.h"

#include "rootless/subid.h"

#include <string.h>

static const char text[] =
        "# comment\nbob:5:1\nann:100000:65536\nbroken\nann:x:1\n1000:300000:10\nann:1:0\n";

static void test_parse(void **state)
{
        struct id_range ranges[8];

        (void)state;
        assert_int_equal(subid_parse(text, "ann", 1000, ranges, 8), 2);
        assert_int_equal(ranges[0].outside, 100000);
        assert_int_equal(ranges[0].count, 65536);
        assert_int_equal(ranges[1].outside, 300000);
        assert_int_equal(subid_parse(text, "eve", 7, ranges, 8), 0);
}

static void check(const struct id_map *map, size_t i, uint32_t inside, uint32_t outside,
                  uint32_t count)
{
        assert_true(i < map->count);
        assert_int_equal(map->ranges[i].inside, inside);
        assert_int_equal(map->ranges[i].outside, outside);
        assert_int_equal(map->ranges[i].count, count);
}

static void test_layout(void **state)
{
        struct id_range ranges[] = { { 0, 100000, 65536 } };
        struct id_map map;

        (void)state;
        subid_layout(ranges, 1, 1000, false, &map);
        assert_int_equal(map.count, 2);
        check(&map, 0, 0, 1000, 1);
        check(&map, 1, 1, 100000, 65536);
}

static void test_layout_keep_id(void **state)
{
        struct id_range ranges[] = { { 0, 100000, 65536 } };
        struct id_map map;

        (void)state;
        subid_layout(ranges, 1, 1000, true, &map);
        assert_int_equal(map.count, 3);
        check(&map, 0, 0, 100000, 1000);
        check(&map, 1, 1000, 1000, 1);
        check(&map, 2, 1001, 101000, 64536);
        /* An own id beyond the ranges comes last. */
        ranges[0].count = 10;
        subid_layout(ranges, 1, 1000, true, &map);
        assert_int_equal(map.count, 2);
        check(&map, 1, 1000, 1000, 1);
}

static void test_mapping_names(void **state)
{
        struct userns_plan plan = { .rung = USERNS_SUBIDS, .caller_uid = 7, .caller_gid = 8 };
        char name[32];

        (void)state;
        userns_mapping_name(&plan, name, sizeof(name));
        assert_string_equal(name, "");
        plan.keep_id = true;
        userns_mapping_name(&plan, name, sizeof(name));
        assert_string_equal(name, "k7.8");
        plan.rung = USERNS_SINGLE;
        userns_mapping_name(&plan, name, sizeof(name));
        assert_string_equal(name, "single");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_parse),
                cmocka_unit_test(test_layout),
                cmocka_unit_test(test_layout_keep_id),
                cmocka_unit_test(test_mapping_names),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
