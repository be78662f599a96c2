/* Files of the host that a container's spec asks for. See files_of.h. */
#include "engine/container/files_of.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/limits.h"
#include "base/strbuf.h"
#include "engine/container/rootfs_of.h"

#include <fcntl.h>
#include <string.h>

#define ZONES "/usr/share/zoneinfo"

char *files_of_timezone(const char *zone, struct error *err)
{
        AUTO_FREE char *path = strcmp(zone, "local") == 0 ? xstrdup("/etc/localtime")
                                                          : xasprintf(ZONES "/%s", zone);

        if (zone[0] == '\0' || zone[0] == '/' || strstr(zone, "..")) {
                error_set(err, ERROR_INVALID, "time zone \"%s\" is not one of " ZONES, zone);
                return NULL;
        }
        if (access(path, R_OK) < 0) {
                error_sys(err, errno, "time zone \"%s\": %s", zone, path);
                return NULL;
        }
        return take_ptr(path);
}

/* The line of /etc/passwd with that name or number, without its newline; heap, NULL: none. */
static char *find_line(const char *passwd, const char *user)
{
        AUTO_FREE char *copy = xstrdup(passwd);
        char *rest = copy, *line;

        while ((line = strsep(&rest, "\n"))) {
                size_t name_len = strcspn(line, ":");
                const char *number = line[name_len] ? strchr(line + name_len + 1, ':') : NULL;
                size_t len = strlen(user);

                if ((name_len == len && strncmp(line, user, len) == 0) ||
                    (number && strncmp(number + 1, user, len) == 0 && number[1 + len] == ':'))
                        return xstrdup(line);
        }
        return NULL;
}

static int find_host_user(const char *user, char **line_out, struct error *err)
{
        AUTO_FREE char *passwd = NULL;

        if (fd_read_file(AT_FDCWD, "/etc/passwd", LIMIT_PASSWD, &passwd, NULL, err) < 0)
                return -1;
        *line_out = user[0] ? find_line(passwd, user) : NULL;
        if (!*line_out)
                return error_set(err, ERROR_NOT_FOUND,
                                 "host user \"%s\" is not in the host's /etc/passwd", user);
        return 0;
}

int files_of_check_user(const char *user, struct error *err)
{
        AUTO_FREE char *line = NULL;

        return find_host_user(user, &line, err);
}

static int write_passwd(int dir_fd, const struct strv *users, const struct rootfs *rootfs,
                        struct error *err)
{
        AUTO_FREE char *passwd = NULL;
        AUTO(strbuf) text = { 0 };

        (void)rootfs_read_file(rootfs, "etc/passwd", LIMIT_PASSWD, &passwd, NULL);
        if (passwd && passwd[0])
                strbuf_addf(&text, "%s%s", passwd, passwd[strlen(passwd) - 1] == '\n' ? "" : "\n");
        for (size_t i = 0; i < users->count; i++) {
                AUTO_FREE char *line = NULL;
                AUTO_FREE char *there = NULL;
                AUTO_FREE char *name = NULL;

                if (find_host_user(users->items[i], &line, err) < 0)
                        return -1;
                name = xstrndup(line, strcspn(line, ":"));
                there = find_line(text.data ? text.data : "", name);
                if (!there)
                        strbuf_addf(&text, "%s\n", line);
        }
        return fd_write_file(dir_fd, "passwd", text.data, text.len, 0644, err);
}

static int write_timezone(int dir_fd, const char *zone, struct error *err)
{
        AUTO_FREE char *path = files_of_timezone(zone, err);
        AUTO_FREE char *data = NULL;
        size_t len;

        if (!path || fd_read_file(AT_FDCWD, path, LIMIT_CONF_FILE, &data, &len, err) < 0)
                return -1;
        return fd_write_file(dir_fd, "localtime", data, len, 0644, err);
}

int files_of_write(int dir_fd, const struct container_spec *spec, const struct rootfs *rootfs,
                   struct error *err)
{
        if (spec->timezone && write_timezone(dir_fd, spec->timezone, err) < 0)
                return -1;
        return spec->host_users.count > 0 ? write_passwd(dir_fd, &spec->host_users, rootfs, err)
                                          : 0;
}

int files_of_resolve_user(const struct store *store, const struct container *container,
                          const struct rootfs *rootfs, const char *text,
                          struct container_user *user_out, struct error *err)
{
        AUTO_FREE char *path = xasprintf("containers/%s/passwd", container->id);
        AUTO_FREE char *passwd = NULL;
        AUTO_FREE char *group = NULL;

        if (container->spec.host_users.count == 0)
                return rootfs_resolve_user(rootfs, text, user_out, err);
        (void)fd_read_file(store->run_fd, path, 2 * LIMIT_PASSWD, &passwd, NULL, NULL);
        (void)rootfs_read_file(rootfs, "etc/group", LIMIT_PASSWD, &group, NULL);
        return user_resolve(text, passwd, group, user_out, err);
}
