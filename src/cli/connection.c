/* kelp system connection list: podman's connections to other machines, as its own commands have
 * written them to podman-connections.json. kelp works where it is called and uses none of them. */
#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/path.h"
#include "cli/command.h"
#include "cli/table.h"
#include "cli/template.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct connection_args {
        bool quiet;
        const char *format;
};
#define OPT_ARGS struct connection_args

static const struct opt connection_options[] = {
        OPT_STR('f', "format", format, "FORMAT", "json, or a Go template"),
        OPT_BOOL('q', "quiet", quiet, "Names only"),
        { 0 },
};

static char *connections_file(void)
{
        const char *named = getenv("PODMAN_CONNECTIONS_CONF");

        return named && named[0] ? xstrdup(named)
                                 : path_in_config("containers/podman-connections.json");
}

static json_t *row_of(const char *name, const json_t *connection, const char *chosen)
{
        return json_pack("{s:s, s:s, s:s, s:b, s:b, s:b}", "Name", name, "URI",
                         json_get_string(connection, "URI", ""), "Identity",
                         json_get_string(connection, "Identity", ""), "IsMachine",
                         json_get_bool(connection, "IsMachine", false), "Default",
                         strcmp(name, chosen) == 0, "ReadWrite", true);
}

/* Rows by name. No file: no connections. */
static int load(json_t **rows_out, struct error *err)
{
        AUTO_FREE char *file = connections_file();
        AUTO_JSON json_t *json = NULL;
        AUTO_JSON json_t *rows = json_array();
        AUTO(strv) names = { 0 };
        struct error why = { 0 };
        const json_t *connections;
        const char *name;
        json_t *connection;

        if (file && json_read_file(AT_FDCWD, file, LIMIT_CONF_FILE, &json, &why) < 0 &&
            why.sys != ENOENT)
                return error_copy(err, &why);
        json = json ? json : json_object();
        connections = json_object_get(json_object_get(json, "Connection"), "Connections");
        json_object_foreach ((json_t *)connections, name, connection)
                strv_add(&names, name);
        strv_sort(&names);
        for (size_t i = 0; i < names.count; i++)
                json_array_append_new(
                        rows, row_of(names.items[i], json_object_get(connections, names.items[i]),
                                     json_get_string(json_object_get(json, "Connection"), "Default",
                                                     "")));
        *rows_out = take_ptr(rows);
        return 0;
}

static void print_table(const json_t *rows)
{
        AUTO(table) table = { .columns = 5 };
        size_t i;
        json_t *row;

        strv_add_array(&table.cells, (const char *const[]){ "Name", "URI", "Identity", "Default",
                                                            "ReadWrite", NULL });
        json_array_foreach (rows, i, row) {
                strv_add(&table.cells, json_get_string(row, "Name", ""));
                strv_add(&table.cells, json_get_string(row, "URI", ""));
                strv_add(&table.cells, json_get_string(row, "Identity", ""));
                strv_add(&table.cells, json_get_bool(row, "Default", false) ? "true" : "false");
                strv_add(&table.cells, "true");
        }
        table_print(&table, stdout);
}

static int list_run(struct context *ctx, void *data, struct error *err)
{
        const struct connection_args *args = data;
        AUTO_JSON json_t *rows = NULL;

        (void)ctx;
        if (load(&rows, err) < 0)
                return -1;
        if (args->quiet)
                return template_print("{{.Name}}", rows, stdout, err);
        if (args->format)
                return template_print(args->format, rows, stdout, err);
        print_table(rows);
        return 0;
}

const struct command cmd_system_connection_list = {
        .name = "system connection list",
        .synopsis = "[OPTIONS]",
        .summary = "List podman's connections to other machines, which kelp does not use",
        .args_size = sizeof(struct connection_args),
        .options = connection_options,
        .run = list_run,
};
