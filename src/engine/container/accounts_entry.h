/* Lines of /etc/passwd and /etc/group as --passwd-entry and --group-entry have them. */
#ifndef KELP_ENGINE_CONTAINER_ACCOUNTS_ENTRY_H
#define KELP_ENGINE_CONTAINER_ACCOUNTS_ENTRY_H

#include "base/strbuf.h"

struct accounts_user {
        const char *name, *gecos, *home;
        unsigned uid, gid;
};

/* The template with $USERNAME, $UID, $GID, $NAME and $HOME, and a newline. */
void accounts_fill_passwd(struct strbuf *out, const char *template,
                          const struct accounts_user *user);

/* $GROUPNAME, $GID, $USERLIST; the name of the group is its number. */
void accounts_fill_group(struct strbuf *out, const char *template, unsigned gid, const char *user);

#endif
