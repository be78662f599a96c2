/* kelp ps. */
#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/strbuf.h"
#include "cli/command.h"
#include "cli/human.h"
#include "cli/table.h"
#include "cli/template.h"
#include "engine/container/container.h"
#include "engine/container/state.h"

#include <stdio.h>
#include <string.h>

struct ps_args {
        bool all, quiet, no_trunc, no_heading, latest;
        const char *format;
        struct opt_int last;
        struct strv filters;
};
#define OPT_ARGS struct ps_args

static const struct opt ps_options[] = {
        OPT_BOOL('a', "all", all, "Show those that do not run too"),
        OPT_LIST('f', "filter", filters, "KEY=VALUE",
                 "id, name, status, label, ancestor or exited"),
        OPT_STR(0, "format", format, "FORMAT", "json, or a Go template"),
        OPT_INT('n', "last", last, "NUMBER", "Show the newest ones, running or not"),
        OPT_BOOL('l', "latest", latest, "Show the newest one, running or not"),
        OPT_BOOL(0, "noheading", no_heading, "Leave the heading out"),
        OPT_BOOL(0, "no-trunc", no_trunc, "Show whole IDs and commands"),
        OPT_BOOL('q', "quiet", quiet, "Show only IDs"),
        OPT_REFUSED('s', "size", "sizes are not kept; see du on the store"),
        OPT_REFUSED('w', "watch", "use watch(1)"),
        OPT_REFUSED(0, "sort", "the newest comes first"),
        OPT_REFUSED('p', "pod", "there are no pods"),
        { 0 },
};

static char *status_text(const struct container *c, int64_t now)
{
        AUTO_FREE char *span = NULL;

        switch (c->state.status) {
        case CONTAINER_CREATED:
                return xstrdup("Created");
        case CONTAINER_RUNNING:
                span = human_duration((now - c->state.started_ns) / 1000000000);
                return xasprintf("Up %s", span);
        case CONTAINER_LOST:
                return xstrdup("Exited (137), monitor lost");
        case CONTAINER_EXITED:
                break;
        }
        span = human_duration((now - c->state.finished_ns) / 1000000000);
        return xasprintf("Exited (%d) %s ago", c->state.exit_code, span);
}

static char *ports_text(const struct container_spec *spec)
{
        AUTO(strbuf) out = { 0 };

        for (size_t i = 0; i < spec->port_count; i++)
                strbuf_addf(&out, "%s%s:%u->%u/%s", i ? ", " : "",
                            spec->ports[i].host_ip[0] ? spec->ports[i].host_ip : "0.0.0.0",
                            spec->ports[i].host_port, spec->ports[i].container_port,
                            spec->ports[i].udp ? "udp" : "tcp");
        return strbuf_take(&out);
}

static char *command_text(const struct container_spec *spec, bool whole)
{
        AUTO(strbuf) out = { 0 };

        for (size_t i = 0; i < spec->command.count; i++)
                strbuf_addf(&out, "%s%s", i ? " " : "", spec->command.items[i]);
        if (!whole && out.len > 20) {
                out.data[17] = '\0';
                return xasprintf("%s...", out.data);
        }
        return strbuf_take(&out);
}

/* status=, id=, name=, label=, ancestor=, exited=: substring where podman takes a pattern. */
static int matches(const struct container *c, const char *filter, bool *match, struct error *err)
{
        size_t len = strcspn(filter, "=");
        const char *value = filter[len] ? filter + len + 1 : "";
        AUTO_FREE char *key = xstrndup(filter, len);
        AUTO_FREE char *exited = xasprintf("%d", c->state.exit_code);
        const char *label;

        if (strcmp(key, "status") == 0)
                *match = strcmp(container_status_name(c->state.status), value) == 0;
        else if (strcmp(key, "id") == 0)
                *match = strncmp(c->id, value, strlen(value)) == 0;
        else if (strcmp(key, "name") == 0)
                *match = strstr(c->spec.name, value) != NULL;
        else if (strcmp(key, "ancestor") == 0)
                *match = strstr(c->spec.image_name, value) != NULL ||
                         strncmp(c->spec.image_id, value, strlen(value)) == 0;
        else if (strcmp(key, "exited") == 0)
                *match = c->state.status == CONTAINER_EXITED && strcmp(exited, value) == 0;
        else if (strcmp(key, "label") == 0) {
                AUTO_FREE char *name = xstrndup(value, strcspn(value, "="));

                label = strv_env_get(&c->spec.labels, name);
                *match = label &&
                         (!strchr(value, '=') || strcmp(label, strchr(value, '=') + 1) == 0);
        } else
                return error_set(err, ERROR_UNSUPPORTED, "filter \"%s\" is not supported", key);
        return 0;
}

/* Different keys must all match, values of one key are alternatives (podman-ps(1)). */
static int wanted(const struct ps_args *args, const struct container *c, size_t index, bool *show,
                  struct error *err)
{
        bool status_asked = false;

        *show = true;
        for (size_t i = 0; i < args->filters.count; i++) {
                const char *filter = args->filters.items[i];
                size_t key_len = strcspn(filter, "=");
                bool any = false;

                status_asked = status_asked || strncmp(filter, "status=", 7) == 0 ||
                               strncmp(filter, "exited=", 7) == 0;
                for (size_t k = 0; k < args->filters.count; k++) {
                        bool match = false;

                        if (strncmp(args->filters.items[k], filter, key_len + 1) != 0)
                                continue;
                        if (matches(c, args->filters.items[k], &match, err) < 0)
                                return -1;
                        any = any || match;
                }
                *show = *show && any;
        }
        if (args->latest || args->last.set)
                *show = *show && index < (args->latest ? 1 : (size_t)args->last.value);
        else if (!args->all && !status_asked)
                *show = *show && c->state.status == CONTAINER_RUNNING;
        return 0;
}

