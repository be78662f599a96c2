/* run's and create's options for the user namespace. */
#ifndef KELP_CLI_OPTIONS_USERNS_OPTIONS_H
#define KELP_CLI_OPTIONS_USERNS_OPTIONS_H

#include "base/strv.h"
#include "cli/command.h"
#include "engine/container/userns_of.h"

struct userns_args {
        const char *mode, *subuid_name, *subgid_name;
        struct strv uid_map, gid_map;
};

#define USERNS_OPTIONS(member)                                                                     \
        OPT_STR_IN("Ids", 0, "userns", member.mode, "MODE",                                        \
                   "host, private, keep-id, nomap, auto, container:NAME or ns:PATH"),              \
                OPT_LIST_IN("Ids", 0, "uidmap", member.uid_map, "MAP",                             \
                            "[+ug]CONTAINER:[@]FROM[:COUNT]"),                                     \
                OPT_LIST_IN("Ids", 0, "gidmap", member.gid_map, "MAP", "The same for groups"),     \
                OPT_STR_IN("Ids", 0, "subuidname", member.subuid_name, "NAME",                     \
                           "The ids that NAME has in /etc/subuid"),                                \
                OPT_STR_IN("Ids", 0, "subgidname", member.subgid_name, "NAME",                     \
                           "The ids that NAME has in /etc/subgid")

/* Borrows from args. Without any of the options the mode is that of the environment: KELP_USERNS,
 * else podman's PODMAN_USERNS. */
struct userns_request userns_request_of(const struct userns_args *args);

#endif
