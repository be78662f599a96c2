/* Which ignore file applies to a build. See build_ignore_read(). */
#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/path.h"
#include "engine/containerfile/build_ignore.h"
#include "engine/containerfile/limits.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

/* 1: read, 0: there is none. */
static int read_open(struct build_ignore *ignore, int fd, const char *name, struct error *err)
{
        AUTO_FREE char *text = NULL;
        size_t len;

        if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
                return 0;
        if (fd < 0)
                return error_sys(err, errno, "open %s", name);
        if (fd_read_rest(fd, LIMIT_IGNORE_FILE, &text, &len, err) < 0)
                return error_context(err, "%s", name);
        return build_ignore_parse(ignore, name, text, len, err) < 0 ? -1 : 1;
}

static int read_host(struct build_ignore *ignore, const char *path, struct error *err)
{
        AUTO_CLOSE int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);

        return read_open(ignore, fd, path, err);
}

/* Beside a Containerfile: 1 with its path. */
static int read_beside(struct build_ignore *ignore, const char *context, const char *containerfile,
                       char **path_out, struct error *err)
{
        static const char *const endings[] = { ".dockerignore", ".containerignore" };
        AUTO_FREE char *base = *containerfile == '/' || !context
                                       ? xstrdup(containerfile)
                                       : path_join(context, containerfile);

        for (size_t i = 0; i < ARRAY_SIZE(endings); i++) {
                AUTO_FREE char *path = xasprintf("%s%s", base, endings[i]);
                int rc = read_host(ignore, path, err);

                if (rc > 0)
                        *path_out = take_ptr(path);
                if (rc != 0)
                        return rc;
        }
        return 0;
}

static int read_within(struct build_ignore *ignore, int context_fd, const char *context,
                       char **path_out, struct error *err)
{
        static const char *const names[] = { ".containerignore", ".dockerignore" };

        for (size_t i = 0; context_fd >= 0 && i < ARRAY_SIZE(names); i++) {
                AUTO_CLOSE int fd =
                        path_open_in(context_fd, names[i], O_RDONLY | O_NONBLOCK | O_CLOEXEC, 0);
                AUTO_FREE char *path = path_join(context ? context : ".", names[i]);
                int rc = read_open(ignore, fd, path, err);

                if (rc > 0)
                        *path_out = take_ptr(path);
                if (rc != 0)
                        return rc;
        }
        return 0;
}

int build_ignore_read(struct build_ignore *ignore, int context_fd, const char *context,
                      const char *file, const struct strv *containerfiles, char **path_out,
                      struct error *err)
{
        int rc = 0;

        *path_out = NULL;
        if (file) {
                rc = read_host(ignore, file, err);
                if (rc == 0)
                        return error_sys(err, ENOENT, "%s", file);
                if (rc > 0)
                        *path_out = xstrdup(file);
                return rc < 0 ? -1 : 0;
        }
        for (size_t i = 0; rc == 0 && containerfiles && i < containerfiles->count; i++)
                rc = read_beside(ignore, context, containerfiles->items[i], path_out, err);
        if (rc == 0)
                rc = read_within(ignore, context_fd, context, path_out, err);
        return rc < 0 ? -1 : 0;
}
