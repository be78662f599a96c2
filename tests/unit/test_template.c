/* layer: cli */
/* Go templates: each row is what podman 4.3 (Go 1.19) prints for the same template. */
#include "unit.h"

#include "base/alloc.h"
#include "base/strbuf.h"
#include "cli/output/template.h"

#include <stdio.h>

static const char *const object_text =
        "{\"Id\":\"0123456789abcdef\",\"Name\":\"web\",\"Created\":\"2026-11-24T03:24:54.5Z\","
        "\"Pid\":7,\"Ratio\":2.5,\"Big\":1000000.0,\"On\":true,\"Off\":false,\"None\":null,"
        "\"Cmd\":[\"sleep\",\"5\"],\"Empty\":[],\"Size\":-3,"
        "\"State\":{\"Status\":\"running\",\"StartedAt\":\"2026-01-02T03:04:05Z\"},"
        "\"Mounts\":[{\"Source\":\"/tmp\",\"RW\":false}],"
        "\"Config\":{\"Labels\":{\"b\":\"2\",\"a\":\"1\",\"Created\":\"2026-01-02T03:04:05Z\"}}}";

/* What it prints, or "ERROR sentence". The caller frees. */
static char *print(const char *text, const json_t *data, const struct template_heading *headings)
{
        struct error err = { 0 };
        char *out = NULL;
        size_t len = 0;
        FILE *file = open_memstream(&out, &len);
        int rc = template_print_headed(text, data, headings, file, &err);

        fclose(file);
        if (rc == 0)
                return out;
        free(out);
        return xasprintf("ERROR %s", err.text);
}

static void check(const char *text, const char *expected)
{
        AUTO_JSON json_t *data = json_loads(object_text, 0, NULL);
        AUTO_FREE char *out = print(text, data, NULL);

        assert_non_null(data);
        if (strcmp(out, expected) != 0)
                fail_msg("%s\n  gives    %s\n  expected %s", text, out, expected);
}

static void check_error(const char *text, const char *words)
{
        AUTO_JSON json_t *data = json_loads(object_text, 0, NULL);
        AUTO_FREE char *out = print(text, data, NULL);

        if (strncmp(out, "ERROR template: ", 16) != 0 || !strstr(out, words))
                fail_msg("%s\n  gives    %s\n  expected %s", text, out, words);
}

static void test_fields(void **state)
{
        (void)state;
        check("{{.Name}} {{.State.Status}}", "web running\n");
        check("{{.ID}} {{.Id}}", "0123456789abcdef 0123456789abcdef\n");
        check("{{.Config.Labels.a}} {{.Config.Labels.zz}}", "1 <no value>\n");
        check("{{.Config.Labels}}", "map[Created:2026-01-02T03:04:05Z a:1 b:2]\n");
        check("{{.Cmd}} {{.Empty}} {{.On}} {{.Ratio}} {{.Big}}", "[sleep 5] [] true 2.5 1e+06\n");
        check("{{.state.status}}", "running\n");
        check("{{(index .Mounts 0).Source}}", "/tmp\n");
        check("{{$.Name}} {{with .State}}{{$.Name}}{{end}}", "web web\n");
        /* What an image's Config leaves out when it is empty. */
        check("{{.Config.Cmd}} {{.Config.Volumes}} {{.Config.User}}|", "[] map[] |\n");
        check_error("{{.Nmae}}", "there is no field .Nmae; there are: .Id, .Name, .Created");
        check_error("{{.State.Foo}}", "there is no field .Foo; there are: .Status, .StartedAt");
        check_error("{{.Name.Foo}}", "there is no field .Foo; there are: none");
}

static void test_times(void **state)
{
        (void)state;
        check("{{.Created}}|{{.State.StartedAt}}",
              "2026-11-24 03:24:54.5 +0000 UTC|2026-01-02 03:04:05 +0000 UTC\n");
        check("{{.Config.Labels.Created}}", "2026-01-02T03:04:05Z\n");
        check("{{json .Created}}", "\"2026-11-24T03:24:54.5Z\"\n");
}

static void test_text(void **state)
{
        (void)state;
        check("", "\n");
        check("plain", "plain\n");
        check("{{.Name}}\\tx\\ny", "web\tx\ny\n");
        check("{{.Name}}\\n", "web\n");
        check("a  {{- .Name -}}  b", "awebb\n");
        check("a {{.Name}} b", "a web b\n");
        check("{{/* c */}}x", "x\n");
        check("y {{- /* c */ -}} x", "yx\n");
        check("{{-3}}", "-3\n");
        check("{{\"q\\\"\\t\"}}{{`raw\"`}}", "q\"\traw\"\n");
        check("{{1e3}} {{0x10}} {{2.5}} {{0.1}} {{1234567.5}} {{-0.00001}}",
              "1000 16 2.5 0.1 1.2345675e+06 -1e-05\n");
}

