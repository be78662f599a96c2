/* Exposed ports. See exposed.h. An image may expose every port there is, so a list is of ranges. */
#include "engine/network/exposed.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/limits.h"
#include "engine/network/files.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char *const protocols[] = { "sctp", "tcp", "udp" };

struct range {
        size_t protocol; /* of protocols */
        unsigned first, last;
};

static bool find_protocol(const char *name, size_t *index_out)
{
        for (size_t i = 0; i < ARRAY_SIZE(protocols); i++)
                if (strcasecmp(protocols[i], name) == 0) {
                        *index_out = i;
                        return true;
                }
        return false;
}

static char *range_text(const struct range *range)
{
        if (range->first == range->last)
                return xasprintf("%u/%s", range->first, protocols[range->protocol]);
        return xasprintf("%u-%u/%s", range->first, range->last, protocols[range->protocol]);
}

int exposed_add(struct strv *list, const char *text, struct error *err)
{
        const char *slash = strchr(text, '/');
        AUTO_FREE char *numbers = xstrndup(text, strcspn(text, "/"));
        AUTO(strv) names = { 0 };
        struct range range;

        if (!port_range(numbers, &range.first, &range.last))
                return error_set(err, ERROR_USAGE,
                                 "invalid exposed port \"%s\": expected PORT[-PORT][/PROTOCOL]",
                                 text);
        strv_split(&names, slash && slash[1] ? slash + 1 : "tcp", ',');
        for (size_t i = 0; i < names.count; i++) {
                if (!find_protocol(names.items[i], &range.protocol))
                        return error_set(err, ERROR_USAGE,
                                         "invalid exposed port \"%s\": the protocols are tcp, udp "
                                         "and sctp",
                                         text);
                strv_take(list, range_text(&range));
        }
        return 0;
}

/* Of a text that range_text() made. */
static struct range read_range(const char *text)
{
        struct range range = { 0 };
        char *end;

        range.first = range.last = (unsigned)strtoul(text, &end, 10);
        if (*end == '-')
                range.last = (unsigned)strtoul(end + 1, &end, 10);
        (void)find_protocol(*end ? end + 1 : "tcp", &range.protocol);
        return range;
}

static int compare(const void *a, const void *b)
{
        const struct range *x = a, *y = b;

        if (x->protocol != y->protocol)
                return x->protocol < y->protocol ? -1 : 1;
        return (x->first > y->first) - (x->first < y->first);
}

void exposed_settle(struct strv *list)
{
        AUTO_FREE struct range *ranges = NULL;
        size_t count = list->count, kept = 0;

        if (count < 2)
                return;
        ranges = xcalloc(count, sizeof(*ranges));
        for (size_t i = 0; i < count; i++)
                ranges[i] = read_range(list->items[i]);
        qsort(ranges, count, sizeof(*ranges), compare);
        for (size_t i = 1; i < count; i++) {
                struct range *top = &ranges[kept];

                if (ranges[i].protocol != top->protocol || ranges[i].first > top->last + 1)
                        ranges[++kept] = ranges[i];
                else if (ranges[i].last > top->last)
                        top->last = ranges[i].last;
        }
        strv_release(list);
        for (size_t i = 0; i <= kept; i++)
                strv_take(list, range_text(&ranges[i]));
}

bool exposed_next(const struct strv *list, struct exposed_port *port)
{
        struct range range;

        if (port->next > 0 && port->number < port->last) {
                port->number++;
                return true;
        }
        if (port->next == list->count)
                return false;
        range = read_range(list->items[port->next++]);
        port->protocol = protocols[range.protocol];
        port->number = range.first;
        port->last = range.last;
        return true;
}

bool exposed_is_published(const struct container_spec *spec, const struct exposed_port *port)
{
        for (size_t i = 0; i < spec->port_count; i++) {
                const struct container_port *p = &spec->ports[i];

                if (p->container_port == port->number &&
                    strcmp(p->udp ? "udp" : "tcp", port->protocol) == 0)
                        return true;
        }
        return false;
}

int exposed_publish(struct container_spec *spec, struct error *err)
{
        struct exposed_port port = { 0 };

        while (exposed_next(&spec->exposed_ports, &port)) {
                if (exposed_is_published(spec, &port))
                        continue;
                if (strcmp(port.protocol, "sctp") == 0)
                        return error_set(err, ERROR_UNSUPPORTED,
                                         "the exposed port %u/sctp cannot be published: "
                                         "slirp4netns forwards tcp and udp",
                                         port.number);
                if (spec->port_count >= LIMIT_PUBLISHED)
                        return error_set(err, ERROR_TOO_LARGE,
                                         "--publish-all: more than %d ports are exposed; name "
                                         "those that are needed with --publish",
                                         LIMIT_PUBLISHED);
                port_publish(port.number, strcmp(port.protocol, "udp") == 0, &spec->ports,
                             &spec->port_count);
        }
        return 0;
}
