/* slirp4netns(1) as a container's uplink. See slirp.h.
 *
 * Its life hangs on two pipes: it writes "1" to the ready pipe once the tap device is up, and it
 * leaves when the exit pipe closes. Ports are published through its JSON API on a Unix socket, one
 * connection a request (slirp4netns(1), "API SOCKET").
 */
#include "engine/network/slirp.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/json.h"
#include "base/spawn.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

static const char *const known_options[] = { "allow_host_loopback", "mtu",
                                             "enable_ipv6",         "cidr",
                                             "outbound_addr",       "outbound_addr6",
                                             "port_handler" };

static bool is_true(const char *value)
{
        return strcmp(value, "true") == 0;
}

static int check_option(const char *option, struct error *err)
{
        size_t len = strcspn(option, "=");
        const char *value = option[len] ? option + len + 1 : "";

        for (size_t i = 0; i < ARRAY_SIZE(known_options); i++) {
                if (strlen(known_options[i]) != len || strncmp(known_options[i], option, len) != 0)
                        continue;
                if (!value[0])
                        return error_set(err, ERROR_USAGE,
                                         "slirp4netns option \"%s\" needs a value", option);
                if (strncmp(option, "port_handler=", 13) == 0 && strcmp(value, "slirp4netns") != 0)
                        return error_set(err, ERROR_UNSUPPORTED,
                                         "slirp4netns option \"%s\" is not supported: ports go "
                                         "through slirp4netns itself",
                                         option);
                return 0;
        }
        return error_set(err, ERROR_USAGE, "unknown slirp4netns option \"%s\"", option);
}

int slirp_check_options(const struct strv *options, struct error *err)
{
        for (size_t i = 0; i < options->count; i++)
                if (check_option(options->items[i], err) < 0)
                        return -1;
        return 0;
}

static void add_options(struct strv *argv, const struct strv *options)
{
        const char *loopback = strv_env_get(options, "allow_host_loopback");
        const char *mtu = strv_env_get(options, "mtu");
        const char *ipv6 = strv_env_get(options, "enable_ipv6");
        static const char *const passed[][2] = { { "cidr", "--cidr" },
                                                 { "outbound_addr", "--outbound-addr" },
                                                 { "outbound_addr6", "--outbound-addr6" } };

        if (!loopback || !is_true(loopback))
                strv_add(argv, "--disable-host-loopback");
        strv_addf(argv, "--mtu=%s", mtu ? mtu : "65520");
        if (!ipv6 || is_true(ipv6))
                strv_add(argv, "--enable-ipv6");
        for (size_t i = 0; i < ARRAY_SIZE(passed); i++) {
                const char *value = strv_env_get(options, passed[i][0]);

                if (value)
                        strv_addf(argv, "%s=%s", passed[i][1], value);
        }
}

static void make_argv(struct strv *argv, const struct container_spec *spec, bool api)
{
        strv_add_array(argv,
                       (const char *const[]){ "slirp4netns", "--configure", "--ready-fd=3",
                                              "--exit-fd=4", "--enable-sandbox", "--enable-seccomp",
                                              "--netns-type=path", NULL });
        add_options(argv, &spec->network_options);
        /* Through a descriptor: the path may be longer than a socket's address. */
        if (api)
                strv_add(argv, "--api-socket=/proc/self/fd/5/slirp.sock");
        /* Through a descriptor of ours: a caller that keeps its id may not look into /proc/PID/ns
         * with access(2), which slirp4netns does first. */
        strv_add(argv, "/proc/self/fd/6");
        strv_add(argv, "tap0");
}

int slirp_start(pid_t pid, int network_fd, const struct container_spec *spec, int api_dir_fd,
                struct slirp *slirp_out, struct error *err)
{
        struct slirp slirp = SLIRP_EMPTY;
        int ready[2], leave[2], complaints[2];
        AUTO(strv) argv = { 0 };
        struct spawn_fd fds[5];
        AUTO_FREE char *netns = xasprintf("/proc/%d/ns/net", pid);
        AUTO_CLOSE int netns_fd = network_fd >= 0 ? fcntl(network_fd, F_DUPFD_CLOEXEC, 3)
                                                  : open(netns, O_RDONLY | O_CLOEXEC);
        int rc;

        if (netns_fd < 0)
                return error_sys(err, errno, "open the container's network namespace");
        slirp.api_fd = spec->port_count > 0 ? api_dir_fd : -1;
        if (pipe2(ready, O_CLOEXEC) < 0 || pipe2(leave, O_CLOEXEC) < 0 ||
            pipe2(complaints, O_CLOEXEC) < 0)
                return error_sys(err, errno, "create pipe");
        make_argv(&argv, spec, slirp.api_fd >= 0);
        fds[0] = (struct spawn_fd){ ready[1], 3 };
        fds[1] = (struct spawn_fd){ leave[0], 4 };
        fds[2] = (struct spawn_fd){ complaints[1], 2 };
        fds[3] = (struct spawn_fd){ netns_fd, 6 };
        fds[4] = (struct spawn_fd){ slirp.api_fd, 5 };
        rc = spawn_start(&(struct spawn_request){ .argv = (const char *const *)argv.items,
                                                  .fds = fds,
                                                  .fd_count = slirp.api_fd >= 0 ? 5 : 4 },
                         &slirp.pid, err);
        close(ready[1]);
        close(leave[0]);
        close(complaints[1]);
        slirp.complaint_fd = complaints[0];
        slirp.ready_fd = ready[0];
        slirp.exit_fd = leave[1];
        if (rc < 0) {
                slirp_stop(&slirp);
                return error_cure(err,
                                  "install it: sudo apt-get install slirp4netns; or do without "
                                  "a network: --network=none");
        }
        *slirp_out = slirp;
        return 0;
}

