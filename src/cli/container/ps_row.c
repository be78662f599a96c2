/* One container as kelp ps shows it. The table is made without any JSON: it is what scripts and
 * prompts call again and again. */
#include "cli/container/ps_row.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/strbuf.h"
#include "cli/output/human.h"
#include "engine/network/exposed.h"

#include <string.h>

#define SECOND_NS   1000000000
#define COMMAND_MAX 17 /* bytes of a command that is shown with an ellipsis */
#define ID_SHOWN    12

/* Go's zero time in seconds since 1970. */
#define NEVER       (-62135596800)

const char *const ps_headings[] = { "CONTAINER ID", "IMAGE", "COMMAND", "CREATED",
                                    "STATUS",       "PORTS", "NAMES",   NULL };

const struct template_heading ps_template_headings[] = {
        { "ID", "CONTAINER ID" },
        { "CreatedHuman", "CREATED" },
        { "RunningFor", "RUNNING FOR" },
        { "Pod", "POD ID" },
        { "PodName", "PODNAME" },
        { "Cgroup", "CGROUPNS" },
        { "User", "USERNS" },
        { 0 },
};

static char *age_text(int64_t now, int64_t then)
{
        AUTO_FREE char *span = human_duration((now - then) / SECOND_NS);

        return xasprintf("%s ago", span);
}

/* How one that does not run ended, if it ever ran. */
static char *rest_text(enum container_status status, int exit_code, int64_t finished_ns,
                       int64_t now)
{
        AUTO_FREE char *span = NULL;

        if (status == CONTAINER_CREATED)
                return xstrdup("Created");
        if (status == CONTAINER_INITIALIZED)
                return xstrdup("Initialized");
        if (status == CONTAINER_LOST)
                return xstrdup("Exited (137), monitor lost");
        span = age_text(now, finished_ns);
        return xasprintf("Exited (%d) %s", exit_code, span);
}

char *ps_up_text(int64_t started_ns, int64_t now)
{
        AUTO_FREE char *span = human_duration((now - started_ns) / SECOND_NS);

        return xasprintf("Up %s", span);
}

char *ps_status_text(const struct container *c, int64_t now)
{
        AUTO_FREE char *up = NULL;

        if (c->state.status != CONTAINER_RUNNING)
                return rest_text(c->state.status, c->state.exit_code, c->state.finished_ns, now);
        if (c->state.paused)
                return xstrdup("Paused");
        if (c->state.stopping)
                return xstrdup("Stopping");
        up = ps_up_text(c->state.started_ns, now);
        return c->health[0] ? xasprintf("%s (%s)", up, c->health) : take_ptr(up);
}

static void add_range(struct strbuf *out, const struct exposed_port *first,
                      const struct exposed_port *last)
{
        if (!first->protocol)
                return;
        strbuf_addf(out, "%s%u", out->len ? ", " : "", first->number);
        if (last->number != first->number)
                strbuf_addf(out, "-%u", last->number);
        strbuf_addf(out, "/%s", first->protocol);
}

/* Those that are exposed and not published. */
static void add_exposed(struct strbuf *out, const struct container_spec *spec)
{
        struct exposed_port port = { 0 }, first = { 0 }, last = { 0 };

        while (exposed_next(&spec->exposed_ports, &port)) {
                if (exposed_is_published(spec, &port))
                        continue;
                if (last.protocol != port.protocol || last.number + 1 != port.number) {
                        add_range(out, &first, &last);
                        first = port;
                }
                last = port;
        }
        add_range(out, &first, &last);
}

char *ps_ports_text(const struct container_spec *spec)
{
        AUTO(strbuf) out = { 0 };

        for (size_t i = 0; i < spec->port_count; i++)
                strbuf_addf(&out, "%s%s:%u->%u/%s", i ? ", " : "",
                            spec->ports[i].host_ip[0] ? spec->ports[i].host_ip : "0.0.0.0",
                            spec->ports[i].host_port, spec->ports[i].container_port,
                            spec->ports[i].udp ? "udp" : "tcp");
        add_exposed(&out, spec);
        return strbuf_take(&out);
}

static char *cut_command(const char *command)
{
        size_t cut = COMMAND_MAX;

        if (strlen(command) <= COMMAND_MAX)
                return xstrdup(command);
        while (((unsigned char)command[cut] & 0xc0) == 0x80)
                cut--; /* not within a character */
        return xasprintf("%.*s...", (int)cut, command);
}

char *ps_command_text(const struct container *c, bool whole)
{
        AUTO_FREE char *command = strv_join(&c->spec.command, " ");

        if (!whole)
                return cut_command(command);
        return take_ptr(command);
}

