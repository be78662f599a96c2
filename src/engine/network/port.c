/* -p / --publish: [[ip:][hostPort]:]containerPort[/protocol], with ranges (podman-run(1)). */
#include "base/alloc.h"
#include "base/cleanup.h"
#include "engine/network/files.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>

static bool parse_number(const char *text, size_t len, unsigned *out)
{
        unsigned value = 0;

        if (len == 0 || len > 5)
                return false;
        for (size_t i = 0; i < len; i++) {
                if (!isdigit((unsigned char)text[i]))
                        return false;
                value = value * 10 + (unsigned)(text[i] - '0');
        }
        *out = value;
        return value >= 1 && value <= 65535;
}

bool port_range(const char *text, unsigned *first_out, unsigned *last_out)
{
        const char *dash = strchr(text, '-');
        size_t len = dash ? (size_t)(dash - text) : strlen(text);

        if (!parse_number(text, len, first_out))
                return false;
        *last_out = *first_out;
        return !dash ||
               (parse_number(dash + 1, strlen(dash + 1), last_out) && *last_out >= *first_out);
}

/* A port nobody listens on now, as the kernel gives it out. 0 when there is none. */
static uint16_t free_port(const char *ip, bool udp)
{
        AUTO_CLOSE int fd = socket(AF_INET, (udp ? SOCK_DGRAM : SOCK_STREAM) | SOCK_CLOEXEC, 0);
        struct sockaddr_in address = { .sin_family = AF_INET };
        socklen_t len = sizeof(address);

        (void)inet_pton(AF_INET, ip[0] ? ip : "0.0.0.0", &address.sin_addr);
        if (fd < 0 || bind(fd, (struct sockaddr *)&address, len) < 0 ||
            getsockname(fd, (struct sockaddr *)&address, &len) < 0)
                return 0;
        return ntohs(address.sin_port);
}

static void add_port(struct container_port **ports, size_t *count, const char *ip, unsigned host,
                     unsigned inside, bool udp)
{
        *ports = xreallocarray(*ports, *count + 1, sizeof(**ports));
        (*ports)[(*count)++] = (struct container_port){
                .host_ip = xstrdup(ip),
                .host_port = (uint16_t)(host ? host : free_port(ip, udp)),
                .container_port = (uint16_t)inside,
                .udp = udp,
        };
}

static bool is_taken(const struct container_port *ports, size_t count, bool udp, uint16_t host)
{
        for (size_t i = 0; i < count; i++)
                if (ports[i].udp == udp && ports[i].host_port == host)
                        return true;
        return false;
}

/* The kernel may give out the same one twice, since nobody holds it yet. */
void port_publish(unsigned inside, bool udp, struct container_port **ports, size_t *count)
{
        uint16_t host;

        do
                host = free_port("", udp);
        while (host && is_taken(*ports, *count, udp, host));
        add_port(ports, count, "", host, inside, udp);
}

static int malformed(const char *text, struct error *err)
{
        return error_set(err, ERROR_USAGE,
                         "invalid port \"%s\": expected [[ip:][hostPort]:]containerPort[/tcp|udp]",
                         text);
}

/* Cut "/tcp" or "/udp" off. */
static bool parse_protocol(char *copy, bool *udp)
{
        char *slash = strchr(copy, '/');

        *udp = false;
        if (!slash)
                return true;
        *slash++ = '\0';
        *udp = strcasecmp(slash, "udp") == 0;
        return *udp || strcasecmp(slash, "tcp") == 0;
}

/* Split from the right, so that an address may hold colons: "[::1]:80:80". */
static void split(char *copy, char **ip, char **host, char **inside)
{
        char *colon = strrchr(copy, ':');

        *ip = *host = NULL;
        *inside = copy;
        if (!colon)
                return;
        *colon = '\0';
        *inside = colon + 1;
        *host = copy;
        colon = strrchr(copy, ':');
        if (!colon)
                return;
        *colon = '\0';
        *host = colon + 1;
        *ip = copy;
        if ((*ip)[0] == '[' && (*ip)[strlen(*ip) - 1] == ']') {
                (*ip)[strlen(*ip) - 1] = '\0';
                (*ip)++;
        }
}

static bool valid_ip(const char *ip)
{
        unsigned char buffer[16];

        return !ip || inet_pton(AF_INET, ip, buffer) == 1 || inet_pton(AF_INET6, ip, buffer) == 1;
}

int port_parse(const char *text, struct container_port **ports, size_t *count, struct error *err)
{
        AUTO_FREE char *copy = xstrdup(text);
        char *ip, *host, *inside;
        unsigned in_first, in_last, out_first = 0, out_last = 0;
        bool udp;

        if (!parse_protocol(copy, &udp))
                return malformed(text, err);
        split(copy, &ip, &host, &inside);
        if (!port_range(inside, &in_first, &in_last) || !valid_ip(ip) ||
            (host && host[0] && !port_range(host, &out_first, &out_last)))
                return malformed(text, err);
        if (out_first && out_last - out_first != in_last - in_first)
                return error_set(err, ERROR_USAGE,
                                 "invalid port \"%s\": the two ranges differ in length", text);
        for (unsigned i = 0; i <= in_last - in_first; i++)
                add_port(ports, count, ip ? ip : "", out_first ? out_first + i : 0, in_first + i,
                         udp);
        return 0;
}
