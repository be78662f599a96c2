/* "user[:group]" against the image's /etc/passwd and /etc/group. Lines that are malformed are
 * skipped: the files are the image's. As with podman, without ":group" the user's login group and
 * all groups that list the user apply; with it, only that group. The group is among the
 * supplementary ones too: else a set-group-ID program would take it off the process, and with it
 * what a file forbids that group (CVE-2022-2989). */
#include "engine/container/user.h"

#include "base/alloc.h"
#include "base/cleanup.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#define FIELDS 7

bool user_parse_id(const char *text, unsigned *id)
{
        char *end;
        unsigned long value = strtoul(text, &end, 10);

        if (!isdigit((unsigned char)text[0]) || *end || value >= 0xffffffffUL)
                return false;
        *id = (unsigned)value;
        return true;
}

/* Split a copy of the next line at ':'; false at the end. Missing fields are "". */
static bool next_line(char **rest, const char *fields[FIELDS])
{
        char *line = strsep(rest, "\n");

        if (!line)
                return false;
        for (int i = 0; i < FIELDS; i++) {
                const char *field = line ? strsep(&line, ":") : NULL;

                fields[i] = field ? field : "";
        }
        return true;
}

/* Fill uid, gid, home, name from the line with that name or number. */
static bool find_user(const char *passwd, const char *user, bool by_number, unsigned number,
                      struct container_user *out)
{
        AUTO_FREE char *copy = xstrdup(passwd ? passwd : "");
        char *rest = copy;
        const char *f[FIELDS];
        unsigned uid, gid;

        while (next_line(&rest, f)) {
                if (!user_parse_id(f[2], &uid) || !user_parse_id(f[3], &gid))
                        continue;
                if (strcmp(f[0], user) != 0 && !(by_number && uid == number))
                        continue;
                out->uid = uid;
                out->gid = gid;
                snprintf(out->name, sizeof(out->name), "%s", f[0]);
                snprintf(out->home, sizeof(out->home), "%s", f[5][0] ? f[5] : "/");
                return true;
        }
        return false;
}

bool user_find_group(const char *group, const char *name, gid_t *gid_out)
{
        AUTO_FREE char *copy = xstrdup(group ? group : "");
        char *rest = copy;
        const char *f[FIELDS];
        unsigned gid;

        while (next_line(&rest, f))
                if (strcmp(f[0], name) == 0 && user_parse_id(f[2], &gid)) {
                        *gid_out = gid;
                        return true;
                }
        return false;
}

bool user_is_listed(const char *text, const char *name, unsigned id)
{
        AUTO_FREE char *copy = xstrdup(text ? text : "");
        char *rest = copy;
        const char *f[FIELDS];
        unsigned own;

        while (next_line(&rest, f))
                if ((name && strcmp(f[0], name) == 0) || (user_parse_id(f[2], &own) && own == id))
                        return true;
        return false;
}

static bool lists_member(const char *members, const char *name)
{
        AUTO_FREE char *copy = xstrdup(members);
        char *rest = copy, *member;

        while ((member = strsep(&rest, ",")))
                if (strcmp(member, name) == 0)
                        return true;
        return false;
}

static void add_groups(const char *group, struct container_user *user)
{
        AUTO_FREE char *copy = xstrdup(group ? group : "");
        char *rest = copy;
        const char *f[FIELDS];
        unsigned gid;

        while (user->name[0] && user->group_count < USER_GROUPS_MAX && next_line(&rest, f))
                if (user_parse_id(f[2], &gid) && gid != user->gid && lists_member(f[3], user->name))
                        user->groups[user->group_count++] = gid;
}

int user_resolve(const char *text, const char *passwd, const char *group,
                 struct container_user *user_out, struct error *err)
{
        AUTO_FREE char *name = xstrdup(text && text[0] ? text : "0");
        struct container_user user = { .home = "/" };
        char *colon = strchr(name, ':');
        const char *group_name = colon ? colon + 1 : NULL;
        unsigned number = 0;
        bool numeric;

        if (colon)
                *colon = '\0';
        numeric = user_parse_id(name, &number);
        if (!find_user(passwd, name[0] ? name : "0", numeric || !name[0], number, &user)) {
                if (!numeric && name[0])
                        return error_set(
                                err, ERROR_INVALID,
                                "unable to find user %s: no matching entries in passwd file", name);
                user.uid = number;
                if (number == 0)
                        snprintf(user.home, sizeof(user.home), "/root");
        }
        if (group_name && user_parse_id(group_name, &number))
                user.gid = number;
        else if (group_name && group_name[0] && !user_find_group(group, group_name, &user.gid))
                return error_set(err, ERROR_INVALID,
                                 "unable to find group %s: no matching entries in group file",
                                 group_name);
        user.groups[user.group_count++] = user.gid;
        if (!group_name || !group_name[0])
                add_groups(group, &user);
        *user_out = user;
        return 0;
}

static bool has_group(const struct container_user *user, gid_t gid)
{
        for (size_t i = 0; i < user->group_count; i++)
                if (user->groups[i] == gid)
                        return true;
        return gid == user->gid;
}

int user_add_groups(const struct strv *groups, const char *group, struct container_user *user,
                    struct error *err)
{
        for (size_t i = 0; i < groups->count; i++) {
                unsigned gid;

                if (!user_parse_id(groups->items[i], &gid) &&
                    !user_find_group(group, groups->items[i], &gid))
                        return error_set(err, ERROR_INVALID,
                                         "unable to find group %s: no matching entries in group "
                                         "file",
                                         groups->items[i]);
                if (has_group(user, gid))
                        continue;
                if (user->group_count == USER_GROUPS_MAX)
                        return error_set(err, ERROR_TOO_LARGE, "more than %d groups for a process",
                                         USER_GROUPS_MAX);
                user->groups[user->group_count++] = gid;
        }
        return 0;
}