static void test_control(void **state)
{
        (void)state;
        check("{{if .Off}}a{{else if .On}}b{{else}}c{{end}}", "b\n");
        check("{{if not .Off}}a{{end}}", "a\n");
        check("{{range .Cmd}}<{{.}}>{{end}}", "<sleep><5>\n");
        check("{{range $i, $e := .Cmd}}{{$i}}{{$e}}{{else}}none{{end}}", "0sleep15\n");
        check("{{range .Empty}}x{{else}}none{{end}}", "none\n");
        check("{{range $k, $v := .Config.Labels}}{{$k}};{{end}}", "b;a;Created;\n");
        check("{{with .Empty}}x{{else}}y{{end}}", "y\n");
        check("{{with $x := .Name}}{{$x}}{{.}}{{end}}", "webweb\n");
        check("{{$x := 1}}{{if true}}{{$x = 2}}{{$x := 3}}{{end}}{{$x}}", "2\n");
        check("{{and 1 0}} {{or 0 \"\"}}| {{not 1}}", "0 | false\n");
        /* What decides ends it: no index out of range. */
        check("{{if and .Empty (index .Empty 0)}}x{{else}}y{{end}}", "y\n");
        check("{{or .Name (index .Empty 0)}}", "web\n");
}

static void test_functions(void **state)
{
        (void)state;
        check("{{len .Cmd}} {{len .Name}} {{len .Config.Labels}} {{len \"h\xc3\xa9llo\"}}",
              "2 3 3 6\n");
        check("{{index .Cmd 1}} {{index .Config.Labels \"zz\"}}|", "5 |\n");
        check("{{join .Cmd \",\"}} {{split \"a,b\" \",\"}}", "sleep,5 [a b]\n");
        check("{{lower \"AbC\"}} {{upper \"AbC\"}} {{title \"hello world\"}}",
              "abc ABC Hello World\n");
        check("{{eq 1 2 3 1}} {{ne \"a\" \"b\"}} {{gt 3 2}} {{lt 1 2.5}} {{le 2 2}} {{ge 1 2}}",
              "true true true true true false\n");
        check("{{print 1 2 \"a\" \"b\" 3}}|{{println 1 \"a\"}}", "1 2ab3|1 a\n");
        check("{{json .State}}",
              "{\"Status\":\"running\",\"StartedAt\":\"2026-01-02T03:04:05Z\"}\n");
        check("{{.Name | printf \"%s-%s\" \"x\" | upper}}", "X-WEB\n");
        check("{{slice .Id 0 12}} {{slice .Cmd 1}} {{truncate .Id 4}}", "0123456789ab [5] 0123\n");
        check_error("{{.Cmd | join \",\"}}", "join takes");
        check_error("{{index .Mounts 5}}", "index out of range");
        check_error("{{len 3}}", "len takes");
        check_error("{{slice .Name 2 9}}", "out of range");
}

static void test_printf(void **state)
{
        (void)state;
        check("{{printf \"%s|%d|%5d|%-5d|%05d|%v|%q|%x|%t\" .Name .Pid .Pid .Pid .Pid .On "
              "\"a\\\"b\" "
              "\"hi\" .On}}",
              "web|7|    7|7    |00007|true|\"a\\\"b\"|6869|true\n");
        check("{{printf \"%d %s %z\" .Name}}", "%!d(string=web) %!s(MISSING) %!z(MISSING)\n");
        check("{{printf \"%s\" .Name .Name 3}}", "web%!(EXTRA string=web, int=3)\n");
        check("{{printf \"%s\" 7}}", "%!s(int=7)\n");
        check("{{printf \"%+d|% d|%6.2f|%g|%e|%X|%#x|%c|%o|%b\" 7 7 3.14159 1000000.0 2.5 255 255 "
              "65 8 5}}",
              "+7| 7|  3.14|1e+06|2.500000e+00|FF|0xff|A|10|101\n");
        check("{{printf \"%5t|%-8q|%08.3f|%.3s|%3c|%%|%05d\" true \"a\" 3.14159 \"abcdef\" 65 "
              ".Size}}",
              " true|\"a\"     |0003.142|abc|  A|%|-0003\n");
        check("{{printf \"%5.2s|\" .Id}}", "   01|\n");
        check("{{printf \"%-4s|%.1s\" \"\xc3\xa9\" \"\xc3\xa9x\"}}", "\xc3\xa9   |\xc3\xa9\n");
        check("{{printf \"%\"}}", "%!(NOVERB)\n");
        check_error("{{printf 7}}", "printf takes a format");
}

