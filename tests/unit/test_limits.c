/* layer: cli */
#include "unit.h"

#include "base/alloc.h"
#include "cli/options/limit_options.h"
#include "cli/output/human.h"

#include <string.h>

static void test_bytes(void **state)
{
        static const struct {
                const char *text;
                int64_t bytes;
        } good[] = {
                { "0", 0 },
                { "100", 100 },
                { "100b", 100 },
                { "1k", 1024 },
                { "1kb", 1024 },
                { "512m", 536870912 },
                { "512MiB", 536870912 },
                { "1.5g", 1610612736 },
                { "2T", 2199023255552 },
        };
        static const char *const bad[] = { "",  "x",        "-1",  "1q",  "1mm",
                                           "m", "9999999p", "nan", "0x10" };
        int64_t bytes;
        struct error err;

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
                assert_succeeds(limit_parse_bytes("memory", good[i].text, &bytes, &err), err);
                assert_int_equal(bytes, good[i].bytes);
        }
        for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
                assert_fails_with(limit_parse_bytes("memory", bad[i], &bytes, &err), err,
                                  "invalid value for memory");
}

static void check(const struct limit_args *args, const char *expected)
{
        AUTO(container_spec) spec = { 0 };
        AUTO_JSON json_t *wanted = json_loads(expected, 0, NULL);
        struct error err;

        assert_succeeds(limits_fill(args, &spec, &err), err);
        if (!json_equal(spec.resources, wanted)) {
                AUTO_FREE char *got = spec.resources ? json_dumps(spec.resources, 0) : xstrdup("-");

                fail_msg("%s is not %s", got, expected);
        }
}

/* podman's: swap is twice the memory unless it is said, -1 takes its limit away. */
static void test_resources(void **state)
{
        (void)state;
        check(&(struct limit_args){ .memory = "1k" },
              "{\"memory\":{\"limit\":1024,\"swap\":2048}}");
        check(&(struct limit_args){ .memory = "1k", .memory_swap = "-1" },
              "{\"memory\":{\"limit\":1024,\"swap\":-1}}");
        check(&(struct limit_args){ .memory_swap = "-1" }, "{\"memory\":{\"swap\":-1}}");
        check(&(struct limit_args){ .memory = "1k", .memory_swap = "3k" },
              "{\"memory\":{\"limit\":1024,\"swap\":3072}}");
        check(&(struct limit_args){ .memory_reservation = "10" },
              "{\"memory\":{\"reservation\":10}}");
        check(&(struct limit_args){ .cpus = "1.5" },
              "{\"cpu\":{\"period\":100000,\"quota\":150000}}");
        check(&(struct limit_args){ .cpu_shares = { true, 512 }, .cpuset_cpus = "0-1,3" },
              "{\"cpu\":{\"shares\":512,\"cpus\":\"0-1,3\"}}");
        check(&(struct limit_args){ .cpu_period = { true, 20000 }, .cpu_quota = { true, 5000 } },
              "{\"cpu\":{\"period\":20000,\"quota\":5000}}");
        check(&(struct limit_args){ .cpu_quota = { true, -1 } }, "{\"cpu\":{\"quota\":-1}}");
        check(&(struct limit_args){ .pids = { true, -1 } }, "{\"pids\":{\"limit\":-1}}");
        check(&(struct limit_args){ .blkio_weight = "300" }, "{\"blockIO\":{\"weight\":300}}");
        check(&(struct limit_args){ .conf = { (char *[]){ "memory.high=1", "pids.max=2" }, 2 } },
              "{\"unified\":{\"memory.high\":\"1\",\"pids.max\":\"2\"}}");
}

static void refuse(const struct limit_args *args, const char *words)
{
        AUTO(container_spec) spec = { 0 };
        struct error err;

        assert_fails_with(limits_fill(args, &spec, &err), err, words);
}

static void test_refused(void **state)
{
        (void)state;
        refuse(&(struct limit_args){ .cpus = "x" }, "not a number of CPUs");
        refuse(&(struct limit_args){ .cpus = "-1" }, "not a number of CPUs");
        refuse(&(struct limit_args){ .cpus = "1", .cpu_quota = { true, 1 } },
               "--cpu-quota and --cpus cannot be set together");
        refuse(&(struct limit_args){ .memory_swap = "1g" }, "needs a memory limit");
        refuse(&(struct limit_args){ .memory = "2g", .memory_swap = "1g" },
               "below the memory limit");
        refuse(&(struct limit_args){ .cpuset_cpus = "a" }, "--cpuset-cpus");
        refuse(&(struct limit_args){ .blkio_weight = "5" }, "between 10 and 1000");
        refuse(&(struct limit_args){ .read_bps = { (char *[]){ "/dev/null:1m" }, 1 } },
               "not a block device");
        refuse(&(struct limit_args){ .read_bps = { (char *[]){ "x" }, 1 } }, "/dev/NAME:VALUE");
        refuse(&(struct limit_args){ .conf = { (char *[]){ "x" }, 1 } }, "KEY=VALUE");
        refuse(&(struct limit_args){ .cgroups = "many" }, "--cgroups=many");
        refuse(&(struct limit_args){ .cgroups = "disabled", .cgroup_parent = "/x" }, "together");
        refuse(&(struct limit_args){ .cgroups = "disabled", .memory = "1g" }, "together");
        refuse(&(struct limit_args){ .cgroupns = "container:" }, "--cgroupns=container:");
        refuse(&(struct limit_args){ .oom_score_adj = { true, 1001 } }, "between -1000 and 1000");
}

static void test_durations(void **state)
{
        static const struct {
                int64_t ns;
                const char *text;
        } cases[] = {
                { 0, "0s" },
                { 999, "999ns" },
                { 1500, "1.5\xc2\xb5s" },
                { 12345000, "12.345ms" },
                { 1500000000, "1.5s" },
                { 62500000000, "1m2.5s" },
                { 3600000000000, "1h0m0s" },
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                AUTO_FREE char *text = human_go_duration(cases[i].ns);

                assert_string_equal(text, cases[i].text);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_bytes),
                cmocka_unit_test(test_resources),
                cmocka_unit_test(test_refused),
                cmocka_unit_test(test_durations),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
