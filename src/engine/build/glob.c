/* Patterns of COPY and ADD, name by name. See glob.h. */
#include "engine/build/glob.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/path.h"

#include <fcntl.h>
#include <fnmatch.h>
#include <string.h>
#include <sys/stat.h>

#define MATCHES_MAX ((size_t)1 << 20)

static bool is_pattern(const char *name)
{
        return strpbrk(name, "*?[\\") != NULL;
}

/* Not followed: a link whose target is missing is there. */
static bool exists(int dir_fd, const char *name)
{
        struct stat st;

        return fstatat(dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

static int too_many(struct error *err)
{
        return error_set(err, ERROR_TOO_LARGE, "a pattern stands for more than %zu files",
                         MATCHES_MAX);
}

/* What one more name of the pattern makes of a directory. */
static int match_in(int root_fd, const char *dir, const char *name, struct strv *found,
                    struct error *err)
{
        AUTO_CLOSE int fd = path_open_in(root_fd, dir, O_RDONLY | O_DIRECTORY, 0);
        AUTO(strv) names = { 0 };
        const char *slash = dir[0] ? "/" : "";

        if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
                return 0;
        if (fd < 0)
                return error_sys(err, errno, "open %s", dir);
        if (!is_pattern(name)) {
                if (exists(fd, name))
                        strv_addf(found, "%s%s%s", dir, slash, name);
                return 0;
        }
        if (path_list_names(fd, &names, err) < 0)
                return -1;
        strv_sort(&names);
        for (size_t i = 0; i < names.count; i++) {
                if (fnmatch(name, names.items[i], 0) != 0)
                        continue;
                if (found->count >= MATCHES_MAX)
                        return too_many(err);
                strv_addf(found, "%s%s%s", dir, slash, names.items[i]);
        }
        return 0;
}

int glob_expand(int root_fd, const char *pattern, struct strv *paths, struct error *err)
{
        AUTO_FREE char *rooted = xasprintf("/%s", pattern);
        AUTO_FREE char *clean = path_clean(rooted);
        AUTO(strv) names = { 0 };
        AUTO(strv) now = { 0 };

        if (strcmp(clean, "/") == 0) {
                strv_add(paths, ".");
                return 0;
        }
        strv_split(&names, clean + 1, '/');
        strv_add(&now, "");
        for (size_t i = 0; i < names.count; i++) {
                struct strv next = { 0 };
                int rc = 0;

                for (size_t n = 0; n < now.count && rc == 0; n++)
                        rc = match_in(root_fd, now.items[n], names.items[i], &next, err);
                strv_release(&now);
                now = next;
                if (rc < 0)
                        return -1;
        }
        strv_extend(paths, &now);
        return 0;
}
