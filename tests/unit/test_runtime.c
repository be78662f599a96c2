/* layer: launch */
#include "unit.h"

#include "engine/monitor/log_writer.h"
#include "engine/runtime/capability.h"
#include "engine/runtime/seccomp.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

static void test_capabilities(void **state)
{
        AUTO(strv) add = { 0 };
        AUTO(strv) drop = { 0 };
        struct error err;
        uint64_t set;

        (void)state;
        assert_succeeds(capability_merge(capability_default(), &add, &drop, &set, &err), err);
        assert_int_equal(set, 0x800405fb);
        strv_add(&add, "net_admin");
        strv_add(&drop, "CAP_KILL");
        assert_succeeds(capability_merge(capability_default(), &add, &drop, &set, &err), err);
        assert_int_equal(set, (0x800405fb | 1 << 12) & ~(1 << 5));
        strv_add(&drop, "all");
        assert_succeeds(capability_merge(capability_default(), &add, &drop, &set, &err), err);
        assert_int_equal(set, 1 << 12);
        strv_add(&add, "CAP_NONSENSE");
        assert_fails_with(capability_merge(capability_default(), &add, &drop, &set, &err), err,
                          "CAP_NONSENSE");
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
}

static int compile(const char *json, struct seccomp_program *program, struct error *err)
{
        AUTO_JSON json_t *profile = json_loads(json, 0, NULL);

        assert_non_null(profile);
        return seccomp_compile(profile, -1, program, err);
}

static void test_seccomp_profiles(void **state)
{
        AUTO(seccomp_program) program = { 0 };
        struct error err;

        (void)state;
        assert_fails_with(compile("{\"defaultAction\":\"SCMP_ACT_X\"}", &program, &err), err,
                          "SCMP_ACT_X");
        assert_fails_with(compile("{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{\"names\":"
                                  "[3],\"action\":\"SCMP_ACT_LOG\"}]}",
                                  &program, &err),
                          err, "linux.seccomp.syscalls[0].names[0]: a string is needed");
        assert_fails_with(compile("{\"defaultAction\":\"SCMP_ACT_KILL\",\"defaultErrnoRet\":1}",
                                  &program, &err),
                          err, "does not go with an errno");
        assert_fails_with(compile("{\"defaultAction\":\"SCMP_ACT_NOTIFY\"}", &program, &err), err,
                          "listenerPath");
        assert_fails_with(compile("{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"listenerMetadata\":"
                                  "\"m\"}",
                                  &program, &err),
                          err, "listenerMetadata");
        assert_fails_with(
                compile("{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"flags\":[\"F\"]}", &program, &err),
                err, "\"F\"");
        assert_succeeds(compile("{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"listenerPath\":\"/l\","
                                "\"listenerMetadata\":\"m\",\"syscalls\":[{\"names\":[\"mkdir\"],"
                                "\"action\":\"SCMP_ACT_NOTIFY\"}]}",
                                &program, &err),
                        err);
        assert_string_equal(program.listener_path, "/l");
        assert_string_equal(program.listener_metadata, "m");
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
        assert_int_equal(log_writer_open(&writer, fd, "log", LOG_FILE_MAX), 0);
        for (int i = 0; i < 1200; i++)
                log_writer_add(&writer, "stdout", chunk, sizeof(chunk));
        log_writer_close(&writer);
        assert_int_equal(faccessat(fd, "log.2", F_OK, 0), 0);
        assert_int_equal(faccessat(fd, "log.3", F_OK, 0), -1);
}

static off_t size_of(int dir_fd, const char *name)
{
        struct stat st;

        return fstatat(dir_fd, name, &st, 0) == 0 ? st.st_size : -1;
}

static void test_log_keeps_small_bounds(void **state)
{
        static char piece[LOG_PIECE_MAX];
        char dir[] = "/tmp/kelp-unit-XXXXXX";
        struct log_writer writer;
        AUTO_CLOSE int fd = -1;

        (void)state;
        assert_non_null(mkdtemp(dir));
        fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        for (size_t i = 0; i < sizeof(piece); i++)
                piece[i] = i % 64 == 63 ? '\n' : 'x';
        assert_int_equal(log_writer_open(&writer, fd, "log", 20000), 0);
        log_writer_add(&writer, "stdout", piece, sizeof(piece));
        assert_in_range(size_of(fd, "log"), 1, 20000);
        assert_in_range(size_of(fd, "log.1"), 19000, 20000);
        assert_in_range(size_of(fd, "log.2"), 19000, 20000);
        /* a piece without an end is one line, whatever the bound is */
        memset(piece, 'y', sizeof(piece));
        log_writer_add(&writer, "stdout", piece, sizeof(piece));
        log_writer_close(&writer);
        assert_in_range(size_of(fd, "log"), sizeof(piece), sizeof(piece) + 64);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_capabilities),           cmocka_unit_test(test_seccomp_cache),
                cmocka_unit_test(test_seccomp_profiles),       cmocka_unit_test(test_log_rotates),
                cmocka_unit_test(test_log_keeps_small_bounds),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
