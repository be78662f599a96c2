/* Templates of lines in /etc/passwd and /etc/group: what is no variable stays as it is. */
#include "base/cleanup.h"
#include "engine/container/accounts_entry.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct strbuf *line, const char *template)
{
        size_t len = strlen(template);

        if (line->len == 0 || line->data[line->len - 1] != '\n')
                abort();
        if (!strchr(template, '$') &&
            (line->len != len + 1 || strncmp(line->data, template, len) != 0))
                abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        const struct accounts_user user = {
                .name = "$UID", .gecos = "Ann $HOME", .home = "/home/ann", .uid = 1000, .gid = 100
        };
        AUTO_FREE char *template = strndup((const char *)data, size);
        AUTO(strbuf) passwd = { 0 };
        AUTO(strbuf) group = { 0 };

        accounts_fill_passwd(&passwd, template, &user);
        check(&passwd, template);
        accounts_fill_group(&group, template, 4294967295U, "ann,$GID");
        check(&group, template);
        return 0;
}
