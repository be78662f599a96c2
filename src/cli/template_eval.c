/* Evaluating a template's tree over JSON values. Variables live in a linked list of frames on the
 * stack; every value is a reference of its own. */
#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/strbuf.h"
#include "cli/template_tree.h"

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

static void *no_field(struct eval *e, const json_t *object, const char *name)
{
        AUTO(strbuf) have = { .max = 600 };
        const char *key;
        json_t *value;

        json_object_foreach ((json_t *)(uintptr_t)object, key, value) {
                strbuf_addf(&have, "%s.%s", have.len ? ", " : "", key);
        }
        error_set(e->err, ERROR_USAGE, "template: there is no field .%s; there are: %s", name,
                  have.data ? have.data : "none");
        return NULL;
}

/* Follow .A.B from a value; a new reference. Maps with free keys (labels) give nothing for a
 * missing key: they are marked by their parent's field being "Labels". */
static json_t *follow(struct eval *e, json_t *value, const struct strv *path)
{
        bool free_keys = false;

        for (size_t i = 0; i < path->count; i++) {
                const char *name = path->items[i];
                json_t *next = json_object_get(value, name);

                if (!next && (json_is_null(value) || free_keys))
                        return json_null();
                if (!next)
                        return no_field(e, value, name);
                free_keys = strcmp(name, "Labels") == 0 || strcmp(name, "Ports") == 0;
                value = next;
        }
        return json_incref(value);
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

/* One command of a pipeline; `last` (or NULL) is what the one before gave. */
static json_t *eval_call(struct eval *e, const struct command_call *call, json_t *last)
{
        json_t *args[ARGS_MAX + 1];
        size_t count = 0;
        json_t *result = NULL;
        bool ok = true;

        if (call->terms[0].kind != TERM_FUNCTION) {
                if (call->count > 1 || last) {
                        error_set(e->err, ERROR_USAGE, "template: a value is used like a function");
                        return NULL;
                }
                return eval_term(e, &call->terms[0]);
        }
        for (size_t i = 1; ok && i < call->count && count < ARGS_MAX; i++) {
                args[count] = eval_term(e, &call->terms[i]);
                ok = args[count] != NULL;
                count += ok;
        }
        if (ok && last)
                args[count++] = json_incref(last);
        if (ok)
                result = template_call(call->terms[0].name, args, count, e->err);
        while (count > 0)
                json_decref(args[--count]);
        return result;
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

static void push(struct eval *e, const char *name, json_t *value)
{
        if (name && e->count < VARIABLES_MAX)
                e->variables[e->count++] = (struct variable){ name, json_incref(value) };
}

static void pop_to(struct eval *e, size_t count)
{
        while (e->count > count)
                json_decref(e->variables[--e->count].value);
}

static void assign(struct eval *e, const char *name, json_t *value)
{
        for (size_t i = e->count; i-- > 0;)
                if (strcmp(e->variables[i].name, name) == 0) {
                        json_decref(e->variables[i].value);
                        e->variables[i].value = json_incref(value);
                        return;
                }
        push(e, name, value);
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
        int rc;

        if (names[1]) {
                push(e, names[0], key);
                push(e, names[1], value);
        } else {
                push(e, names[0], value);
        }
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

static int eval_node(struct eval *e, const struct node *node)
{
        AUTO_JSON json_t *value = NULL;
        size_t mark = e->count;
        int rc;

        if (node->kind == NODE_TEXT)
                return strbuf_adds(e->out, node->text)
                               ? 0
                               : error_set(e->err, ERROR_TOO_LARGE, "template: too much output");
        value = eval_pipe(e, node->pipe);
        if (!value)
                return -1;
        if (node->kind == NODE_RANGE)
                return eval_range(e, node, value);
        if (node->pipe->variables[0] && node->pipe->assign)
                assign(e, node->pipe->variables[0], value);
        else
                push(e, node->pipe->variables[0], value);
        if (node->kind == NODE_OUTPUT) {
                if (!node->pipe->variables[0])
                        template_format(value, e->out);
                return 0; /* a variable lives on to the end of the list */
        }
        if (!template_truth(value))
                rc = eval_list(e, node->other);
        else
                rc = node->kind == NODE_WITH ? eval_body(e, node->body, value)
                                             : eval_list(e, node->body);
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
