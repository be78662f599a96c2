/* Users and groups that are added to a container's, by podman's rules (podman-run(1): --hostuser,
 * --passwd, --passwd-entry, --group-entry, --user, --userns):
 *
 *   passwd   each --hostuser; with keep-id alone the caller; a --user that is a number
 *   group    with keep-id alone the caller's; that of --user (root's without one), if a number
 *
 * each only when the container has neither its name nor its number.
 *
 * Where the root can be written the lines go into its own files: useradd(8) renames a new file into
 * place, which the kernel refuses over a mount. They are the container's then, as if it had written
 * them: a commit has them, and the next start finds them. Over a root that is read-only copies are
 * laid. What is no regular file in the image stays as it is.
 */
#include "engine/container/accounts.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/path.h"
#include "engine/container/accounts_entry.h"
#include "engine/container/rootfs_of.h"
#include "engine/container/spec_mounts.h"
#include "engine/container/userns_mode.h"

#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <string.h>
#include <sys/stat.h>

static void file_release(struct accounts_file *file)
{
        free(file->text);
        strbuf_release(&file->added);
}

void accounts_release(struct accounts *accounts)
{
        file_release(&accounts->passwd);
        file_release(&accounts->group);
        *accounts = (struct accounts){ 0 };
}

static const struct passwd *host_user(const char *user)
{
        const struct passwd *entry = NULL;
        unsigned uid;

        if (user_parse_id(user, &uid))
                entry = getpwuid(uid);
        return entry || !user[0] ? entry : getpwnam(user);
}

int accounts_check_host_user(const char *user, struct error *err)
{
        return host_user(user) ? 0
                               : error_set(err, ERROR_CANNOT_RUN,
                                           "--hostuser: the host has no user \"%s\"", user);
}

static bool has(const struct accounts_file *file, const char *name, unsigned id)
{
        return user_is_listed(file->text, name, id) || user_is_listed(file->added.data, name, id);
}

/* Inside it is the host's home only where that, or something above it, is mounted. */
static const char *home_inside(const struct container_spec *spec, const char *home)
{
        AUTO_FREE char *dir = xstrdup(home);
        char *slash;

        while (dir[0] && (slash = strrchr(dir, '/'))) {
                if (container_mount_at(spec, dir))
                        return home;
                *slash = '\0';
        }
        return spec->workdir;
}

static void add_user(const struct container_spec *spec, struct accounts_file *file,
                     const struct accounts_user *user)
{
        if (spec->passwd_entry)
                accounts_fill_passwd(&file->added, spec->passwd_entry, user);
        else
                strbuf_addf(&file->added, "%s:*:%u:%u:%s:%s:/bin/sh\n", user->name, user->uid,
                            user->gid, user->gecos, user->home);
}

/* The person's name: what comes behind a comma is rooms and telephones. */
static char *full_name(const struct passwd *entry)
{
        const char *gecos = entry->pw_gecos ? entry->pw_gecos : "";

        return xstrndup(gecos, strcspn(gecos, ","));
}

static void add_host_user(const struct container_spec *spec, struct accounts_file *file,
                          const struct passwd *entry)
{
        AUTO_FREE char *gecos = full_name(entry);

        if (!has(file, entry->pw_name, entry->pw_uid))
                add_user(spec, file,
                         &(struct accounts_user){ .name = entry->pw_name,
                                                  .gecos = gecos,
                                                  .home = home_inside(spec, entry->pw_dir),
                                                  .uid = entry->pw_uid,
                                                  .gid = entry->pw_gid });
}

/* Whom the container runs as, by number. Of a host's user of that number it has the names. */
static void add_own_user(const struct container_spec *spec, struct accounts *accounts)
{
        AUTO_FREE char *number = xstrndup(spec->user, strcspn(spec->user, ":"));
        const char *group = strchr(spec->user, ':');
        AUTO_FREE char *gecos = NULL;
        const struct passwd *entry;
        struct accounts_user user = { .name = number,
                                      .gecos = "container user",
                                      .home = spec->workdir };

        if (!user_parse_id(number, &user.uid) || has(&accounts->passwd, NULL, user.uid))
                return;
        if (group && !user_parse_id(group + 1, &user.gid))
                (void)user_find_group(accounts->group.text, group + 1, &user.gid);
        entry = spec->passwd_entry ? NULL : getpwuid(user.uid);
        if (entry) {
                user.name = entry->pw_name;
                user.gecos = gecos = full_name(entry);
        }
        add_user(spec, &accounts->passwd, &user);
}

