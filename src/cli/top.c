/* kelp top. Words that are descriptors choose the columns; others are for ps(1), which is then run
 * in the container. */
#include "base/alloc.h"
#include "base/cleanup.h"
#include "cli/table.h"
#include "cli/targets.h"
#include "cli/top_field.h"
#include "engine/container/exec.h"

#include <string.h>

struct top_args {
        bool latest;
};
#define OPT_ARGS struct top_args

static const struct opt top_options[] = {
        OPT_BOOL('l', "latest", latest, "Of the newest container"),
        { 0 },
};

struct columns {
        const struct top_field **fields;
        size_t count;
};

static void columns_release(struct columns *columns)
{
        free(columns->fields);
}

static const char *const default_fields[] = { "user",  "pid", "ppid", "pcpu",
                                              "etime", "tty", "time", "args" };

static void add(struct columns *columns, const struct top_field *field)
{
        columns->fields =
                xreallocarray(columns->fields, columns->count + 1, sizeof(*columns->fields));
        columns->fields[columns->count++] = field;
}

/* A list with commas or blanks; false when one of them is no descriptor. */
static bool add_list(struct columns *columns, const char *list)
{
        for (const char *p = list; *p;) {
                size_t len = strcspn(p, ", ");
                AUTO_FREE char *name = xstrndup(p, len);
                const struct top_field *field = top_field_find(name);

                if (len > 0 && !field)
                        return false;
                if (len > 0)
                        add(columns, field);
                p += len;
                p += strspn(p, ", ");
        }
        return true;
}

/* "-eo LIST", "-o LIST" and plain descriptors; false: these words are for ps(1). */
static bool choose(char *const *words, int count, struct columns *columns)
{
        for (int i = 0; i < count; i++) {
                if (strcmp(words[i], "-eo") == 0 || strcmp(words[i], "-o") == 0)
                        continue;
                if (!add_list(columns, words[i]))
                        return false;
        }
        for (size_t i = 0; count == 0 && i < ARRAY_SIZE(default_fields); i++)
                add_list(columns, default_fields[i]);
        return columns->count > 0;
}

static int print_processes(const struct context *ctx, const struct container *container,
                           const struct columns *columns, struct error *err)
{
        AUTO(processes) processes = { 0 };
        AUTO(top_view) view = { 0 };
        AUTO(table) table = { .columns = columns->count };

        if (processes_of(container, &processes, err) < 0)
                return -1;
        top_view_init(&ctx->store, container, &processes, &view);
        for (size_t c = 0; c < columns->count; c++)
                strv_add(&table.cells, columns->fields[c]->heading);
        for (size_t i = 0; i < processes.count; i++)
                for (size_t c = 0; c < columns->count; c++)
                        strv_take(&table.cells,
                                  columns->fields[c]->text(&view, &processes.items[i]));
        table_print(&table, stdout);
        return 0;
}

static int run_ps(struct context *ctx, struct container *container, struct error *err)
{
        struct exec_options options = { .user = "0:0" };
        int code, rc;

        strv_add(&options.args, "ps");
        for (int i = 1; i < ctx->argc; i++)
                strv_add(&options.args, ctx->argv[i]);
        rc = container_exec(&ctx->store, container, &options, &code, err);
        strv_release(&options.args);
        if (rc < 0) {
                AUTO(strbuf) names = { 0 };

                top_field_names(&names);
                error_context(err, "%s is no descriptor, and ps could not be run in the container",
                              ctx->argv[1]);
                return error_cure(err, "descriptors are %s", names.data);
        }
        return code;
}

static int top_run(struct context *ctx, void *data, struct error *err)
{
        const struct top_args *args = data;
        struct container container = CONTAINER_EMPTY;
        AUTO(columns) columns = { 0 };
        AUTO(strv) words = { 0 };
        int rc;

        if (target_first(ctx, args->latest, 0, &words, err) < 0 ||
            container_lookup(&ctx->store, ctx->argv[0], &container, err) < 0)
                return -1;
        rc = choose(ctx->argv + 1, ctx->argc - 1, &columns)
                     ? print_processes(ctx, &container, &columns, err)
                     : run_ps(ctx, &container, err);
        container_release(&container);
        return rc;
}

const struct command cmd_top = {
        .name = "top",
        .synopsis = "[OPTIONS] CONTAINER [DESCRIPTOR...|PS-ARGUMENT...]",
        .summary = "Show the processes of a running container",
        .needs = NEEDS_STORE,
        .stop_at_operand = true,
        .max_operands = -1,
        .args_size = sizeof(struct top_args),
        .options = top_options,
        .run = top_run,
};
