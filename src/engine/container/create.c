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
#include "base/path.h"
#include "engine/container/state.h"

#include <fcntl.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>

int container_new_id(char id_out[CONTAINER_ID_LEN + 1], struct error *err)
{
        unsigned char bytes[CONTAINER_ID_LEN / 2];

        do {
                if (getrandom(bytes, sizeof(bytes), 0) != (ssize_t)sizeof(bytes))
                        return error_sys(err, errno, "get random bytes");
                for (size_t i = 0; i < sizeof(bytes); i++)
                        sprintf(id_out + 2 * i, "%02x", bytes[i]);
                /* An all-digit start could be mistaken for a number (docker's rule). */
        } while (strspn(id_out, "0123456789") >= 12);
        return 0;
}

/* Two words, so that a person can type it. */
static char *make_up_name(const char *id)
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

static int write_files(int dir_fd, const struct container_spec *spec, struct error *err)
{
        static const char *const dirs[] = { "upper", "work", "merged" };
        struct container_state state = { .status = CONTAINER_CREATED };
        AUTO_JSON json_t *json = container_spec_to_json(spec);
        AUTO_CLOSE int lock = openat(dir_fd, "lock", O_RDWR | O_CREAT | O_CLOEXEC, 0600);

        if (lock < 0)
                return error_sys(err, errno, "create the container's lock");
        for (size_t i = 0; i < ARRAY_SIZE(dirs); i++)
                if (mkdirat(dir_fd, dirs[i], i == 0 ? 0755 : 0700) < 0)
                        return error_sys(err, errno, "create the container's directory");
        if (json_write_file(dir_fd, "spec", json, 0600, err) < 0)
                return -1;
        return state_write(dir_fd, &state, err);
}

static int reserve_name(const struct store *store, const char *id, const char *name,
                        struct error *err)
{
        AUTO_FREE char *path = path_join("names", name);
        char owner[CONTAINER_ID_LEN + 1] = "";

        if (symlinkat(id, store->root_fd, path) == 0)
                return 0;
        if (errno != EEXIST)
                return error_sys(err, errno, "reserve the name %s", name);
        (void)!readlinkat(store->root_fd, path, owner, CONTAINER_ID_LEN);
        error_set(
                err, ERROR_EXISTS,
                "the container name \"%s\" is already in use by %.12s: that name is already in use",
                name, owner);
        return error_cure(err, "remove that container (kelp rm %s) or choose another name", name);
}

int container_bury(const struct store *store, const char *id, const char *name,
                   struct staging *grave, struct error *err)
{
        AUTO_FREE char *target = path_join("containers", id);
        AUTO_FREE char *link = name ? path_join("names", name) : NULL;

        if (staging_create(store, "removed", grave, err) < 0)
                return -1;
        if (renameat(store->root_fd, target, grave->dir_fd, id) < 0 && errno != ENOENT)
                return error_sys(err, errno, "remove container %.12s", id);
        if (link)
                (void)unlinkat(store->root_fd, link, 0);
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
                spec->name = make_up_name(id);
        if (staging_create(store, "container", &staging, err) < 0 ||
            write_files(staging.dir_fd, spec, err) < 0)
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
