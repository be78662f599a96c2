/* Evaluating a template's tree over JSON values. Variables live in a linked list of frames on the
 * stack; every value is a reference of its own. */
#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/strbuf.h"
#include "cli/output/template_tree.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct variable {
        const char *name;
        json_t *value; /* owned */
};

#define VARIABLES_MAX 64
#define ARGS_MAX      16

struct eval {
        json_t *root, *dot; /* borrowed */
        struct variable variables[VARIABLES_MAX];
        size_t count;
        struct strbuf *out;
        struct error *err;
        int depth;
};

static json_t *eval_pipe(struct eval *e, const struct pipe *pipe);

/* Follow .A.B from a value; a new reference. */
static json_t *follow(struct eval *e, json_t *value, const struct strv *path)
{
        json_t *at = json_incref(value);

        for (size_t i = 0; at && i < path->count; i++) {
                const char *parent = i > 0 ? path->items[i - 1] : NULL;
                json_t *next = template_field(at, parent, path->items[i], e->err);

                json_decref(at);
                at = next;
        }
        return at;
}

static json_t *eval_variable(struct eval *e, const struct term *term)
{
        if (!term->name[0])
                return follow(e, e->root, &term->path);
        for (size_t i = e->count; i-- > 0;)
                if (strcmp(e->variables[i].name, term->name) == 0)
                        return follow(e, e->variables[i].value, &term->path);
        error_set(e->err, ERROR_USAGE, "template: undefined variable \"$%s\"", term->name);
        return NULL;
}

static json_t *eval_term(struct eval *e, const struct term *term)
{
        AUTO_JSON json_t *inner = NULL;

        switch (term->kind) {
        case TERM_LITERAL:
                return json_incref(term->literal);
        case TERM_FIELD:
                return follow(e, e->dot, &term->path);
        case TERM_VARIABLE:
                return eval_variable(e, term);
        case TERM_FUNCTION:
                return template_call(term->name, NULL, 0, e->err);
        case TERM_PIPE:
                inner = eval_pipe(e, term->pipe);
                return inner ? follow(e, inner, &term->path) : NULL;
        }
        return NULL;
}

/* "and" and "or" stop at the argument that decides, so that what is behind may be wrong:
 * {{if and .Mounts (index .Mounts 0)}}. NULL when none decides, or with *err. */
static json_t *deciding(const char *name, json_t *arg)
{
        if (!template_truth(arg) == (strcmp(name, "and") == 0))
                return json_incref(arg);
        return NULL;
}

static bool is_logic(const struct term *term)
{
        return term->kind == TERM_FUNCTION &&
               (strcmp(term->name, "and") == 0 || strcmp(term->name, "or") == 0);
}

static json_t *call_function(struct eval *e, const struct command_call *call, json_t *last)
{
        json_t *args[ARGS_MAX + 1];
        const struct term *name = &call->terms[0];
        size_t count = 0;
        json_t *result = NULL;
        bool ok = true;

        for (size_t i = 1; ok && !result && i < call->count; i++) {
                args[count] = eval_term(e, &call->terms[i]);
                ok = args[count] != NULL;
                count += ok;
                if (ok && is_logic(name))
                        result = deciding(name->name, args[count - 1]);
        }
        if (ok && last)
                args[count++] = json_incref(last);
        if (ok && !result)
                result = template_call(name->name, args, count, e->err);
        while (count > 0)
                json_decref(args[--count]);
        return result;
}

/* {{.Label "name"}}: podman's one method with an argument is a look into .Labels. */
static json_t *call_label(struct eval *e, const struct command_call *call)
{
        AUTO_JSON json_t *name = eval_term(e, &call->terms[1]);
        json_t *labels = json_object_get(e->dot, "Labels");
        const char *key = json_string_value(name);

        if (!name)
                return NULL;
        return json_string_any(key ? json_get_string(labels, key, "") : "");
}

static bool is_label(const struct eval *e, const struct command_call *call)
{
        const struct term *term = &call->terms[0];

        return call->count == 2 && term->kind == TERM_FIELD && term->path.count == 1 &&
               strcmp(term->path.items[0], "Label") == 0 && json_object_get(e->dot, "Labels");
}

/* One command of a pipeline; `last` (or NULL) is what the one before gave. */
static json_t *eval_call(struct eval *e, const struct command_call *call, json_t *last)
{
        if (call->count > ARGS_MAX) {
                error_set(e->err, ERROR_USAGE, "template: more than %d arguments", ARGS_MAX - 1);
                return NULL;
        }
        if (call->terms[0].kind == TERM_FUNCTION)
                return call_function(e, call, last);
        if (is_label(e, call) && !last)
                return call_label(e, call);
        if (call->count == 1 && !last)
                return eval_term(e, &call->terms[0]);
        error_set(e->err, ERROR_USAGE, "template: a value is used like a function");
        return NULL;
}

static json_t *eval_pipe(struct eval *e, const struct pipe *pipe)
{
        json_t *value = NULL;

        if (++e->depth > TEMPLATE_DEPTH_MAX) {
                error_set(e->err, ERROR_USAGE, "template: too deeply nested");
                return NULL;
        }
        for (size_t i = 0; i < pipe->count; i++) {
                json_t *next = eval_call(e, &pipe->calls[i], value);

                json_decref(value);
                value = next;
                if (!value)
                        break;
        }
        e->depth--;
        return value;
}

