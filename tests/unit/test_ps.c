/* layer: cli */
/* kelp ps without a store: filters and rows of containers made by hand. */
#include "unit.h"

#include "cli/container/container_filter.h"
#include "cli/container/ps_row.h"

#include <stdlib.h>

#define SECOND ((int64_t)1000000000)
#define NOW    (1795490694 * SECOND)

static struct container_mount mount = { .kind = MOUNT_BIND, .source = "/src", .target = "/dst" };
static struct container_port port = { .host_ip = "", .host_port = 8080, .container_port = 80 };

/* Three of them, the newest first as in a list; nothing is owned. */
static struct container_list make_list(void)
{
        static char *web_labels[] = { "tier=front", "empty=", NULL };
        static char *web_command[] = { "httpd", "-f", "-p", "8080", "--verbose", NULL };
        static struct container items[3];
        struct container *web = &items[0], *job = &items[1], *made = &items[2];

        memset(items, 0, sizeof(items));
        for (size_t i = 0; i < 3; i++) {
                items[i].health = "";
                memset(items[i].id, "abc"[i], CONTAINER_ID_LEN);
                items[i].spec.created_ns = NOW - (int64_t)(i + 1) * 3600 * SECOND;
                items[i].spec.image_id = "0123456789abcdef";
                items[i].spec.image_name = "docker.io/library/busybox:latest";
        }
        web->spec.name = "web";
        web->spec.labels = (struct strv){ .items = web_labels, .count = 2 };
        web->spec.command = (struct strv){ .items = web_command, .count = 5 };
        web->spec.mounts = &mount;
        web->spec.mount_count = 1;
        web->spec.ports = &port;
        web->spec.port_count = 1;
        web->spec.network = NETWORK_SLIRP4NETNS;
        web->state = (struct container_state){ .status = CONTAINER_RUNNING,
                                               .pid = 42,
                                               .started_ns = NOW - 7200 * SECOND };
        job->spec.name = "job";
        job->state = (struct container_state){ .status = CONTAINER_EXITED,
                                               .exit_code = 3,
                                               .finished_ns = NOW - 60 * SECOND };
        made->spec.name = "made";
        made->spec.image_name = "localhost:5000/tools/made:v1";
        return (struct container_list){ .items = items, .count = 3 };
}

/* The names of those that match "a b c", in the order of the list. */
static void check(const char *filters, const char *expected)
{
        struct container_list list = make_list();
        AUTO(filters) parsed = { 0 };
        AUTO(strv) words = { 0 };
        struct error err;
        char names[64] = "";

        strv_split(&words, filters, ' ');
        assert_succeeds(container_filters_init(&words, NULL, &list, &parsed, &err), err);
        for (size_t i = 0; i < list.count; i++)
                if (container_filters_match(&parsed, &list.items[i])) {
                        strcat(names, list.items[i].spec.name);
                        strcat(names, " ");
                }
        if (strcmp(names, expected) != 0)
                fail_msg("%s shows \"%s\", expected \"%s\"", filters, names, expected);
}

static void check_error(const char *filter, const char *words)
{
        struct container_list list = make_list();
        struct filters parsed;
        AUTO(strv) list_of_one = { 0 };
        struct error err;

        strv_add(&list_of_one, filter);
        assert_fails_with(container_filters_init(&list_of_one, NULL, &list, &parsed, &err), err,
                          words);
}

/* A container named "b" and another whose ID begins with it. */
static void test_name_before_id(void **state)
{
        struct container_list list = make_list();
        AUTO(filters) parsed = { 0 };
        AUTO(strv) words = { 0 };
        struct error err;

        (void)state;
        list.items[2].spec.name = (char[]){ "b" };
        strv_add(&words, "since=b");
        assert_succeeds(container_filters_init(&words, NULL, &list, &parsed, &err), err);
        assert_true(container_filters_match(&parsed, &list.items[1]));
        assert_false(container_filters_match(&parsed, &list.items[2]));
}

