/* Template text to a syntax tree: one recursive descent over the characters. */
#include "base/alloc.h"
#include "base/cleanup.h"
#include "cli/output/template_tree.h"

#include <ctype.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct parser {
        const char *at;
        struct error *err;
        int depth;
        bool failed;
};

static void *fail(struct parser *p, const char *why)
{
        if (!p->failed)
                error_set(p->err, ERROR_USAGE, "template: %s near \"%.20s\"", why, p->at);
        p->failed = true;
        return NULL;
}

static void pipe_free(struct pipe *pipe);

static void term_free(struct term *term)
{
        json_decref(term->literal);
        free(term->name);
        strv_release(&term->path);
        pipe_free(term->pipe);
}

static void pipe_free(struct pipe *pipe)
{
        if (!pipe)
                return;
        for (size_t i = 0; i < pipe->count; i++) {
                for (size_t t = 0; t < pipe->calls[i].count; t++)
                        term_free(&pipe->calls[i].terms[t]);
                free(pipe->calls[i].terms);
        }
        free(pipe->calls);
        free(pipe->variables[0]);
        free(pipe->variables[1]);
        free(pipe);
}

void template_free(struct node *list)
{
        while (list) {
                struct node *next = list->next;

                free(list->text);
                pipe_free(list->pipe);
                template_free(list->body);
                template_free(list->other);
                free(list);
                list = next;
        }
}

static void skip_space(struct parser *p)
{
        while (isspace((unsigned char)*p->at))
                p->at++;
}

static bool is_word(char c)
{
        return isalnum((unsigned char)c) || c == '_';
}

static char *take_word(struct parser *p)
{
        const char *start = p->at;

        while (is_word(*p->at))
                p->at++;
        return xstrndup(start, (size_t)(p->at - start));
}

/* The end of an action: "}}" or " -}}". */
static bool at_end(struct parser *p)
{
        skip_space(p);
        return strncmp(p->at, "}}", 2) == 0 || strncmp(p->at, "-}}", 3) == 0;
}

static bool skip_keyword(struct parser *p, const char *word)
{
        size_t len = strlen(word);

        skip_space(p);
        if (strncmp(p->at, word, len) != 0 || is_word(p->at[len]))
                return false;
        p->at += len;
        return true;
}

static bool parse_string(struct parser *p, struct term *term)
{
        AUTO(strbuf) text = { 0 };
        char quote = *p->at++;

        for (; *p->at && *p->at != quote; p->at++) {
                char c = *p->at;

                if (c == '\\' && quote == '"' && p->at[1]) {
                        c = *++p->at;
                        c = c == 'n' ? '\n' : c == 't' ? '\t' : c == 'r' ? '\r' : c;
                }
                strbuf_addc(&text, c);
        }
        if (*p->at != quote)
                return fail(p, "a string does not end");
        p->at++;
        term->kind = TERM_LITERAL;
        term->literal = json_string_any(text.data ? text.data : "");
        return true;
}

static bool parse_number(struct parser *p, struct term *term)
{
        char *end;
        long long whole;

        errno = 0;
        whole = strtoll(p->at, &end, 0);
        term->kind = TERM_LITERAL;
        if (*end == '.' || *end == 'e') {
                errno = 0;
                term->literal = json_real(strtod(p->at, &end));
        } else {
                term->literal = json_integer(whole);
        }
        if (!term->literal || errno == ERANGE)
                return fail(p, "a number is too large");
        p->at = end;
        return !is_word(*end) || fail(p, "a number is malformed");
}

static void parse_path(struct parser *p, struct term *term)
{
        while (*p->at == '.' && is_word(p->at[1])) {
                p->at++;
                strv_take(&term->path, take_word(p));
        }
}

static struct pipe *parse_pipe(struct parser *p);