static int push(struct eval *e, const char *name, json_t *value)
{
        if (!name)
                return 0;
        if (e->count >= VARIABLES_MAX)
                return error_set(e->err, ERROR_TOO_LARGE, "template: more than %d variables",
                                 VARIABLES_MAX);
        e->variables[e->count++] = (struct variable){ name, json_incref(value) };
        return 0;
}

static void pop_to(struct eval *e, size_t count)
{
        while (e->count > count)
                json_decref(e->variables[--e->count].value);
}

static int assign(struct eval *e, const char *name, json_t *value)
{
        for (size_t i = e->count; i-- > 0;)
                if (strcmp(e->variables[i].name, name) == 0) {
                        json_decref(e->variables[i].value);
                        e->variables[i].value = json_incref(value);
                        return 0;
                }
        return error_set(e->err, ERROR_USAGE, "template: undefined variable \"$%s\"", name);
}

static int eval_list(struct eval *e, const struct node *list);

static int eval_body(struct eval *e, const struct node *body, json_t *dot)
{
        json_t *outer = e->dot;
        int rc;

        e->dot = dot;
        rc = eval_list(e, body);
        e->dot = outer;
        return rc;
}

static int eval_item(struct eval *e, const struct node *node, json_t *key, json_t *value)
{
        size_t mark = e->count;
        const char *const *names = (const char *const *)node->pipe->variables;
        int rc = names[1] ? push(e, names[0], key) : 0;

        if (rc == 0)
                rc = push(e, names[1] ? names[1] : names[0], value);
        if (rc == 0)
                rc = eval_body(e, node->body, value);
        pop_to(e, mark);
        return rc;
}

static int eval_range(struct eval *e, const struct node *node, json_t *value)
{
        size_t i;
        json_t *item;
        const char *key;
        int rc = 0;

        if (!template_truth(value))
                return eval_list(e, node->other);
        if (!json_is_array(value) && !json_is_object(value))
                return error_set(e->err, ERROR_USAGE,
                                 "template: range over something that is no list");
        json_array_foreach (value, i, item) {
                AUTO_JSON json_t *index = json_integer((json_int_t)i);

                if (rc == 0)
                        rc = eval_item(e, node, index, item);
        }
        json_object_foreach (value, key, item) {
                AUTO_JSON json_t *name = json_string(key);

                if (rc == 0)
                        rc = eval_item(e, node, name, item);
        }
        return rc;
}

static int too_much(struct eval *e)
{
        return error_set(e->err, ERROR_TOO_LARGE, "template: too much output");
}

/* A field alone may be a time, which prints in another way than as text. */
static int print_value(struct eval *e, const struct pipe *pipe, const json_t *value)
{
        const struct term *term = &pipe->calls[0].terms[0];
        size_t fields = term->path.count;
        bool alone = pipe->count == 1 && pipe->calls[0].count == 1 && fields > 0;

        if (!alone || !template_format_time(fields > 1 ? term->path.items[fields - 2] : NULL,
                                            term->path.items[fields - 1], value, e->out))
                template_format(value, e->out);
        return e->out->truncated ? too_much(e) : 0;
}

static int eval_branches(struct eval *e, const struct node *node, json_t *value)
{
        if (!template_truth(value))
                return eval_list(e, node->other);
        return node->kind == NODE_WITH ? eval_body(e, node->body, value) : eval_list(e, node->body);
}

static int eval_node(struct eval *e, const struct node *node)
{
        AUTO_JSON json_t *value = NULL;
        const char *variable = node->pipe ? node->pipe->variables[0] : NULL;
        size_t mark = e->count;
        int rc;

        if (node->kind == NODE_TEXT)
                return strbuf_adds(e->out, node->text) ? 0 : too_much(e);
        value = eval_pipe(e, node->pipe);
        if (!value)
                return -1;
        if (node->kind == NODE_RANGE)
                return eval_range(e, node, value);
        rc = node->pipe->assign ? assign(e, variable, value) : push(e, variable, value);
        if (node->kind == NODE_OUTPUT) /* a variable lives on to the end of the list */
                return rc < 0 || variable ? rc : print_value(e, node->pipe, value);
        if (rc == 0)
                rc = eval_branches(e, node, value);
        pop_to(e, mark);
        return rc;
}

static int eval_list(struct eval *e, const struct node *list)
{
        size_t mark = e->count;
        int rc = 0;

        if (++e->depth > TEMPLATE_DEPTH_MAX)
                return error_set(e->err, ERROR_USAGE, "template: too deeply nested");
        for (; list && rc == 0; list = list->next)
                rc = eval_node(e, list);
        pop_to(e, mark);
        e->depth--;
        return rc;
}

int template_eval(const struct node *list, const json_t *data, struct strbuf *out,
                  struct error *err)
{
        struct eval e = { .root = (json_t *)(uintptr_t)data,
                          .dot = (json_t *)(uintptr_t)data,
                          .out = out,
                          .err = err };

        return eval_list(&e, list);
}
