/* layer: rootless */
#include "unit.h"

#include "rootless/id_map_parse.h"

#include <stdlib.h>

/* What a caller with one subordinate range has, and one with two. */
static const struct id_map all = { 2, { { 0, 1000, 1 }, { 1, 100000, 65536 } } };
static const struct id_map split = { 3, { { 0, 1000, 1 }, { 1, 100000, 10 }, { 11, 300000, 10 } } };

static int parse(const char *texts, enum id_kind kind, const struct id_map *of, bool fill,
                 struct id_map *map, struct error *err)
{
        struct id_map_parse how = { .kind = kind, .all = of, .fill = fill, .flags = true };
        struct strv list = { 0 };
        int rc;

        strv_split(&list, texts, ' ');
        rc = id_map_parse(&how, &list, map, err);
        strv_release(&list);
        return rc;
}

static void is_map(const struct id_map *map, const char *expected)
{
        struct strv ranges = { 0 };
        char text[512] = "";

        id_map_to_strv(map, &ranges);
        for (size_t i = 0; i < ranges.count; i++) {
                strcat(text, i ? " " : "");
                strcat(text, ranges.items[i]);
        }
        strv_release(&ranges);
        assert_string_equal(text, expected);
}

static const struct {
        const char *texts, *uids, *gids;
} good[] = {
        { "0:0:1000", "0:0:1000", "0:0:1000" },
        { "5:6", "5:6:1", "5:6:1" },
        { "0:0:1:1:2:4998", "0:0:1 1:2:4998", "0:0:1 1:2:4998" },
        { "", "", "" },
        { "3:4:0", "", "" },
        /* in order, and joined where one continues the other */
        { "10:10:5 0:0:10", "0:0:15", "0:0:15" },
        { "u20000:2000:1", "20000:2000:1", "" },
        { "0:0:1000 g2000:2000:1", "0:0:1000", "0:0:1000 2000:2000:1" },
        { "ug7:8:1", "7:8:1", "7:8:1" },
        /* the manual's example of "+" */
        { "0:0:65000 +100000:1:1", "0:0:1 2:2:64998 100000:1:1", "0:0:1 2:2:64998 100000:1:1" },
        { "0:0:10 +5:20:2", "0:0:5 5:20:2 7:7:3", "0:0:5 5:20:2 7:7:3" },
        /* collides inside and outside, at different places */
        { "0:0:10 +2:6:1", "0:0:2 2:6:1 3:3:3 7:7:3", "0:0:2 2:6:1 3:3:3 7:7:3" },
        /* a first "+" is filled with the rest */
        { "+100000:1:1", "0:0:1 1:2:65535 100000:1:1", "0:0:1 1:2:65535 100000:1:1" },
        { "+g2:5:1", "", "0:0:2 2:5:1 3:2:3 6:6:65531" },
        /* the host's ids */
        { "0:@1000", "0:0:1", "0:0:1" },
        { "0:@100000:20", "0:1:20", "0:1:20" },
};

static void test_good(void **state)
{
        static struct id_map map;
        struct error err;

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
                assert_succeeds(parse(good[i].texts, ID_USER, &all, true, &map, &err), err);
                is_map(&map, good[i].uids);
                assert_succeeds(parse(good[i].texts, ID_GROUP, &all, true, &map, &err), err);
                is_map(&map, good[i].gids);
        }
        /* across two ranges of the host */
        assert_fails_with(parse("0:@100005:6", ID_USER, &split, true, &map, &err), err, "100010");
        assert_succeeds(parse("+5:0:1", ID_USER, &split, false, &map, &err), err);
        is_map(&map, "5:0:1");
}

static const struct {
        const char *texts, *why;
} bad[] = {
        { "0", "is not" },
        { "0:1:2:3", "is not" },
        { ":0:1", "is not" },
        { "0::1", "is not" },
        { "0:0:", "is not" },
        { "a:0:1", "is not" },
        { "0:b:1", "is not" },
        { "0:0:c", "is not" },
        { "-1:0:1", "is not" },
        { "0:-1:1", "is not" },
        { "0:0:-1", "is not" },
        { "x0:0:1", "is not" },
        { "0:+0:1", "is not" },
        { "0:@@1:1", "is not" },
        { "0:@:1", "is not" },
        { "0x1:0:1", "is not" },
        { "1.5:0:1", "is not" },
        { "0:0: 1", "is not" },
        { "4294967296:0:1", "is not" },
        { "0:4294967296:1", "is not" },
        { "0:0:4294967296", "is not" },
        { "00000000000000000000000000000000000000000:0:1", "is not" },
        { "4294967295:0:1", "beyond the last id" },
        { "0:4294967295:1", "beyond the last id" },
        { "0:0:4294967295 1:1:1", "twice" },
        { "1:0:4294967295", "beyond the last id" },
        { "4294967290:0:100", "beyond the last id" },
        { "0:0:10 9:20:1", "twice" },
        { "0:0:10 20:9:1", "the same" },
        { "0:0:10 0:0:10", "twice" },
        { "0:0:1:0:0:1", "twice" },
        { "0:@999", "not among those" },
        { "0:@1000:2", "1001" },
        { "0:@165535:2", "165536" },
        { "0:@1:4294967294", "not among those" },
};

