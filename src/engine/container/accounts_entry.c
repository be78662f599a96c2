/* Lines of /etc/passwd and /etc/group. See accounts_entry.h. */
#include "engine/container/accounts_entry.h"

#include "base/alloc.h"
#include "base/cleanup.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

struct variable {
        const char *name, *value; /* the list ends with a NULL */
};

static void fill(struct strbuf *out, const char *template, const struct variable *variables)
{
        while (*template) {
                const struct variable *v = variables;

                while (v->name && strncmp(template, v->name, strlen(v->name)) != 0)
                        v++;
                if (v->name)
                        strbuf_adds(out, v->value);
                else
                        strbuf_addc(out, *template);
                template += v->name ? strlen(v->name) : 1;
        }
        strbuf_addc(out, '\n');
}

void accounts_fill_passwd(struct strbuf *out, const char *template,
                          const struct accounts_user *user)
{
        AUTO_FREE char *uid = xasprintf("%u", user->uid);
        AUTO_FREE char *gid = xasprintf("%u", user->gid);

        fill(out, template,
             (const struct variable[]){ { "$USERNAME", user->name },
                                        { "$UID", uid },
                                        { "$GID", gid },
                                        { "$NAME", user->gecos },
                                        { "$HOME", user->home },
                                        { 0 } });
}

void accounts_fill_group(struct strbuf *out, const char *template, unsigned gid, const char *user)
{
        AUTO_FREE char *number = xasprintf("%u", gid);

        fill(out, template,
             (const struct variable[]){
                     { "$GROUPNAME", number }, { "$GID", number }, { "$USERLIST", user }, { 0 } });
}
