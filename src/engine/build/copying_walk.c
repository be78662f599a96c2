/* Walking what is copied. See copying_walk.h. Everything is opened relative to its directory and
 * never followed. */
#include "engine/build/copying_walk.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/path.h"
#include "rootless/override.h"

#include <fcntl.h>
#include <string.h>

bool copying_wants(const struct copying *c, const char *path, const char *below)
{
        if (strcmp(path, ".") == 0)
                return true;
        return !(c->ignore && build_ignore_matches(c->ignore, path)) &&
               !build_ignore_matches(&c->exclude, below);
}

static bool may_return(const struct copying *c, const char *path, const char *below)
{
        return (c->ignore && build_ignore_matches(c->ignore, path) &&
                build_ignore_may_return(c->ignore, path)) ||
               (build_ignore_matches(&c->exclude, below) &&
                build_ignore_may_return(&c->exclude, below));
}

static void take_record(int fd, const char *name, struct stat *st)
{
        const struct override_place place = {
                .fd = name ? -1 : fd, .dir_fd = name ? fd : -1, .name = name, .st = st
        };
        struct override override = { 0 };

        (void)override_get(&place, &override);
        override_apply(&override, st);
}

void copying_adjust(const struct copying *c, int fd, const char *name, struct stat *st)
{
        if (c->from && c->from->recorded && fd >= 0)
                take_record(fd, name, st);
        if (c->owned || !c->from) {
                st->st_uid = c->owned ? c->uid : 0;
                st->st_gid = c->owned ? c->gid : 0;
        }
        if (!c->from)
                st->st_mode &= ~(mode_t)(S_ISUID | S_ISGID);
        if (c->has_mode && !S_ISLNK(st->st_mode))
                st->st_mode = (st->st_mode & S_IFMT) | c->mode;
}

/* Of a walk. */
struct walk {
        const struct copying *copying;
        struct place *place;
};

static int walk_dir(const struct walk *w, int fd, const char *path, const char *below,
                    const char *to, struct error *err);

static int walk_subdir(const struct walk *w, int dir_fd, const char *name, const char *path,
                       const char *below, const char *to, struct error *err)
{
        AUTO_CLOSE int fd = openat(dir_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

        if (fd < 0)
                return error_sys(err, errno, "open %s", path);
        return walk_dir(w, fd, path, below, to, err);
}

static int walk_entry(const struct walk *w, int dir_fd, const char *name, const char *path,
                      const char *below, const char *to, struct error *err)
{
        struct stat st;
        int rc;

        if (fstatat(dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
                return error_sys(err, errno, "look at %s", path);
        if (!copying_wants(w->copying, path, below))
                return S_ISDIR(st.st_mode) && may_return(w->copying, path, below)
                               ? walk_subdir(w, dir_fd, name, path, below, to, err)
                               : 0;
        if (S_ISSOCK(st.st_mode))
                return 0;
        copying_adjust(w->copying, dir_fd, name, &st);
        if (!S_ISDIR(st.st_mode))
                return place_file(w->place, to, dir_fd, name, &st, err);
        rc = place_dir(w->place, to, dir_fd, name, &st, err);
        return rc < 0 ? -1 : walk_subdir(w, dir_fd, name, path, below, to, err);
}

static int walk_dir(const struct walk *w, int fd, const char *path, const char *below,
                    const char *to, struct error *err)
{
        AUTO(strv) names = { 0 };

        if (path_list_names(fd, &names, err) < 0)
                return error_context(err, "%s", path);
        strv_sort(&names);
        for (size_t i = 0; i < names.count; i++) {
                const char *name = names.items[i];
                AUTO_FREE char *next = xasprintf("%s%s%s", path, path[0] ? "/" : "", name);
                AUTO_FREE char *next_below = xasprintf("%s%s%s", below, below[0] ? "/" : "", name);
                AUTO_FREE char *next_to = path_join(to, name);

                if (walk_entry(w, fd, name, next, next_below, next_to, err) < 0)
                        return -1;
        }
        return 0;
}

int copying_walk(const struct copying *copying, struct place *place, int fd, const char *path,
                 const char *to, struct error *err)
{
        const struct walk walk = { .copying = copying, .place = place };

        return walk_dir(&walk, fd, path, "", to, err);
}
