/* layer: cli */
#include "unit.h"

#include "cli/container/notice.h"
#include "cli/system/event_filter.h"
#include "engine/monitor/oom_watch.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

static void test_words(void **state)
{
        struct notices n = { .count = 0 };
        struct error err;

        (void)state;
        assert_true(notice_is("oom") && notice_is("memory:1") && notice_is("pressure"));
        assert_false(notice_is("ooms") || notice_is("memoryless") || notice_is("running"));
        assert_succeeds(notice_add(&n, "-c", "oom", &err), err);
        assert_succeeds(notice_add(&n, "-c", "memory:80%", &err), err);
        assert_succeeds(notice_add(&n, "-c", "memory:200m", &err), err);
        assert_succeeds(notice_add(&n, "-c", "pressure:some=200ms/2s", &err), err);
        assert_succeeds(notice_add(&n, "-c", "pressure:cpu:full=1.5s/10s", &err), err);
        assert_int_equal(n.count, 5);
        assert_int_equal(n.items[0].kind, NOTICE_OOM);
        assert_int_equal(n.items[1].percent, 80);
        assert_int_equal(n.items[2].bytes, 200 << 20);
        assert_string_equal(n.items[3].resource, "memory");
        assert_false(n.items[3].full);
        assert_int_equal(n.items[3].stall_us, 200000);
        assert_string_equal(n.items[4].resource, "cpu");
        assert_true(n.items[4].full);
        assert_int_equal(n.items[4].stall_us, 1500000);
        assert_int_equal(n.items[4].window_us, 10000000);
        assert_string_equal(n.items[4].text, "pressure:cpu:full=1.5s/10s");
}

static void test_words_refused(void **state)
{
        struct notices n = { .count = 0 };
        struct error err;

        (void)state;
        assert_fails_with(notice_add(&n, "-c", "memory:0%", &err), err, "no share of the limit");
        assert_fails_with(notice_add(&n, "-c", "memory:99999999999999999999g", &err), err,
                          "-c memory:99999999999999999999g: ");
        assert_fails_with(notice_add(&n, "-c", "pressure:some=3s/2s", &err), err,
                          "no stalls of 3s");
        assert_fails_with(notice_add(&n, "-c", "pressure:some=1s/11s", &err), err, "10s");
        assert_fails_with(notice_add(&n, "-c", "pressure:some=1s/-2s", &err), err, "-2s");
        assert_fails_with(notice_add(&n, "-c", "pressure:disk:some=1s/2s", &err), err,
                          "is no pressure");
        assert_non_null(strstr(err.cure, "pressure:some=200ms/2s"));
        assert_int_equal(n.count, 0);
}

static void test_filter_words(void **state)
{
        AUTO(event_filter) filter = { 0 };
        AUTO(strv) words = { 0 };
        struct notices n = { .count = 0 };
        struct error err;

        (void)state;
        strv_split(&words,
                   "event=memory:80% status=pressure:some=1s/2s event=oom event=start "
                   "label=memory:80%",
                   ' ');
        assert_succeeds(event_filter_init(&words, &filter, &n, &err), err);
        assert_int_equal(n.count, 2);
        assert_string_equal(n.items[0].text, "memory:80%");
        assert_string_equal(n.items[1].text, "pressure:some=1s/2s");
}

static void test_filter_words_refused(void **state)
{
        struct event_filter filter;
        struct notices n = { .count = 0 };
        struct error err;

        (void)state;
        for (const char *const *word = (const char *const[]){ "memory:80%", "nosuch=1", NULL };
             *word; word++) {
                AUTO(strv) words = { 0 };

                strv_add(&words, *word);
                assert_fails_with(event_filter_init(&words, &filter, &n, &err), err,
                                  " is an invalid filter");
        }
}

