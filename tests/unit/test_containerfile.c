/* layer: engine */
/* A Containerfile as data: lines, instructions, flags, here-documents, stages, and what is refused.
 */
#include "unit.h"

#include "base/alloc.h"
#include "base/strbuf.h"
#include "engine/containerfile/containerfile.h"
#include "engine/containerfile/limits.h"

static void show_list(struct strbuf *out, char open, const struct strv *list, char close)
{
        strbuf_addc(out, open);
        for (size_t i = 0; i < list->count; i++)
                strbuf_addf(out, "%s%s", i ? "|" : "", list->items[i]);
        strbuf_addc(out, close);
}

/* "RUN --mount=x (a|b)", a list as [a|b]; a here-document as {NAME:content}, $ in front of one that
 * expands. */
static void show(struct strbuf *out, const struct instruction *instruction)
{
        strbuf_adds(out, instruction_name(instruction->kind));
        for (size_t i = 0; i < instruction->flags.count; i++)
                strbuf_addf(out, " --%s", instruction->flags.items[i]);
        strbuf_addc(out, ' ');
        show_list(out, instruction->json ? '[' : '(', &instruction->words,
                  instruction->json ? ']' : ')');
        for (size_t i = 0; i < instruction->heredoc_count; i++) {
                const struct heredoc *heredoc = &instruction->heredocs[i];

                strbuf_addf(out, "%s{%s:%s}", heredoc->expands ? "$" : "", heredoc->name,
                            heredoc->content);
        }
}

/* Each line is an instruction, behind its number and, indented, those of a stage. */
static char *shown(const struct containerfile *file)
{
        struct strbuf out = { 0 };

        for (size_t i = 0; i < file->global_count; i++) {
                show(&out, &file->globals[i]);
                strbuf_addc(&out, '\n');
        }
        for (size_t s = 0; s < file->stage_count; s++) {
                show(&out, &file->stages[s].from);
                strbuf_addc(&out, '\n');
                for (size_t i = 0; i < file->stages[s].count; i++) {
                        strbuf_addc(&out, ' ');
                        show(&out, &file->stages[s].instructions[i]);
                        strbuf_addc(&out, '\n');
                }
        }
        return strbuf_take(&out);
}

static int parse(struct containerfile *file, const char *text, struct error *err)
{
        return containerfile_parse(file, "Cf", text, strlen(text), err);
}

static void assert_reads(const char *text, const char *expected)
{
        AUTO(containerfile) file = { 0 };
        AUTO_FREE char *result = NULL;
        struct error err;

        assert_succeeds(parse(&file, text, &err), err);
        assert_succeeds(containerfile_check(&file, &err), err);
        result = shown(&file);
        assert_string_equal(result, expected);
}

static void assert_refuses(const char *text, const char *words)
{
        AUTO(containerfile) file = { 0 };
        struct error err;

        assert_fails_with(parse(&file, text, &err), err, words);
}

static void test_lines(void **state)
{
        (void)state;
        assert_reads("FROM a\n", "FROM (a)\n");
        assert_reads("\xef\xbb\xbf# c\n\n  \t from a\r\nRuN x\r\n", "FROM (a)\n RUN (x)\n");
        assert_reads("FROM a\nRUN a \\\n  b\\\n c", "FROM (a)\n RUN (a   b c)\n");
        assert_reads("FROM a\nRUN a \\  \t\n# comment\n  # too\n  b", "FROM (a)\n RUN (a   b)\n");
        assert_reads("FROM a\nRUN a \\\n\n  \n b\nRUN c \\\n", "FROM (a)\n RUN (a  b)\n RUN (c)\n");
        assert_reads("FROM a\nRUN echo \\\\\nRUN b", "FROM (a)\n RUN (echo \\\\)\n RUN (b)\n");
        assert_reads("FROM a\nRUN a # no comment\nRUN \\\n\\\nb",
                     "FROM (a)\n RUN (a # no comment)\n"
                     " RUN (b)\n");
        assert_reads("FROM a\n\\\nRUN b", "FROM (a)\n RUN (b)\n");
        assert_reads("FROM \\\n a \\\r\n as \\\n b", "FROM (a|b)\n");
}

