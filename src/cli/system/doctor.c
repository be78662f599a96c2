/* kelp doctor: each thing that rootless containers stand on, its state, what it costs to be
 * without, and the one command that cures it. Everything is tried, not guessed; what is not needed
 * on this machine is no finding. */
#include "cli/system/doctor.h"

#include "base/cleanup.h"
#include "cli/command.h"
#include "cli/output/printable.h"
#include "cli/system/probe.h"

#include <assert.h>
#include <stdio.h>

struct doctor_args {
        bool json;
};
#define OPT_ARGS struct doctor_args

static const struct opt doctor_options[] = {
        OPT_BOOL(0, "json", json, "For programs: an array, one object a line of the table"),
        { 0 },
};

static const char *const state_words[] = { "ok", "warning", "missing" };
static_assert(ARRAY_SIZE(state_words) == DOCTOR_STATE_COUNT, "a word for each state");

void doctor_add(struct doctor_report *report, const char *what, enum doctor_state state,
                const char *detail, const char *cost, const char *cure)
{
        json_t *row = json_object();

        if (state > report->worst)
                report->worst = state;
        json_set_string(row, "name", what);
        json_set_string(row, "state", state_words[state]);
        json_set_string(row, "detail", detail);
        json_set_string(row, "cost", state == DOCTOR_OK ? "" : cost);
        json_set_string(row, "cure", state == DOCTOR_OK ? "" : cure);
        json_array_append_new(report->rows, row);
}

const char *doctor_cure(const struct doctor_report *report, const char *here, const char *outside)
{
        return report->inside ? outside : here;
}

static void print_rows(const json_t *rows)
{
        size_t i;
        json_t *row;

        json_array_foreach (rows, i, row) {
                AUTO_FREE char *detail = printable(json_get_string(row, "detail", ""));
                const char *cost = json_get_string(row, "cost", "");
                const char *cure = json_get_string(row, "cure", "");

                printf("%-8s %-22s %s\n", json_get_string(row, "state", ""),
                       json_get_string(row, "name", ""), detail);
                if (cost[0])
                        printf("         without it: %s\n", cost);
                if (cure[0])
                        printf("         cure: %s\n", cure);
        }
}

static int doctor_run(struct context *ctx, void *data, struct error *err)
{
        const struct doctor_args *args = data;
        AUTO_JSON json_t *rows = json_array();
        struct doctor_report report = { .rows = rows,
                                        .store = &ctx->store,
                                        .inside = probe_inside_container() };

        (void)err;
        doctor_users(&report);
        doctor_storage(&report);
        doctor_isolation(&report);
        doctor_network(&report);
        doctor_session(&report);
        if (args->json) {
                json_dumpf(rows, stdout, JSON_INDENT(4));
                printf("\n");
        } else {
                print_rows(rows);
        }
        return (int)report.worst;
}

const struct command cmd_doctor = {
        .name = "doctor",
        .synopsis = "[OPTIONS]",
        .summary = "Check what containers without root stand on",
        .notes = "States: ok; warning: something that can be done without, at the cost that is "
                 "told;\n"
                 "missing: no container can be started. Exit code: 0 all is ok, 1 a warning is the "
                 "worst,\n"
                 "2 something is missing. Keys of --json: name, state, detail, cost, cure.\n",
        .needs = NEEDS_STORE,
        .args_size = sizeof(struct doctor_args),
        .options = doctor_options,
        .run = doctor_run,
};