static void put(int dir_fd, const char *file, const char *text)
{
        AUTO_CLOSE int fd = openat(dir_fd, file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

        assert_int_equal(write(fd, text, strlen(text)), strlen(text));
}

static void remove_all(const char *path, int dir_fd)
{
        static const char *const files[] = { "memory.current", "memory.max", "memory.stat",
                                             "memory.events" };

        for (size_t i = 0; i < ARRAY_SIZE(files); i++)
                (void)unlinkat(dir_fd, files[i], 0);
        (void)rmdir(path);
}

/* With files that look like a cgroup's. */
static void test_memory(void **state)
{
        char path[] = "/tmp/kelp-notice-XXXXXX";
        struct cgroup_notice share = { .kind = NOTICE_MEMORY, .text = "memory:80%", .percent = 80 };
        struct cgroup_notice size = { .kind = NOTICE_MEMORY, .text = "memory:900", .bytes = 900 };
        AUTO(cgroup_watch) one = CGROUP_WATCH_EMPTY, other = CGROUP_WATCH_EMPTY;
        AUTO_CLOSE int fd = -1;
        struct error err;
        uint64_t use;

        (void)state;
        assert_non_null(mkdtemp(path));
        fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        assert_fails_with(cgroup_watch_open(fd, &share, &one, &err), err,
                          "controller \"memory\" is not available");
        put(fd, "memory.max", "max\n");
        put(fd, "memory.current", "950\n");
        assert_fails_with(cgroup_watch_open(fd, &share, &one, &err), err, "no memory limit");
        assert_non_null(strstr(err.cure, "kelp update --memory"));
        assert_succeeds(cgroup_watch_open(fd, &size, &other, &err), err);
        put(fd, "memory.max", "1000\n");
        assert_succeeds(cgroup_watch_open(fd, &share, &one, &err), err);
        put(fd, "memory.stat", "anon 1\ninactive_file 100\n");
        assert_true(cgroup_watch_met(&one, false, &use));
        assert_int_equal(use, 850);
        assert_false(cgroup_watch_met(&other, false, NULL)); /* not without what can be dropped */
        put(fd, "memory.current", "899\n");
        assert_false(cgroup_watch_met(&one, false, NULL));
        put(fd, "memory.max", "max\n");
        put(fd, "memory.current", "2000\n");
        assert_false(cgroup_watch_met(&one, false, NULL));
        assert_true(cgroup_watch_met(&other, false, NULL));
        remove_all(path, fd);
}

static void test_oom(void **state)
{
        char path[] = "/tmp/kelp-notice-XXXXXX";
        struct oom_watch watch = OOM_WATCH_NONE;
        AUTO_CLOSE int fd = -1;

        (void)state;
        assert_non_null(mkdtemp(path));
        fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        put(fd, "memory.events", "low 0\nmax 4\noom 0\noom_kill 0\n");
        oom_watch_open(&watch, fd);
        oom_watch_wake(&watch);
        assert_true(oom_watch_slot(&watch) >= 0);
        /* The limit was met, and nobody killed: it is let alone for a while. */
        assert_false(oom_watch_look(&watch));
        assert_int_equal(oom_watch_slot(&watch), -1);
        assert_true(watch.rest_ms > 0);
        oom_watch_wake(&watch);
        assert_int_equal(oom_watch_slot(&watch), -1);
        watch.rest_ms = 1;
        oom_watch_wake(&watch);
        assert_int_equal(oom_watch_slot(&watch), watch.fd);
        put(fd, "memory.events", "low 0\nmax 4\noom 2\noom_kill 2\n");
        assert_true(oom_watch_look(&watch));
        assert_int_equal(watch.kills, 2);
        assert_false(oom_watch_look(&watch));
        put(fd, "memory.events", "");
        assert_false(oom_watch_look(&watch));
        assert_int_equal(watch.fd, -1);
        remove_all(path, fd);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_words),        cmocka_unit_test(test_words_refused),
                cmocka_unit_test(test_filter_words), cmocka_unit_test(test_filter_words_refused),
                cmocka_unit_test(test_memory),       cmocka_unit_test(test_oom),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
