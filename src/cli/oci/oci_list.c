/* kelp oci list, ps. */
#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/spawn.h"
#include "cli/oci/oci.h"
#include "cli/output/table.h"

#include <stdlib.h>
#include <string.h>

struct list_args {
        const char *format;
        bool quiet;
};
#define OPT_ARGS struct list_args

static const struct opt list_options[] = {
        OPT_STR('f', "format", format, "FORMAT", "table or json"),
        OPT_BOOL('q', "quiet", quiet, "Only the ids"),
        { 0 },
};

static const struct opt ps_options[] = {
        OPT_STR('f', "format", format, "FORMAT", "table or json"),
        { 0 },
};

static int check_format(const char *format, bool *json_out, struct error *err)
{
        *json_out = format && strcmp(format, "json") == 0;
        if (format && !*json_out && strcmp(format, "table") != 0)
                return error_set(err, ERROR_USAGE, "unknown format \"%s\": table or json", format);
        return 0;
}

static void add_row(struct table *table, const json_t *state)
{
        static const char *const keys[] = { "id", "pid", "status", "bundle", "created", "owner" };

        for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
                const json_t *value = json_object_get(state, keys[i]);

                if (json_is_integer(value))
                        strv_addf(&table->cells, "%" JSON_INTEGER_FORMAT,
                                  json_integer_value(value));
                else
                        strv_add(&table->cells, json_get_string(state, keys[i], ""));
        }
}

/* The states of all; one that goes away meanwhile is passed over. */
static int gather(struct context *ctx, json_t *states, struct error *err)
{
        const struct oci_root *root = &oci_context_of(ctx)->root;
        AUTO(strv) ids = { 0 };

        if (oci_root_list(root, &ids, err) < 0)
                return -1;
        for (size_t i = 0; i < ids.count; i++) {
                AUTO(oci_container) container = OCI_CONTAINER_EMPTY;

                if (oci_container_open(root, ids.items[i], false, &container, NULL) == 0)
                        json_array_append_new(states, oci_container_state(&container));
        }
        return 0;
}

static void print_table(const json_t *states)
{
        static const char *const heads[] = { "ID", "PID", "STATUS", "BUNDLE", "CREATED", "OWNER" };
        AUTO(table) table = { .columns = ARRAY_SIZE(heads) };
        size_t i;
        json_t *state;

        for (i = 0; i < ARRAY_SIZE(heads); i++)
                strv_add(&table.cells, heads[i]);
        json_array_foreach (states, i, state)
                add_row(&table, state);
        table_print(&table, stdout);
}

static int list_run(struct context *ctx, void *data, struct error *err)
{
        const struct list_args *args = data;
        AUTO_JSON json_t *states = json_array();
        bool json;
        size_t i;
        json_t *state;

        if (check_format(args->format, &json, err) < 0 || gather(ctx, states, err) < 0)
                return -1;
        if (json) {
                json_dumpf(states, stdout, JSON_COMPACT);
                putchar('\n');
        } else if (args->quiet) {
                json_array_foreach (states, i, state)
                        puts(json_get_string(state, "id", ""));
        } else {
                print_table(states);
        }
        return 0;
}

/* Which word of ps's first line is "PID". */
static size_t pid_column(const char *line)
{
        AUTO_FREE char *copy = xstrndup(line, strcspn(line, "\n"));
        char *rest = copy, *word;
        size_t column = 0;

        while ((word = strsep(&rest, " "))) {
                if (strcmp(word, "PID") == 0)
                        return column;
                column += word[0] != '\0';
        }
        return SIZE_MAX;
}

static pid_t pid_of(const char *line, size_t column)
{
        AUTO_FREE char *copy = xstrndup(line, strcspn(line, "\n"));
        char *rest = copy, *word;

        while ((word = strsep(&rest, " "))) {
                if (word[0] == '\0')
                        continue;
                if (column-- == 0)
                        return (pid_t)strtol(word, NULL, 10);
        }
        return 0;
}

static bool is_member(const struct cgroup_pids *pids, pid_t pid)
{
        for (size_t i = 0; i < pids->count; i++)
                if (pids->items[i] == pid)
                        return true;
        return false;
}

/* ps(1) shows what it shows; of its lines those of the container are printed. */
static int print_ps(const struct cgroup_pids *pids, int argc, char **argv, struct error *err)
{
        AUTO(strv) words = { 0 };
        AUTO_FREE char *text = NULL;
        size_t column;
        int code;

        strv_add(&words, "ps");
        for (int i = 0; i < argc; i++)
                strv_add(&words, argv[i]);
        if (argc == 0)
                strv_add(&words, "-ef");
        code = spawn_capture((const char *const *)words.items, NULL, (size_t)16 << 20, &text, NULL,
                             err);
        if (code < 0)
                return -1;
        column = pid_column(text);
        if (code != 0 || column == SIZE_MAX)
                return error_set(err, ERROR_USAGE,
                                 "ps failed, or its output has no PID column to go by");
        for (const char *line = text, *end; (end = strchr(line, '\n')); line = end + 1)
                if (line == text || is_member(pids, pid_of(line, column)))
                        printf("%.*s\n", (int)(end - line), line);
        return 0;
}

static int ps_run(struct context *ctx, void *data, struct error *err)
{
        const struct list_args *args = data;
        AUTO(oci_container) container = OCI_CONTAINER_EMPTY;
        AUTO(cgroup_pids) pids = { 0 };
        AUTO_JSON json_t *list = json_array();
        bool json;

        if (check_format(args->format, &json, err) < 0 ||
            oci_context_open(ctx, false, &container, err) < 0)
                return -1;
        if (!container.record.cgroup)
                return error_set(err, ERROR_UNSUPPORTED,
                                 "container \"%s\" has no cgroup of its own, which knows its "
                                 "processes",
                                 container.id);
        if (cgroup_pids(container.record.cgroup, true, &pids, err) < 0)
                return -1;
        if (!json)
                return print_ps(&pids, ctx->argc - 1, ctx->argv + 1, err);
        for (size_t i = 0; i < pids.count; i++)
                json_array_append_new(list, json_integer(pids.items[i]));
        json_dumpf(list, stdout, JSON_COMPACT);
        putchar('\n');
        return 0;
}

const struct command cmd_oci_list = {
        .name = "oci list",
        .synopsis = "[OPTIONS]",
        .summary = "List containers",
        .max_operands = 0,
        .args_size = sizeof(struct list_args),
        .options = list_options,
        .run = list_run,
};

const struct command cmd_oci_ps = {
        .name = "oci ps",
        .synopsis = "[OPTIONS] CONTAINER [PS OPTION...]",
        .summary = "List the processes of a container",
        .stop_at_operand = true,
        .min_operands = 1,
        .max_operands = -1,
        .args_size = sizeof(struct list_args),
        .options = ps_options,
        .run = ps_run,
};
