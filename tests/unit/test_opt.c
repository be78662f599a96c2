/* layer: cli */
/* Option parsing: podman's syntax, one row for each way to write it. */
#include "cli/opt.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

struct test_args {
        bool interactive, tty, remove;
        const char *name;
        struct strv env;
        struct opt_int timeout;
};
#define OPT_ARGS struct test_args

static const struct opt options[] = {
        OPT_BOOL('i', "interactive", interactive, "x"),
        OPT_BOOL('t', "tty", tty, "x"),
        OPT_BOOL(0, "rm", remove, "x"),
        OPT_STR(0, "name", name, "NAME", "x"),
        OPT_LIST('e', "env", env, "ENV", "x"),
        OPT_INT('n', "timeout", timeout, "N", "x"),
        OPT_REFUSED('p', "pods", "there are no pods"),
        { 0 },
};

#define WORDS_MAX 16

struct fixture {
        struct test_args args;
        struct error err;
        char *words[WORDS_MAX];
        int count, left;
};

/* The words are split at spaces; "_" stands for an empty word. */
static void parse_as(struct fixture *f, bool stop_at_operand, const char *line)
{
        static char text[256];

        *f = (struct fixture){ 0 };
        snprintf(text, sizeof(text), "%s", line);
        for (char *word = strtok(text, " "); word; word = strtok(NULL, " "))
                f->words[f->count++] = strcmp(word, "_") == 0 ? strchr(word, '\0') : word;
        f->left = opt_parse(options, stop_at_operand, f->count, f->words, &f->args, &f->err);
}

static void parse(struct fixture *f, const char *line)
{
        parse_as(f, false, line);
}

static void done(struct fixture *f)
{
        opt_release(options, &f->args);
}

static void assert_fails(const char *line, const char *sentence, const char *cure)
{
        struct fixture f;

        parse(&f, line);
        assert_int_equal(f.left, -1);
        assert_string_equal(f.err.text, sentence);
        assert_string_equal(f.err.cure, cure);
        done(&f);
}

static void test_bundle(void **state)
{
        struct fixture f;

        (void)state;
        parse(&f, "-it image");
        assert_int_equal(f.left, 1);
        assert_string_equal(f.words[0], "image");
        assert_true(f.args.interactive);
        assert_true(f.args.tty);
        assert_false(f.args.remove);
        parse(&f, "-ite A=b");
        assert_true(f.args.interactive && f.args.tty);
        assert_string_equal(f.args.env.items[0], "A=b");
        done(&f);
}

static void test_values(void **state)
{
        struct fixture f;

        (void)state;
        parse(&f, "-e A=b -eC=d -e=E --env F=g --env=H=i --name x --name=y");
        assert_int_equal(f.left, 0);
        assert_int_equal(f.args.env.count, 5);
        assert_string_equal(f.args.env.items[0], "A=b");
        assert_string_equal(f.args.env.items[1], "C=d");
        assert_string_equal(f.args.env.items[2], "E");
        assert_string_equal(f.args.env.items[3], "F=g");
        assert_string_equal(f.args.env.items[4], "H=i");
        assert_string_equal(f.args.name, "y");
        done(&f);
        parse(&f, "--name --rm --name= -n -1 --timeout=7");
        assert_string_equal(f.args.name, "");
        assert_false(f.args.remove);
        assert_true(f.args.timeout.set);
        assert_int_equal(f.args.timeout.value, 7);
}

static void test_bool_values(void **state)
{
        struct fixture f;

        (void)state;
        parse(&f, "--rm --rm=false -i=true -t=0");
        assert_int_equal(f.left, 0);
        assert_false(f.args.remove);
        assert_true(f.args.interactive);
        assert_false(f.args.tty);
        assert_fails("--rm=maybe", "invalid argument \"maybe\" for --rm: not true or false", "");
        assert_fails("--rm=", "invalid argument \"\" for --rm: not true or false", "");
}

/* Options are taken from anywhere, unless the command's own arguments follow. */
static void test_operands(void **state)
{
        struct fixture f;

        (void)state;
        parse(&f, "a --rm b - _ -- --tty -i");
        assert_int_equal(f.left, 6);
        assert_string_equal(f.words[0], "a");
        assert_string_equal(f.words[1], "b");
        assert_string_equal(f.words[2], "-");
        assert_string_equal(f.words[3], "");
        assert_string_equal(f.words[4], "--tty");
        assert_string_equal(f.words[5], "-i");
        assert_true(f.args.remove);
        assert_false(f.args.tty);
        parse_as(&f, true, "--rm image ls -it -- --help");
        assert_int_equal(f.left, 5);
        assert_string_equal(f.words[2], "-it");
        assert_string_equal(f.words[3], "--");
        assert_string_equal(f.words[4], "--help");
        assert_false(f.args.tty);
        parse_as(&f, true, "-- -it");
        assert_int_equal(f.left, 1);
        assert_string_equal(f.words[0], "-it");
}

static void test_help(void **state)
{
        struct fixture f;

        (void)state;
        parse(&f, "a --help");
        assert_int_equal(f.left, OPT_HELP);
        parse(&f, "-ih");
        assert_int_equal(f.left, OPT_HELP);
        /* The value of another option, or an operand, is no call for help. */
        parse(&f, "--name --help");
        assert_int_equal(f.left, 0);
        assert_string_equal(f.args.name, "--help");
        parse_as(&f, true, "--name x image --help");
        assert_int_equal(f.left, 2);
        parse_as(&f, true, "--name x --help");
        assert_int_equal(f.left, OPT_HELP);
}

static void test_errors(void **state)
{
        (void)state;
        assert_fails("--nmae=web", "unknown flag: --nmae", "did you mean --name?");
        assert_fails("--naem web", "unknown flag: --naem", "did you mean --name?");
        assert_fails("--something-else", "unknown flag: --something-else", "");
        assert_fails("--pod", "unknown flag: --pod", "");
        assert_fails("-iz", "unknown shorthand flag: 'z' in -z", "");
        assert_fails("--name", "flag needs an argument: --name", "");
        assert_fails("-e", "flag needs an argument: 'e' in -e", "");
        assert_fails("-n x", "invalid argument \"x\" for --timeout: not a number", "");
        assert_fails("-n 1x", "invalid argument \"1x\" for --timeout: not a number", "");
        assert_fails("--timeout=", "invalid argument \"\" for --timeout: not a number", "");
        assert_fails("-n 99999999999999999999",
                     "invalid argument \"99999999999999999999\" for --timeout: not a number", "");
}

static void test_refused(void **state)
{
        struct fixture f;

        (void)state;
        assert_fails("--pods=x", "--pods is not supported: there are no pods", "");
        assert_fails("-ip", "--pods is not supported: there are no pods", "");
        parse(&f, "--pods");
        assert_int_equal(f.err.kind, ERROR_UNSUPPORTED);
        assert_int_equal(error_exit_code(&f.err), 125);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_bundle),      cmocka_unit_test(test_values),
                cmocka_unit_test(test_bool_values), cmocka_unit_test(test_operands),
                cmocka_unit_test(test_help),        cmocka_unit_test(test_errors),
                cmocka_unit_test(test_refused),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
