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
        subid_layout(ranges, 1, 1000, &map);
        assert_int_equal(map.count, 2);
        check(&map, 0, 0, 1000, 1);
        check(&map, 1, 1, 100000, 65536);
}

/* A file with more lines than a map has room for. */
static void test_layout_full(void **state)
{
        static struct id_range ranges[ID_RANGES_MAX + 5];
        static struct id_map map;

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(ranges); i++)
                ranges[i] = (struct id_range){ 0, 100000 + 20 * (uint32_t)i, 10 };
        subid_layout(ranges, ARRAY_SIZE(ranges), 1000, &map);
        assert_int_equal(map.count, ID_RANGES_MAX);
        check(&map, ID_RANGES_MAX - 1, 1 + 10 * (ID_RANGES_MAX - 2),
              100000 + 20 * (ID_RANGES_MAX - 2), 10);
}

static void plan_of(struct userns_plan *plan)
{
        *plan = (struct userns_plan){ .rung = USERNS_SUBIDS, .caller_uid = 7, .caller_gid = 8 };
        plan->uids = (struct id_map){ 2, { { 0, 7, 1 }, { 1, 100000, 65536 } } };
        plan->gids = (struct id_map){ 2, { { 0, 8, 1 }, { 1, 200000, 65536 } } };
}

/* keep-id of uid 7: the process itself enters what the map says. */
static void test_restrict(void **state)
{
        static struct userns_plan plan;
        static struct id_maps maps = { { 3, { { 0, 1, 7 }, { 7, 0, 1 }, { 8, 8, 65529 } } },
                                       { 3, { { 0, 1, 7 }, { 7, 0, 1 }, { 8, 8, 65529 } } } };
        struct error err;
        char name[32];

        (void)state;
        plan_of(&plan);
        assert_succeeds(userns_restrict(&plan, &maps, false, &err), err);
        assert_true(plan.mapped && !plan.nested);
        check(&plan.uids, 0, 0, 100000, 7);
        check(&plan.uids, 1, 7, 7, 1);
        check(&plan.uids, 2, 8, 100007, 65529);
        assert_int_equal(userns_caller_inside(&plan), 7);
        userns_mapping_name(&plan, name, sizeof(name));
        assert_int_equal(strlen(name), ID_MAPS_NAME_LEN);
        plan.rung = USERNS_SINGLE;
        userns_mapping_name(&plan, name, sizeof(name));
        assert_string_equal(name, "single");
}

/* Without the caller the container's namespace is one below; the whole is no map at all. */
static void test_restrict_nested(void **state)
{
        static struct userns_plan plan;
        static struct id_maps maps = { { 1, { { 0, 1, 1000 } } }, { 1, { { 0, 1, 1000 } } } };
        static const struct id_maps whole = { { 2, { { 0, 0, 1 }, { 1, 1, 65536 } } },
                                              { 1, { { 0, 0, 65537 } } } };
        struct error err;
        char name[32];

        (void)state;
        plan_of(&plan);
        assert_succeeds(userns_restrict(&plan, &maps, false, &err), err);
        assert_true(plan.mapped && plan.nested);
        check(&plan.uids, 0, 0, 7, 1);
        assert_int_equal(userns_caller_inside(&plan), 0);
        plan_of(&plan);
        assert_succeeds(userns_restrict(&plan, &whole, false, &err), err);
        assert_false(plan.mapped || plan.nested);
        userns_mapping_name(&plan, name, sizeof(name));
        assert_string_equal(name, "");
        plan_of(&plan);
        maps.uids.ranges[0].count = 65537;
        assert_fails_with(userns_restrict(&plan, &maps, false, &err), err, "uid 65537");
        maps.uids.count = 0;
        assert_fails_with(userns_restrict(&plan, &maps, false, &err), err, "no uid");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_parse),           cmocka_unit_test(test_layout),
                cmocka_unit_test(test_layout_full),     cmocka_unit_test(test_restrict),
                cmocka_unit_test(test_restrict_nested),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