static bool parse_word(struct parser *p, struct term *term)
{
        term->name = take_word(p);
        term->kind = TERM_LITERAL;
        if (strcmp(term->name, "true") == 0)
                term->literal = json_true();
        else if (strcmp(term->name, "false") == 0)
                term->literal = json_false();
        else if (strcmp(term->name, "nil") == 0)
                term->literal = json_null();
        else
                term->kind = TERM_FUNCTION;
        if (term->kind == TERM_FUNCTION && !template_is_function(term->name)) {
                error_set(p->err, ERROR_USAGE, "template: function \"%s\" is not defined",
                          term->name);
                p->failed = true;
        }
        return !p->failed;
}

static bool parse_term(struct parser *p, struct term *term)
{
        *term = (struct term){ .kind = TERM_FIELD };
        if (*p->at == '"' || *p->at == '`')
                return parse_string(p, term);
        if (isdigit((unsigned char)*p->at) || (*p->at == '-' && isdigit((unsigned char)p->at[1])))
                return parse_number(p, term);
        if (*p->at == '(') {
                p->at++;
                term->kind = TERM_PIPE;
                term->pipe = parse_pipe(p);
                skip_space(p);
                if (!term->pipe || *p->at != ')')
                        return fail(p, "a parenthesis is not closed");
                p->at++;
                parse_path(p, term);
                return true;
        }
        if (*p->at == '$') {
                p->at++;
                term->kind = TERM_VARIABLE;
                term->name = take_word(p);
                parse_path(p, term);
                return true;
        }
        if (*p->at == '.') {
                if (!is_word(p->at[1]))
                        p->at++;
                parse_path(p, term);
                return true;
        }
        if (isalpha((unsigned char)*p->at))
                return parse_word(p, term);
        return fail(p, "unexpected character");
}

static bool parse_call(struct parser *p, struct command_call *call)
{
        for (;;) {
                skip_space(p);
                if (at_end(p) || *p->at == '|' || *p->at == ')' || *p->at == '\0')
                        break;
                call->terms = xreallocarray(call->terms, call->count + 1, sizeof(*call->terms));
                if (!parse_term(p, &call->terms[call->count++]))
                        return false;
        }
        return call->count > 0 || fail(p, "a command is missing");
}

/* "$x :=", "$i, $x :=" or "$x =" in front of a pipeline. */
static void parse_declaration(struct parser *p, struct pipe *pipe)
{
        const char *start = p->at;
        char *names[2] = { NULL, NULL };

        for (int i = 0; i < 2 && *p->at == '$' && is_word(p->at[1]); i++) {
                p->at++;
                names[i] = take_word(p);
                skip_space(p);
                if (*p->at == ',' && i == 0) {
                        p->at++;
                        skip_space(p);
                        continue;
                }
                break;
        }
        pipe->assign = names[0] && *p->at == '=';
        if (names[0] && (strncmp(p->at, ":=", 2) == 0 || pipe->assign)) {
                p->at += pipe->assign ? 1 : 2;
                pipe->variables[0] = names[0];
                pipe->variables[1] = names[1];
                return;
        }
        free(names[0]);
        free(names[1]);
        p->at = start;
}

static struct pipe *parse_pipe(struct parser *p)
{
        struct pipe *pipe = xcalloc(1, sizeof(*pipe));

        if (++p->depth > TEMPLATE_DEPTH_MAX)
                fail(p, "too deeply nested");
        skip_space(p);
        parse_declaration(p, pipe);
        while (!p->failed) {
                pipe->calls = xreallocarray(pipe->calls, pipe->count + 1, sizeof(*pipe->calls));
                pipe->calls[pipe->count] = (struct command_call){ 0 };
                if (!parse_call(p, &pipe->calls[pipe->count++]))
                        break;
                skip_space(p);
                if (*p->at != '|')
                        break;
                p->at++;
        }
        p->depth--;
        if (!p->failed)
                return pipe;
        pipe_free(pipe);
        return NULL;
}

/* Behind an action; "-}}" eats the white space that follows. */
static bool close_action(struct parser *p)
{
        bool trim;

        if (!at_end(p))
                return fail(p, "an action is not closed");
        trim = *p->at == '-';
        p->at += trim ? 3 : 2;
        if (trim)
                skip_space(p);
        return true;
}