static int connect_api(const struct slirp *slirp)
{
        struct sockaddr_un address = { .sun_family = AF_UNIX };
        int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

        snprintf(address.sun_path, sizeof(address.sun_path), "/proc/self/fd/%d/slirp.sock",
                 slirp->api_fd);
        if (fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0) {
                close(fd);
                return -1;
        }
        return fd;
}

/* slirp4netns does not say why. */
static bool port_is_taken(const struct container_port *port)
{
        struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(port->host_port) };
        AUTO_CLOSE int fd =
                socket(AF_INET, (port->udp ? SOCK_DGRAM : SOCK_STREAM) | SOCK_CLOEXEC, 0);

        if (port->host_ip[0] && inet_pton(AF_INET, port->host_ip, &address.sin_addr) != 1)
                return false;
        return fd >= 0 && bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 &&
               errno == EADDRINUSE;
}

static int check_answer(const char *text, size_t len, const struct container_port *port,
                        struct error *err)
{
        AUTO_JSON json_t *json = NULL;
        const char *why;

        if (json_parse(text, len, "slirp4netns's answer", &json, err) < 0)
                return -1;
        why = json_get_string(json_object_get(json, "error"), "desc", NULL);
        if (!why)
                return 0;
        if (port_is_taken(port))
                return error_set(err, ERROR_CANNOT_RUN,
                                 "cannot publish port %u: listen %s %s:%u: bind: address already "
                                 "in use",
                                 port->host_port, port->udp ? "udp" : "tcp",
                                 port->host_ip[0] ? port->host_ip : "0.0.0.0", port->host_port);
        return error_set(err, ERROR_CANNOT_RUN, "cannot publish port %u: slirp4netns: %s",
                         port->host_port, why);
}

static int publish(const struct slirp *slirp, const struct container_port *port, struct error *err)
{
        AUTO_FREE char *request =
                xasprintf("{\"execute\":\"add_hostfwd\",\"arguments\":{\"proto\":\"%s\","
                          "\"host_addr\":\"%s\",\"host_port\":%u,\"guest_port\":%u}}",
                          port->udp ? "udp" : "tcp", port->host_ip[0] ? port->host_ip : "0.0.0.0",
                          port->host_port, port->container_port);
        AUTO_CLOSE int fd = connect_api(slirp);
        AUTO_FREE char *answer = NULL;
        size_t len;

        if (fd < 0 || fd_write_all(fd, request, strlen(request)) < 0 || shutdown(fd, SHUT_WR) < 0)
                return error_sys(err, errno, "talk to slirp4netns");
        if (fd_read_rest(fd, 65536, &answer, &len, err) < 0)
                return error_context(err, "slirp4netns's answer");
        return check_answer(answer, len, port, err);
}

/* The last thing it said; it has said it all when it is dead, and little else. */
static void last_line(int fd, char *text, size_t size)
{
        ssize_t n;
        char *newline;

        (void)fd_set_nonblock(fd, true);
        n = fd_read_full(fd, text, size - 1);
        while (n > 0 && text[n - 1] == '\n')
                n--;
        text[n > 0 ? n : 0] = '\0';
        newline = strrchr(text, '\n');
        if (newline)
                memmove(text, newline + 1, strlen(newline));
}

int slirp_wait_ready(struct slirp *slirp, const struct container_spec *spec, int timeout_ms,
                     struct error *err)
{
        struct pollfd slot = { .fd = slirp->ready_fd, .events = POLLIN };
        char byte;
        int rc;

        do {
                rc = poll(&slot, 1, timeout_ms);
        } while (rc < 0 && errno == EINTR);
        if (rc <= 0 || read(slirp->ready_fd, &byte, 1) != 1) {
                char complaint[512] = "";

                last_line(slirp->complaint_fd, complaint, sizeof(complaint));
                error_set(err, ERROR_GENERAL, "slirp4netns %s%s%s",
                          rc == 0 ? "is not ready in time" : "ended before the network was up",
                          complaint[0] ? ": " : "", complaint);
                if (access("/dev/net/tun", R_OK | W_OK) == 0)
                        return error_cure(err, "see: kelp doctor");
                return error_cure(err, "it needs /dev/net/tun, which cannot be opened: do without "
                                       "(--network=none or host); in a container, start the outer "
                                       "one with --device /dev/net/tun; see: kelp doctor");
        }
        for (size_t i = 0; i < spec->port_count; i++)
                if (publish(slirp, &spec->ports[i], err) < 0)
                        return -1;
        return 0;
}

void slirp_stop(struct slirp *slirp)
{
        if (slirp->ready_fd >= 0)
                close(slirp->ready_fd);
        if (slirp->exit_fd >= 0)
                close(slirp->exit_fd);
        if (slirp->complaint_fd >= 0)
                close(slirp->complaint_fd);
        if (slirp->pid > 0) {
                kill(slirp->pid, SIGKILL); /* it has nothing to save */
                /* Its end takes the kernel 20 ms, for the tap device: waited for only where its
                 * ports must be free again. */
                if (slirp->api_fd >= 0)
                        (void)waitpid(slirp->pid, NULL, 0);
        }
        *slirp = SLIRP_EMPTY;
}
