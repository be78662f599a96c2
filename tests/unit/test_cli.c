/* layer: cli */
#include "unit.h"

#include "base/strbuf.h"
#include "cli/human.h"
#include "cli/mount_spec.h"
#include "cli/opt.h"
#include "cli/template.h"

#include <string.h>

struct args {
        bool all, tty;
        const char *name;
        struct strv env;
        struct opt_int time;
};
#define OPT_ARGS struct args

static const struct opt options[] = {
        OPT_BOOL('a', "all", all, ""),
        OPT_BOOL('t', "tty", tty, ""),
        OPT_STR(0, "name", name, "N", ""),
        OPT_LIST('e', "env", env, "E", ""),
        OPT_INT(0, "time", time, "S", ""),
        OPT_REFUSED(0, "pod", "no pods"),
        { 0 },
};

static int parse(struct args *args, bool stop, struct error *err, const char *a, const char *b,
                 const char *c, const char *d)
{
        char *argv[] = { (char *)(uintptr_t)a, (char *)(uintptr_t)b, (char *)(uintptr_t)c,
                         (char *)(uintptr_t)d, NULL };
        int argc = 0;

        while (argc < 4 && argv[argc])
                argc++;
        return opt_parse(options, stop, argc, argv, args, err);
}

static void test_options(void **state)
{
        struct args args = { 0 };
        struct error err = { 0 };

        (void)state;
        assert_int_equal(parse(&args, false, &err, "-at", "x", "--name=n", "-eA=b"), 1);
        assert_true(args.all && args.tty);
        assert_string_equal(args.name, "n");
        assert_string_equal(args.env.items[0], "A=b");
        assert_int_equal(parse(&args, false, &err, "--all=false", "--time", "5", NULL), 0);
        assert_false(args.all);
        assert_int_equal(args.time.value, 5);
        assert_int_equal(parse(&args, true, &err, "x", "--nonsense", NULL, NULL), 2);
        assert_int_equal(parse(&args, false, &err, "--", "--all", NULL, NULL), 1);
        opt_release(options, &args);
}

static void test_options_refuse(void **state)
{
        struct args args = { 0 };
        struct error err;

        (void)state;
        assert_fails_with(parse(&args, false, &err, "--nmae", "x", NULL, NULL), err,
                          "unknown flag: --nmae");
        assert_string_equal(err.cure, "did you mean --name?");
        assert_fails_with(parse(&args, false, &err, "-z", NULL, NULL, NULL), err, "'z'");
        assert_fails_with(parse(&args, false, &err, "--name", NULL, NULL, NULL), err,
                          "needs an argument");
        assert_fails_with(parse(&args, false, &err, "--time=x", NULL, NULL, NULL), err,
                          "not a number");
        assert_fails_with(parse(&args, false, &err, "--pod", NULL, NULL, NULL), err, "no pods");
        opt_release(options, &args);
}

static char *render(const char *text, struct error *err)
{
        AUTO_JSON json_t *data =
                json_loads("{\"Name\":\"web\",\"Id\":\"0123456789abcdef\",\"Size\":7,\"On\":true,"
                           "\"Off\":false,"
                           "\"List\":[\"a\",\"b\"],\"Labels\":{\"k\":\"v\"},\"State\":{\"Pid\":5}}",
                           0, NULL);
        static char out[4096];
        FILE *file = fmemopen(out, sizeof(out), "w");
        int rc = template_print(text, data, file, err);

        fclose(file);
        return rc < 0 ? NULL : out;
}