static json_t *labels_json(const struct strv *labels)
{
        json_t *json = json_object();

        for (size_t i = 0; i < labels->count; i++) {
                AUTO_FREE char *key = xstrndup(labels->items[i], strcspn(labels->items[i], "="));

                json_set_string(json, key, labels->items[i] + strlen(key) + 1);
        }
        return json;
}

static json_t *ports_json(const struct container_spec *spec)
{
        json_t *array = json_array();

        for (size_t i = 0; i < spec->port_count; i++)
                json_array_append_new(array,
                                      json_pack("{s:s, s:i, s:i, s:i, s:s}", "host_ip",
                                                spec->ports[i].host_ip, "container_port",
                                                spec->ports[i].container_port, "host_port",
                                                spec->ports[i].host_port, "range", 1, "protocol",
                                                spec->ports[i].udp ? "udp" : "tcp"));
        return array;
}

/* podman's keys: lists and numbers in JSON, text for people in templates. */
static json_t *row_json(const struct container *c, int64_t now, bool for_people)
{
        AUTO_FREE char *status = status_text(c, now);
        AUTO_FREE char *created = human_rfc3339(c->spec.created_ns);
        AUTO_FREE char *age = human_duration((now - c->spec.created_ns) / 1000000000);
        AUTO_FREE char *created_at = xasprintf("%s ago", age);
        AUTO_FREE char *ports = ports_text(&c->spec);
        AUTO_FREE char *command = command_text(&c->spec, true);
        bool running = c->state.status == CONTAINER_RUNNING;
        json_t *json = json_pack(
                "{s:s, s:s, s:s, s:s, s:s, s:s, s:I, s:i, s:i, s:b, s:b}", "Id", c->id, "Image",
                c->spec.image_name, "ImageID", c->spec.image_id, "State",
                container_status_name(c->state.status), "Status", status, "CreatedAt", created_at,
                "StartedAt", (json_int_t)(c->state.started_ns / 1000000000), "Pid",
                running ? (int)c->state.pid : 0, "ExitCode", c->state.exit_code, "Exited",
                c->state.status == CONTAINER_EXITED || c->state.status == CONTAINER_LOST,
                "AutoRemove", c->spec.auto_remove);

        json_object_set_new(json, "Labels", labels_json(&c->spec.labels));
        json_set_string(json, "Created", created);
        json_object_set_new(json, "ExitedAt",
                            json_integer(c->state.finished_ns ? c->state.finished_ns / 1000000000
                                                              : -62135596800));
        json_object_set_new(json, "Mounts", json_array());
        for (size_t i = 0; i < c->spec.mount_count; i++)
                json_array_append_new(json_object_get(json, "Mounts"),
                                      json_string_any(c->spec.mounts[i].target));
        if (for_people) {
                json_set_string(json, "ID", c->id);
                json_set_string(json, "Names", c->spec.name);
                json_set_string(json, "Ports", ports);
                json_set_string(json, "Command", command);
                json_set_string(json, "RunningFor", created_at);
        } else {
                json_object_set_new(json, "Names", json_pack("[s]", c->spec.name));
                json_object_set_new(json, "Ports", ports_json(&c->spec));
                json_object_set_new(json, "Command", json_from_strv(&c->spec.command));
        }
        return json;
}

static void table_row(struct table *table, const struct container *c, int64_t now, bool whole)
{
        AUTO_FREE char *age = human_duration((now - c->spec.created_ns) / 1000000000);

        strv_addf(&table->cells, whole ? "%s" : "%.12s", c->id);
        strv_add(&table->cells, c->spec.image_name);
        strv_take(&table->cells, command_text(&c->spec, whole));
        strv_addf(&table->cells, "%s ago", age);
        strv_take(&table->cells, status_text(c, now));
        strv_take(&table->cells, ports_text(&c->spec));
        strv_add(&table->cells, c->spec.name);
}

static int collect(const struct ps_args *args, const struct container_list *list,
                   struct table *table, json_t *rows, struct error *err)
{
        int64_t now = state_now_ns();
        bool json = args->format && strcmp(args->format, "json") == 0;

        for (size_t i = 0; i < list->count; i++) {
                const struct container *c = &list->items[i];
                bool show;

                if (wanted(args, c, i, &show, err) < 0)
                        return -1;
                if (!show)
                        continue;
                if (args->quiet)
                        printf(args->no_trunc ? "%s\n" : "%.12s\n", c->id);
                else if (args->format)
                        json_array_append_new(rows, row_json(c, now, !json));
                else
                        table_row(table, c, now, args->no_trunc);
        }
        return 0;
}

static int ps_run(struct context *ctx, void *data, struct error *err)
{
        const struct ps_args *args = data;
        struct container_list list;
        AUTO(table) table = { .columns = 7 };
        AUTO_JSON json_t *rows = json_array();
        int rc;

        if (container_list_load(&ctx->store, &list, err) < 0)
                return -1;
        if (!args->no_heading)
                strv_add_array(&table.cells,
                               (const char *const[]){ "CONTAINER ID", "IMAGE", "COMMAND", "CREATED",
                                                      "STATUS", "PORTS", "NAMES", NULL });
        rc = collect(args, &list, &table, rows, err);
        container_list_release(&list);
        if (rc < 0 || args->quiet)
                return rc;
        if (args->format)
                return template_print(args->format, rows, stdout, err);
        table_print(&table, stdout);
        return 0;
}

const struct command cmd_ps = {
        .name = "ps",
        .synopsis = "[OPTIONS]",
        .summary = "List containers",
        .needs = NEEDS_STORE,
        .args_size = sizeof(struct ps_args),
        .options = ps_options,
        .run = ps_run,
};
