/* layer: cli */
/* Sizes, ages and times: the words and the limits between them. */
#include "unit.h"

#include "cli/output/human.h"
#include "cli/output/printable.h"

#include <stdlib.h>
#include <time.h>

#define SECOND ((int64_t)1000000000)

static void assert_text(char *got, const char *expected)
{
        AUTO_FREE char *text = got;

        assert_string_equal(text, expected);
}

static void test_sizes(void **state)
{
        (void)state;
        assert_text(human_size(0), "0 B");
        assert_text(human_size(999), "999 B");
        assert_text(human_size(1000), "1 kB");
        assert_text(human_size(1997895), "2 MB");
        assert_text(human_size(1090000), "1.09 MB");
        assert_text(human_size(999999), "1 MB");
        assert_text(human_size(123456789), "123 MB");
        assert_text(human_size(UINT64_MAX), "18.4 EB");
}

/* The right-hand side is what docker's go-units prints. */
static void test_durations(void **state)
{
        (void)state;
        assert_text(human_duration(-5), "Less than a second");
        assert_text(human_duration(0), "Less than a second");
        assert_text(human_duration(1), "1 second");
        assert_text(human_duration(59), "59 seconds");
        assert_text(human_duration(60), "About a minute");
        assert_text(human_duration(120), "2 minutes");
        assert_text(human_duration(3599), "59 minutes");
        assert_text(human_duration(3600), "About an hour");
        assert_text(human_duration(5399), "About an hour");
        assert_text(human_duration(5400), "2 hours");
        assert_text(human_duration(47 * 3600), "47 hours");
        assert_text(human_duration(48 * 3600), "2 days");
        assert_text(human_duration(14 * 86400), "2 weeks");
        assert_text(human_duration(60 * 86400), "2 months");
        assert_text(human_duration(730 * 86400), "2 years");
}

static void test_printed_times(void **state)
{
        (void)state;
        assert_text(human_rfc3339(0), "0001-01-01T00:00:00Z");
        assert_text(human_rfc3339(1795490694 * SECOND + 391870000), "2026-11-24T03:24:54.39187Z");
        assert_text(human_rfc3339(1795490694 * SECOND), "2026-11-24T03:24:54Z");
        assert_text(human_go_time(1795490694 * SECOND + 1),
                    "2026-11-24 03:24:54.000000001 +0000 UTC");
        assert_text(human_go_time(0), "0001-01-01 00:00:00 +0000 UTC");
}

static void assert_time(const char *text, int64_t expected)
{
        struct error err;
        int64_t ns;

        assert_succeeds(human_parse_time(text, &ns, &err), err);
        if (ns != expected)
                fail_msg("%s gives %lld, expected %lld", text, (long long)ns, (long long)expected);
}

static void test_times(void **state)
{
        static const char *const bad[] = {
                "",
                "soon",
                "2026-13-01",
                "2026-11-24T",
                "2026-11-24T03:24:54Q",
                "--10m",
                "2026-11-24T25:00:00Z",
                "2026-11-24x",
                "9999-01-01",
                "1e300s",
                "10mx",
                "99999999999",
                "2026-11-24T03:24:54+1",
        };

        (void)state;
        assert_time("2026-11-24T03:24:54.5Z", 1795490694 * SECOND + SECOND / 2);
        assert_time("2026-11-24T04:24:54+01:00", 1795490694 * SECOND);
        assert_time("2026-11-24T00:54:54-02:30", 1795490694 * SECOND);
        assert_time("2026-11-24T03:24:54.391870069Z", 1795490694 * SECOND + 391870069);
        assert_time("1795490694", 1795490694 * SECOND);
        assert_time("1795490694.000000001", 1795490694 * SECOND + 1);
        for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
                struct error err;
                int64_t ns;

                assert_fails_with(human_parse_time(bad[i], &ns, &err), err, "is not a time");
        }
}

/* Without a zone the clock on the wall is meant. */
static void test_local_times(void **state)
{
        (void)state;
        setenv("TZ", "XXX-3", 1);
        tzset();
        assert_time("2026-11-24T03:24:54", (1795490694 - 3 * 3600) * SECOND);
        assert_time("2026-11-24T03:24", (1795490640 - 3 * 3600) * SECOND);
        assert_time("2026-11-24", (1795478400 - 3 * 3600) * SECOND);
        unsetenv("TZ");
        tzset();
}

static void test_spans_before_now(void **state)
{
        int64_t now = (int64_t)time(NULL) * SECOND, ns;
        struct error err;

        (void)state;
        assert_succeeds(human_parse_time("1h30m", &ns, &err), err);
        assert_in_range((now - ns) / SECOND, 5398, 5402);
        assert_succeeds(human_parse_time("250ms", &ns, &err), err);
        assert_in_range((now - ns) / SECOND + 2, 0, 4);
}

static void test_spans(void **state)
{
        static const struct {
                const char *text;
                int64_t ns;
        } good[] = {
                { "250ms", SECOND / 4 },     { "250", SECOND / 4 }, { "1.5s", SECOND * 3 / 2 },
                { "1h1m1s", 3661 * SECOND }, { "10us", 10000 },     { "0", 0 },
        };
        static const char *const bad[] = { "", "s", "1x", "-1s", "1s ", "1e300h", "1m2" };

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
                struct error err;
                int64_t ns;

                assert_succeeds(human_parse_span(good[i].text, &ns, &err), err);
                assert_int_equal(ns, good[i].ns);
        }
        for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
                struct error err;
                int64_t ns;

                assert_fails_with(human_parse_span(bad[i], &ns, &err), err, "is not a duration");
        }
}

static void test_printable(void **state)
{
        (void)state;
        assert_text(printable("plain \xc3\xa9 \xe2\x82\xac \xf0\x9f\x90\x99"),
                    "plain \xc3\xa9 \xe2\x82\xac \xf0\x9f\x90\x99");
        assert_text(printable("\033[31m\n\x7f"), "\\x1b[31m\\x0a\\x7f");
        assert_text(printable("\xc2\x9b"
                              "31m"),
                    "\\xc2\\x9b31m");
        assert_text(printable("\x9b\xff\xc0\xaf"), "\\x9b\\xff\\xc0\\xaf");
        assert_text(printable("\xe2\x82"), "\\xe2\\x82");
        assert_text(printable(""), "");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_sizes),         cmocka_unit_test(test_durations),
                cmocka_unit_test(test_printed_times), cmocka_unit_test(test_times),
                cmocka_unit_test(test_local_times),   cmocka_unit_test(test_spans_before_now),
                cmocka_unit_test(test_spans),         cmocka_unit_test(test_printable),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