void ps_row_cells(struct table *table, const struct ps_brief *b, int64_t now, bool whole)
{
        strv_addf(&table->cells, "%.*s", whole ? CONTAINER_ID_LEN : ID_SHOWN, b->id);
        strv_add(&table->cells, b->image);
        strv_take(&table->cells, whole ? xstrdup(b->command) : cut_command(b->command));
        strv_take(&table->cells, age_text(now, b->created_ns));
        strv_take(&table->cells,
                  b->up ? xstrdup(b->up) : rest_text(b->status, b->exit_code, b->finished_ns, now));
        strv_add(&table->cells, b->ports);
        strv_add(&table->cells, b->name);
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

static json_t *mounts_json(const struct container_spec *spec)
{
        json_t *array = json_array();

        for (size_t i = 0; i < spec->mount_count; i++)
                json_array_append_new(array, json_string_any(spec->mounts[i].target));
        return array;
}

/* {"80": ["tcp"]} */
static json_t *exposed_json(const struct container_spec *spec)
{
        json_t *json = json_object();
        struct exposed_port port = { 0 };

        while (exposed_next(&spec->exposed_ports, &port)) {
                AUTO_FREE char *number = xasprintf("%u", port.number);
                json_t *protocols = json_object_get(json, number);

                if (!protocols) {
                        protocols = json_array();
                        json_object_set_new(json, number, protocols);
                }
                json_array_append_new(protocols, json_string(port.protocol));
        }
        return json;
}

static void take_string(json_t *json, const char *key, char *value)
{
        json_set_string(json, key, value);
        free(value);
}

static json_t *seconds_json(int64_t ns)
{
        return json_integer(ns ? ns / SECOND_NS : NEVER);
}

/* What a template prints: cut as in the table, times as Go prints them. */
static void add_for_people(json_t *json, const struct container *c, int64_t now, bool whole)
{
        take_string(json, "ID", xasprintf("%.*s", whole ? CONTAINER_ID_LEN : ID_SHOWN, c->id));
        take_string(json, "ImageID",
                    xasprintf("%.*s", whole ? CONTAINER_ID_LEN : ID_SHOWN, c->spec.image_id));
        json_set_string(json, "Names", c->spec.name);
        take_string(json, "Command", ps_command_text(c, whole));
        take_string(json, "Ports", ps_ports_text(&c->spec));
        take_string(json, "Created", human_go_time(c->spec.created_ns));
        take_string(json, "CreatedAt", human_go_time(c->spec.created_ns));
        take_string(json, "CreatedHuman", age_text(now, c->spec.created_ns));
        take_string(json, "RunningFor", age_text(now, c->spec.created_ns));
        json_set_string(json, "Networks", "");
}

static void add_for_programs(json_t *json, const struct container *c, int64_t now)
{
        json_set_string(json, "ImageID", c->spec.image_id);
        json_object_set_new(json, "Names", json_array());
        json_array_append_new(json_object_get(json, "Names"), json_string_any(c->spec.name));
        json_object_set_new(json, "Command", json_from_strv(&c->spec.command));
        json_object_set_new(json, "Ports", ports_json(&c->spec));
        json_object_set_new(json, "Created", seconds_json(c->spec.created_ns));
        take_string(json, "CreatedAt", age_text(now, c->spec.created_ns));
        json_object_set_new(json, "Networks", json_array());
}

json_t *ps_row_json(const struct container *c, int64_t now, bool whole, bool for_people)
{
        bool running = c->state.status == CONTAINER_RUNNING;
        bool ended = c->state.status == CONTAINER_EXITED || c->state.status == CONTAINER_LOST;
        json_t *json = json_object();

        json_object_set_new(json, "AutoRemove", json_boolean(c->spec.auto_remove));
        json_set_string(json, "Id", c->id);
        json_set_string(json, "Image", c->spec.image_name);
        json_set_string(json, "State", container_status_name(&c->state));
        take_string(json, "Status", ps_status_text(c, now));
        json_object_set_new(json, "Exited", json_boolean(ended));
        json_object_set_new(json, "ExitCode", json_integer(c->state.exit_code));
        json_object_set_new(json, "ExitedAt", seconds_json(c->state.finished_ns));
        json_object_set_new(json, "StartedAt", seconds_json(c->state.started_ns));
        json_object_set_new(json, "Pid", json_integer(running ? c->state.pid : 0));
        json_object_set_new(json, "Labels", json_from_pairs(&c->spec.labels));
        json_object_set_new(json, "Mounts", mounts_json(&c->spec));
        json_object_set_new(json, "IsInfra", json_boolean(c->spec.infra));
        json_set_string(json, "Pod", "");
        json_set_string(json, "PodName", "");
        json_object_set_new(json, "Restarts", json_integer(c->state.restarts));
        json_set_string(json, "CIDFile", c->spec.cidfile);
        json_object_set_new(json, "ExposedPorts", exposed_json(&c->spec));
        if (for_people)
                add_for_people(json, c, now, whole);
        else
                add_for_programs(json, c, now);
        return json;
}
