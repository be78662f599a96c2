/* Checking containers and pods, and whose their names are. See check_parts.h. */
#include "engine/image/check_parts.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/path.h"
#include "engine/state/names.h"

#include <fcntl.h>
#include <string.h>

static bool is_there(const struct checker *c, const char *entry, const char *file)
{
        AUTO_FREE char *path = xasprintf("containers/%s/%s", entry, file);

        return faccessat(c->store->root_fd, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

/* Does somebody start it, run it or change it? */
static bool is_alive(const struct checker *c, const char *entry)
{
        AUTO_FREE char *path = xasprintf("containers/%s/lock", entry);
        AUTO_CLOSE int fd = openat(c->store->root_fd, path, O_RDWR | O_CLOEXEC);
        struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

        return fd >= 0 && fcntl(fd, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
}

/* A copy of the layers (storage/copy.h) whose maker died. */
static void check_copy(struct checker *c, int dir_fd, const char *entry)
{
        AUTO_FREE char *path = path_join(entry, "copy");

        if (is_there(c, entry, "copy") && !is_there(c, entry, "copied") && !is_alive(c, entry))
                check_remove(c,
                             check_report(c, FINDING_GARBAGE,
                                          "container %.12s has an unfinished copy of its image",
                                          entry),
                             dir_fd, path);
}

static bool has(const struct checker *c, const char *dir, const char *id)
{
        AUTO_FREE char *path = path_join(dir, id);

        return faccessat(c->store->root_fd, path, F_OK, 0) == 0;
}

/* It appears before it has its name. */
static void check_name(struct checker *c, const char *what, const char *entry, const json_t *record)
{
        const char *name = json_get_string(record, "name", "");
        char owner[OBJECT_ID_LEN + 1];
        struct finding *f;

        if (!name[0] || strchr(name, '/') ||
            (names_find(c->store, name, owner) && strcmp(owner, entry) == 0))
                return;
        f = check_report(c, FINDING_DAMAGE, "%s %.12s has lost its name %s", what, entry, name);
        if (c->options->repair)
                f->repaired = names_reserve(c->store, name, entry, NULL) == 0;
}

/* It is made before its pod and goes after it. */
static bool is_left_infra(const struct checker *c, const char *entry, const json_t *spec)
{
        const char *pod = json_get_string(spec, "pod", "");

        return json_get_bool(spec, "infra", false) && !has(c, "pods", pod) && !is_alive(c, entry);
}

/* Without its infra container it can only be removed. */
static void visit_pod(struct checker *c, int dir_fd, const char *entry)
{
        AUTO_FREE char *path = path_join(entry, "config.json");
        AUTO_JSON json_t *json = NULL;
        struct error why = { 0 };
        const char *infra;
        struct finding *f;

        if (json_read_file(dir_fd, path, LIMIT_SPEC, &json, &why) == 0) {
                check_name(c, "pod", entry, json);
                infra = json_get_string(json, "infra_id", NULL);
                if (!infra || has(c, "containers", infra))
                        return;
                error_set(&why, ERROR_NOT_FOUND,
                          "its infra container is gone; remove it: kelp pod rm -f %.12s", entry);
        }
        f = check_report(c, FINDING_DAMAGE, "pod %.12s: %s", entry, why.text);
        if (c->options->force)
                check_remove(c, f, dir_fd, entry);
}

static void visit_container(struct checker *c, int dir_fd, const char *entry)
{
        AUTO_FREE char *path = path_join(entry, "spec");
        AUTO_JSON json_t *json = NULL;
        struct error why = { 0 };
        struct finding *f;

        check_copy(c, dir_fd, entry);
        if (json_read_file(dir_fd, path, LIMIT_SPEC, &json, &why) < 0) {
                f = check_report(c, FINDING_DAMAGE, "container %.12s: %s", entry, why.text);
                if (c->options->force)
                        check_remove(c, f, dir_fd, entry);
        } else if (is_left_infra(c, entry, json)) {
                f = check_report(c, FINDING_GARBAGE,
                                 "container %.12s is the infra container of a pod that is gone",
                                 entry);
                check_remove(c, f, dir_fd, entry);
        } else {
                check_name(c, "container", entry, json);
        }
}

/* A rename that was cut short leaves the container's name of before or after it. */
static bool is_other_name(const struct checker *c, const char *id, const char *name)
{
        AUTO_FREE char *path = xasprintf("containers/%s/spec", id);
        AUTO_JSON json_t *json = NULL;

        return json_read_file(c->store->root_fd, path, LIMIT_SPEC, &json, NULL) == 0 &&
               strcmp(json_get_string(json, "name", name), name) != 0 && !is_alive(c, id);
}

/* Of a container or a pod. */
static void visit_object_name(struct checker *c, int dir_fd, const char *entry)
{
        char id[OBJECT_ID_LEN + 1] = "";

        if (readlinkat(dir_fd, entry, id, OBJECT_ID_LEN) < 0)
                return;
        if (!names_owner_is_there(c->store, id))
                check_remove(
                        c,
                        check_report(c, FINDING_GARBAGE, "the name %s is of no container", entry),
                        dir_fd, entry);
        else if (is_other_name(c, id, entry))
                check_remove(
                        c,
                        check_report(c, FINDING_GARBAGE,
                                     "the name %s is of container %.12s, which has another one",
                                     entry, id),
                        dir_fd, entry);
}

int check_objects(struct checker *c, struct error *err)
{
        if (check_each(c, "pods", visit_pod, err) < 0)
                return -1;
        return check_each(c, "containers", visit_container, err);
}

int check_object_names(struct checker *c, struct error *err)
{
        return check_each(c, "names", visit_object_name, err);
}