static void test_directives(void **state)
{
        (void)state;
        assert_reads("# syntax=docker/dockerfile:1\n#Escape = `\nFROM a\nRUN c:\\ `\n b\n",
                     "FROM (a)\n RUN (c:\\  b)\n");
        assert_reads("# a comment\n# escape=`\nFROM a\nRUN b \\\n c", "FROM (a)\n RUN (b  c)\n");
        assert_reads("\n# escape=`\nFROM a\nRUN b \\\n c", "FROM (a)\n RUN (b  c)\n");
        assert_reads("# other=x\n# escape=`\nFROM a\nRUN b \\\n c", "FROM (a)\n RUN (b  c)\n");
        assert_reads("# check=skip=all\nFROM a", "FROM (a)\n");
        assert_refuses("# escape=x\nFROM a", "Cf:1: escape=x is neither \\ nor `");
        assert_refuses("# escape=`\n# ESCAPE=`\nFROM a",
                       "Cf:2: the directive escape is there twice");
}

static void test_forms(void **state)
{
        (void)state;
        assert_reads("FROM a\nRUN [ \"a\", \"b c\" ]\nCMD []\nENTRYPOINT\nSHELL [\"/bin/x\"]",
                     "FROM (a)\n RUN [a|b c]\n CMD []\n ENTRYPOINT []\n SHELL [/bin/x]\n");
        assert_reads("FROM a\nRUN [ -f x ] && [\"a\"]\nCMD ['a', 'b']\nENTRYPOINT [\"a\"] b",
                     "FROM (a)\n RUN ([ -f x ] && [\"a\"])\n CMD (['a', 'b'])\n"
                     " ENTRYPOINT ([\"a\"] b)\n");
        assert_reads("FROM a\nCOPY a \"b c\" d\\ e /x/\nADD [\"a b\",\"/x\"]",
                     "FROM (a)\n COPY (a|\"b c\"|d\\ e|/x/)\n ADD [a b|/x]\n");
        assert_reads("FROM a\nVOLUME ['/etc/foo', '/etc/bar']\nVOLUME [\"/a\"]\nVOLUME /a/b /c",
                     "FROM (a)\n VOLUME (['/etc/foo',|'/etc/bar'])\n VOLUME [/a]\n"
                     " VOLUME (/a/b|/c)\n");
        assert_reads("FROM a\nENV a=1 b=\"c d\" e='f' g=\nENV old  value \"x\" \nLABEL \"a b\"=c",
                     "FROM (a)\n ENV (a|1|b|\"c d\"|e|'f'|g|)\n ENV (old|value \"x\")\n"
                     " LABEL (\"a b\"|c)\n");
        assert_reads("ARG A B=2\nARG C=\"x y\"\nFROM a\nARG D",
                     "ARG (A|B=2)\nARG (C=\"x y\")\nFROM (a)\n ARG (D)\n");
        assert_reads("FROM a\nUSER  a:b \nWORKDIR /a b\nSTOPSIGNAL 9\nMAINTAINER A B <c>\n"
                     "EXPOSE 80 $P/udp",
                     "FROM (a)\n USER (a:b)\n WORKDIR (/a b)\n STOPSIGNAL (9)\n"
                     " MAINTAINER (A B <c>)\n EXPOSE (80|$P/udp)\n");
        assert_reads(
                "FROM a\nHEALTHCHECK none\nHEALTHCHECK --interval=5s --retries=2 CMD curl -f x\n"
                "HEALTHCHECK cmd [\"a\", \"b\"]",
                "FROM (a)\n HEALTHCHECK (NONE)\n"
                " HEALTHCHECK --interval=5s --retries=2 (CMD|curl -f x)\n"
                " HEALTHCHECK [CMD|a|b]\n");
        assert_reads("FROM a\nONBUILD RUN  x \\\n y\nonbuild copy . /x",
                     "FROM (a)\n ONBUILD (RUN  x  y)\n ONBUILD (copy . /x)\n");
}

