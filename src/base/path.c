/* Paths: inside a container's root, and trees to make and remove. See path.h. */
#include "base/path.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/strbuf.h"
#include "base/strv.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>

int path_open_in(int root_fd, const char *path, int flags, mode_t mode)
{
        struct open_how how = {
                .flags = (unsigned long long)(unsigned)flags | O_CLOEXEC,
                .mode = flags & (O_CREAT | O_TMPFILE) ? mode : 0,
                .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
        };
        long fd;

        if (path[0] == '\0')
                path = ".";
        /* EAGAIN: a rename raced with the resolution of ".." (openat2(2)). */
        for (int tries = 0; tries < 64; tries++) {
                fd = syscall(SYS_openat2, root_fd, path, &how, sizeof(how));
                if (fd >= 0 || errno != EAGAIN)
                        break;
        }
        return (int)fd;
}

#define DANGLING_MAX 8 /* links that lead to directories which are not there yet */

static int make_dirs_in(int root_fd, const char *path, mode_t mode, int links);

/* A link whose target is missing: the target is made, inside the root as everything. */
static int make_target_in(int root_fd, int parent_fd, const char *parent, const char *name,
                          mode_t mode, int links)
{
        char text[PATH_MAX];
        AUTO_FREE char *target = NULL;
        ssize_t n = readlinkat(parent_fd, name, text, sizeof(text) - 1);

        if (n < 0 || links >= DANGLING_MAX) {
                errno = n < 0 ? errno : ELOOP;
                return -1;
        }
        text[n] = '\0';
        target = text[0] == '/' ? xstrdup(text) : path_join(parent, text);
        return make_dirs_in(root_fd, target, mode, links + 1);
}

/* Make the last component of `path` in its (existing) parent and open it. */
static int make_dir_in(int root_fd, const char *path, mode_t mode, int links)
{
        AUTO_FREE char *parent = xstrdup(path);
        AUTO_CLOSE int parent_fd = -1;
        char *slash = strrchr(parent, '/');
        const char *last = slash ? path + (slash - parent) + 1 : path;
        int fd;

        if (slash)
                *slash = '\0';
        parent_fd = path_open_in(root_fd, slash ? parent : ".", O_PATH | O_DIRECTORY, 0);
        if (parent_fd < 0 || (mkdirat(parent_fd, last, mode) < 0 && errno != EEXIST))
                return -1;
        fd = path_open_in(root_fd, path, O_PATH | O_DIRECTORY, 0);
        if (fd < 0 && errno == ENOENT)
                return make_target_in(root_fd, parent_fd, slash ? parent : "", last, mode, links);
        return fd;
}

static int make_dirs_in(int root_fd, const char *path, mode_t mode, int links)
{
        AUTO_FREE char *clean = path_clean(path);
        char *p = clean + strspn(clean, "/");
        int fd = path_open_in(root_fd, clean, O_PATH | O_DIRECTORY, 0);

        if (fd >= 0 || errno != ENOENT)
                return fd;
        for (;;) {
                AUTO_CLOSE int step = -1;
                char *slash = strchr(p, '/');

                if (slash)
                        *slash = '\0';
                step = path_open_in(root_fd, clean, O_PATH | O_DIRECTORY, 0);
                if (step < 0 && errno == ENOENT)
                        step = make_dir_in(root_fd, clean, mode, links);
                if (step < 0 || !slash)
                        return take_fd(&step);
                *slash = '/';
                p = slash + 1;
        }
}

int path_make_dirs_in(int root_fd, const char *path, mode_t mode)
{
        return make_dirs_in(root_fd, path, mode, 0);
}

static int make_file_in(int root_fd, const char *path, mode_t mode, int links)
{
        AUTO_FREE char *clean = path_clean(path);
        AUTO_FREE char *parent = NULL;
        AUTO_FREE char *target = NULL;
        AUTO_CLOSE int parent_fd = -1, created = -1;
        char *slash = strrchr(clean, '/'), text[PATH_MAX];
        const char *name = slash ? slash + 1 : clean;
        int fd = path_open_in(root_fd, clean, O_PATH, 0);
        ssize_t n;

        if (fd >= 0 || errno != ENOENT)
                return fd;
        parent = slash ? xstrndup(clean, (size_t)(slash - clean)) : xstrdup("");
        parent_fd = path_make_dirs_in(root_fd, parent[0] ? parent : "/", 0755);
        if (parent_fd < 0)
                return -1;
        n = readlinkat(parent_fd, name, text, sizeof(text) - 1);
        if (n >= 0) {
                text[n] = '\0';
                target = text[0] == '/' ? xstrdup(text) : path_join(parent, text);
                errno = ELOOP;
                return links < DANGLING_MAX ? make_file_in(root_fd, target, mode, links + 1) : -1;
        }
        created = openat(parent_fd, name, O_WRONLY | O_CREAT | O_EXCL | O_NOCTTY | O_CLOEXEC, mode);
        if (created < 0 && errno != EEXIST)
                return -1;
        return path_open_in(root_fd, clean, O_PATH, 0);
}

int path_make_file_in(int root_fd, const char *path, mode_t mode)
{
        return make_file_in(root_fd, path, mode, 0);
}

