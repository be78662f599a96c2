/* The options of run and create about a container's /etc/passwd and /etc/group. */
#ifndef KELP_CLI_OPTIONS_PASSWD_OPTIONS_H
#define KELP_CLI_OPTIONS_PASSWD_OPTIONS_H

#include "cli/command.h"
#include "engine/container/spec.h"

struct passwd_args {
        const char *passwd_entry, *group_entry;
        struct opt_int passwd; /* run only */
};

/* `at` is the member of OPT_ARGS that is a struct passwd_args. */
#define PASSWD_OPTIONS(at)                                                                         \
        OPT_STR_IN("Environment", 0, "group-entry", at.group_entry, "LINE",                        \
                   "What is added to /etc/group: $GROUPNAME $GID $USERLIST"),                      \
                OPT_STR_IN("Environment", 0, "passwd-entry", at.passwd_entry, "LINE",              \
                           "What is added to /etc/passwd: $USERNAME $UID $GID $NAME $HOME")

/* As with podman create has it not. */
#define PASSWD_RUN_OPTIONS(at)                                                                     \
        OPT_SWITCH_IN("Environment", 0, "passwd", at.passwd,                                       \
                      "Add the user to /etc/passwd and /etc/group (true)")

/* Fill the spec's no_passwd, passwd_entry and group_entry. */
void passwd_options_fill(const struct passwd_args *args, struct container_spec *spec);

#endif