static void test_flags(void **state)
{
        AUTO(containerfile) file = { 0 };
        const struct instruction *copy;
        struct error err;
        size_t at = 0;

        (void)state;
        assert_reads("FROM --platform=$P a AS b\nRUN --mount=type=bind,target=\"/a b\" "
                     "--network=none x\n"
                     "RUN -- --x\nRUN --security=insecure [\"a\"]",
                     "FROM --platform=$P (a|b)\n RUN --mount=type=bind,target=\"/a b\" "
                     "--network=none (x)\n RUN (--x)\n RUN --security=insecure [a]\n");
        assert_succeeds(parse(&file,
                              "FROM --platform=linux/arm64 a\n"
                              "COPY --exclude=a --link --exclude=*.b --from=x --parents=false . /\n"
                              "ADD --keep-git-dir=true --chown=1:2 --chmod=755 a b\n",
                              &err),
                        err);
        assert_string_equal(file.stages[0].platform, "linux/arm64");
        copy = &file.stages[0].instructions[0];
        assert_string_equal(instruction_flag(copy, "from"), "x");
        assert_string_equal(instruction_flag(copy, "exclude"), "*.b");
        assert_string_equal(instruction_flag_next(copy, "exclude", &at), "a");
        assert_string_equal(instruction_flag_next(copy, "exclude", &at), "*.b");
        assert_null(instruction_flag_next(copy, "exclude", &at));
        assert_null(instruction_flag(copy, "chown"));
        assert_true(instruction_has(copy, "link"));
        assert_false(instruction_has(copy, "parents"));
        assert_true(instruction_has(&file.stages[0].instructions[1], "keep-git-dir"));
}

static void test_heredocs(void **state)
{
        (void)state;
        assert_reads("FROM a\nRUN <<EOF\na\n  b # c\n\nEOF\nRUN d",
                     "FROM (a)\n RUN (<<EOF)${EOF:a\n  b # c\n\n}\n RUN (d)\n");
        assert_reads("FROM a\nRUN <<-'E' cat > x\n\t\ta\\\n\tb\n\tE\n",
                     "FROM (a)\n RUN (<<-'E' cat > x){E:a\\\nb\n}\n");
        assert_reads("FROM a\nRUN cat 3<< A <<\"B C\" \\\n && x\n1\nA\n2\nA\nB C\n",
                     "FROM (a)\n RUN (cat 3<< A <<\"B C\"  && x)${A:1\n}{B C:2\nA\n}\n");
        assert_reads("FROM a\nCOPY --chmod=1 <<a.txt <<\"b\" c /x/\n$x\na.txt\r\nb\n",
                     "FROM (a)\n COPY --chmod=1 (<<a.txt|<<b|c|/x/)${a.txt:$x\n}{b:}\n");
        assert_reads("FROM a\nADD << E /x\nE", "FROM (a)\n ADD (<<E|/x)${E:}\n");
        assert_reads("FROM a\nRUN <<\\E\n$a\nE", "FROM (a)\n RUN (<<\\E)${E:$a\n}\n");
        assert_reads("FROM a\nRUN <<eo\\'f\neo'f\nRUN <<'e'o\\'f\neo'f",
                     "FROM (a)\n RUN (<<eo\\'f)${eo'f:}\n RUN (<<'e'o\\'f){eo'f:}\n");
        /* what is none */
        assert_reads("FROM a\nRUN cat <<<x\nRUN echo \"<<EOF\" '<<A'\nRUN a<<b\nRUN [\"<<EOF\"]\n"
                     "RUN echo $((1 << 3)) $(( 1 <<4 ))\nRUN echo it's <<EOF\nRUN a <<\nCMD <<EOF",
                     "FROM (a)\n RUN (cat <<<x)\n RUN (echo \"<<EOF\" '<<A')\n RUN (a<<b)\n"
                     " RUN [<<EOF]\n RUN (echo $((1 << 3)) $(( 1 <<4 )))\n"
                     " RUN (echo it's <<EOF)\n RUN (a <<)\n CMD (<<EOF)\n");
        assert_reads(
                "FROM a\nRUN $((1)) $(( <<A\n1\nA\nRUN $((a))$((b << c)) <<B\nB",
                "FROM (a)\n RUN ($((1)) $(( <<A)${A:1\n}\n RUN ($((a))$((b << c)) <<B)${B:}\n");
        assert_reads("FROM a\nONBUILD RUN <<A <<-B\n1\nA\n\t2\n\tB\nRUN x",
                     "FROM (a)\n ONBUILD (RUN <<A <<-B\n1\nA\n2\nB)\n RUN (x)\n");
        assert_refuses("FROM a\n\nRUN <<EOF\na\nEOF b\n",
                       "Cf:3: the here-document <<EOF has no end");
}

