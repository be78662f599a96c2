/* Where an entry goes. See unpack_parts.h. Every path is resolved by the kernel beneath the root
 * (openat2 RESOLVE_IN_ROOT); only the last component is used by name, in its parent's descriptor,
 * and never followed. The parent of the last entry is kept open, since archives list directories
 * together. */
#include "engine/storage/unpack_parts.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/path.h"

#include <fcntl.h>
#include <limits.h>
#include <string.h>

char *unpack_clean_path(const char *name)
{
        char *clean, *out;

        if (strlen(name) >= PATH_MAX)
                return NULL;
        clean = out = xmalloc(strlen(name) + 2);
        while (*name) {
                size_t len = strcspn(name, "/");

                if (len == 2 && name[0] == '.' && name[1] == '.') {
                        free(clean);
                        return NULL;
                }
                if (len > 0 && !(len == 1 && name[0] == '.')) {
                        if (out != clean)
                                *out++ = '/';
                        memcpy(out, name, len);
                        out += len;
                }
                name += len + (name[len] == '/');
        }
        *out = '\0';
        return clean;
}

static void set_parent(struct unpacker *u, const char *path, int fd)
{
        struct stat st;

        free(u->parent_path);
        if (u->parent_fd >= 0)
                close(u->parent_fd);
        u->parent_path = xstrdup(path);
        u->parent_fd = fd;
        u->parent_setgid = fstat(fd, &st) == 0 && (st.st_mode & S_ISGID);
}

int unpack_own_by_root(const struct unpacker *u, int fd)
{
        uid_t uid = 0;
        gid_t gid = 0;

        if (!u->source->ids)
                return 0;
        return id_maps_outside(u->source->ids, &uid, &gid)
                       ? fchownat(fd, "", uid, gid, AT_EMPTY_PATH)
                       : -1;
}

/* Make what is missing of a directory path, noting what was made. */
static int make_implied(struct unpacker *u, const char *path)
{
        AUTO_FREE char *part = xstrdup(path);

        for (char *slash = part; slash; slash = strchr(slash + 1, '/')) {
                char *end = strchr(slash == part ? part : slash + 1, '/');
                AUTO_CLOSE int fd = -1;

                if (end)
                        *end = '\0';
                fd = path_open_in(u->root_fd, part, O_PATH | O_DIRECTORY, 0);
                if (fd < 0 && errno == ENOENT) {
                        fd = path_make_dirs_in(u->root_fd, part, 0755);
                        if (fd >= 0 && unpack_own_by_root(u, fd) < 0)
                                return -1;
                        strv_add(&u->result->implied_dirs, part);
                }
                if (fd < 0)
                        return -1;
                if (!end)
                        break;
                *end = '/';
                slash = end - 1;
        }
        return path_open_in(u->root_fd, path, O_RDONLY | O_DIRECTORY, 0);
}

int unpack_enter_parent(struct unpacker *u, char *path, const char **last_out, struct error *err)
{
        char *slash = strrchr(path, '/');
        const char *parent = slash ? path : ".";
        int fd;

        *last_out = slash ? slash + 1 : path;
        if (slash)
                *slash = '\0';
        if (!u->parent_path || strcmp(u->parent_path, parent) != 0) {
                fd = path_open_in(u->root_fd, parent, O_RDONLY | O_DIRECTORY, 0);
                if (fd < 0 && errno == ENOENT)
                        fd = make_implied(u, parent);
                if (fd < 0) {
                        int saved = errno;

                        if (slash)
                                *slash = '/';
                        errno = saved;
                        return unpack_failed(path, "open its directory", err);
                }
                set_parent(u, parent, fd);
        }
        if (slash)
                *slash = '/';
        return 0;
}

int unpack_clear_place(struct unpacker *u, const char *last)
{
        if (unlinkat(u->parent_fd, last, 0) == 0 || errno == ENOENT)
                return 0;
        return path_remove_tree(u->parent_fd, last, NULL);
}

void unpack_forget_implied(struct unpacker *u, const char *path)
{
        struct strv *v = &u->result->implied_dirs;

        for (size_t i = 0; i < v->count; i++)
                if (strcmp(v->items[i], path) == 0) {
                        free(v->items[i]);
                        v->items[i] = v->items[--v->count];
                        v->items[v->count] = NULL;
                        return;
                }
}
