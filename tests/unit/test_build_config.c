/* layer: engine */
/* Instructions applied to an image's configuration: of a Containerfile, and of --change. */
#include "unit.h"

#include "base/alloc.h"
#include "engine/containerfile/build_config.h"
#include "engine/containerfile/containerfile.h"

static char *text_of(const json_t *config)
{
        return json_dumps(config, JSON_COMPACT | JSON_SORT_KEYS);
}

/* The instructions of a stage, one after the other, onto a base's configuration (JSON). */
static int apply(json_t *config, const char *text, struct error *err)
{
        static const struct build_variables none = { 0 };
        AUTO_FREE char *whole = xasprintf("FROM a\n%s", text);
        AUTO(containerfile) file = { 0 };
        bool cmd_set = false;

        if (containerfile_parse(&file, "Cf", whole, strlen(whole), err) < 0)
                return -1;
        for (size_t i = 0; i < file.stages[0].count; i++) {
                AUTO(instruction) expanded = { 0 };

                if (instruction_expand(&file.stages[0].instructions[i], &none, &expanded, err) <
                            0 ||
                    build_config_apply(config, &expanded, &cmd_set, err) < 0)
                        return -1;
        }
        return 0;
}

static void assert_makes(const char *base, const char *text, const char *expected)
{
        AUTO_JSON json_t *config = json_loads(base, 0, NULL);
        AUTO_FREE char *result = NULL;
        struct error err;

        assert_non_null(config);
        assert_succeeds(apply(config, text, &err), err);
        result = text_of(config);
        assert_string_equal(result, expected);
}

static void test_commands(void **state)
{
        (void)state;
        assert_makes("{}", "CMD [\"a\",\"b c\"]", "{\"Cmd\":[\"a\",\"b c\"]}");
        assert_makes("{}", "CMD echo  $x", "{\"Cmd\":[\"/bin/sh\",\"-c\",\"echo  $x\"]}");
        assert_makes("{}", "SHELL [\"/bin/bash\",\"-ec\"]\nCMD x\nENTRYPOINT y",
                     "{\"Cmd\":[\"/bin/bash\",\"-ec\",\"x\"],"
                     "\"Entrypoint\":[\"/bin/bash\",\"-ec\",\"y\"],"
                     "\"Shell\":[\"/bin/bash\",\"-ec\"]}");
        assert_makes("{\"Cmd\":[\"base\"]}", "ENTRYPOINT [\"e\"]", "{\"Entrypoint\":[\"e\"]}");
        assert_makes("{\"Cmd\":[\"base\"]}", "CMD [\"c\"]\nENTRYPOINT [\"e\"]",
                     "{\"Cmd\":[\"c\"],\"Entrypoint\":[\"e\"]}");
        assert_makes("{\"Cmd\":[\"base\"],\"Entrypoint\":[\"x\"]}", "CMD []\nENTRYPOINT []", "{}");
}

static void test_values(void **state)
{
        (void)state;
        assert_makes("{\"Env\":[\"PATH=/bin\",\"a=0\"]}", "ENV a=1 b='x y'\nENV c d \"e\"",
                     "{\"Env\":[\"PATH=/bin\",\"a=1\",\"b=x y\",\"c=d e\"]}");
        assert_makes("{\"Labels\":{\"a\":\"0\",\"z\":\"9\"}}", "LABEL a=1 \"b c\"=\"d e\" f=",
                     "{\"Labels\":{\"a\":\"1\",\"b c\":\"d e\",\"f\":\"\",\"z\":\"9\"}}");
        assert_makes("{\"Labels\":null,\"Env\":\"x\"}", "LABEL a=1\nENV b=2",
                     "{\"Env\":[\"b=2\"],\"Labels\":{\"a\":\"1\"}}");
        assert_makes("{}", "EXPOSE 80 53/udp 90-92/TCP\nEXPOSE 80/tcp",
                     "{\"ExposedPorts\":{\"53/udp\":{},\"80/tcp\":{},\"90-92/tcp\":{}}}");
        assert_makes("{\"Volumes\":{\"/x\":{}}}", "VOLUME /a \"/b c\"\nVOLUME [\"/d\"]",
                     "{\"Volumes\":{\"/a\":{},\"/b c\":{},\"/d\":{},\"/x\":{}}}");
        assert_makes("{}", "VOLUME ['/etc/foo', '/etc/bar']",
                     "{\"Volumes\":{\"/etc/bar]\":{},\"[/etc/foo,\":{}}}");
        assert_makes("{}", "USER a:b\nSTOPSIGNAL SIGUSR1\nONBUILD RUN x\nONBUILD COPY . /",
                     "{\"OnBuild\":[\"RUN x\",\"COPY . /\"],\"StopSignal\":\"SIGUSR1\","
                     "\"User\":\"a:b\"}");
        assert_makes("{}", "RUN x\nCOPY a b\nARG c\nMAINTAINER d", "{}");
}

static void test_workdir(void **state)
{
        (void)state;
        assert_makes("{}", "WORKDIR /a/b/", "{\"WorkingDir\":\"/a/b\"}");
        assert_makes("{}", "WORKDIR a", "{\"WorkingDir\":\"/a\"}");
        assert_makes("{\"WorkingDir\":\"/x\"}", "WORKDIR a\nWORKDIR ../b c/",
                     "{\"WorkingDir\":\"/x/b c\"}");
        assert_makes("{\"WorkingDir\":\"/x\"}", "WORKDIR /", "{\"WorkingDir\":\"/\"}");
        assert_makes("{\"WorkingDir\":\"/x\"}", "WORKDIR \"\"", "{\"WorkingDir\":\"/x\"}");
}

