/* layer: launch */
#include "unit.h"

#include "base/fd.h"
#include "base/path.h"
#include "engine/runtime/external_call.h"

#include <fcntl.h>

static void test_last_error(void **state)
{
        static const struct {
                const char *log, *text;
        } cases[] = {
                { "", NULL },
                { "not json\n", NULL },
                { "{\"msg\":\"\"}\n", NULL },
                { "{\"msg\":\"one\",\"level\":\"error\"}\n", "one" },
                { "{\"level\":\"error\",\"msg\":\"one\"}\n{\"level\":\"error\",\"msg\":\"two\"}\n",
                  "two" },
                { "{\"level\":\"error\",\"msg\":\"one\"}\n{\"level\":\"warning\",\"msg\":\"w\"}\n",
                  "one" },
                { "{\"level\":\"fatal\",\"msg\":\"cut off\"}\n{\"level\":\"err", "cut off" },
                { "[1]\n{\"msg\":7}\n", NULL },
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                AUTO_FREE char *text = external_last_error(cases[i].log);

                if (cases[i].text) {
                        assert_non_null(text);
                        assert_string_equal(text, cases[i].text);
                } else {
                        assert_null(text);
                }
        }
}

/* What crun 1.8, runc 1.1 and kelp oci say. */
static void test_kinds(void **state)
{
        static const struct {
                const char *text;
                enum error_kind kind;
        } cases[] = {
                { "executable file `x` not found in $PATH: No such file or directory",
                  ERROR_NO_COMMAND },
                { "exec: \"x\": executable file not found in $PATH", ERROR_NO_COMMAND },
                { "exec: \"/etc\": permission denied", ERROR_CANNOT_RUN },
                { "open executable: Operation not permitted", ERROR_CANNOT_RUN },
                { "executable file \"/etc\" cannot be executed: permission denied",
                  ERROR_CANNOT_RUN },
                { "container does not exist", ERROR_GENERAL },
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
                assert_int_equal(external_error_kind(cases[i].text), cases[i].kind);
}

/* A call's command line, and that its own files go away. */
static void test_command_line(void **state)
{
        struct strv flags = { 0 };
        struct external_runtime runtime = { .name = "crun",
                                            .path = "/usr/bin/crun",
                                            .flags = &flags,
                                            .id = "abc",
                                            .dir = "/d",
                                            .dir_fd = -1,
                                            .cgroup = true,
                                            .holder_fd = -1 };
        struct external_call call;

        (void)state;
        strv_add(&flags, "debug");
        strv_add(&flags, "--log-level=debug");
        external_call_begin(&call, &runtime, "create");
        assert_string_equal(call.argv.items[0], "/usr/bin/crun");
        assert_string_equal(call.argv.items[1], "--root=/d/runtime");
        assert_true(strv_contains(&call.argv, "--cgroup-manager=cgroupfs"));
        assert_true(strv_contains(&call.argv, "--debug"));
        assert_true(strv_contains(&call.argv, "--log-level=debug"));
        assert_string_equal(call.argv.items[call.argv.count - 1], "create");
        external_call_release(&call);
        runtime.path = "/usr/sbin/runc";
        external_call_begin(&call, &runtime, "start");
        for (size_t i = 0; i < call.argv.count; i++)
                assert_null(strstr(call.argv.items[i], "cgroup"));
        external_call_release(&call);
        strv_release(&flags);
}

static int run_program(const char *path, const char *dir, int dir_fd, struct error *err)
{
        struct external_runtime runtime = { .name = "r",
                                            .path = path,
                                            .id = "abc",
                                            .dir = dir,
                                            .dir_fd = dir_fd,
                                            .holder_fd = -1 };
        AUTO(external_call) call;

        *err = (struct error){ 0 };
        external_call_begin(&call, &runtime, "start");
        return external_call_run(&call, err);
}

static void write_program(int dir_fd, const char *text)
{
        struct error err;

        assert_succeeds(fd_write_file(dir_fd, "program", text, strlen(text), 0755, &err), err);
}

/* The log goes before standard error, and that before nothing at all. */
static void test_sentences(void **state)
{
        char dir[] = "/tmp/kelp-unit-XXXXXX";
        AUTO_FREE char *path = NULL;
        AUTO_CLOSE int dir_fd = -1;
        struct error err;

        (void)state;
        assert_non_null(mkdtemp(dir));
        dir_fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        path = path_join(dir, "program");
        write_program(dir_fd, "#!/bin/sh\nexit 0\n");
        assert_succeeds(run_program(path, dir, dir_fd, &err), err);
        write_program(dir_fd, "#!/bin/sh\nexit 3\n");
        assert_fails_with(run_program(path, dir, dir_fd, &err), err,
                          "exit code 3 and said nothing");
        write_program(dir_fd, "#!/bin/sh\necho first >&2\necho last >&2\nexit 1\n");
        assert_fails_with(run_program(path, dir, dir_fd, &err), err, "r: last");
        write_program(dir_fd,
                      "#!/bin/sh\nfor a; do case $a in --log=*) log=${a#--log=}; esac; done\n"
                      "echo '{\"level\":\"error\",\"msg\":\"of the log\"}' >>\"$log\"\n"
                      "echo noise >&2\nexit 1\n");
        assert_fails_with(run_program(path, dir, dir_fd, &err), err, "r: of the log");
        assert_fails_with(run_program("/nosuch/program", dir, dir_fd, &err), err,
                          "/nosuch/program");
        assert_succeeds(path_remove_tree(AT_FDCWD, dir, &err), err);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_last_error),
                cmocka_unit_test(test_kinds),
                cmocka_unit_test(test_command_line),
                cmocka_unit_test(test_sentences),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