static void test_stages(void **state)
{
        AUTO(containerfile) file = { 0 };
        struct error err;

        (void)state;
        assert_succeeds(parse(&file, "ARG x\nFROM a AS one\nRUN a\nFROM b as One\nFROM c\n", &err),
                        err);
        assert_succeeds(containerfile_parse(&file, "more", "RUN d\nFROM e AS 0\n", 17, &err), err);
        assert_int_equal(file.stage_count, 4);
        assert_int_equal(file.instruction_count, 7);
        assert_int_equal(file.stages[2].count, 1);
        assert_string_equal(file.stages[2].instructions[0].file, "more");
        assert_int_equal(file.stages[2].instructions[0].line, 1);
        assert_string_equal(file.stages[1].base, "b");
        assert_string_equal(file.stages[1].name, "One");
        assert_null(file.stages[2].name);
        assert_int_equal(containerfile_stage(&file, "one", 4), 1);
        assert_int_equal(containerfile_stage(&file, "one", 1), 0);
        assert_int_equal(containerfile_stage(&file, "one", 0), -1);
        assert_int_equal(containerfile_stage(&file, "2", 4), 2);
        assert_int_equal(containerfile_stage(&file, "2", 2), -1);
        assert_int_equal(containerfile_stage(&file, "0", 4), 3); /* a name before a number */
        assert_int_equal(containerfile_stage(&file, "0", 3), 0);
        assert_int_equal(containerfile_stage(&file, "a", 4), -1);
        assert_int_equal(containerfile_stage(&file, "", 4), -1);
        assert_int_equal(containerfile_stage(&file, "99999999999999999999", 4), -1);
}

static void test_originals(void **state)
{
        AUTO(containerfile) file = { 0 };
        struct error err;

        (void)state;
        assert_succeeds(parse(&file, "FROM  a\n\n  run  echo \\\n   x # y\nRUN <<E\nE\n", &err),
                        err);
        assert_string_equal(file.stages[0].from.original, "FROM  a");
        assert_string_equal(file.stages[0].instructions[0].original, "run  echo    x # y");
        assert_int_equal(file.stages[0].instructions[0].line, 3);
        assert_string_equal(file.stages[0].instructions[1].original, "RUN <<E");
        assert_int_equal(file.stages[0].instructions[1].line, 5);
}

static void test_warnings(void **state)
{
        AUTO(containerfile) file = { 0 };
        struct error err;

        (void)state;
        assert_succeeds(parse(&file, "FROM a\nRUN a \\\n# c\n\nb\n", &err), err);
        assert_int_equal(file.warnings.count, 1);
        assert_string_equal(file.warnings.items[0],
                            "Cf:4: an empty line inside an instruction is left out");
}