static void test_bad(void **state)
{
        static struct id_map map;
        struct error err;

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
                assert_fails_with(parse(bad[i].texts, ID_USER, &all, true, &map, &err), err,
                                  bad[i].why);
}

static void test_too_many(void **state)
{
        static struct id_map map;
        struct strv texts = { 0 };
        struct id_map_parse how = { .kind = ID_USER, .all = &all, .flags = true };
        struct error err;

        (void)state;
        for (unsigned i = 0; i < ID_RANGES_MAX; i++)
                strv_addf(&texts, "%u:%u:1", 2 * i, 3 * i);
        assert_succeeds(id_map_parse(&how, &texts, &map, &err), err);
        assert_int_equal(map.count, ID_RANGES_MAX);
        strv_addf(&texts, "%u:%u:1", 50000, 50000);
        assert_fails_with(id_map_parse(&how, &texts, &map, &err), err, "more than 340");
        strv_release(&texts);
}

/* Whatever is put together: never an id twice, never more than there is room for. */
static void test_random(void **state)
{
        static struct id_map map;
        struct error err;
        unsigned made = 0;

        (void)state;
        srand(1);
        for (int round = 0; round < 20000; round++) {
                char text[256] = "";

                for (int i = rand() % 5; i >= 0; i--) {
                        unsigned at = rand() % 3 ? (unsigned)rand() % 30 : 4294967290u;
                        char one[64];

                        snprintf(one, sizeof(one), "%s%u:%s%u:%u%s", rand() % 2 ? "+" : "", at,
                                 rand() % 8 ? "" : "@", (unsigned)rand() % 40, rand() % 8u,
                                 i ? " " : "");
                        strcat(text, one);
                }
                err = (struct error){ 0 };
                if (parse(text, ID_USER, rand() % 2 ? &all : &split, true, &map, &err) < 0) {
                        assert_true(err.text[0]);
                        continue;
                }
                made++;
                assert_succeeds(id_map_check(&map, "uid", &err), err);
        }
        assert_true(made > 1000);
}

static void test_compose(void **state)
{
        static const struct id_map map = { 2, { { 0, 5, 10 }, { 20, 0, 1 } } };
        static struct id_map host, back;
        struct error err;

        (void)state;
        assert_succeeds(id_map_compose(&map, &split, &host, &err), err);
        is_map(&host, "0:100004:6 6:300000:4 20:1000:1");
        assert_succeeds(id_map_relative(&host, &split, &back, &err), err);
        is_map(&back, "0:5:10 20:0:1");
        assert_fails_with(
                id_map_compose(&(struct id_map){ 1, { { 0, 20, 2 } } }, &split, &host, &err), err,
                "21");
        assert_int_equal(err.kind, ERROR_NOT_FOUND);
}

static void test_names(void **state)
{
        static struct id_maps a = { { 2, { { 0, 1, 5 }, { 5, 6, 5 } } }, { 1, { { 0, 1, 10 } } } };
        static struct id_maps b = { { 1, { { 0, 1, 10 } } }, { 1, { { 0, 1, 10 } } } };
        static struct id_maps c = { { 1, { { 0, 2, 10 } } }, { 1, { { 0, 1, 10 } } } };
        static struct id_maps d = { { 1, { { 0, 1, 10 } } }, { 1, { { 0, 2, 10 } } } };
        char names[4][ID_MAPS_NAME_LEN + 1];

        (void)state;
        id_maps_name(&a, names[0]);
        id_maps_name(&b, names[1]);
        id_maps_name(&c, names[2]);
        id_maps_name(&d, names[3]);
        assert_string_equal(names[0], names[1]);
        assert_string_not_equal(names[1], names[2]);
        assert_string_not_equal(names[2], names[3]);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_good),     cmocka_unit_test(test_bad),
                cmocka_unit_test(test_too_many), cmocka_unit_test(test_random),
                cmocka_unit_test(test_compose),  cmocka_unit_test(test_names),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
