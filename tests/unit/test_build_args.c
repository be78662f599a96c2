/* layer: engine */
/* ARG: where it is seen, and which of its values counts. */
#include "unit.h"

#include "base/alloc.h"
#include "engine/containerfile/build_args.h"
#include "engine/containerfile/build_scope.h"
#include "engine/containerfile/limits.h"

#include <stdlib.h>

static const struct platform target = { .os = "linux", .arch = "arm64", .variant = "v8" };
static const struct platform host = { .os = "linux", .arch = "amd64" };

struct fixture {
        struct build_args args;
        struct containerfile file;
        struct build_scope scope;
};

static void fixture_release(struct fixture *f)
{
        build_args_release(&f->args);
        containerfile_release(&f->file);
        build_scope_release(&f->scope);
}

/* The file read, its globals taken in; given: NAME=value, up to NULL. */
static void set_up(struct fixture *f, const char *text, const char *const *given)
{
        struct error err;

        for (; *given; given++)
                assert_succeeds(build_args_give(&f->args, *given, &err), err);
        build_args_set_platforms(&f->args, &target, &host);
        assert_succeeds(containerfile_parse(&f->file, "Cf", text, strlen(text), &err), err);
        assert_succeeds(build_args_set_globals(&f->args, &f->file, &err), err);
}
#define GIVEN(...) ((const char *const[]){ __VA_ARGS__, NULL })

/* ARG and ENV of a stage, on a base image's environment. */
static void walk(struct fixture *f, size_t stage, const char *image_env,
                 const struct build_scope *base)
{
        AUTO(strv) env = { 0 };
        struct error err;

        if (image_env)
                strv_split(&env, image_env, ' ');
        build_scope_begin(&f->scope, &f->args, &env, base);
        for (size_t i = 0; i < f->file.stages[stage].count; i++) {
                const struct instruction *instruction = &f->file.stages[stage].instructions[i];
                struct build_variables variables = build_scope_variables(&f->scope);
                AUTO(instruction) expanded = { 0 };

                if (instruction->kind == INSTRUCTION_ARG) {
                        assert_succeeds(build_scope_arg(&f->scope, instruction, &err), err);
                        continue;
                }
                assert_succeeds(instruction_expand(instruction, &variables, &expanded, &err), err);
                assert_succeeds(build_scope_env(&f->scope, &expanded, &err), err);
        }
}

static void assert_sees(const struct build_variables *variables, const char *word,
                        const char *expected)
{
        AUTO_FREE char *text = NULL;
        struct error err;

        assert_succeeds(build_words_expand(word, variables, &text, &err), err);
        if (strcmp(text, expected) != 0)
                fail_msg("%s: \"%s\" is not \"%s\"", word, text, expected);
}

static void assert_in_stage(const struct fixture *f, const char *word, const char *expected)
{
        struct build_variables variables = build_scope_variables(&f->scope);

        assert_sees(&variables, word, expected);
}

static void test_from(void **state)
{
        AUTO(fixture) f = { 0 };
        struct build_variables variables;

        (void)state;
        set_up(&f,
               "ARG tag=1 image\nARG full=$image:$tag arch=$TARGETARCH\nARG given=no TARGETOS=x\n"
               "FROM $full",
               GIVEN("image=busy", "given=yes", "other=1"));
        variables = build_args_variables(&f.args);
        assert_sees(&variables, "$full $arch $given", "busy:1 arm64 yes");
        assert_sees(&variables, "$TARGETPLATFORM $BUILDPLATFORM", "linux/arm64/v8 linux/amd64");
        assert_sees(&variables, "$TARGETOS $TARGETVARIANT|$BUILDVARIANT|", "linux v8||");
        assert_sees(&variables, "${other-unseen} ${none-unset}", "unseen unset");
}

static void test_stage(void **state)
{
        AUTO(fixture) f = { 0 };

        (void)state;
        set_up(&f,
               "ARG g=global\nARG h=global\nFROM a\n"
               "ARG g h=own given=own none late=$given-$g\nARG TARGETARCH BUILDOS=ignored\n",
               GIVEN("given=yes"));
        walk(&f, 0, NULL, NULL);
        assert_in_stage(&f, "$g $h $given $late", "global own yes yes-global");
        assert_in_stage(&f, "$TARGETARCH $BUILDOS", "arm64 linux");
        assert_in_stage(&f, "${none-unset} ${TARGETOS-undeclared} ${TARGETPLATFORM-undeclared}",
                        "unset undeclared undeclared");
}

static void test_not_declared(void **state)
{
        AUTO(fixture) f = { 0 };

        (void)state;
        set_up(&f, "ARG g=1\nFROM a\n", GIVEN("x=1", "http_proxy=p"));
        walk(&f, 0, NULL, NULL);
        assert_in_stage(&f, "${g-unseen} ${x-unseen} $http_proxy", "unseen unseen p");
}

static void test_env_hides(void **state)
{
        AUTO(fixture) f = { 0 };

        (void)state;
        set_up(&f, "FROM a\nENV a=env\nARG a=arg b=arg img=arg\nENV b=${b}-env c=$a\nARG b=later\n",
               GIVEN("a=given"));
        walk(&f, 0, "img=image PATH=/bin", NULL);
        assert_in_stage(&f, "$a $b $c $img $PATH", "env arg-env env image /bin");
}

static void test_again(void **state)
{
        AUTO(fixture) f = { 0 };

        (void)state;
        set_up(&f, "FROM a\nARG x=1\nARG y=$x\nARG x=2\nARG x\n", GIVEN("z=1"));
        walk(&f, 0, NULL, NULL);
        assert_in_stage(&f, "$x $y", "2 1");
}