static void test_refused(void **state)
{
        static const char *const rows[][2] = {
                { "RUN x", "Cf:1: RUN stands before the first FROM" },
                { "FROM a\n\nRNU x", "Cf:3: unknown instruction \"RNU\"" },
                { "FROM", "FROM needs an image" },
                { "FROM a b", "FROM needs an image" },
                { "FROM a b c", "FROM needs an image" },
                { "FROM a AS", "FROM needs an image" },
                { "FROM a\nRUN", "RUN needs a command" },
                { "FROM a\nRUN []", "RUN needs a command" },
                { "FROM a\nRUN [\"a\", 1]", "may hold strings only" },
                { "FROM a\nRUN [\"a\\u0000b\"]", "may not hold a NUL" },
                { "FROM a\nCOPY x", "COPY needs at least two arguments" },
                { "FROM a\nADD [\"x\"]", "ADD needs at least two arguments" },
                { "FROM a\nCOPY <<E\nE", "COPY needs at least two arguments" },
                { "FROM a\nENV", "ENV needs NAME=value" },
                { "FROM a\nENV a", "ENV needs a value" },
                { "FROM a\nENV a=b c", "\"c\" is not NAME=value" },
                { "FROM a\nLABEL a=b =c", "\"=c\" is not NAME=value" },
                { "FROM a\nARG", "ARG needs a name" },
                { "FROM a\nARG =x", "ARG needs a name in front" },
                { "FROM a\nUSER ", "USER needs an argument" },
                { "FROM a\nWORKDIR", "WORKDIR needs an argument" },
                { "FROM a\nEXPOSE", "EXPOSE needs at least one port" },
                { "FROM a\nVOLUME []", "VOLUME needs at least one path" },
                { "FROM a\nVOLUME [\" \"]", "VOLUME needs paths that are not empty" },
                { "FROM a\nSHELL /bin/sh", "SHELL needs a JSON list" },
                { "FROM a\nSHELL []", "SHELL needs a JSON list" },
                { "FROM a\nHEALTHCHECK", "HEALTHCHECK needs CMD" },
                { "FROM a\nHEALTHCHECK curl", "HEALTHCHECK needs CMD" },
                { "FROM a\nHEALTHCHECK CMD", "HEALTHCHECK needs a command" },
                { "FROM a\nHEALTHCHECK NONE x", "NONE takes no arguments" },
                { "FROM a\nONBUILD", "ONBUILD needs an instruction" },
                { "FROM a\nONBUILD ONBUILD RUN x", "ONBUILD is not allowed behind ONBUILD" },
                { "FROM a\nONBUILD from x", "FROM is not allowed behind ONBUILD" },
                { "FROM a\nONBUILD MAINTAINER x", "MAINTAINER is not allowed behind ONBUILD" },
                { "FROM a\nONBUILD RUN", "RUN needs a command" },
                { "FROM a\nRUN --moutn=x y", "RUN has no flag --moutn" },
                { "FROM a\nCMD --x", "CMD has no flag --x" },
                { "FROM a\nADD --from=x y z", "ADD has no flag --from" },
                { "FROM a\nCOPY --from x y", "COPY: --from has no value" },
                { "FROM a\nCOPY --from= x y", "COPY: --from has no value" },
        };
        AUTO(containerfile) file = { 0 };
        struct error err;

        (void)state;
        for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
                assert_refuses(rows[i][0], rows[i][1]);
        assert_fails_with(containerfile_parse(&file, "Cf", "FROM a\0b", 8, &err), err, "NUL");
        assert_fails_with(containerfile_check(&file, &err), err, "no FROM statement found");
}

static void assert_cure(const char *text, const char *cure)
{
        AUTO(containerfile) file = { 0 };
        struct error err = { 0 };

        assert_int_equal(parse(&file, text, &err), -1);
        assert_string_equal(err.cure, cure);
}

static void test_cures(void **state)
{
        (void)state;
        assert_cure("FORM a", "did you mean FROM?");
        assert_cure("FROM a\nrnu x", "did you mean RUN?");
        assert_cure("FROM a\nFROBNICATE x", "");
        assert_cure("FROM a\nRUN --moutn=x y", "did you mean --mount?");
        assert_cure("FROM a\nRUN --frobnicate y", "there are: --mount, --network, --security");
        assert_cure("FROM a\nCMD --x", "CMD has no flags");
}

static void test_bounds(void **state)
{
        AUTO(strbuf) many = { 0 };
        AUTO(strbuf) heredocs = { 0 };
        AUTO(containerfile) file = { 0 };
        AUTO(containerfile) second = { 0 };
        struct error err;

        (void)state;
        strbuf_adds(&many, "FROM a\n");
        for (int i = 0; i < LIMIT_INSTRUCTIONS; i++)
                strbuf_adds(&many, "RUN x\n");
        assert_fails_with(parse(&file, many.data, &err), err,
                          "Cf:10001: more than 10000 instructions");
        strbuf_adds(&heredocs, "FROM a\nRUN cat");
        for (int i = 0; i <= LIMIT_HEREDOCS; i++)
                strbuf_adds(&heredocs, " <<E");
        assert_fails_with(parse(&second, heredocs.data, &err), err, "more than 64 here-documents");
        second.size = LIMIT_CONTAINERFILE - 3;
        assert_fails_with(parse(&second, "FROM a", &err), err, "larger than 4 MiB");
        assert_int_equal(err.kind, ERROR_TOO_LARGE);
}

