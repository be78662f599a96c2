/* Reading Quadlet files. Drop-ins of web-app@x.container are in web-app@x.container.d,
 * web-app@.container.d, web-@.container.d, web-.container.d and container.d, of all directories; of
 * those with one name that of the most special place counts, and they are added in the order of
 * their names. */
#include "cli/quadlet/quadlet_load.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/limits.h"
#include "base/path.h"
#include "base/utf8.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

/* The path goes into the unit, of which a line end would make more. */
static int check_path(const char *path, struct error *err)
{
        return utf8_is_printable(path)
                       ? 0
                       : error_set(err, ERROR_INVALID,
                                   "a control character, or what is no UTF-8, in the name of %s",
                                   path);
}

/* 1: it is hidden (/dev/null). A pipe is not waited for. */
static int read_unit(const char *path, struct unit_file *unit, struct error *err)
{
        AUTO_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
        AUTO_FREE char *text = NULL;
        struct stat st;
        size_t len;

        if (fd < 0 || fstat(fd, &st) < 0)
                return error_sys(err, errno, "read %s", path);
        if (S_ISCHR(st.st_mode))
                return 1;
        if (!S_ISREG(st.st_mode))
                return error_set(err, ERROR_INVALID, "%s is no file", path);
        if (fd_read_rest(fd, LIMIT_UNIT_FILE, &text, &len, err) < 0)
                return error_context(err, "read %s", path);
        return unit_file_parse(unit, text, len, path, err);
}

static void add_drop_in_place(struct strv *places, const char *stem, const char *ending)
{
        AUTO_FREE char *place = xasprintf("%s%s.d", stem, ending);

        if (!strv_contains(places, place))
                strv_take(places, take_ptr(place));
}

/* From the most special to the most general: the stem, cut behind each "-" from the end. */
static void drop_in_places(const char *name, struct strv *places)
{
        const char *ending = strrchr(name, '.');
        AUTO_FREE char *template = quadlet_template(name);
        AUTO_FREE char *stem = template ? xstrndup(template, strlen(template) - 1)
                                        : xstrndup(name, (size_t)(ending - name));

        strv_addf(places, "%s.d", name);
        if (template)
                add_drop_in_place(places, template, ending);
        for (char *dash = strrchr(stem, '-'); dash; dash = strrchr(stem, '-')) {
                AUTO_FREE char *cut = xstrndup(stem, (size_t)(dash + 1 - stem));
                AUTO_FREE char *with_at = xasprintf("%s@", cut);

                if (template)
                        add_drop_in_place(places, with_at, ending);
                add_drop_in_place(places, cut, ending);
                *dash = '\0';
        }
        strv_addf(places, "%s.d", ending + 1);
}

static bool has_name(const struct strv *paths, const char *name)
{
        for (size_t i = 0; i < paths->count; i++)
                if (strcmp(strrchr(paths->items[i], '/') + 1, name) == 0)
                        return true;
        return false;
}

static int by_last_name(const void *a, const void *b)
{
        return strcmp(strrchr(*(char *const *)a, '/'), strrchr(*(char *const *)b, '/'));
}

static void find_drop_ins(const struct strv *directories, const char *name, struct strv *paths)
{
        AUTO(strv) places = { 0 };

        drop_in_places(name, &places);
        for (size_t p = 0; p < places.count; p++)
                for (size_t d = 0; d < directories->count; d++) {
                        AUTO_FREE char *place = path_join(directories->items[d], places.items[p]);
                        AUTO(strv) names = { 0 };

                        quadlet_list_names(place, &names);
                        for (size_t i = 0; i < names.count; i++) {
                                if (path_ends_with(names.items[i], ".conf") &&
                                    !has_name(paths, names.items[i]))
                                        strv_take(paths, path_join(place, names.items[i]));
                        }
                }
        if (paths->count > 0)
                qsort(paths->items, paths->count, sizeof(*paths->items), by_last_name);
}

static int load_one(const struct strv *directories, struct quadlet *quadlet, struct error *err)
{
        AUTO(strv) drop_ins = { 0 };
        int rc = check_path(quadlet->path, err);

        if (rc == 0)
                rc = read_unit(quadlet->path, &quadlet->source, err);
        if (rc != 0)
                return rc;
        find_drop_ins(directories, quadlet->name, &drop_ins);
        for (size_t i = 0; i < drop_ins.count; i++)
                if (read_unit(drop_ins.items[i], &quadlet->source, err) < 0)
                        return -1;
        return quadlet_set_names(quadlet, err) < 0
                       ? error_context(err, "converting \"%s\"", quadlet->name)
                       : 0;
}

static void load_named(const struct strv *directories, const char *directory, const char *name,
                       struct quadlet_list *list, const struct quadlet_listener *listener)
{
        struct quadlet quadlet = { .name = xstrdup(name), .path = path_join(directory, name) };
        struct error err = { 0 };
        int rc;

        (void)quadlet_kind_of(name, &quadlet.kind);
        rc = load_one(directories, &quadlet, &err);
        if (rc < 0)
                listener->failed(listener->data, &err);
        if (rc != 0) {
                quadlet_release(&quadlet);
                return;
        }
        list->items = xreallocarray(list->items, list->count + 1, sizeof(*list->items));
        list->items[list->count++] = quadlet;
}

void quadlet_load(const struct strv *directories, struct quadlet_list *list_out,
                  const struct quadlet_listener *listener)
{
        AUTO(strv) seen = { 0 };
        struct error err = { 0 };

        for (size_t d = 0; d < directories->count; d++) {
                AUTO(strv) names = { 0 };

                quadlet_list_names(directories->items[d], &names);
                for (size_t i = 0; i < names.count; i++) {
                        const char *name = names.items[i];
                        enum quadlet_kind kind;

                        if (!quadlet_kind_of(name, &kind) || strv_contains(&seen, name))
                                continue;
                        if (seen.count >= LIMIT_UNITS) {
                                error_set(&err, ERROR_TOO_LARGE, "there are more than %d files",
                                          LIMIT_UNITS);
                                listener->failed(listener->data, &err);
                                return;
                        }
                        strv_add(&seen, name);
                        load_named(directories, directories->items[d], name, list_out, listener);
                }
        }
}
