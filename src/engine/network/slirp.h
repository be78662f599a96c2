/* slirp4netns(1) as a container's uplink: started beside the container, ready before its exec.
 *
 * The process leaves as soon as the exit pipe's write end is closed, so that even a monitor that
 * was killed leaves none behind.
 */
#ifndef KELP_ENGINE_NETWORK_SLIRP_H
#define KELP_ENGINE_NETWORK_SLIRP_H

#include "base/error.h"
#include "base/strv.h"
#include "engine/container/spec.h"

#include <sys/types.h>

/* Flags behind "slirp4netns:", checked: allow_host_loopback, mtu, enable_ipv6, cidr, outbound_addr,
 * outbound_addr6, port_handler=slirp4netns. Unknown ones are ERROR_USAGE. */
int slirp_check_options(const struct strv *options, struct error *err);

struct slirp {
        pid_t pid;
        int ready_fd;     /* becomes readable ("1") when the network is up */
        int exit_fd;      /* keep open while the container lives */
        int complaint_fd; /* what it writes to standard error */
        int api_fd; /* the directory of its API socket (borrowed), -1 when no ports are published */
};

#define SLIRP_EMPTY                                                                                \
        ((struct slirp){ .ready_fd = -1, .exit_fd = -1, .complaint_fd = -1, .api_fd = -1 })

/* Start it for the network namespace of `pid`, or network_fd unless that is -1 (we share its user
 * namespace). api_dir_fd: a directory for the API socket, used only when ports are published, kept
 * open by the caller. ERROR_NOT_FOUND names the package. */
int slirp_start(pid_t pid, int network_fd, const struct container_spec *spec, int api_dir_fd,
                struct slirp *slirp_out, struct error *err);

/* Wait until it is up (at most timeout_ms), then publish the ports through its API socket; its own
 * words when it failed ("address already in use"). */
int slirp_wait_ready(struct slirp *slirp, const struct container_spec *spec, int timeout_ms,
                     struct error *err);

/* End it; when it returns, published ports are free. The dead process is left to be reaped by init
 * when there were none. */
void slirp_stop(struct slirp *slirp);

#endif