static const char *look_up(const void *data, const char *name)
{
        (void)data;
        return strcmp(name, "x") == 0 ? "a b" : strcmp(name, "p") == 0 ? "80 81" : NULL;
}

static void assert_expands(const char *text, const char *expected)
{
        static const struct build_variables variables = { .lookup = look_up };
        AUTO(instruction) instruction = { 0 };
        AUTO(instruction) expanded = { 0 };
        AUTO(strbuf) out = { 0 };
        struct error err;

        assert_succeeds(instruction_parse("t", text, false, &instruction, &err), err);
        assert_succeeds(instruction_expand(&instruction, &variables, &expanded, &err), err);
        show(&out, &expanded);
        assert_string_equal(out.data, expected);
        assert_string_equal(expanded.original, instruction.original);
}

static void test_expand(void **state)
{
        static const struct build_variables variables = { .lookup = look_up };
        AUTO(instruction) env = { 0 };
        struct instruction unused = { 0 };
        struct error err;

        (void)state;
        assert_expands("ENV a=$x \"b\"='$x'", "ENV (a|a b|b|$x)");
        assert_expands("ENV a $x 'y'", "ENV (a|a b y)");
        assert_expands("EXPOSE $p \"90\"", "EXPOSE (80|81|90)");
        assert_expands("EXPOSE \"$p\"", "EXPOSE (80 81)");
        assert_expands("WORKDIR \"/$x\"", "WORKDIR (/a b)");
        assert_expands("COPY --chown=$x --link $x \"c d\" /",
                       "COPY --chown=a b --link (a b|c d|/)");
        assert_expands("COPY [\"$x\", \"/\"]", "COPY [a b|/]");
        assert_expands("COPY <<$x <<'$y' /\n$x\n$x\n$x it's\n$y",
                       "COPY (<<$x|<<$y|/)${$x:}{$y:$x\n$x it's\n}");
        assert_expands("COPY <<E /\n$x it's\nE", "COPY (<<E|/)${E:a b it's\n}");
        assert_expands("RUN --mount=id=$x,target='/y' echo \"$x\" <<E\n$x\nE",
                       "RUN --mount=id=a b,target=/y (echo \"$x\" <<E)${E:$x\n}");
        assert_expands("CMD echo '$x'", "CMD (echo '$x')");
        assert_expands("ENTRYPOINT [\"$x\"]", "ENTRYPOINT [$x]");
        assert_expands("HEALTHCHECK --interval='5s' CMD $x", "HEALTHCHECK --interval=5s (CMD|$x)");
        assert_expands("ONBUILD ENV a=$x", "ONBUILD (ENV a=$x)");
        assert_expands("ARG a=1 b=${a:?}", "ARG (a=1|b=${a:?})");
        assert_expands("FROM --platform=$x ${x#a?} AS c$x", "FROM --platform=a b (b|ca b)");
        assert_succeeds(instruction_parse("t", "ENV a=${y:?none}", false, &env, &err), err);
        assert_fails_with(instruction_expand(&env, &variables, &unused, &err), err, "t:1: y: none");
}

static void test_single(void **state)
{
        AUTO(instruction) one = { 0 };
        struct error err;

        (void)state;
        assert_succeeds(instruction_parse("t", "RUN <<E\na\nE\n", true, &one, &err), err);
        assert_string_equal(one.heredocs[0].content, "a\n");
        instruction_release(&one);
        assert_fails_with(instruction_parse("t", "", true, &one, &err), err, "no instruction");
        assert_fails_with(instruction_parse("t", "RUN a\nRUN b", true, &one, &err), err,
                          "more than one");
        assert_fails_with(instruction_parse("t", "FROM a", true, &one, &err), err, "not allowed");
        assert_succeeds(instruction_parse("t", "FROM a", false, &one, &err), err);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_lines),     cmocka_unit_test(test_directives),
                cmocka_unit_test(test_forms),     cmocka_unit_test(test_flags),
                cmocka_unit_test(test_heredocs),  cmocka_unit_test(test_stages),
                cmocka_unit_test(test_originals), cmocka_unit_test(test_warnings),
                cmocka_unit_test(test_refused),   cmocka_unit_test(test_cures),
                cmocka_unit_test(test_bounds),    cmocka_unit_test(test_expand),
                cmocka_unit_test(test_single),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
