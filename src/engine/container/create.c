/* Making and deleting containers.
 *
 * The directory is built in staging/ and renamed to containers/ID; then the name is reserved by a
 * symbolic link, which fails if there is one (symlink(2) is atomic); if it is taken, the directory
 * goes away again. Deleting goes the other way round: the directory is renamed into staging/, so
 * that it is gone at once for readers, then the name, then the files.
 */
#include "engine/container/create.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/limits.h"
#include "base/path.h"
#include "base/random.h"
#include "engine/container/container_event.h"
#include "engine/container/infra.h"
#include "engine/container/secrets.h"
#include "engine/container/state.h"

#include <ctype.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#define NAME_LENGTH_MAX 200

int container_new_id(char id_out[CONTAINER_ID_LEN + 1], struct error *err)
{
        do {
                if (random_hex(id_out, CONTAINER_ID_LEN) < 0)
                        return error_sys(err, errno, "get random bytes");
                /* An all-digit start could be mistaken for a number (docker's rule). */
        } while (strspn(id_out, "0123456789") >= 12);
        return 0;
}

char *container_make_up_name(const char *id)
{
        static const char *const first[] = { "amber", "brisk", "calm",  "deep",  "early", "fond",
                                             "green", "happy", "ivory", "jolly", "keen",  "light",
                                             "mild",  "noble", "olive", "proud" };
        static const char *const second[] = { "anemone",  "barnacle", "coral",     "dulse",
                                              "eelgrass", "frond",    "gull",      "heron",
                                              "isopod",   "jetty",    "kittiwake", "limpet",
                                              "mussel",   "nautilus", "otter",     "plover" };
        unsigned a, b, c;

        sscanf(id, "%1x%1x%3x", &a, &b, &c);
        return xasprintf("%s_%s%u", first[a], second[b], c);
}

static int write_files(const struct store *store, int dir_fd, struct container_spec *spec,
                       struct error *err)
{
        static const char *const dirs[] = { "upper", "work", "merged" };
        struct container_state state = { .status = CONTAINER_CREATED };
        AUTO_JSON json_t *json = NULL;
        AUTO_CLOSE int lock = openat(dir_fd, "lock", O_RDWR | O_CREAT | O_CLOEXEC, 0600);

        if (lock < 0)
                return error_sys(err, errno, "create the container's lock");
        for (size_t i = 0; i < ARRAY_SIZE(dirs); i++)
                if (mkdirat(dir_fd, dirs[i], i == 0 ? 0755 : 0700) < 0)
                        return error_sys(err, errno, "create the container's directory");
        if (container_secrets_copy(store, dir_fd, spec, err) < 0 ||
            (infra_has_own_root(spec) && infra_make_root(dir_fd, err) < 0))
                return -1;
        json = container_spec_to_json(spec);
        if (json_write_file(dir_fd, "spec", json, 0600, err) < 0)
                return -1;
        return state_write(dir_fd, &state, err);
}

static int reserve_name(const struct store *store, const char *id, const char *name,
                        struct error *err)
{
        char owner[CONTAINER_ID_LEN + 1] = "";
        int rc = names_reserve(store, name, id, err);

        if (rc <= 0)
                return rc;
        (void)names_find(store, name, owner);
        if (!names_owner_is_there(store, owner)) {
                error_set(err, ERROR_EXISTS,
                          "the name \"%s\" is still kept for %.12s, which is gone: its removal was "
                          "cut short",
                          name, owner);
                return error_cure(err, "free it: kelp system check --repair");
        }
        error_set(err, ERROR_EXISTS,
                  "creating container storage: the container name \"%s\" is already in use by %s. "
                  "You have to remove that container to be able to reuse that name: that name is "
                  "already in use",
                  name, owner);
        return error_cure(err, "remove that container (kelp rm %s) or choose another name", name);
}

