/* layer: launch */
#include "unit.h"

#include "engine/monitor/log_writer.h"
#include "engine/runtime/plan.h"

#include <fcntl.h>
#include <linux/mount.h>
#include <sched.h>
#include <string.h>

static int make(const char *json, struct launch_plan *plan, struct error *err)
{
        AUTO_JSON json_t *spec = json_loads(json, 0, NULL);

        assert_non_null(spec);
        return launch_plan_make(spec, NULL, -1, plan, err);
}

static void test_plan(void **state)
{
        AUTO(launch_plan) plan = { 0 };
        struct error err;

        (void)state;
        assert_succeeds(
                make("{\"root\":{\"path\":\"/r\",\"readonly\":true},\"hostname\":\"h\","
                     "\"process\":{\"args\":[\"sh\"],\"cwd\":\"/w\",\"user\":{\"uid\":3,\"gid\":4,"
                     "\"additionalGids\":[5]},\"rlimits\":[{\"type\":\"RLIMIT_NOFILE\",\"soft\":1,"
                     "\"hard\":2}],\"capabilities\":{\"bounding\":[\"CAP_KILL\"]}},"
                     "\"mounts\":[{\"destination\":\"/x\",\"type\":\"bind\",\"source\":\"/y\","
                     "\"options\":[\"rbind\",\"ro\",\"nosuid\"]},{\"destination\":\"/t\",\"type\":"
                     "\"tmpfs\",\"options\":[\"size=1m\"]}],\"linux\":{\"namespaces\":[{\"type\":"
                     "\"pid\"},{\"type\":\"mount\"}],\"maskedPaths\":[\"/proc/kcore\"]}}",
                     &plan, &err),
                err);
        assert_int_equal(plan.clone_flags, CLONE_NEWPID | CLONE_NEWNS);
        assert_true(plan.root_read_only);
        assert_int_equal(plan.process.uid, 3);
        assert_int_equal(plan.process.groups[0], 5);
        assert_int_equal(plan.process.limits[0].limit.rlim_max, 2);
        assert_int_equal(plan.process.capabilities.bounding, 1 << 5);
        assert_int_equal(plan.steps[0].kind, STEP_BIND);
        assert_true(plan.steps[0].recursive);
        assert_int_equal(plan.steps[0].attributes, MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID);
        assert_int_equal(plan.steps[1].kind, STEP_FILESYSTEM);
        assert_string_equal(plan.steps[1].data.items[0], "size=1m");
        assert_true(plan.steps[1].late);
        assert_int_equal(plan.steps[plan.step_count - 1].kind, STEP_MASK);
}

static void test_plan_refuses(void **state)
{
        AUTO(launch_plan) plan = { 0 };
        struct error err;

        (void)state;
        assert_fails_with(make("{\"process\":{\"args\":[\"x\"]},\"hooks\":{}}", &plan, &err), err,
                          "\"hooks\"");
        assert_fails_with(
                make("{\"process\":{\"args\":[\"x\"]},\"linux\":{\"resources\":{}}}", &plan, &err),
                err, "linux.resources");
        assert_fails_with(make("{\"process\":{\"args\":[]}}", &plan, &err), err, "no command");
        assert_fails_with(
                make("{\"process\":{\"args\":[\"x\"]},\"mounts\":[{\"destination\":\"x\"}]}", &plan,
                     &err),
                err, "absolute destination");
        assert_fails_with(
                make("{\"process\":{\"args\":[\"x\"],\"rlimits\":[{\"type\":\"RLIMIT_X\"}]}}",
                     &plan, &err),
                err, "RLIMIT_X");
}

static void test_capabilities(void **state)
{
        AUTO(strv) add = { 0 };
        AUTO(strv) drop = { 0 };
        struct error err;
        uint64_t set;

        (void)state;
        assert_succeeds(capability_merge(&add, &drop, &set, &err), err);
        assert_int_equal(set, 0x800405fb);
        strv_add(&add, "net_admin");
        strv_add(&drop, "CAP_KILL");
        assert_succeeds(capability_merge(&add, &drop, &set, &err), err);
        assert_int_equal(set, (0x800405fb | 1 << 12) & ~(1 << 5));
        strv_add(&drop, "all");
        assert_succeeds(capability_merge(&add, &drop, &set, &err), err);
        assert_int_equal(set, 1 << 12);
        strv_add(&add, "CAP_NONSENSE");
        assert_fails_with(capability_merge(&add, &drop, &set, &err), err, "CAP_NONSENSE");
}

static void test_seccomp_cache(void **state)
{
        char dir[] = "/tmp/kelp-unit-XXXXXX";
        AUTO_JSON json_t *profile = json_loads("{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":"
                                               "[{\"names\":[\"mkdir\",\"no_such\"],"
                                               "\"action\":\"SCMP_ACT_ERRNO\",\"errnoRet\":7}]}",
                                               0, NULL);
        AUTO_CLOSE int fd = -1;
        AUTO(seccomp_program) first = { 0 };
        AUTO(seccomp_program) second = { 0 };
        struct error err;

        (void)state;
        assert_non_null(mkdtemp(dir));
        fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        assert_succeeds(seccomp_compile(profile, fd, &first, &err), err);
        assert_succeeds(seccomp_compile(profile, fd, &second, &err), err);
        assert_int_equal(first.count, second.count);
        assert_memory_equal(first.filter, second.filter, first.count * sizeof(*first.filter));
        json_object_set_new(profile, "defaultAction", json_string("SCMP_ACT_NOTIFY"));
        assert_fails_with(seccomp_compile(profile, fd, &second, &err), err, "SCMP_ACT_NOTIFY");
}

static void test_log_rotates(void **state)
{
        char dir[] = "/tmp/kelp-unit-XXXXXX", chunk[32768];
        struct log_writer writer;
        AUTO_CLOSE int fd = -1;

        (void)state;
        assert_non_null(mkdtemp(dir));
        fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        memset(chunk, 'x', sizeof(chunk));
        chunk[sizeof(chunk) - 1] = '\n';
        assert_int_equal(log_writer_open(&writer, fd), 0);
        for (int i = 0; i < 1200; i++)
                log_writer_add(&writer, "stdout", chunk, sizeof(chunk));
        log_writer_close(&writer);
        assert_int_equal(faccessat(fd, "log.2", F_OK, 0), 0);
        assert_int_equal(faccessat(fd, "log.3", F_OK, 0), -1);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_plan),         cmocka_unit_test(test_plan_refuses),
                cmocka_unit_test(test_capabilities), cmocka_unit_test(test_seccomp_cache),
                cmocka_unit_test(test_log_rotates),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
