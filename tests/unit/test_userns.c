/* layer: engine */
#include "unit.h"

#include "engine/container/userns_auto.h"
#include "engine/container/userns_mode.h"

static const struct id_map none;

static void is_map(const struct id_map *map, const char *expected)
{
        struct strv ranges = { 0 };
        char text[256] = "";

        id_map_to_strv(map, &ranges);
        for (size_t i = 0; i < ranges.count; i++) {
                strcat(text, i ? " " : "");
                strcat(text, ranges.items[i]);
        }
        strv_release(&ranges);
        assert_string_equal(text, expected);
}

static void test_pick(void **state)
{
        static const struct id_map whole = { 1, { { 0, 1, 65536 } } };
        static const struct id_map holes = { 3,
                                             { { 0, 1, 100 }, { 0, 1000, 50 }, { 0, 5000, 300 } } };
        static const struct id_map forced = { 1, { { 5, 0, 1 } } };
        static const struct id_map taken = { 1, { { 0, 1, 10 } } };
        static struct id_map map;
        struct error err;

        (void)state;
        assert_succeeds(userns_auto_pick(&whole, &none, 1024, "uid", &map, &err), err);
        is_map(&map, "0:1:1024");
        /* one piece, if there is one */
        assert_succeeds(userns_auto_pick(&holes, &none, 200, "uid", &map, &err), err);
        is_map(&map, "0:5000:200");
        assert_succeeds(userns_auto_pick(&holes, &none, 100, "uid", &map, &err), err);
        is_map(&map, "0:1:100");
        assert_succeeds(userns_auto_pick(&holes, &none, 450, "uid", &map, &err), err);
        is_map(&map, "0:1:100 100:1000:50 150:5000:300");
        assert_fails_with(userns_auto_pick(&holes, &none, 451, "uid", &map, &err), err,
                          "not enough unused IDs");
        /* what is forced goes in as it is, and its ids are not given again */
        assert_succeeds(userns_auto_pick(&whole, &forced, 10, "gid", &map, &err), err);
        is_map(&map, "0:1:5 5:0:1 6:6:4");
        assert_succeeds(userns_auto_pick(&whole, &taken, 20, "gid", &map, &err), err);
        is_map(&map, "0:1:20");
}

static const char *const good_modes[] = { "",
                                          "host",
                                          "private",
                                          "keep-id",
                                          "keep-id:uid=5,gid=0,size=10",
                                          "nomap",
                                          "auto",
                                          "auto:size=5000,uidmapping=0:0:1,gidmapping=0:@5",
                                          "container:web",
                                          "ns:/proc/1/ns/user" };

static const char *const bad_modes[] = { "hosts",
                                         "host:x",
                                         "nomap:size=1",
                                         "private:",
                                         "keep-id:",
                                         "keep-id:uid",
                                         "keep-id:uid=",
                                         "keep-id:uid=-1",
                                         "keep-id:uid=4294967295",
                                         "keep-id:uid=99999999999999999999",
                                         "keep-id:size=0",
                                         "keep-id:uidmapping=0:0:1",
                                         "auto:uid=5",
                                         "auto:size=x",
                                         "auto:size=5,,",
                                         "container",
                                         "container:",
                                         "ns:",
                                         "ns" };

static void test_modes(void **state)
{
        struct userns_mode mode = { 0 };
        struct error err;

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(good_modes); i++) {
                assert_succeeds(userns_mode_parse(good_modes[i], &mode, &err), err);
                userns_mode_release(&mode);
        }
        for (size_t i = 0; i < ARRAY_SIZE(bad_modes); i++)
                assert_fails_with(userns_mode_parse(bad_modes[i], &mode, &err), err, "--userns");
        assert_succeeds(userns_mode_parse(NULL, &mode, &err), err);
        assert_int_equal(mode.kind, USERNS_DEFAULT);
}

static void keep(const char *text, const char *uids, const char *gids)
{
        static struct userns_plan plan;
        static struct id_maps maps;
        struct userns_mode mode;
        struct error err;

        plan = (struct userns_plan){ .rung = USERNS_SUBIDS, .caller_uid = 1000, .caller_gid = 100 };
        plan.uids = plan.gids = (struct id_map){ 2, { { 0, 1000, 1 }, { 1, 100000, 65536 } } };
        assert_succeeds(userns_mode_parse(text, &mode, &err), err);
        assert_int_equal(userns_mode_maps(&mode, &plan, &maps, &err), 1);
        is_map(&maps.uids, uids);
        is_map(&maps.gids, gids);
        userns_mode_release(&mode);
}

static void test_maps(void **state)
{
        (void)state;
        keep("keep-id", "0:1:1000 1000:0:1 1001:1001:64536", "0:1:100 100:0:1 101:101:65436");
        keep("keep-id:uid=0,gid=5", "0:0:1 1:1:65536", "0:1:5 5:0:1 6:6:65531");
        keep("keep-id:size=10", "0:1:9 1000:0:1", "0:1:9 100:0:1");
        keep("keep-id:uid=4294967294", "0:1:65536 4294967294:0:1", "0:1:100 100:0:1 101:101:65436");
        keep("nomap", "0:1:65536", "0:1:65536");
}

static void refused(enum userns_rung rung, const char *text, const char *why)
{
        static struct userns_plan plan;
        static struct id_maps maps;
        struct userns_mode mode;
        struct error err;

        plan = (struct userns_plan){ .rung = rung,
                                     .reason = "no subordinate ids",
                                     .cure = "usermod" };
        plan.uids = plan.gids = (struct id_map){ 1, { { 0, 1000, 1 } } };
        assert_succeeds(userns_mode_parse(text, &mode, &err), err);
        assert_fails_with(userns_mode_maps(&mode, &plan, &maps, &err), err, why);
        assert_true(err.cure[0]);
        userns_mode_release(&mode);
}

static void test_refused(void **state)
{
        (void)state;
        refused(USERNS_SINGLE, "nomap", "no subordinate ids");
        refused(USERNS_SINGLE, "auto", "no subordinate ids");
        refused(USERNS_PRIVILEGED, "nomap", "not root");
        refused(USERNS_PRIVILEGED, "keep-id:size=5", "not root");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_pick),
                cmocka_unit_test(test_modes),
                cmocka_unit_test(test_maps),
                cmocka_unit_test(test_refused),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