int path_make_dirs(const char *path, mode_t mode, struct error *err)
{
        AUTO_FREE char *copy = xstrdup(path);

        if (mkdir(path, mode) == 0 || errno == EEXIST)
                return 0;
        for (char *p = copy + 1; errno == ENOENT && (p = strchr(p, '/')); p++) {
                *p = '\0';
                if (mkdir(copy, mode) == 0 || errno == EEXIST)
                        errno = ENOENT; /* go on with the next one */
                *p = '/';
        }
        if (errno != ENOENT || (mkdir(path, mode) < 0 && errno != EEXIST))
                return error_sys(err, errno, "create directory %s", path);
        return 0;
}

static int remove_entries(int dir_fd, dev_t dev);

static int remove_dir(int parent_fd, const char *name, dev_t dev)
{
        struct stat st;
        AUTO_CLOSE int fd =
                openat(parent_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

        if (fd < 0 && errno == EACCES && fchmodat(parent_fd, name, 0700, 0) == 0)
                fd = openat(parent_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (fd < 0 || fstat(fd, &st) < 0)
                return -1;
        if (st.st_dev != dev) {
                errno = EXDEV;
                return -1;
        }
        if ((st.st_mode & 0300) != 0300)
                (void)fchmod(fd, 0700);
        if (remove_entries(fd, dev) < 0)
                return -1;
        return unlinkat(parent_fd, name, AT_REMOVEDIR);
}

static int remove_entries(int dir_fd, dev_t dev)
{
        int copy = openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        DIR *dir = copy < 0 ? NULL : fdopendir(copy);
        struct dirent *entry;
        int result = 0;

        if (!dir)
                return -1;
        while (result == 0 && (entry = readdir(dir))) {
                if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
                        continue;
                if (entry->d_type != DT_DIR && unlinkat(dir_fd, entry->d_name, 0) == 0)
                        continue;
                if (entry->d_type != DT_DIR && errno != EISDIR)
                        result = errno == ENOENT ? 0 : -1;
                else
                        result = remove_dir(dir_fd, entry->d_name, dev);
        }
        closedir(dir);
        return result;
}

int path_remove_tree(int dir_fd, const char *name, struct error *err)
{
        struct stat st;

        if (fstatat(dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
                return errno == ENOENT ? 0 : error_sys(err, errno, "remove %s", name);
        if (!S_ISDIR(st.st_mode) && unlinkat(dir_fd, name, 0) == 0)
                return 0;
        if (remove_dir(dir_fd, name, st.st_dev) < 0 && errno != ENOENT)
                return error_sys(err, errno, "remove %s", name);
        return 0;
}

int path_list_names(int dir_fd, struct strv *names, struct error *err)
{
        int fd = openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        DIR *dir = fd < 0 ? NULL : fdopendir(fd);
        struct dirent *entry;

        if (!dir)
                return error_sys(err, errno, "read a directory");
        while ((entry = readdir(dir)))
                if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
                        strv_add(names, entry->d_name);
        closedir(dir);
        return 0;
}

char *path_clean(const char *path)
{
        bool absolute = path[0] == '/';
        AUTO(strv) in = { 0 };
        AUTO(strv) out = { 0 };
        AUTO(strbuf) text = { 0 };

        strv_split(&in, path, '/');
        for (size_t i = 0; i < in.count; i++) {
                const char *part = in.items[i];
                const char *last = out.count ? out.items[out.count - 1] : NULL;

                if (part[0] == '\0' || strcmp(part, ".") == 0)
                        continue;
                if (strcmp(part, "..") != 0 || (!last && !absolute) ||
                    (last && strcmp(last, "..") == 0))
                        strv_add(&out, part);
                else if (last)
                        free(out.items[--out.count]);
        }
        for (size_t i = 0; i < out.count; i++)
                strbuf_addf(&text, "%s%s", i || absolute ? "/" : "", out.items[i]);
        if (text.len == 0)
                strbuf_adds(&text, absolute ? "/" : ".");
        return strbuf_take(&text);
}

char *path_join(const char *dir, const char *name)
{
        return xasprintf("%s/%s", dir, name);
}

char *path_absolute(const char *path)
{
        AUTO_FREE char *cwd = NULL;
        AUTO_FREE char *joined = NULL;

        if (path[0] == '/')
                return path_clean(path);
        cwd = getcwd(NULL, 0);
        joined = path_join(cwd ? cwd : "/", path);
        return path_clean(joined);
}

bool path_ends_with(const char *path, const char *ending)
{
        size_t len = strlen(path), tail = strlen(ending);

        return len > tail && strcmp(path + len - tail, ending) == 0;
}

char *path_in_config(const char *name)
{
        const char *config = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");

        if (config && config[0] == '/')
                return path_join(config, name);
        return home && home[0] == '/' ? xasprintf("%s/.config/%s", home, name) : NULL;
}

char *path_own_program(void)
{
        char path[PATH_MAX];
        ssize_t len = readlink("/proc/self/exe", path, sizeof(path));

        return len > 0 && (size_t)len < sizeof(path) ? xstrndup(path, (size_t)len) : NULL;
}

char *path_find_program(const char *name)
{
        const char *env = getenv("PATH");
        AUTO(strv) dirs = { 0 };

        if (strchr(name, '/'))
                return access(name, X_OK) == 0 ? xstrdup(name) : NULL;
        strv_split(&dirs, env ? env : "/usr/local/bin:/usr/bin:/bin", ':');
        strv_add(&dirs, "/usr/sbin");
        strv_add(&dirs, "/sbin");
        for (size_t i = 0; i < dirs.count; i++) {
                char *path = path_join(dirs.items[i][0] ? dirs.items[i] : ".", name);

                if (access(path, X_OK) == 0)
                        return path;
                free(path);
        }
        return NULL;
}