static void add_caller_group(struct accounts_file *file, uid_t uid, gid_t gid)
{
        const struct group *group = gid ? getgrgid(gid) : NULL;
        const struct passwd *user;

        if (!group || has(file, group->gr_name, gid))
                return;
        user = uid ? getpwuid(uid) : NULL;
        strbuf_addf(&file->added, "%s:x:%u:%s\n", group->gr_name, gid, user ? user->pw_name : "");
}

static void add_own_group(const struct container_spec *spec, struct accounts_file *file)
{
        size_t len = strcspn(spec->user, ":");
        AUTO_FREE char *user = xstrndup(spec->user, len);
        const char *group = spec->user[len] ? spec->user + len + 1 : "0";
        unsigned gid;

        if ((!user[0] && !spec->user[len] && !spec->group_entry) || !user_parse_id(group, &gid) ||
            has(file, NULL, gid))
                return;
        if (spec->group_entry)
                accounts_fill_group(&file->added, spec->group_entry, gid, user);
        else
                strbuf_addf(&file->added, "%u:x:%u:%s\n", gid, gid, user);
}

/* The caller itself, with no ids chosen for it. */
static bool keeps_caller(const struct container_spec *spec)
{
        AUTO(userns_mode) mode = { 0 };

        return spec->userns && userns_mode_parse(spec->userns, &mode, NULL) == 0 &&
               mode.kind == USERNS_KEEP_ID && !mode.uid_set && !mode.gid_set;
}

static void add_users(const struct container_spec *spec, uid_t caller, struct accounts *accounts)
{
        const struct passwd *entry;

        for (size_t i = 0; i < spec->host_users.count; i++) {
                entry = host_user(spec->host_users.items[i]);
                if (entry)
                        add_host_user(spec, &accounts->passwd, entry);
        }
        entry = caller && keeps_caller(spec) ? getpwuid(caller) : NULL;
        if (entry)
                add_host_user(spec, &accounts->passwd, entry);
        add_own_user(spec, accounts);
}

/* False: it is not ours to change. */
static bool read_file(const struct container_spec *spec, const struct rootfs *rootfs,
                      const char *path, struct accounts_file *file)
{
        struct error why = { 0 };

        if (rootfs_read_file(rootfs, path + 1, LIMIT_PASSWD, &file->text, &why) == 0)
                return !container_mount_at(spec, path);
        file->missing = why.kind == ERROR_NOT_FOUND;
        if (!file->missing)
                log_info("%s stays as it is: %s, continuing", path, why.text);
        return file->missing && !container_mount_at(spec, path);
}

static void join(struct accounts_file *file)
{
        AUTO(strbuf) whole = { 0 };

        if (file->added.len == 0)
                return;
        strbuf_adds(&whole, file->text ? file->text : "");
        if (whole.len > 0 && whole.data[whole.len - 1] != '\n')
                strbuf_addc(&whole, '\n');
        strbuf_add(&whole, file->added.data, file->added.len);
        free(file->text);
        file->text = strbuf_take(&whole);
}

/* Is nothing to be added? As with podman the template of a line makes none by itself. */
static bool adds_none(const struct container_spec *spec)
{
        if (spec->no_passwd)
                return true;
        if (spec->user[0] || spec->host_users.count > 0 || keeps_caller(spec))
                return false;
        if (spec->passwd_entry)
                log_warn("--passwd-entry: nobody is added to /etc/passwd, as there is no --user, "
                         "continuing");
        return !spec->group_entry;
}

int accounts_make(const struct container_spec *spec, const struct rootfs *rootfs,
                  const struct userns_plan *userns, struct accounts *accounts_out,
                  struct error *err)
{
        struct accounts accounts = { .read = true };
        bool users, groups;

        if (adds_none(spec)) {
                *accounts_out = (struct accounts){ 0 };
                return 0;
        }
        for (size_t i = 0; i < spec->host_users.count; i++)
                if (accounts_check_host_user(spec->host_users.items[i], err) < 0)
                        return -1;
        users = read_file(spec, rootfs, "/etc/passwd", &accounts.passwd);
        groups = read_file(spec, rootfs, "/etc/group", &accounts.group);
        if (users)
                add_users(spec, userns->caller_uid, &accounts);
        if (groups && keeps_caller(spec))
                add_caller_group(&accounts.group, userns->caller_uid, userns->caller_gid);
        if (groups)
                add_own_group(spec, &accounts.group);
        join(&accounts.passwd);
        join(&accounts.group);
        *accounts_out = accounts;
        return 0;
}

