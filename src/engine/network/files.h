/* What a container finds in /etc/resolv.conf, /etc/hosts and /etc/hostname. */
#ifndef KELP_ENGINE_NETWORK_FILES_H
#define KELP_ENGINE_NETWORK_FILES_H

#include "base/error.h"
#include "engine/container/spec.h"

/* Write resolv.conf, hosts and hostname into dir_fd as podman would for this network mode:
 * slirp4netns: its DNS (10.0.2.3) first, then the host's non-loopback name servers; host: the
 * host's own; none: empty resolv.conf is the host's with no server reachable (podman's way).
 * base_hosts: what hosts begins with, NULL: localhost, or with the host's network its own file. */
int network_files_write(int dir_fd, const char *id, const struct container_spec *spec,
                        const char *base_hosts, struct error *err);

/* -p / --publish: [[ip:][hostPort]:]containerPort[/protocol], with ranges. A missing host port
 * becomes a free one. Appends to *ports / *count (heap). */
int port_parse(const char *text, struct container_port **ports, size_t *count, struct error *err);

/* Append a port of the container's with a free one of the host's, which none of *ports has. */
void port_publish(unsigned inside, bool udp, struct container_port **ports, size_t *count);

/* "80" or "8000-8010"; false: anything else, or out of 1 to 65535. */
bool port_range(const char *text, unsigned *first_out, unsigned *last_out);

#endif
