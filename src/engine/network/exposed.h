/* Exposed ports, of an image and of --expose: "80/tcp", "3300-3310/udp". They say what a program
 * listens on; nothing follows from it but what -P publishes. */
#ifndef KELP_ENGINE_NETWORK_EXPOSED_H
#define KELP_ENGINE_NETWORK_EXPOSED_H

#include "base/error.h"
#include "base/strv.h"
#include "engine/container/spec.h"

#include <stdbool.h>

/* Append what PORT[-PORT][/PROTOCOL[,PROTOCOL]] says, each with its protocol. ERROR_USAGE. */
int exposed_add(struct strv *list, const char *text, struct error *err);

/* Sort the list by protocol and number; what touches becomes one range. */
void exposed_settle(struct strv *list);

/* Each port of a list that exposed_settle() had: {0} begins; false: there are no more. */
struct exposed_port {
        const char *protocol; /* "tcp", "udp", "sctp" */
        unsigned number;
        size_t next; /* for exposed_next() alone */
        unsigned last;
};
bool exposed_next(const struct strv *list, struct exposed_port *port);

/* Is it among those that are published? */
bool exposed_is_published(const struct container_spec *spec, const struct exposed_port *port);

/* -P: publish those that are not yet, on free ports of the host. */
int exposed_publish(struct container_spec *spec, struct error *err);

#endif
