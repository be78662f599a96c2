/* The syntax tree of a template. */
#ifndef KELP_CLI_OUTPUT_TEMPLATE_TREE_H
#define KELP_CLI_OUTPUT_TEMPLATE_TREE_H

#include "base/error.h"
#include "base/json.h"
#include "base/strbuf.h"

#include <stddef.h>

#define TEMPLATE_DEPTH_MAX 64

/* One operand of a command. */
enum term_kind { TERM_LITERAL, TERM_FIELD, TERM_VARIABLE, TERM_FUNCTION, TERM_PIPE };

struct pipe;

struct term {
        enum term_kind kind;
        json_t *literal;
        char *name;        /* variable or function */
        struct strv path;  /* fields behind a dot, a variable or parentheses */
        struct pipe *pipe; /* in parentheses */
};

struct command_call {
        struct term *terms;
        size_t count;
};

struct pipe {
        char *variables[2]; /* $i, $v := ... ; NULL: none */
        bool assign;        /* "=" to an existing one */
        struct command_call *calls;
        size_t count;
};

enum node_kind { NODE_TEXT, NODE_OUTPUT, NODE_IF, NODE_RANGE, NODE_WITH };

struct node {
        enum node_kind kind;
        char *text;
        struct pipe *pipe;
        struct node *body, *other; /* first of a list */
        struct node *next;
};

/* NULL with *err when the text is not a template. */
struct node *template_parse(const char *text, struct error *err);
void template_free(struct node *list);

/* Evaluate with `data` as the dot; appends to out. */
int template_eval(const struct node *list, const json_t *data, struct strbuf *out,
                  struct error *err);

/* The member `field` of a value that was itself reached as `parent` (NULL: the top): a new
 * reference, NULL with *err. */
json_t *template_field(const json_t *value, const char *parent, const char *field,
                       struct error *err);

/* Print the value of a field that is a point in time, as Go does; false when it is none. */
bool template_format_time(const char *parent, const char *field, const json_t *value,
                          struct strbuf *out);

/* printf's text: a new reference, NULL with *err. */
json_t *template_printf(json_t **args, size_t count, struct error *err);

/* Call a function: a new reference, NULL with *err. */
json_t *template_call(const char *name, json_t **args, size_t count, struct error *err);
bool template_is_function(const char *name);

/* Go's idea of truth, and of how a value prints. */
bool template_truth(const json_t *value);
void template_format(const json_t *value, struct strbuf *out);

#endif
