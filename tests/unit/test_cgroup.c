/* layer: launch */
#include "unit.h"

#include "base/alloc.h"
#include "base/fd.h"
#include "base/strbuf.h"
#include "engine/runtime/cgroup.h"
#include "engine/runtime/cgroup_stats.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

static void test_weights(void **state)
{
        static const unsigned expected[][2] = {
                { 0, 0 },          { 1, 1 },         { 2, 1 },          { 3, 2 },
                { 10, 4 },         { 100, 17 },      { 512, 59 },       { 1000, 99 },
                { 1024, 100 },     { 1025, 101 },    { 2048, 174 },     { 4096, 303 },
                { 10000, 627 },    { 100000, 4340 }, { 262143, 10000 }, { 262144, 10000 },
                { 999999, 10000 },
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(expected); i++)
                assert_int_equal(cgroup_weight_of_shares(expected[i][0]), expected[i][1]);
}

/* "file=value" by line. */
static char *limits_text(const char *json, struct error *err)
{
        AUTO_JSON json_t *resources = json_loads(json, 0, NULL);
        AUTO(cgroup_limits) limits = { 0 };
        AUTO(strbuf) text = { 0 };

        assert_non_null(resources);
        if (cgroup_limits_make(resources, &limits, err) < 0)
                return NULL;
        for (size_t i = 0; i < limits.count; i++)
                strbuf_addf(&text, "%s%s=%s", i ? "\n" : "", limits.items[i].file,
                            limits.items[i].value);
        return strbuf_take(&text);
}

static void test_limits(void **state)
{
        static const char *const cases[][2] = {
                { "{}", "" },
                { "{\"memory\":{\"limit\":1000,\"swap\":3000,\"reservation\":500}}",
                  "memory.max=1000\nmemory.swap.max=2000\nmemory.low=500" },
                { "{\"memory\":{\"limit\":-1,\"swap\":-1}}",
                  "memory.max=max\nmemory.swap.max=max" },
                { "{\"memory\":{\"limit\":1000,\"swap\":1000}}",
                  "memory.max=1000\nmemory.swap.max=0" },
                { "{\"memory\":{\"swap\":0}}", "memory.swap.max=0" },
                { "{\"cpu\":{\"shares\":1024,\"quota\":50000,\"period\":100000}}",
                  "cpu.weight=100\ncpu.max=50000 100000" },
                { "{\"cpu\":{\"quota\":50000}}", "cpu.max=50000" },
                { "{\"cpu\":{\"quota\":-1}}", "cpu.max=max" },
                { "{\"cpu\":{\"period\":20000}}", "cpu.max== 20000" },
                { "{\"cpu\":{\"quota\":-1,\"period\":20000}}", "cpu.max=max 20000" },
                { "{\"cpu\":{\"cpus\":\"0-1\",\"mems\":\"0\",\"burst\":1000,\"idle\":1}}",
                  "cpu.max.burst=1000\ncpu.idle=1\ncpuset.cpus=0-1\ncpuset.mems=0" },
                { "{\"pids\":{\"limit\":20}}", "pids.max=20" },
                { "{\"pids\":{\"limit\":-1}}", "pids.max=max" },
                { "{\"pids\":{\"limit\":0}}", "" },
                { "{\"blockIO\":{\"weight\":500,\"throttleReadBpsDevice\":[{\"major\":8,\"minor\":"
                  "0,"
                  "\"rate\":1024}],\"throttleWriteIOPSDevice\":[{\"major\":8,\"minor\":16,\"rate\":"
                  "0}"
                  "]}}",
                  "io.bfq.weight=500\nio.max=8:0 rbps=1024\nio.max=8:16 wiops=max" },
                { "{\"hugepageLimits\":[{\"pageSize\":\"2MB\",\"limit\":4194304}]}",
                  "hugetlb.2MB.max=4194304" },
                { "{\"rdma\":{\"mlx5_0\":{\"hcaHandles\":2,\"hcaObjects\":9}}}",
                  "rdma.max=mlx5_0 hca_handle=2 hca_object=9" },
                { "{\"pids\":{\"limit\":5},\"unified\":{\"pids.max\":\"7\",\"io.max\":\"8:0 "
                  "rbps=1\\n"
                  "8:1 rbps=2\",\"cpu.max\":\"\"}}",
                  "pids.max=5\npids.max=7\nio.max=8:0 rbps=1\nio.max=8:1 rbps=2" },
        };
        struct error err;

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                AUTO_FREE char *text = limits_text(cases[i][0], &err);

                assert_non_null(text);
                assert_string_equal(text, cases[i][1]);
        }
}

