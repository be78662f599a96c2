/* What run and create can say about variables, labels out of files, names and addresses. */
#ifndef KELP_CLI_OPTIONS_ENVIRONMENT_OPTIONS_H
#define KELP_CLI_OPTIONS_ENVIRONMENT_OPTIONS_H

#include "cli/command.h"
#include "engine/container/spec.h"

struct environment_args {
        struct strv env_merge, unset, label_files, add_hosts, dns, dns_search, dns_options;
        bool env_host, unset_all, no_hosts, replace;
        struct opt_int http_proxy;
        const char *hosts_file;
};

#define ENVIRONMENT_OPTIONS(m)                                                                     \
        OPT_LIST_IN("Environment", 0, "add-host", m.add_hosts, "NAME[;NAME]:IP",                   \
                    "Add a line to /etc/hosts"),                                                   \
                OPT_LIST_IN("Environment", 0, "dns", m.dns, "IP|none",                             \
                            "Name servers; none: the image's /etc/resolv.conf"),                   \
                OPT_LIST_IN("Environment", 0, "dns-option", m.dns_options, "OPTION",               \
                            "An option of resolv.conf(5)"),                                        \
                OPT_LIST_IN("Environment", 0, "dns-opt", m.dns_options, "OPTION",                  \
                            "The same as --dns-option"),                                           \
                OPT_LIST_IN("Environment", 0, "dns-search", m.dns_search, "DOMAIN",                \
                            "Search domains; a dot: none"),                                        \
                OPT_BOOL_IN("Environment", 0, "env-host", m.env_host,                              \
                            "All variables of this environment"),                                  \
                OPT_LIST_IN("Environment", 0, "env-merge", m.env_merge, "NAME=TEXT",               \
                            "A variable with ${NAME} of the image's in it"),                       \
                OPT_SWITCH_IN("Environment", 0, "http-proxy", m.http_proxy,                        \
                              "Pass this environment's proxies on (true)"),                        \
                OPT_STR_IN("Environment", 0, "hosts-file", m.hosts_file, "FILE|none|image",        \
                           "What /etc/hosts begins with"),                                         \
                OPT_LIST_IN("Environment", 0, "label-file", m.label_files, "FILE",                 \
                            "Read labels from a file"),                                            \
                OPT_BOOL_IN("Environment", 0, "no-hosts", m.no_hosts,                              \
                            "Keep the image's "                                                    \
                            "/etc/hosts"),                                                         \
                OPT_BOOL_IN("Environment", 0, "replace", m.replace,                                \
                            "Remove the container that has this name"),                            \
                OPT_LIST_IN("Environment", 0, "unsetenv", m.unset, "NAME",                         \
                            "Leave out a variable of the image's"),                                \
                OPT_BOOL_IN("Environment", 0, "unsetenv-all", m.unset_all,                         \
                            "Leave out all of them")

/* The labels of files come before those of --label, so call it first. */
int environment_args_fill(const struct environment_args *args, struct container_spec *spec,
                          struct error *err);

#endif
