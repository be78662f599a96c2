/* Who a process in a container runs as: "user[:group]" and the image's /etc/passwd, /etc/group. */
#ifndef KELP_ENGINE_CONTAINER_USER_H
#define KELP_ENGINE_CONTAINER_USER_H

#include "base/error.h"
#include "base/strv.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define USER_GROUPS_MAX 64

struct container_user {
        uid_t uid;
        gid_t gid;
        gid_t groups[USER_GROUPS_MAX]; /* supplementary, without gid */
        size_t group_count;
        char home[256]; /* "/" when unknown */
        char name[64];  /* "" when unknown */
};

/* passwd, group: texts of the files, NULL when there are none. A name that is in neither is
 * ERROR_INVALID; a number needs no entry. "" is root. */
int user_resolve(const char *text, const char *passwd, const char *group,
                 struct container_user *user_out, struct error *err);

/* "1000", to 2^32 - 2. */
bool user_parse_id(const char *text, unsigned *id_out);

/* Does a line of passwd or group have that name (NULL: no matter) or number? text: of the file, or
 * NULL. */
bool user_is_listed(const char *text, const char *name, unsigned id);

/* A group by name; group: text of the file, or NULL. */
bool user_find_group(const char *group, const char *name, gid_t *gid_out);

/* More groups, by name or number; a name that is not in the file is ERROR_INVALID. */
int user_add_groups(const struct strv *groups, const char *group, struct container_user *user,
                    struct error *err);

#endif
