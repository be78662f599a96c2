/* See environment_options.h. */
#include "cli/options/environment_options.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/path.h"
#include "cli/options/env.h"

#include <arpa/inet.h>
#include <string.h>

static bool is_address(const char *text)
{
        unsigned char bytes[sizeof(struct in6_addr)];

        return inet_pton(AF_INET, text, bytes) == 1 || inet_pton(AF_INET6, text, bytes) == 1;
}

static int read_labels(const char *path, struct container_spec *spec, struct error *err)
{
        AUTO(strv) lines = { 0 };

        if (env_file_lines(path, "--label-file", &lines, err) < 0)
                return -1;
        for (size_t i = 0; i < lines.count; i++)
                strv_addf(&spec->labels,
                          strchr(lines.items[i], '=') ? "%s" : "%s=", lines.items[i]);
        return 0;
}

/* NAME[;NAME...]:IP, where the address may have colons of its own. */
static int check_host(const char *text, struct error *err)
{
        const char *colon = strchr(text, ':');
        AUTO_FREE char *address = NULL;
        size_t len;

        if (!colon || colon == text)
                return error_set(err, ERROR_USAGE, "bad format for add-host: \"%s\"", text);
        len = strlen(colon + 1);
        address = colon[1] == '[' && text[strlen(text) - 1] == ']' ? xstrndup(colon + 2, len - 2)
                                                                   : xstrdup(colon + 1);
        if (strpbrk(text, " \t\n") ||
            (!is_address(address) && strcmp(address, "host-gateway") != 0))
                return error_set(err, ERROR_USAGE, "invalid IP address in add-host: \"%s\"",
                                 colon + 1);
        return 0;
}

static int fill_hosts(const struct environment_args *args, struct container_spec *spec,
                      struct error *err)
{
        if (args->no_hosts && (args->add_hosts.count || args->hosts_file))
                return error_set(err, ERROR_USAGE, "--no-hosts and --%s cannot be set together",
                                 args->add_hosts.count ? "add-host" : "hosts-file");
        for (size_t i = 0; i < args->add_hosts.count; i++) {
                if (check_host(args->add_hosts.items[i], err) < 0)
                        return -1;
                strv_add(&spec->add_hosts, args->add_hosts.items[i]);
        }
        spec->no_hosts = args->no_hosts;
        if (!args->hosts_file || !args->hosts_file[0])
                return 0;
        if (strcmp(args->hosts_file, "none") == 0 || strcmp(args->hosts_file, "image") == 0) {
                spec->hosts_file = xstrdup(args->hosts_file);
                return 0;
        }
        spec->hosts_file = path_absolute(args->hosts_file);
        if (access(spec->hosts_file, R_OK) < 0)
                return error_sys(err, errno, "--hosts-file %s", spec->hosts_file);
        return 0;
}

static bool one_line(const char *text)
{
        return text[0] && !strpbrk(text, " \t\n\r");
}

static int fill_dns(const struct environment_args *args, struct container_spec *spec,
                    struct error *err)
{
        bool none = strv_contains(&args->dns, "none");

        if (none && (args->dns.count > 1 || args->dns_search.count || args->dns_options.count))
                return error_set(err, ERROR_USAGE,
                                 "--dns=none cannot be used with --dns, --dns-search or "
                                 "--dns-option");
        for (size_t i = 0; i < args->dns.count; i++)
                if (!none && !is_address(args->dns.items[i]))
                        return error_set(err, ERROR_USAGE, "\"%s\" is not an ip address",
                                         args->dns.items[i]);
        for (size_t i = 0; i < args->dns_search.count; i++)
                if (!one_line(args->dns_search.items[i]))
                        return error_set(err, ERROR_USAGE, "\"%s\" is not a valid domain",
                                         args->dns_search.items[i]);
        for (size_t i = 0; i < args->dns_options.count; i++)
                if (!one_line(args->dns_options.items[i]))
                        return error_set(err, ERROR_USAGE, "--dns-option \"%s\" is not one word",
                                         args->dns_options.items[i]);
        strv_extend(&spec->dns, &args->dns);
        strv_extend(&spec->dns_search, &args->dns_search);
        strv_extend(&spec->dns_options, &args->dns_options);
        return 0;
}

int environment_args_fill(const struct environment_args *args, struct container_spec *spec,
                          struct error *err)
{
        for (size_t i = 0; i < args->label_files.count; i++)
                if (read_labels(args->label_files.items[i], spec, err) < 0)
                        return -1;
        for (size_t i = 0; i < args->env_merge.count; i++)
                if (!strchr(args->env_merge.items[i], '=') || args->env_merge.items[i][0] == '=')
                        return error_set(err, ERROR_USAGE, "--env-merge \"%s\" is not NAME=TEXT",
                                         args->env_merge.items[i]);
        if (args->replace && !spec->name)
                return error_set(err, ERROR_USAGE,
                                 "cannot replace container without --name being set");
        strv_extend(&spec->env_merge, &args->env_merge);
        strv_extend(&spec->unset_env, &args->unset);
        spec->unset_env_all = args->unset_all;
        spec->env_host = args->env_host;
        spec->no_http_proxy = args->http_proxy.set && !args->http_proxy.value;
        return fill_hosts(args, spec, err) < 0 ? -1 : fill_dns(args, spec, err);
}