static void test_limits_refused(void **state)
{
        static const char *const cases[][2] = {
                { "{\"memory\":{\"swappiness\":60}}", "swappiness" },
                { "{\"memory\":{\"kernel\":1000}}", "kernel memory" },
                { "{\"memory\":{\"disableOOMKiller\":true}}", "OOM killer" },
                { "{\"memory\":{\"swap\":1000}}", "needs a memory limit" },
                { "{\"memory\":{\"limit\":2000,\"swap\":1000}}", "below the memory limit" },
                { "{\"cpu\":{\"realtimeRuntime\":1000}}", "real-time" },
                { "{\"network\":{\"classID\":1}}", "network packets" },
                { "{\"blockIO\":{\"weight\":9}}", "between 10 and 1000" },
                { "{\"blockIO\":{\"leafWeight\":10}}", "leaf weight" },
                { "{\"unified\":{\"../memory.max\":\"1\"}}", "not a file of a cgroup" },
                { "{\"unified\":{\"tasks\":\"1\"}}", "not a file of a cgroup" },
                { "{\"unified\":{\"memory.max\":1}}", "not a string" },
                { "{\"hugepageLimits\":[{\"pageSize\":\"/\",\"limit\":1}]}", "huge page size" },
        };
        struct error err;

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                memset(&err, 0, sizeof(err));
                assert_null(limits_text(cases[i][0], &err));
                if (!strstr(err.text, cases[i][1]))
                        fail_msg("\"%s\" does not say \"%s\"", err.text, cases[i][1]);
        }
}

static void test_controllers(void **state)
{
        AUTO_JSON json_t *resources = json_loads(
                "{\"memory\":{\"limit\":1,\"swap\":2},\"pids\":{\"limit\":1},\"unified\":{"
                "\"cgroup.max.depth\":\"1\"}}",
                0, NULL);
        AUTO(cgroup_limits) limits = { 0 };
        AUTO(strv) names = { 0 };
        struct error err;

        (void)state;
        assert_succeeds(cgroup_limits_make(resources, &limits, &err), err);
        cgroup_limits_controllers(&limits, &names);
        assert_int_equal(names.count, 2);
        assert_string_equal(names.items[0], "memory");
        assert_string_equal(names.items[1], "pids");
}

