/* One container as kelp ps shows it: cells of the table, or an object for --format. */
#ifndef KELP_CLI_CONTAINER_PS_ROW_H
#define KELP_CLI_CONTAINER_PS_ROW_H

#include "base/json.h"
#include "cli/container/ps_brief.h"
#include "cli/output/table.h"
#include "cli/output/template.h"
#include "engine/container/container.h"

#define PS_COLUMNS 7

/* Ends with NULL. */
extern const char *const ps_headings[];

/* Of templates, where they are not the field's name. */
extern const struct template_heading ps_template_headings[];

/* whole: no ID or command is cut. now: nanoseconds since 1970. */
void ps_row_cells(struct table *table, const struct ps_brief *brief, int64_t now, bool whole);

/* podman's keys. for_people: what its templates print, which are texts where its JSON has lists and
 * numbers. */
json_t *ps_row_json(const struct container *container, int64_t now, bool whole, bool for_people);

/* The columns, as words of people; the caller frees. */
char *ps_status_text(const struct container *container, int64_t now);
char *ps_up_text(int64_t started_ns, int64_t now); /* "Up 5 minutes" */
char *ps_command_text(const struct container *container, bool whole);
char *ps_ports_text(const struct container_spec *spec);

#endif