static struct node *parse_list(struct parser *p, bool inner);

/* After the body: {{end}}, {{else}} or {{else if ...}}. */
static void parse_branches(struct parser *p, struct node *node)
{
        node->body = parse_list(p, true);
        if (p->failed)
                return;
        if (skip_keyword(p, "else")) {
                if (skip_keyword(p, "if")) {
                        node->other = xcalloc(1, sizeof(*node));
                        node->other->kind = NODE_IF;
                        node->other->pipe = parse_pipe(p);
                        if (++p->depth > TEMPLATE_DEPTH_MAX)
                                fail(p, "too deeply nested");
                        if (!p->failed && close_action(p))
                                parse_branches(p, node->other);
                        p->depth--;
                        return;
                }
                if (!close_action(p))
                        return;
                node->other = parse_list(p, true);
        }
        if (!p->failed && (!skip_keyword(p, "end") || !close_action(p)))
                fail(p, "{{end}} is missing");
}

static struct node *parse_action(struct parser *p)
{
        struct node *node = xcalloc(1, sizeof(*node));

        node->kind = skip_keyword(p, "if")      ? NODE_IF
                     : skip_keyword(p, "range") ? NODE_RANGE
                     : skip_keyword(p, "with")  ? NODE_WITH
                                                : NODE_OUTPUT;
        node->pipe = parse_pipe(p);
        if (!p->failed && close_action(p) && node->kind != NODE_OUTPUT) {
                if (++p->depth > TEMPLATE_DEPTH_MAX)
                        fail(p, "too deeply nested");
                else
                        parse_branches(p, node);
                p->depth--;
        }
        return node;
}

/* Text up to the next "{{"; "{{-" takes the white space before it away. */
static struct node *parse_text(struct parser *p)
{
        const char *open = strstr(p->at, "{{");
        size_t len = open ? (size_t)(open - p->at) : strlen(p->at);
        struct node *node = xcalloc(1, sizeof(*node));
        size_t keep = len;

        if (open && open[2] == '-' && isspace((unsigned char)open[3]))
                while (keep > 0 && isspace((unsigned char)p->at[keep - 1]))
                        keep--;
        node->kind = NODE_TEXT;
        node->text = xstrndup(p->at, keep);
        p->at += len;
        return node;
}

static void open_action(struct parser *p)
{
        p->at += 2;
        if (*p->at == '-' && isspace((unsigned char)p->at[1]))
                p->at++;
        skip_space(p);
}

static bool skip_comment(struct parser *p)
{
        const char *end;

        if (strncmp(p->at, "/*", 2) != 0)
                return false;
        end = strstr(p->at, "*/");
        if (!end) {
                fail(p, "a comment does not end");
                return true;
        }
        p->at = end + 2;
        close_action(p);
        return true;
}

/* inner: ends in front of {{end}} or {{else}}, which the caller takes. */
static struct node *parse_list(struct parser *p, bool inner)
{
        struct node *first = NULL, **link = &first;

        while (*p->at && !p->failed) {
                struct node *node;

                if (strncmp(p->at, "{{", 2) != 0) {
                        node = parse_text(p);
                } else {
                        open_action(p);
                        if (skip_comment(p))
                                continue;
                        if ((strncmp(p->at, "end", 3) == 0 && !is_word(p->at[3])) ||
                            (strncmp(p->at, "else", 4) == 0 && !is_word(p->at[4]))) {
                                if (!inner)
                                        fail(p, "unexpected {{end}} or {{else}}");
                                return first;
                        }
                        node = parse_action(p);
                }
                *link = node;
                link = &node->next;
        }
        if (inner && !p->failed)
                fail(p, "{{end}} is missing");
        return first;
}

struct node *template_parse(const char *text, struct error *err)
{
        struct parser p = { .at = text, .err = err };
        struct node *list = parse_list(&p, false);

        if (!p.failed && list)
                return list;
        template_free(list);
        if (!p.failed)
                return parse_text(&(struct parser){ .at = "" });
        return NULL;
}
