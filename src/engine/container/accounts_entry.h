/* Single lines of /etc/passwd and /etc/group: is there one, and what --passwd-entry and
 * --group-entry make of one. Plain text in, plain text out. */
#ifndef KELP_ENGINE_CONTAINER_ACCOUNTS_ENTRY_H
#define KELP_ENGINE_CONTAINER_ACCOUNTS_ENTRY_H

#include "base/strbuf.h"

#include <stdbool.h>

struct accounts_user {
        const char *name, *gecos, *home;
        unsigned uid, gid;
};

/* Decimal digits alone, and an id that can be had. */
bool accounts_parse_id(const char *text, unsigned *id_out);

/* Does a line have that name (NULL: any) or number? text may be NULL. */
bool accounts_has_entry(const char *text, const char *name, unsigned id);

/* The template with $USERNAME, $UID, $GID, $NAME and $HOME, and a newline. */
void accounts_fill_passwd(struct strbuf *out, const char *template,
                          const struct accounts_user *user);

/* $GROUPNAME, $GID, $USERLIST; the name of the group is its number. */
void accounts_fill_group(struct strbuf *out, const char *template, unsigned gid, const char *user);

#endif