static void test_inherited(void **state)
{
        AUTO(fixture) f = { 0 };
        struct build_scope base;

        (void)state;
        set_up(&f, "FROM a AS one\nARG x=1 y=2\nFROM one\nARG y=3\n", GIVEN("z=1"));
        walk(&f, 0, NULL, NULL);
        base = f.scope;
        f.scope = (struct build_scope){ 0 };
        walk(&f, 1, NULL, &base);
        assert_in_stage(&f, "$x $y", "1 3");
        build_scope_release(&base);
}

static void assert_list(const struct strv *list, const char *expected)
{
        AUTO_FREE char *joined = strv_join(list, " ");

        assert_string_equal(joined, expected);
}

static void test_environment(void **state)
{
        AUTO(fixture) f = { 0 };
        AUTO(strv) environment = { 0 };
        AUTO(strv) history = { 0 };

        (void)state;
        set_up(&f, "FROM a\nARG b=2 a=1 none e=arg no_proxy TARGETOS\nENV e=env v=x\n",
               GIVEN("http_proxy=p", "no_proxy=n", "b=given"));
        walk(&f, 0, "PATH=/bin", NULL);
        build_scope_environment(&f.scope, &environment);
        assert_list(&environment, "http_proxy=p no_proxy=n b=given a=1 e=env TARGETOS=linux "
                                  "PATH=/bin v=x");
        build_scope_history(&f.scope, &history);
        assert_list(&history, "TARGETOS=linux a=1 b=given e=env no_proxy=n");
}

static void test_unused(void **state)
{
        AUTO(fixture) f = { 0 };
        AUTO(strv) names = { 0 };

        (void)state;
        set_up(&f, "ARG a\nFROM x\nARG b=1 c\nFROM y\nARG d\n",
               GIVEN("a=1", "b=1", "d=1", "e=1", "HTTPS_PROXY=x", "TARGETARCH=x", "bb=1"));
        build_args_unused(&f.args, &f.file, &names);
        assert_list(&names, "e bb");
}

static void test_given(void **state)
{
        AUTO(build_args) args = { 0 };
        struct error err;

        (void)state;
        setenv("KELP_TEST_ARG", "from the environment", 1);
        unsetenv("KELP_TEST_NONE");
        assert_succeeds(build_args_give(&args, "KELP_TEST_ARG", &err), err);
        assert_succeeds(build_args_give(&args, "KELP_TEST_NONE", &err), err);
        assert_succeeds(build_args_give(&args, "a=1", &err), err);
        assert_succeeds(build_args_give(&args, "a=b=2", &err), err);
        assert_list(&args.given, "KELP_TEST_ARG=from the environment a=b=2");
        assert_fails_with(build_args_give(&args, "=x", &err), err, "has no name");
        assert_fails_with(build_args_give(&args, "", &err), err, "has no name");
}

static void test_platform_is_fixed(void **state)
{
        AUTO(fixture) f = { 0 };
        struct build_variables variables;

        (void)state;
        set_up(&f, "ARG TARGETPLATFORM TARGETARCH\nFROM a\n",
               GIVEN("TARGETPLATFORM=x/y", "TARGETARCH=mine"));
        variables = build_args_variables(&f.args);
        assert_sees(&variables, "$TARGETPLATFORM $TARGETARCH", "linux/arm64/v8 mine");
}

static void test_refused(void **state)
{
        static const char *const rows[][2] = {
                { "FROM a\nARG TARGETPLATFORM=x",
                  "Cf:2: ARG TARGETPLATFORM cannot be given a value" },
                { "FROM a\nARG BUILDPLATFORM=x", "BUILDPLATFORM cannot be given a value" },
                { "FROM a\nARG $x=1", "Cf:2: ARG without a name" },
                { "FROM a\nARG x=\"y", "double quote" },
        };

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
                AUTO(fixture) f = { 0 };
                struct error err;

                set_up(&f, rows[i][0], GIVEN("z=1"));
                build_scope_begin(&f.scope, &f.args, NULL, NULL);
                assert_fails_with(
                        build_scope_arg(&f.scope, &f.file.stages[0].instructions[0], &err), err,
                        rows[i][1]);
        }
}

/* ENV a=$a$a, and again: the word has a ceiling, and so has all of them together. */
static void test_growth(void **state)
{
        AUTO(build_scope) scope = { 0 };
        AUTO(build_args) args = { 0 };
        AUTO(instruction) env = { 0 };
        struct error err = { 0 };
        int rc = 0;

        (void)state;
        build_scope_begin(&scope, &args, NULL, NULL);
        assert_succeeds(instruction_parse("t", "ENV a=x${a}$a", false, &env, &err), err);
        for (int i = 0; rc == 0 && i < 64; i++) {
                struct build_variables variables = build_scope_variables(&scope);
                AUTO(instruction) expanded = { 0 };

                rc = instruction_expand(&env, &variables, &expanded, &err);
                if (rc == 0)
                        rc = build_scope_env(&scope, &expanded, &err);
        }
        assert_int_equal(rc, -1);
        assert_int_equal(err.kind, ERROR_TOO_LARGE);
        scope.size = LIMIT_SCOPE;
        assert_fails_with(build_scope_env(&scope, &env, &err), err, "more than 8 MiB");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_from),         cmocka_unit_test(test_stage),
                cmocka_unit_test(test_not_declared), cmocka_unit_test(test_env_hides),
                cmocka_unit_test(test_again),        cmocka_unit_test(test_inherited),
                cmocka_unit_test(test_environment),  cmocka_unit_test(test_unused),
                cmocka_unit_test(test_given),        cmocka_unit_test(test_platform_is_fixed),
                cmocka_unit_test(test_refused),      cmocka_unit_test(test_growth),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
