/* --format: Go templates (text/template) over JSON.
 *
 * Offered: fields, variables, pipelines, parentheses, literals; if, else if, range (with index and
 * value), with, end; trim markers and comments; the functions of template_functions.c. A field that
 * an object does not have is an error that names those it has.
 */
#ifndef KELP_CLI_OUTPUT_TEMPLATE_H
#define KELP_CLI_OUTPUT_TEMPLATE_H

#include "base/error.h"
#include "base/json.h"

#include <stdio.h>

/* Print data by the template: an array once for each element, each on a line, or as a whole when it
 * begins with {{range .}}. "json" and "{{json .}}" print data as it is. "table ..." aligns columns,
 * which tabs or spaces separate, and puts a heading over them. \t and \n in the text are escapes.
 */
int template_print(const char *text, const json_t *data, FILE *out, struct error *err);

/* Is it one of the texts that ask for JSON? */
bool template_asks_json(const char *text);

/* A table's headings are the fields' names in capitals, unless one stands here. Ends with { 0 }. */
struct template_heading {
        const char *field, *text;
};

/* In their place: no headings at all. */
extern const struct template_heading template_no_headings[];

/* The same with headings; NULL: the fields' names. */
int template_print_headed(const char *text, const json_t *data,
                          const struct template_heading *headings, FILE *out, struct error *err);

#endif