static void test_filters(void **state)
{
        (void)state;
        check("name=e", "web made ");
        check("name=^(web|job)$", "web job ");
        check("id=aaa", "web ");
        check("id=^b+$", "job ");
        check("status=running", "web ");
        check("status=exited status=created", "job made ");
        check("status=stopped", "job ");
        check("status=paused", "");
        check("exited=3", "job ");
        check("exited=0", "");
        check("label=tier", "web ");
        check("label=tier=front label=empty=", "web ");
        check("label=tier=back", "");
        check("label=tier label=none", ""); /* labels must all be there */
        check("before=web", "job made ");
        check("since=made", "web job ");
        check("since=cc", "web job ");
        check("until=2026-11-24T01:24:54Z", "made ");
        check("volume=/src", "web ");
        check("volume=/dst", "web ");
        check("volume=/src:/dst", "web ");
        check("volume=/src:/else", "");
        check("network=slirp4netns", "web ");
        check("name=e status=created", "made ");
}

static void test_ancestors(void **state)
{
        (void)state;
        check("ancestor=busybox", "web job ");
        check("ancestor=library/busybox:latest", "web job ");
        check("ancestor=docker.io/library/busybox", "web job ");
        check("ancestor=busy", "");
        check("ancestor=made", ""); /* its tag is not latest */
        check("ancestor=made:v1", "made ");
        check("ancestor=sha256:0123", "web job made ");
        check("ancestor=", "");
}

static void test_filter_errors(void **state)
{
        (void)state;
        check_error("bogus=x", "filter \"bogus\" is not supported");
        check_error("name", "is not KEY=VALUE");
        check_error("name=[", "filter name=[: ");
        check_error("status=bogus", "unknown container state: bogus");
        check_error("exited=x", "not an exit code");
        check_error("exited=256", "not an exit code");
        check_error("since=nosuch", "no such container");
        check_error("since=", "no such container");
        check_error("until=soon", "is not a time");
}

static void test_cells(void **state)
{
        struct container_list list = make_list();
        AUTO(table) table = { .columns = PS_COLUMNS };
        AUTO(ps_brief) web = { 0 }, job = { 0 };

        (void)state;
        ps_brief_init(&web, &list.items[0], NOW);
        ps_brief_init(&job, &list.items[1], NOW);
        ps_row_cells(&table, &web, NOW, false);
        assert_string_equal(table.cells.items[0], "aaaaaaaaaaaa");
        assert_string_equal(table.cells.items[2], "httpd -f -p 8080 ...");
        assert_string_equal(table.cells.items[3], "About an hour ago");
        assert_string_equal(table.cells.items[4], "Up 2 hours");
        assert_string_equal(table.cells.items[5], "0.0.0.0:8080->80/tcp");
        ps_row_cells(&table, &job, NOW, true);
        assert_int_equal(strlen(table.cells.items[7]), CONTAINER_ID_LEN);
        assert_string_equal(table.cells.items[11], "Exited (3) About a minute ago");
}

/* Cut between characters, not within one. */
static void test_command_cut(void **state)
{
        static char *words[] = { "0123456789abcdef\xc3\xa9xyz", NULL };
        struct container c = { .spec = { .command = { .items = words, .count = 1 } } };
        AUTO_FREE char *cut = ps_command_text(&c, false), *whole = ps_command_text(&c, true);

        (void)state;
        assert_string_equal(cut, "0123456789abcdef...");
        assert_string_equal(whole, words[0]);
}

static void test_json(void **state)
{
        struct container_list list = make_list();
        AUTO_JSON json_t *programs = ps_row_json(&list.items[0], NOW, false, false);
        AUTO_JSON json_t *people = ps_row_json(&list.items[0], NOW, false, true);

        (void)state;
        assert_string_equal(
                json_string_value(json_array_get(json_object_get(programs, "Names"), 0)), "web");
        assert_int_equal(json_get_int(programs, "Created", 0), 1795490694 - 3600);
        assert_int_equal(json_get_int(programs, "ExitedAt", 0), -62135596800);
        assert_int_equal(json_get_int(programs, "Pid", 0), 42);
        assert_string_equal(json_get_string(people, "Names", ""), "web");
        assert_string_equal(json_get_string(people, "ID", ""), "aaaaaaaaaaaa");
        assert_string_equal(json_get_string(people, "ImageID", ""), "0123456789ab");
        assert_string_equal(json_get_string(people, "CreatedAt", ""),
                            "2026-11-24 02:24:54 +0000 UTC");
        assert_string_equal(json_get_string(json_object_get(people, "Labels"), "tier", ""),
                            "front");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_filters),   cmocka_unit_test(test_name_before_id),
                cmocka_unit_test(test_ancestors), cmocka_unit_test(test_filter_errors),
                cmocka_unit_test(test_cells),     cmocka_unit_test(test_command_cut),
                cmocka_unit_test(test_json),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
