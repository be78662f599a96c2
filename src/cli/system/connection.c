/* kelp system connection list: podman's connections to other machines, as its own commands have
 * written them to podman-connections.json, and as containers.conf has them. kelp works where it is
 * called and uses none of them. */
#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/path.h"
#include "cli/command.h"
#include "cli/output/table.h"
#include "cli/output/template.h"
#include "engine/container/containers_conf.h"

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

/* No file: no connections. */
static int read_connections(json_t **connection_out, struct error *err)
{
        AUTO_FREE char *file = connections_file();
        AUTO_JSON json_t *json = NULL;
        struct error why = { 0 };

        if (file && json_read_file(AT_FDCWD, file, LIMIT_CONF_FILE, &json, &why) < 0 &&
            why.sys != ENOENT)
                return error_copy(err, &why);
        *connection_out = json_incref(json_object_get(json, "Connection"));
        return 0;
}

static void add_row(json_t *rows, const char *name, const char *uri, const char *identity,
                    bool is_machine, bool read_write)
{
        json_object_set_new(rows, name,
                            json_pack("{s:s, s:s, s:s, s:b, s:b}", "Name", name, "URI", uri,
                                      "Identity", identity, "IsMachine", is_machine, "ReadWrite",
                                      read_write));
}

/* The file's go before those of containers.conf. */
static json_t *rows_by_name(const json_t *connection, const json_t *engine)
{
        json_t *rows = json_object(), *one;
        const char *name;

        json_object_foreach (json_object_get(engine, "service_destinations"), name, one)
                add_row(rows, name, json_get_string(one, "uri", ""),
                        json_get_string(one, "identity", ""),
                        json_get_bool(one, "is_machine", false), false);
        json_object_foreach (json_object_get(connection, "Connections"), name, one)
                add_row(rows, name, json_get_string(one, "URI", ""),
                        json_get_string(one, "Identity", ""),
                        json_get_bool(one, "IsMachine", false), true);
        return rows;
}

static json_t *sort_rows(const json_t *by_name, const char *chosen)
{
        AUTO(strv) names = { 0 };
        json_t *rows = json_array(), *row;
        const char *name;

        json_object_foreach ((json_t *)by_name, name, row)
                strv_add(&names, name);
        strv_sort(&names);
        for (size_t i = 0; i < names.count; i++) {
                row = json_object_get(by_name, names.items[i]);
                json_object_set_new(row, "Default",
                                    json_boolean(strcmp(names.items[i], chosen) == 0));
                json_array_append(rows, row);
        }
        return rows;
}

static int load(json_t **rows_out, struct error *err)
{
        const json_t *whole = containers_conf(err), *engine = json_object_get(whole, "engine");
        AUTO_JSON json_t *connection = NULL;
        AUTO_JSON json_t *by_name = NULL;
        const char *chosen;

        if (!whole || read_connections(&connection, err) < 0)
                return -1;
        by_name = rows_by_name(connection, engine);
        chosen = json_get_string(connection, "Default", "");
        *rows_out = sort_rows(by_name,
                              chosen[0] ? chosen : json_get_string(engine, "active_service", ""));
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
                strv_add(&table.cells, json_get_bool(row, "ReadWrite", false) ? "true" : "false");
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