static void test_templates(void **state)
{
        static const char *const cases[][2] = {
                { "{{.Name}} {{.State.Pid}}", "web 5\n" },
                { "{{range $i, $v := .List}}{{$i}}={{$v}};{{end}}", "0=a;1=b;\n" },
                { "{{if .Off}}x{{else if eq .Size 7}}seven{{else}}y{{end}}", "seven\n" },
                { "{{with .State}}{{.Pid}}{{end}}", "5\n" },
                { "{{json .List}}", "[\"a\",\"b\"]\n" },
                { "{{.List}} {{.Labels}}", "[a b] map[k:v]\n" },
                { "{{index .Labels \"k\"}}{{index .List 1}}{{len .List}}", "vb2\n" },
                { "{{join .List \",\" | upper}}", "A,B\n" },
                { "{{printf \"%-5s|%03d|%q\" .Name .Size .Name}}", "web  |007|\"web\"\n" },
                { "a {{- /* gone */ -}} b", "ab\n" },
                { "{{and .On (not .Off)}}", "true\n" },
                { "{{$x := .Name}}{{$x}}\\t{{.Size}}", "web\t7\n" },
                { "{{range .Labels}}{{.}}{{end}}{{.Labels.none}}", "v<no value>\n" },
        };
        struct error err;

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                char *out = render(cases[i][0], &err);

                if (!out)
                        fail_msg("%s: %s", cases[i][0], err.text);
                assert_string_equal(out, cases[i][1]);
        }
}

static void test_templates_refuse(void **state)
{
        static const char *const cases[][2] = {
                { "{{.Nmae}}", "there is no field .Nmae; there are: .Name" },
                { "{{nosuch .Name}}", "\"nosuch\" is not defined" },
                { "{{if .On}}x", "{{end}} is missing" },
                { "{{end}}", "unexpected {{end}}" },
                { "{{.Name", "not closed" },
                { "{{$x}}", "undefined variable" },
                { "{{index .List 9}}", "out of range" },
                { "{{/* ", "comment" },
        };
        struct error err;

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
                err = (struct error){ 0 };
                if (render(cases[i][0], &err))
                        fail_msg("%s was taken", cases[i][0]);
                if (!strstr(err.text, cases[i][1]))
                        fail_msg("%s: \"%s\"", cases[i][0], err.text);
        }
}

static void test_mounts(void **state)
{
        AUTO(container_spec) spec = { 0 };
        struct error err;

        (void)state;
        assert_succeeds(mount_spec_volume("/tmp:/data:ro,z", &spec, &err), err);
        assert_true(strv_contains(&spec.mounts[0].options, "ro"));
        assert_true(strv_contains(&spec.mounts[0].options, "rbind"));
        assert_succeeds(mount_spec_mount("type=bind,src=/tmp,dst=/b,readonly", &spec, &err), err);
        assert_succeeds(mount_spec_tmpfs("/t:size=1m", &spec, &err), err);
        assert_true(strv_contains(&spec.mounts[2].options, "size=1m"));
        assert_fails_with(mount_spec_volume("/no/such:/x", &spec, &err), err, "/no/such");
        assert_fails_with(mount_spec_volume("/tmp:x", &spec, &err), err, "absolute");
        assert_fails_with(mount_spec_volume("/tmp:/data", &spec, &err), err, "duplicate");
        assert_fails_with(mount_spec_volume("/tmp:/y:U", &spec, &err), err, "\"U\"");
        assert_fails_with(mount_spec_volume("named:/y", &spec, &err), err, "named volumes");
        assert_fails_with(mount_spec_mount("type=image,src=x,dst=/y", &spec, &err), err,
                          "\"image\"");
        assert_fails_with(mount_spec_mount("type=bind,src=/tmp,dst=/z,wat=1", &spec, &err), err,
                          "\"wat\"");
}

static void test_human(void **state)
{
        AUTO_FREE char *size = human_size(1090000), *small = human_size(7);
        AUTO_FREE char *span = human_duration(7200), *stamp = human_rfc3339(1000000001);
        struct error err;
        int64_t ns;

        (void)state;
        assert_string_equal(size, "1.09 MB");
        assert_string_equal(small, "7 B");
        assert_string_equal(span, "2 hours");
        assert_string_equal(stamp, "1970-01-01T00:00:01.000000001Z");
        assert_succeeds(human_parse_time("1970-01-01T01:00:00.5+01:00", &ns, &err), err);
        assert_int_equal(ns, 500000000);
        assert_succeeds(human_parse_time("12", &ns, &err), err);
        assert_int_equal(ns, 12000000000);
        assert_fails_with(human_parse_time("soon", &ns, &err), err, "soon");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_options),   cmocka_unit_test(test_options_refuse),
                cmocka_unit_test(test_templates), cmocka_unit_test(test_templates_refuse),
                cmocka_unit_test(test_mounts),    cmocka_unit_test(test_human),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
