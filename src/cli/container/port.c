/* kelp port: what is published where. */
#include "base/cleanup.h"
#include "cli/container/targets.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct port_args {
        bool all, latest;
};
#define OPT_ARGS struct port_args

static const struct opt port_options[] = {
        OPT_BOOL('a', "all", all, "Show the ports of every container"),
        OPT_BOOL('l', "latest", latest, "Show the newest container's"),
        { 0 },
};

/* What is asked for: PORT or PORT/PROTOCOL; number 0: all. */
struct wanted {
        const char *text;
        unsigned number;
        bool udp;
};

static int parse_wanted(const char *text, struct wanted *wanted_out, struct error *err)
{
        char *end;
        unsigned long number = strtoul(text, &end, 10);
        bool udp = strcmp(end, "/udp") == 0;

        if (!isdigit((unsigned char)text[0]) || number == 0 || number > 65535 ||
            (*end && !udp && strcmp(end, "/tcp") != 0))
                return error_set(err, ERROR_USAGE,
                                 "port formats are port/protocol: \"%s\" is invalid", text);
        *wanted_out = (struct wanted){ .text = text, .number = (unsigned)number, .udp = udp };
        return 0;
}

static void print_ports(const struct container *c, bool with_id)
{
        for (size_t i = 0; i < c->spec.port_count; i++) {
                const struct container_port *port = &c->spec.ports[i];

                if (with_id)
                        printf("%.12s\t", c->id);
                printf("%u/%s -> %s:%u\n", port->container_port, port->udp ? "udp" : "tcp",
                       port->host_ip[0] ? port->host_ip : "0.0.0.0", port->host_port);
        }
}

static int print_wanted(const struct container *c, const struct wanted *wanted, struct error *err)
{
        bool found = false;

        for (size_t i = 0; i < c->spec.port_count; i++) {
                const struct container_port *port = &c->spec.ports[i];

                if (port->container_port != wanted->number || port->udp != wanted->udp)
                        continue;
                printf("%s:%u\n", port->host_ip[0] ? port->host_ip : "0.0.0.0", port->host_port);
                found = true;
        }
        return found ? 0
                     : error_set(err, ERROR_NOT_FOUND, "failed to find published port \"%s\"",
                                 wanted->text);
}

static int print_all(const struct context *ctx, struct error *err)
{
        AUTO(container_list) list = { 0 };

        if (container_list_load(&ctx->store, &list, err) < 0)
                return -1;
        for (size_t i = 0; i < list.count; i++)
                print_ports(&list.items[i], true);
        return 0;
}

static int port_run(struct context *ctx, void *data, struct error *err)
{
        const struct port_args *args = data;
        struct container container = CONTAINER_EMPTY;
        struct wanted wanted = { 0 };
        AUTO(strv) words = { 0 };
        int rc;

        if (args->all && (args->latest || ctx->argc > 0))
                return error_set(err, ERROR_USAGE, "--all excludes --latest and names");
        if (args->all)
                return print_all(ctx, err);
        if (target_first(ctx, args->latest, 0, &words, err) < 0 ||
            (ctx->argc > 1 && parse_wanted(ctx->argv[1], &wanted, err) < 0))
                return -1;
        rc = container_lookup(&ctx->store, ctx->argv[0], &container, err);
        if (rc == 0 && wanted.number)
                rc = print_wanted(&container, &wanted, err);
        else if (rc == 0)
                print_ports(&container, false);
        container_release(&container);
        return rc;
}

const struct command cmd_port = {
        .name = "port",
        .synopsis = "[OPTIONS] CONTAINER [PORT[/PROTOCOL]]",
        .summary = "Show the published ports of a container",
        .needs = NEEDS_STORE,
        .max_operands = 2,
        .args_size = sizeof(struct port_args),
        .options = port_options,
        .run = port_run,
};