static void test_healthcheck(void **state)
{
        (void)state;
        assert_makes("{}", "HEALTHCHECK CMD curl -f  x",
                     "{\"Healthcheck\":{\"Test\":[\"CMD-SHELL\",\"curl -f  x\"]}}");
        assert_makes("{\"Healthcheck\":{\"Retries\":9}}",
                     "HEALTHCHECK --interval=1m30s --timeout=500ms --start-period=0s "
                     "--start-interval=2s --retries=4 CMD [\"a\",\"b\"]",
                     "{\"Healthcheck\":{\"Interval\":90000000000,\"Retries\":4,"
                     "\"StartInterval\":2000000000,\"Test\":[\"CMD\",\"a\",\"b\"],"
                     "\"Timeout\":500000000}}");
        assert_makes("{}", "HEALTHCHECK CMD x\nHEALTHCHECK NONE",
                     "{\"Healthcheck\":{\"Test\":[\"NONE\"]}}");
}

static void test_refused(void **state)
{
        static const char *const rows[][2] = {
                { "EXPOSE x", "Cf:2: " },
                { "EXPOSE 99999", "99999" },
                { "EXPOSE 80/xyz", "80/xyz" },
                { "STOPSIGNAL NOSUCH", "NOSUCH" },
                { "ENV ''=x", "ENV: a name is empty" },
                { "LABEL \"\"=x", "LABEL: a name is empty" },
                { "VOLUME ''", "VOLUME: a path is empty" },
                { "LABEL \xff=x", "is not UTF-8" },
                { "VOLUME /\xff", "is not UTF-8" },
                { "HEALTHCHECK --interval=5 CMD x", "--interval=5 is not a duration" },
                { "HEALTHCHECK --timeout=10us CMD x", "not between 1ms and a year" },
                { "HEALTHCHECK --interval=9000h CMD x", "not between 1ms and a year" },
                { "HEALTHCHECK --retries=-1 CMD x", "--retries=-1 is not between" },
                { "HEALTHCHECK --retries=99999999999 CMD x", "is not between" },
                { "HEALTHCHECK --retries=x CMD x", "is not between" },
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
                AUTO_JSON json_t *config = json_object();
                struct error err;

                assert_fails_with(apply(config, rows[i][0], &err), err, rows[i][1]);
                assert_int_equal(err.kind, ERROR_INVALID);
        }
}

/* --change. */
static void test_change(void **state)
{
        static const char *const changes[] = {
                "CMD=[\"a\",\"b\"]",    "env X=1",       "ENV Y=\"q r\" s",
                "ENV P=a\\b:$P",        "EXPOSE 80",     "LABEL k=\"v w\"",
                "LABEL image=blue sky", "LABEL=a=b",     "USER=1:2",
                "WORKDIR /a",           "WORKDIR b",     "VOLUME /v /w",
                "STOPSIGNAL 9",         "ONBUILD RUN x", "ENTRYPOINT x \\\n y",
                "HEALTHCHECK NONE",
        };
        AUTO_JSON json_t *config = json_object();
        AUTO_FREE char *text = NULL;
        struct error err;

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(changes); i++)
                assert_succeeds(build_config_change(config, changes[i], &err), err);
        text = text_of(config);
        assert_string_equal(
                text, "{\"Cmd\":[\"a\",\"b\"],\"Entrypoint\":[\"/bin/sh\",\"-c\",\"x \\\\\\n y\"],"
                      "\"Env\":[\"X=1\",\"Y=\\\"q r\\\" s\",\"P=a\\\\b:$P\"],"
                      "\"ExposedPorts\":{\"80/tcp\":{}},\"Healthcheck\":{\"Test\":[\"NONE\"]},"
                      "\"Labels\":{\"a\":\"b\",\"image\":\"blue sky\",\"k\":\"v w\"},"
                      "\"OnBuild\":[\"RUN x\"],\"StopSignal\":\"9\",\"User\":\"1:2\","
                      "\"Volumes\":{\"/v\":{},\"/w\":{}},\"WorkingDir\":\"/a/b\"}");
}

static void test_change_refused(void **state)
{
        static const char *const rows[][2] = {
                { "RUN x", "invalid change \"RUN x\" - invalid instruction RUN" },
                { "BOGUS=foo", "invalid change \"BOGUS=foo\" - invalid instruction BOGUS" },
                { "FROM x", "invalid instruction FROM" },
                { "USER", "invalid change \"USER\" - USER needs an argument" },
                { "ENV X", "ENV needs a value" },
                { "ENV =x", "not NAME=value" },
                { "LABEL", "LABEL needs NAME=value" },
                { "EXPOSE x", "invalid change \"EXPOSE x\": " },
                { "", "invalid change \"\"" },
        };
        AUTO_JSON json_t *config = json_object();
        struct error err;

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
                assert_fails_with(build_config_change(config, rows[i][0], &err), err, rows[i][1]);
                assert_int_equal(err.kind, ERROR_USAGE);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_commands),       cmocka_unit_test(test_values),
                cmocka_unit_test(test_workdir),        cmocka_unit_test(test_healthcheck),
                cmocka_unit_test(test_refused),        cmocka_unit_test(test_change),
                cmocka_unit_test(test_change_refused),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