static void test_syntax_errors(void **state)
{
        (void)state;
        check_error("{{.Name", "not closed");
        check_error("{{foo}}", "function \"foo\" is not defined");
        check_error("{{$y}}", "undefined variable \"$y\"");
        check_error("{{$y = 1}}", "undefined variable \"$y\"");
        check_error("{{if}}x{{end}}", "a command is missing");
        check_error("{{}}", "a command is missing");
        check_error("{{.Name}}{{end}}", "unexpected {{end}}");
        check_error("{{if .On}}x", "{{end}} is missing");
        check_error("{{\"abc}}", "a string does not end");
        check_error("{{/* x}}", "a comment does not end");
        check_error("{{(len .Cmd}}", "a parenthesis is not closed");
        check_error("{{.Name .Name}}", "used like a function");
        check_error("{{1e999}}", "a number is too large");
        check_error("{{99999999999999999999}}", "a number is too large");
        check_error("{{1x}}", "a number is malformed");
        check_error("{{range .Name}}{{end}}", "no list");
}

/* Whatever is written must not exhaust the stack or the memory. */
static void test_ceilings(void **state)
{
        AUTO(strbuf) nested = { 0 };
        AUTO(strbuf) chain = { 0 };
        AUTO(strbuf) parentheses = { 0 };
        AUTO(strbuf) variables = { 0 };
        AUTO(strbuf) arguments = { 0 };

        (void)state;
        strbuf_adds(&chain, "{{if .Off}}");
        strbuf_adds(&parentheses, "{{");
        strbuf_adds(&arguments, "{{print");
        for (int i = 0; i < 20000; i++) {
                strbuf_adds(&nested, "{{if 1}}");
                strbuf_adds(&chain, "{{else if .Off}}");
                strbuf_addc(&parentheses, '(');
                if (i < 100) {
                        strbuf_addf(&variables, "{{$v%d := 1}}", i);
                        strbuf_adds(&arguments, " 1");
                }
        }
        strbuf_adds(&arguments, "}}");
        check_error(nested.data, "too deeply nested");
        check_error(chain.data, "too deeply nested");
        check_error(parentheses.data, "too deeply nested");
        check_error(variables.data, "more than 64 variables");
        check_error(arguments.data, "more than 15 arguments");
}

static void check_list(const char *text, const char *expected)
{
        static const struct template_heading headings[] = { { "ID", "CONTAINER ID" }, { 0 } };
        AUTO_JSON json_t *data = json_loads(
                "[{\"ID\":\"abc\",\"Names\":\"a\",\"CreatedAt\":\"now\",\"Labels\":{\"k\":\"v\"}},"
                "{\"ID\":\"d\",\"Names\":\"longer\",\"CreatedAt\":\"x\\u001by\",\"Labels\":{}}]",
                0, NULL);
        AUTO_FREE char *out = print(text, data, headings);

        assert_non_null(data);
        if (strcmp(out, expected) != 0)
                fail_msg("%s\n  gives    %s\n  expected %s", text, out, expected);
}

static void test_lists(void **state)
{
        AUTO_JSON json_t *none = json_array();
        AUTO_FREE char *empty = print("{{.Nmae}}", none, NULL);
        AUTO_FREE char *empty_table = print("table {{.Names}}", none, NULL);
        AUTO_FREE char *empty_json = print("json", none, NULL);

        (void)state;
        check_list("{{.ID}} {{.Names}}", "abc a\nd longer\n");
        check_list("{{range .}}{{.Names}},{{end}}", "a,longer,\n");
        assert_string_equal(empty, "");
        assert_string_equal(empty_table, "NAMES\n");
        assert_string_equal(empty_json, "[]\n");
}

static void test_tables(void **state)
{
        (void)state;
        check_list("table {{.ID}}\\t{{.Names}}", "CONTAINER ID  NAMES\nabc           a\n"
                                                 "d             longer\n");
        check_list("table {{.ID}} {{ upper .Names }}", "CONTAINER ID  NAMES\nabc           A\n"
                                                       "d             LONGER\n");
        check_list("table {{.CreatedAt}}", "CREATED AT\nnow\nx\\x1by\n");
        check_list("table {{.ID}}:{{.Names}}", "CONTAINER ID:NAMES\nabc:a\nd:longer\n");
        check_list("table {{.Labels.k}} {{if .ID}}{{len .Names}}{{end}}",
                   "K           NAMES\nv           1\n<no value>  6\n");
}

static void test_json(void **state)
{
        AUTO_JSON json_t *data = json_loads("[{\"A\":\"<b>\"}]", 0, NULL);
        AUTO_FREE char *word = print("json", data, NULL);
        AUTO_FREE char *action = print("{{ json . }}", data, NULL);
        AUTO_FREE char *member = print("{{json .A}}", data, NULL);

        (void)state;
        assert_string_equal(word, "[\n    {\n        \"A\": \"<b>\"\n    }\n]\n");
        assert_string_equal(action, word);
        assert_string_equal(member, "\"<b>\"\n");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_fields),        cmocka_unit_test(test_times),
                cmocka_unit_test(test_text),          cmocka_unit_test(test_control),
                cmocka_unit_test(test_functions),     cmocka_unit_test(test_printf),
                cmocka_unit_test(test_syntax_errors), cmocka_unit_test(test_ceilings),
                cmocka_unit_test(test_lists),         cmocka_unit_test(test_tables),
                cmocka_unit_test(test_json),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
