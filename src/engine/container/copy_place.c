/* Finding the ends of a copy. The kernel resolves the path, with a container's root as "/"; what it
 * found is then named by the directory it is in, which is asked for the entry's inode, so that a
 * path that is changed meanwhile fails and leads nowhere else. */
#include "engine/container/copy_place.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/path.h"

#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#define LINKS_MAX 40

void copy_place_release(struct copy_place *place)
{
        if (place->fd >= 0)
                close(place->fd);
        if (place->dir_fd >= 0)
                close(place->dir_fd);
        free(place->name);
        free(place->base);
        *place = COPY_PLACE_EMPTY;
}

static int open_in(int root_fd, const char *path, int flags)
{
        return root_fd >= 0 ? path_open_in(root_fd, path, flags, 0)
                            : open(path[0] ? path : ".", flags | O_CLOEXEC);
}

static int missing(const struct copy_end *end, struct error *err)
{
        if (errno != ENOENT && errno != ENOTDIR)
                return error_sys(err, errno, "%s", end->path);
        if (!end->container)
                return error_set(err, ERROR_NOT_FOUND, "\"%s\" could not be found on the host",
                                 end->path);
        return error_set(err, ERROR_NOT_FOUND,
                         "\"%s\" could not be found on container %s: no such file or directory",
                         end->path, end->container->spec.name);
}

/* Of a container: relative to its working directory. */
static char *whole_path(const struct copy_end *end)
{
        const char *workdir = end->container ? end->container->spec.workdir : NULL;

        if (!end->container || end->path[0] == '/')
                return xstrdup(end->path);
        return xasprintf("%s/%s", workdir ? workdir : "", end->path);
}

static bool is_dots(const char *name)
{
        return strcmp(name, ".") == 0 || strcmp(name, "..") == 0 || !name[0];
}

/* Split off the last component; "" where there is none. slash: something stood behind it. */
static void split(const char *path, char **parent_out, char **last_out, bool *slash_out)
{
        size_t len = strlen(path), start;

        *slash_out = false;
        while (len > 0 && path[len - 1] == '/') {
                *slash_out = true;
                len--;
        }
        for (start = len; start > 0 && path[start - 1] != '/'; start--)
                ;
        *last_out = xstrndup(path + start, len - start);
        *parent_out = start > 0 ? xstrndup(path, start) : xstrdup(path[0] == '/' ? "/" : ".");
}

/* The directory and the name that path leads to, when its last component is a link: the next path
 * to look at. 0: *path is replaced; 1: it is no link. */
static int follow(int dir_fd, const char *parent, const char *name, char **path)
{
        char text[PATH_MAX];
        ssize_t len = readlinkat(dir_fd, name, text, sizeof(text) - 1);
        char *next;

        if (len < 0)
                return 1;
        text[len] = '\0';
        next = text[0] == '/' ? xstrdup(text) : xasprintf("%s/%s", parent, text);
        free(*path);
        *path = next;
        return 0;
}

/* dir_fd and name of what is (or is to be) at path. */
static int find_entry(int root_fd, const struct copy_end *end, const char *path,
                      struct copy_place *place, struct error *err)
{
        AUTO_FREE char *at = xstrdup(path);

        for (int links = 0; links < LINKS_MAX; links++) {
                AUTO_FREE char *parent = NULL;
                bool slash;

                free(take_ptr(place->name));
                split(at, &parent, &place->name, &slash);
                if (place->dir_fd >= 0)
                        close(take_fd(&place->dir_fd));
                place->dir_fd = open_in(root_fd, parent, O_RDONLY | O_DIRECTORY);
                if (place->dir_fd < 0)
                        return missing(end, err);
                if (is_dots(place->name) || follow(place->dir_fd, parent, place->name, &at) == 1)
                        return 0;
        }
        errno = ELOOP;
        return missing(end, err);
}

/* What is there: a directory is opened to be read. */
static int look(struct copy_place *place, int path_fd, const struct copy_end *end,
                struct error *err)
{
        struct stat st;

        if (fstat(path_fd, &st) < 0)
                return error_sys(err, errno, "%s", end->path);
        place->is_dir = S_ISDIR(st.st_mode);
        place->fd = place->is_dir ? openat(path_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
                                  : fcntl(path_fd, F_DUPFD_CLOEXEC, 3);
        return place->fd < 0 ? error_sys(err, errno, "open %s", end->path) : 0;
}

static int same_entry(const struct copy_place *place, const struct copy_end *end, struct error *err)
{
        struct stat found, named;

        if (fstat(place->fd, &found) < 0 ||
            fstatat(place->dir_fd, place->name, &named, AT_SYMLINK_NOFOLLOW) < 0)
                return error_sys(err, errno, "%s", end->path);
        if (found.st_ino == named.st_ino && found.st_dev == named.st_dev)
                return 0;
        return error_set(err, ERROR_GENERAL, "%s was replaced meanwhile", end->path);
}

/* A directory as the entry "." of itself: ".." of a container's root is not the container's. */
static int name_itself(struct copy_place *place, const struct copy_end *end, struct error *err)
{
        if (place->dir_fd >= 0)
                close(take_fd(&place->dir_fd));
        place->dir_fd = fcntl(place->fd, F_DUPFD_CLOEXEC, 3);
        free(place->name);
        place->name = xstrdup(".");
        return place->dir_fd < 0 ? error_sys(err, errno, "open %s", end->path) : 0;
}

int copy_place_source(int root_fd, const struct copy_end *end, struct copy_place *place_out,
                      struct error *err)
{
        AUTO(copy_place) place = COPY_PLACE_EMPTY;
        AUTO_FREE char *path = whole_path(end);
        AUTO_FREE char *parent = NULL;
        AUTO_CLOSE int path_fd = open_in(root_fd, path, O_PATH);
        bool slash;

        if (path_fd < 0)
                return missing(end, err);
        if (look(&place, path_fd, end, err) < 0)
                return -1;
        split(path, &parent, &place.base, &slash);
        place.contents = place.is_dir && is_dots(place.base);
        if (!place.contents && find_entry(root_fd, end, path, &place, err) < 0)
                return -1;
        if (place.is_dir && (place.contents || is_dots(place.name))) {
                if (name_itself(&place, end, err) < 0)
                        return -1;
        } else if (same_entry(&place, end, err) < 0) {
                return -1;
        }
        *place_out = place;
        place = COPY_PLACE_EMPTY;
        return 0;
}

int copy_place_target(int root_fd, const struct copy_end *end, bool for_dir,
                      struct copy_place *place_out, struct error *err)
{
        AUTO(copy_place) place = COPY_PLACE_EMPTY;
        AUTO_FREE char *path = whole_path(end);
        AUTO_CLOSE int path_fd = open_in(root_fd, path, O_PATH);
        size_t len = strlen(path);

        if (path_fd < 0 && ((!for_dir && path[len - 1] == '/') || errno != ENOENT))
                return missing(end, err);
        if (path_fd >= 0 && look(&place, path_fd, end, err) < 0)
                return -1;
        /* "NEW/." is NEW. */
        if (path_fd < 0 && len > 2 && strcmp(path + len - 2, "/.") == 0)
                path[len - 1] = '\0';
        if (!place.is_dir && find_entry(root_fd, end, path, &place, err) < 0)
                return -1;
        if (!place.is_dir && is_dots(place.name))
                return error_set(err, ERROR_GENERAL, "%s was replaced meanwhile", end->path);
        *place_out = place;
        place = COPY_PLACE_EMPTY;
        return 0;
}