/* One that leads to another layer's was not seen by accounts_make(), and may have the lines. */
static int append(int root_fd, const char *path, const struct accounts_file *file,
                  struct error *err)
{
        AUTO_CLOSE int place = file->added.len ? path_make_file_in(root_fd, path, 0644) : -1;
        AUTO_CLOSE int fd = -1;
        AUTO_FREE char *text = NULL;
        struct stat st;
        size_t len;

        if (file->added.len == 0)
                return 0;
        if (place < 0 || fstat(place, &st) < 0)
                return error_sys(err, errno, "add to the container's %s", path);
        if (!S_ISREG(st.st_mode))
                return 0;
        fd = path_open_in(root_fd, path, O_RDWR | O_APPEND | O_NOCTTY | O_NONBLOCK, 0);
        if (fd < 0)
                return error_sys(err, errno, "add to the container's %s", path);
        if (file->missing)
                (void)!fchown(fd, 0, 0);
        if (fd_read_rest(fd, LIMIT_PASSWD, &text, &len, NULL) < 0 || strstr(text, file->added.data))
                return 0;
        if ((len > 0 && text[len - 1] != '\n' && fd_write_all(fd, "\n", 1) < 0) ||
            fd_write_all(fd, file->added.data, file->added.len) < 0)
                return error_sys(err, errno, "add to the container's %s", path);
        return 0;
}

int accounts_write(const struct accounts *accounts, const char *root, struct error *err)
{
        AUTO_CLOSE int root_fd = -1;

        if (accounts->passwd.added.len == 0 && accounts->group.added.len == 0)
                return 0;
        root_fd = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (root_fd < 0)
                return error_sys(err, errno, "open the container's root");
        return append(root_fd, "/etc/passwd", &accounts->passwd, err) < 0
                       ? -1
                       : append(root_fd, "/etc/group", &accounts->group, err);
}

static int lay(const struct accounts_file *file, int dir_fd, const char *name, struct error *err)
{
        if (file->added.len > 0)
                return fd_write_file(dir_fd, name, file->text, strlen(file->text), 0644, err);
        (void)unlinkat(dir_fd, name, 0);
        return 0;
}

int accounts_lay(const struct accounts *accounts, int dir_fd, struct error *err)
{
        return lay(&accounts->passwd, dir_fd, "passwd", err) < 0
                       ? -1
                       : lay(&accounts->group, dir_fd, "group", err);
}

static int resolve(const struct container_spec *spec, const char *text, const char *passwd,
                   const char *group, struct container_user *user_out, struct error *err)
{
        if (user_resolve(text, passwd, group, user_out, err) < 0)
                return -1;
        return strv_contains(&spec->group_add, GROUPS_KEEP)
                       ? 0
                       : user_add_groups(&spec->group_add, group, user_out, err);
}

static int find_user(const struct container_spec *spec, const struct accounts *accounts,
                     const struct rootfs *rootfs, struct container_user *user_out,
                     struct error *err)
{
        if (accounts->read)
                return resolve(spec, spec->user, accounts->passwd.text, accounts->group.text,
                               user_out, err);
        return rootfs_resolve_user(rootfs, spec->user, user_out, err) < 0
                       ? -1
                       : rootfs_add_groups(rootfs, &spec->group_add, user_out, err);
}

/* As podman: that a user is not there is the container's fault, found out at its start. */
int accounts_user(const struct container_spec *spec, const struct accounts *accounts,
                  const struct rootfs *rootfs, struct container_user *user_out, struct error *err)
{
        int rc = find_user(spec, accounts, rootfs, user_out, err);

        if (rc < 0 && err && err->kind == ERROR_INVALID)
                err->kind = ERROR_CANNOT_RUN;
        return rc;
}

static void read_laid(const struct store *store, const struct container *container,
                      const struct rootfs *rootfs, const char *name, char **text_out)
{
        AUTO_FREE char *laid = xasprintf("containers/%s/%s", container->id, name);
        AUTO_FREE char *own = xasprintf("etc/%s", name);

        if (!container->spec.read_only ||
            fd_read_file(store->run_fd, laid, 2 * LIMIT_PASSWD, text_out, NULL, NULL) < 0)
                (void)rootfs_read_file(rootfs, own, LIMIT_PASSWD, text_out, NULL);
}

int accounts_resolve(const struct store *store, const struct container *container,
                     const struct rootfs *rootfs, const char *text, struct container_user *user_out,
                     struct error *err)
{
        AUTO_FREE char *passwd = NULL;
        AUTO_FREE char *group = NULL;

        read_laid(store, container, rootfs, "passwd", &passwd);
        read_laid(store, container, rootfs, "group", &group);
        return resolve(&container->spec, text, passwd, group, user_out, err);
}