/* A directory that looks like a cgroup: name, text, name, text ... NULL. */
static int fixture(const char *const *files)
{
        char path[] = "/tmp/kelp-cgroup-XXXXXX";
        int fd;

        assert_non_null(mkdtemp(path));
        fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        assert_true(fd >= 0);
        for (; files[0]; files += 2) {
                int file = openat(fd, files[0], O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

                assert_int_equal(write(file, files[1], strlen(files[1])), strlen(files[1]));
                close(file);
        }
        return fd;
}

static void drop(int fd, const char *const *files)
{
        char link[32], path[64] = "";

        for (; files[0]; files += 2)
                (void)unlinkat(fd, files[0], 0);
        snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
        assert_true(readlink(link, path, sizeof(path) - 1) > 0);
        (void)rmdir(path);
        close(fd);
}

static void test_stats(void **state)
{
        static const char *const files[] = {
                "cpu.stat",
                "usage_usec 1500\nuser_usec 1000\nsystem_usec 500\nnr_periods 7\n"
                "nr_throttled 2\nthrottled_usec 90\n",
                "memory.current",
                "4096\n",
                "memory.max",
                "max\n",
                "memory.swap.max",
                "8192\n",
                "memory.stat",
                "anon 100\nfile 200\ninactive_file 50\nx 1\n",
                "memory.events",
                "low 0\nhigh 3\nmax 4\noom 1\noom_kill 2\n",
                "pids.current",
                "5\n",
                "pids.max",
                "20\n",
                "io.stat",
                "8:0 rbytes=1 wbytes=2 rios=3 wios=4 dbytes=5 dios=6\n7:0\nrubbish\n",
                "memory.pressure",
                "some avg10=1.50 avg60=0.25 avg300=0.00 total=77\n"
                "full avg10=0.50 avg60=0.00 avg300=0.00 total=33\n",
                "hugetlb.2MB.current",
                "2097152\n",
                "hugetlb.2MB.max",
                "max\n",
                "hugetlb.2MB.events",
                "max 9\n",
                NULL,
        };
        struct cgroup_stats stats;
        struct error err;
        int fd = fixture(files);

        (void)state;
        assert_succeeds(cgroup_stats_read(fd, &stats, &err), err);
        assert_int_equal(stats.cpu_us, 1500);
        assert_int_equal(stats.cpu_throttled_us, 90);
        assert_true(stats.has_memory && stats.has_pids && stats.has_io && stats.has_pressure);
        assert_int_equal(stats.memory_current, 4096);
        assert_true(stats.memory_max == CGROUP_NO_LIMIT && stats.memory_high == CGROUP_NO_LIMIT);
        assert_int_equal(stats.swap_max, 8192);
        assert_int_equal(stats.inactive_file, 50);
        assert_int_equal(stats.oom_kill, 2);
        assert_int_equal(stats.pids_max, 20);
        assert_int_equal(stats.io_count, 2);
        assert_int_equal(stats.io[0].discard_ops, 6);
        assert_int_equal(stats.io[1].major, 7);
        assert_true(stats.memory_pressure.some10 == 1.5 && stats.memory_pressure.full_us == 33);
        assert_int_equal(stats.hugetlb_count, 1);
        assert_string_equal(stats.hugetlb[0].size, "2MB");
        assert_int_equal(stats.hugetlb[0].failed, 9);
        assert_int_equal(cgroup_oom_kills(fd), 2);
        drop(fd, files);
}

/* Between the two looks the cache may have grown. */
static void test_memory_use(void **state)
{
        static const char *const some[] = { "memory.current", "4096\n", "memory.stat",
                                            "inactive_file 1096\n", NULL };
        static const char *const more[] = { "memory.current", "4096\n", "memory.stat",
                                            "inactive_file 8192\n", NULL };
        uint64_t use;
        int fd = fixture(some);

        (void)state;
        assert_true(cgroup_memory_use(fd, 0, &use));
        assert_int_equal(use, 3000);
        assert_true(cgroup_memory_use(fd, 5000, &use));
        assert_int_equal(use, 4096);
        drop(fd, some);
        fd = fixture(more);
        assert_true(cgroup_memory_use(fd, 0, &use));
        assert_int_equal(use, 0);
        drop(fd, more);
}

/* Without controllers there is the time of the processor, and nothing else is told. */
static void test_stats_bare(void **state)
{
        static const char *const files[] = { "cpu.stat", "usage_usec 12\n", "memory.events",
                                             "oom 1\noom_kill 0\n", NULL };
        static const char *const none[] = { NULL };
        struct cgroup_stats stats;
        struct error err;
        int fd = fixture(files), empty = fixture(none);

        (void)state;
        assert_succeeds(cgroup_stats_read(fd, &stats, &err), err);
        assert_int_equal(stats.cpu_us, 12);
        assert_false(stats.has_memory || stats.has_pids || stats.has_io || stats.has_pressure);
        assert_true(stats.pids_max == CGROUP_NO_LIMIT);
        assert_int_equal(cgroup_oom_kills(fd), 0);
        assert_int_equal(cgroup_stats_read(empty, &stats, &err), -1);
        assert_int_equal(err.kind, ERROR_NOT_FOUND);
        drop(fd, files);
        drop(empty, none);
}

/* As much of the BPF machine as device programs use. */
static int verdict(const struct cgroup_devices *program, int type, int access, int major, int minor)
{
        uint64_t r[8] = { 0 };
        uint32_t context[3] = { (uint32_t)(access << 16 | type), (uint32_t)major, (uint32_t)minor };

        for (size_t pc = 0; pc < program->count; pc++) {
                const struct bpf_insn *i = &program->items[pc];

                switch (i->code) {
                case BPF_LDX | BPF_W | BPF_MEM:
                        r[i->dst_reg] = context[i->off / 4];
                        break;
                case BPF_ALU | BPF_AND | BPF_K:
                        r[i->dst_reg] &= (uint32_t)i->imm;
                        break;
                case BPF_ALU | BPF_RSH | BPF_K:
                        r[i->dst_reg] >>= i->imm;
                        break;
                case BPF_ALU | BPF_MOV | BPF_X:
                        r[i->dst_reg] = r[i->src_reg];
                        break;
                case BPF_ALU64 | BPF_MOV | BPF_K:
                        r[i->dst_reg] = (uint32_t)i->imm;
                        break;
                case BPF_JMP | BPF_JNE | BPF_K:
                        pc += r[i->dst_reg] != (uint32_t)i->imm ? i->off : 0;
                        break;
                case BPF_JMP | BPF_JNE | BPF_X:
                        pc += r[i->dst_reg] != r[i->src_reg] ? i->off : 0;
                        break;
                case BPF_JMP | BPF_EXIT:
                        return (int)r[0];
                default:
                        fail_msg("instruction %#x is not expected", i->code);
                }
        }
        fail_msg("the program runs off its end");
        return -1;
}

static void test_devices(void **state)
{
        AUTO_JSON json_t *rules = json_loads(
                "[{\"allow\":false},"
                "{\"allow\":true,\"type\":\"c\",\"major\":10,\"minor\":229,\"access\":\"rw\"},"
                "{\"allow\":true,\"type\":\"b\",\"major\":8,\"access\":\"r\"},"
                "{\"allow\":false,\"type\":\"b\",\"major\":8,\"minor\":1}]",
                0, NULL);
        AUTO_JSON json_t *open =
                json_loads("[{\"allow\":false},{\"allow\":true,\"type\":\"a\"}]", 0, NULL);
        AUTO_JSON json_t *bad = json_loads("[{\"allow\":true,\"access\":\"x\"}]", 0, NULL);
        AUTO(cgroup_devices) some = { 0 }, all = { 0 };
        const int c = BPF_DEVCG_DEV_CHAR, b = BPF_DEVCG_DEV_BLOCK, m = BPF_DEVCG_ACC_MKNOD,
                  r = BPF_DEVCG_ACC_READ, w = BPF_DEVCG_ACC_WRITE;
        struct error err;

        (void)state;
        assert_succeeds(cgroup_devices_make(rules, &some, &err), err);
        assert_int_equal(verdict(&some, c, r | w, 1, 3), 1);    /* null: always */
        assert_int_equal(verdict(&some, c, r | w, 136, 7), 1);  /* any pts */
        assert_int_equal(verdict(&some, c, r | w, 10, 229), 1); /* fuse: rw */
        assert_int_equal(verdict(&some, c, r | m, 10, 229), 0); /* and no more at once */
        assert_int_equal(verdict(&some, b, m, 250, 1), 1);      /* making nodes alone */
        assert_int_equal(verdict(&some, b, r, 8, 0), 1);
        assert_int_equal(verdict(&some, b, r, 8, 1), 0); /* the later rule */
        assert_int_equal(verdict(&some, b, w, 8, 0), 0);
        assert_int_equal(verdict(&some, c, r, 8, 0), 0);
        assert_int_equal(verdict(&some, c, r, 1, 11), 0);
        assert_succeeds(cgroup_devices_make(open, &all, &err), err);
        assert_int_equal(verdict(&all, b, r | w | m, 8, 0), 1);
        assert_int_equal(cgroup_devices_make(bad, &all, &err), -1);
        assert_int_equal(err.kind, ERROR_INVALID);
}

/* In our own cgroup, where that can be written. */
static bool make_real(struct cgroup *cgroup, const char *id, struct error *err)
{
        struct cgroup_request request = {
                .manager = CGROUP_FS, .id = id, .uid = getuid(), .required = true
        };

        return cgroup_create(&request, cgroup, err) == 0;
}

static void *sleep_on(void *data)
{
        for (;;)
                pause();
        return data;
}

/* A process in the cgroup; its first thread ends, while another one lives. */
static pid_t start_in(const char *path, bool first_thread_ends)
{
        AUTO_FREE char *procs = xasprintf("%s/cgroup.procs", path);
        pid_t pid = fork();
        pthread_t thread;

        if (pid != 0)
                return pid;
        if (fd_write_existing(AT_FDCWD, procs, "0") < 0)
                _exit(1);
        if (first_thread_ends && pthread_create(&thread, NULL, sleep_on, NULL) == 0)
                pthread_exit(NULL);
        sleep_on(NULL);
        _exit(1);
}

static void wait_populated(const char *path)
{
        for (int i = 0; i < 500 && !cgroup_is_populated(path); i++)
                usleep(10000);
        assert_true(cgroup_is_populated(path));
}

static void test_processes(void **state)
{
        AUTO(cgroup) cgroup = CGROUP_EMPTY, again = CGROUP_EMPTY;
        AUTO(cgroup_pids) own = { 0 }, all = { 0 };
        AUTO_FREE char *id = xasprintf("unit-%d", getpid()), *below = NULL;
        struct error err = { 0 };
        pid_t plain, headless;

        (void)state;
        if (!make_real(&cgroup, id, &err))
                skip();
        below = xasprintf("%s/below", cgroup.path);
        assert_int_equal(mkdir(below, 0755), 0);
        plain = start_in(cgroup.path, false);
        headless = start_in(below, true);
        wait_populated(below);
        wait_populated(cgroup.path);
        assert_false(make_real(&again, id, &err)); /* refused, not waited for */
        assert_int_equal(err.kind, ERROR_IN_USE);
        assert_succeeds(cgroup_pids(cgroup.path, false, &own, &err), err);
        assert_succeeds(cgroup_pids(cgroup.path, true, &all, &err), err);
        assert_int_equal(own.count, 1);
        assert_int_equal(all.count, 2);
        assert_succeeds(cgroup_freeze(cgroup.path, true, &err), err);
        assert_true(cgroup_is_frozen(cgroup.path));
        assert_succeeds(cgroup_kill(cgroup.path, SIGKILL, &err), err);
        assert_false(cgroup_is_populated(cgroup.path));
        assert_int_equal(waitpid(plain, NULL, 0), plain);
        assert_int_equal(waitpid(headless, NULL, 0), headless);
        assert_false(make_real(&again, id, &err));
        assert_non_null(strstr(err.text, "is frozen"));
        assert_succeeds(cgroup_freeze(cgroup.path, false, &err), err);
        assert_succeeds(cgroup_delete(cgroup.path, &err), err);
        assert_int_equal(access(cgroup.path, F_OK), -1);
        assert_succeeds(cgroup_delete(cgroup.path, &err), err);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_weights),        cmocka_unit_test(test_limits),
                cmocka_unit_test(test_limits_refused), cmocka_unit_test(test_controllers),
                cmocka_unit_test(test_stats),          cmocka_unit_test(test_stats_bare),
                cmocka_unit_test(test_memory_use),     cmocka_unit_test(test_devices),
                cmocka_unit_test(test_processes),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
