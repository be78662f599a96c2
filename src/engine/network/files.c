/* /etc/resolv.conf, /etc/hosts, /etc/hostname and /run/.containerenv for a container. See files.h.
 *
 * slirp4netns answers DNS at 10.0.2.3 for the host's resolver, whatever that is; so a loopback
 * server of the host (systemd-resolved), which the container cannot reach, is left out.
 */
#include "engine/network/files.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/limits.h"
#include "base/strbuf.h"

#include <fcntl.h>
#include <string.h>

#define SLIRP_ADDRESS "10.0.2.100"
#define SLIRP_DNS     "10.0.2.3"
#define SLIRP_HOST    "10.0.2.2"

static bool is_loopback(const char *address)
{
        return strncmp(address, "127.", 4) == 0 || strcmp(address, "::1") == 0;
}

/* One line of the host's file: servers that cannot be reached from inside are dropped. */
static void add_line(struct strbuf *out, const char *line, bool host_network)
{
        char server[128] = "";

        if (sscanf(line, "nameserver %127s", server) == 1 && !host_network && is_loopback(server))
                return;
        if (line[0] && line[0] != '#' && line[0] != ';')
                strbuf_addf(out, "%s\n", line);
}

static void add_words(struct strbuf *out, const char *key, const struct strv *words)
{
        strbuf_adds(out, key);
        for (size_t i = 0; i < words->count; i++)
                strbuf_addf(out, " %s", words->items[i]);
        strbuf_addc(out, '\n');
}

/* What the user says takes the place of the host's lines of that kind. */
static bool replaced(const struct container_spec *spec, const char *line)
{
        return (spec->dns.count && strncmp(line, "nameserver", 10) == 0) ||
               (spec->dns_options.count && strncmp(line, "options", 7) == 0) ||
               (spec->dns_search.count &&
                (strncmp(line, "search", 6) == 0 || strncmp(line, "domain", 6) == 0));
}

static void make_resolv_conf(const struct container_spec *spec, struct strbuf *out)
{
        AUTO_FREE char *text = NULL;
        char *rest, *line;

        if (spec->dns_search.count && !strv_contains(&spec->dns_search, "."))
                add_words(out, "search", &spec->dns_search);
        if (spec->network == NETWORK_SLIRP4NETNS && spec->dns.count == 0)
                strbuf_adds(out, "nameserver " SLIRP_DNS "\n");
        for (size_t i = 0; i < spec->dns.count; i++)
                strbuf_addf(out, "nameserver %s\n", spec->dns.items[i]);
        if (spec->dns_options.count)
                add_words(out, "options", &spec->dns_options);
        if (fd_read_file(AT_FDCWD, "/etc/resolv.conf", LIMIT_CONF_FILE, &text, NULL, NULL) < 0)
                return;
        for (rest = text; (line = strsep(&rest, "\n"));)
                if (!replaced(spec, line))
                        add_line(out, line, spec->network == NETWORK_HOST);
}

/* "name;name:address" as a line. */
static void add_host(const struct container_spec *spec, const char *text, struct strbuf *out)
{
        AUTO_FREE char *names = xstrndup(text, strcspn(text, ":"));
        const char *address = text + strlen(names) + 1;
        size_t len = strlen(address);
        bool brackets = address[0] == '[' && len > 2;

        for (char *p = names; *p; p++)
                if (*p == ';')
                        *p = ' ';
        if (strcmp(address, "host-gateway") == 0)
                address = spec->network == NETWORK_SLIRP4NETNS ? SLIRP_HOST : "127.0.0.1";
        strbuf_addf(out, "%.*s\t%s\n", (int)(brackets ? len - 2 : strlen(address)),
                    address + brackets, names);
}

static void make_hosts(const struct container_spec *spec, const char *base, struct strbuf *out)
{
        AUTO_FREE char *text = NULL;

        /* The first line of a name counts. */
        for (size_t i = 0; i < spec->add_hosts.count; i++)
                add_host(spec, spec->add_hosts.items[i], out);
        if (base)
                strbuf_addf(out, "%s%s", base,
                            base[0] && base[strlen(base) - 1] != '\n' ? "\n" : "");
        else if (spec->network == NETWORK_HOST &&
                 fd_read_file(AT_FDCWD, "/etc/hosts", LIMIT_CONF_FILE, &text, NULL, NULL) == 0)
                strbuf_adds(out, text);
        else
                strbuf_adds(out, "127.0.0.1\tlocalhost localhost.localdomain\n"
                                 "::1\tlocalhost localhost.localdomain\n");
        if (spec->network == NETWORK_SLIRP4NETNS)
                strbuf_addf(out,
                            SLIRP_HOST "\thost.containers.internal\n" SLIRP_ADDRESS "\t%s %s\n",
                            spec->hostname, spec->name);
        else
                strbuf_addf(out, "127.0.1.1\t%s %s\n", spec->hostname, spec->name);
}

static int put(int dir_fd, const char *name, const char *text, struct error *err)
{
        int flags = O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC;
        AUTO_CLOSE int fd = openat(dir_fd, name, flags, 0644);

        /* One of an earlier start may belong to the container's root by now. */
        if (fd < 0 && errno == EACCES && unlinkat(dir_fd, name, 0) == 0)
                fd = openat(dir_fd, name, flags, 0644);
        if (fd < 0 || fd_write_all(fd, text, strlen(text)) < 0)
                return error_sys(err, errno, "write the container's %s", name);
        return 0;
}

int network_files_write(int dir_fd, const char *id, const struct container_spec *spec,
                        const char *base_hosts, struct error *err)
{
        AUTO(strbuf) resolv = { 0 };
        AUTO(strbuf) hosts = { 0 };
        AUTO(strbuf) environment = { 0 };
        AUTO_FREE char *hostname = xasprintf("%s\n", spec->hostname);

        make_resolv_conf(spec, &resolv);
        make_hosts(spec, base_hosts, &hosts);
        /* Only those that may see the host learn more than that they are in a container. */
        if (spec->privileged)
                strbuf_addf(&environment,
                            "engine=\"%s-" KELP_VERSION "\"\nname=\"%s\"\nid=\"%s\"\nimage=\"%s\"\n"
                            "imageid=\"%s\"\nrootless=1\n",
                            spec->manager ? spec->manager : "kelp", spec->name, id,
                            spec->image_name, spec->image_id);
        if (put(dir_fd, "resolv.conf", resolv.data ? resolv.data : "", err) < 0 ||
            put(dir_fd, "hosts", hosts.data, err) < 0 || put(dir_fd, "hostname", hostname, err) < 0)
                return -1;
        return put(dir_fd, "containerenv", environment.data ? environment.data : "", err);
}