int container_check_name(const char *name, struct error *err)
{
        size_t len = strlen(name);
        bool valid = len > 0 && len <= NAME_LENGTH_MAX && isalnum((unsigned char)name[0]);

        for (size_t i = 0; i < len && valid; i++)
                valid = isalnum((unsigned char)name[i]) || strchr("_.-", name[i]);
        if (valid)
                return 0;
        return error_set(err, ERROR_USAGE,
                         "container name \"%s\" must match [a-zA-Z0-9][a-zA-Z0-9_.-]*", name);
}

int container_save_spec(const struct container *container, struct error *err)
{
        AUTO_JSON json_t *json = container_spec_to_json(&container->spec);

        return json_write_file(container->dir_fd, "spec", json, 0600, err);
}

/* The new name is there before the old one goes, so that it is found at any time. */
int container_rename(const struct store *store, struct container *container, const char *name,
                     struct error *err)
{
        AUTO_CLOSE int change = state_lock_change(container->dir_fd, err);
        AUTO_FREE char *old = NULL;

        if (change < 0 || container_reread(container, err) < 0 ||
            container_check_name(name, err) < 0 ||
            reserve_name(store, container->id, name, err) < 0)
                return -1;
        old = take_ptr(container->spec.name);
        container->spec.name = xstrdup(name);
        if (container_save_spec(container, err) < 0) {
                (void)names_free(store, name, container->id);
                return -1;
        }
        (void)names_free(store, old, container->id);
        container_event(store, container, "rename");
        return 0;
}

/* The container is in the grave. A monitor knows it by the name that it had at its start; it may
 * have another one by now, and the old one another container. */
static void free_name(const struct store *store, const struct staging *grave, const char *id,
                      const char *name)
{
        AUTO_FREE char *spec = path_join(id, "spec");
        AUTO_JSON json_t *json = NULL;

        if (!names_free(store, name, id) &&
            json_read_file(grave->dir_fd, spec, LIMIT_SPEC, &json, NULL) == 0)
                (void)names_free(store, json_get_string(json, "name", name), id);
}

int container_bury(const struct store *store, const char *id, const char *name,
                   struct staging *grave, struct error *err)
{
        AUTO_FREE char *target = path_join("containers", id);

        if (staging_create(store, "removed", grave, err) < 0)
                return -1;
        if (renameat(store->root_fd, target, grave->dir_fd, id) < 0 && errno != ENOENT)
                return error_sys(err, errno, "remove container %.12s", id);
        if (name)
                free_name(store, grave, id, name);
        return 0;
}

int container_delete(const struct store *store, const char *id, const char *name, struct error *err)
{
        AUTO_FREE char *target = path_join("containers", id);
        AUTO(staging) grave = STAGING_EMPTY;

        if (container_bury(store, id, name, &grave, err) < 0 ||
            path_remove_tree(store->run_fd, target, err) < 0)
                return -1;
        return path_remove_tree(grave.dir_fd, id, err);
}

int container_create(const struct store *store, const char *id, struct container_spec *spec,
                     struct container *container_out, struct error *err)
{
        AUTO_FREE char *target = path_join("containers", id);
        AUTO(staging) staging = STAGING_EMPTY;
        struct container container = CONTAINER_EMPTY;

        if (!spec->name)
                spec->name = container_make_up_name(id);
        if (staging_create(store, "container", &staging, err) < 0 ||
            write_files(store, staging.dir_fd, spec, err) < 0)
                return -1;
        container.dir_fd = dup(staging.dir_fd);
        if (staging_publish(&staging, NULL, target, err) < 0)
                return -1;
        if (reserve_name(store, id, spec->name, err) < 0) {
                (void)container_delete(store, id, NULL, NULL);
                close(container.dir_fd);
                return -1;
        }
        (void)fd_set_cloexec(container.dir_fd, true);
        snprintf(container.id, sizeof(container.id), "%s", id);
        container.spec = *spec;
        *spec = (struct container_spec){ 0 };
        *container_out = container;
        return 0;
}
