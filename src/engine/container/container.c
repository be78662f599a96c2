/* Containers in the store: finding and listing. Readers take no lock; an object that vanishes while
 * it is read is as good as one that was never there. */
#include "engine/container/container.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/limits.h"
#include "base/path.h"
#include "engine/container/health_state.h"
#include "engine/container/restart.h"
#include "engine/container/state.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

void container_release(struct container *container)
{
        if (container->dir_fd >= 0)
                close(container->dir_fd);
        container_spec_release(&container->spec);
        *container = CONTAINER_EMPTY;
}

static int read_spec(struct container *container, struct error *err)
{
        AUTO_JSON json_t *json = NULL;

        if (json_read_file(container->dir_fd, "spec", LIMIT_SPEC, &json, err) < 0)
                return -1;
        return container_spec_from_json(json, &container->spec, err);
}

int container_reread(struct container *container, struct error *err)
{
        container_spec_release(&container->spec);
        container->spec = (struct container_spec){ 0 };
        return read_spec(container, err) < 0 ? -1 : container_refresh(container, err);
}

int container_refresh(struct container *container, struct error *err)
{
        return state_read(container->dir_fd, &container->state, err);
}

int container_load(const struct store *store, const char *id, struct container *container_out,
                   struct error *err)
{
        AUTO_FREE char *path = path_join("containers", id);
        struct container container = CONTAINER_EMPTY;

        snprintf(container.id, sizeof(container.id), "%s", id);
        container.dir_fd = openat(store->root_fd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (container.dir_fd < 0)
                return error_sys(err, errno, "open container %s", id);
        if (read_spec(&container, err) < 0 || container_refresh(&container, err) < 0) {
                error_context(err, "container %.12s", id);
                container_release(&container);
                return -1;
        }
        container.health = health_of(&container);
        container.stopped_by_user =
                restart_possible(&container.spec) && restart_was_stopped(&container);
        *container_out = container;
        return 0;
}

static DIR *open_list(const struct store *store)
{
        int fd = openat(store->root_fd, "containers", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

        return fd < 0 ? NULL : fdopendir(fd);
}

int container_lookup(const struct store *store, const char *name, struct container *container_out,
                     struct error *err)
{
        char id[CONTAINER_ID_LEN + 1];
        struct error why = { 0 };
        const char *asked = name;
        int found;

        if (name[0] == '/') /* docker's names */
                name++;
        found = names_find(store, name, id) ? 1 : 0;

        if (!found && names_is_id_prefix(name))
                found = names_match_prefix(store, "containers", name, id);
        if (found > 1)
                return error_set(err, ERROR_INVALID,
                                 "container ID prefix \"%s\" stands for %d containers", name,
                                 found);
        if (found == 1 && container_load(store, id, container_out, &why) == 0)
                return 0;
        if (found == 1 && why.sys != ENOENT)
                return error_copy(err, &why);
        return error_set(err, ERROR_NOT_FOUND,
                         "no container with name or ID \"%s\" found: no such container", asked);
}

static int newest_first(const void *a, const void *b)
{
        const struct container *x = a, *y = b;

        return (x->spec.created_ns < y->spec.created_ns) -
               (x->spec.created_ns > y->spec.created_ns);
}

void container_list_release(struct container_list *list)
{
        for (size_t i = 0; i < list->count; i++)
                container_release(&list->items[i]);
        free(list->items);
        *list = (struct container_list){ 0 };
}

static int load_list(const struct store *store, bool builders, struct container_list *list_out,
                     struct error *err)
{
        struct container_list list = { 0 };
        DIR *dir = open_list(store);
        struct dirent *entry;
        size_t room = 0;

        if (!dir)
                return error_sys(err, errno, "open the list of containers");
        while ((entry = readdir(dir))) {
                if (strlen(entry->d_name) != CONTAINER_ID_LEN)
                        continue;
                if (list.count == room) {
                        room = room ? room * 2 : 16;
                        list.items = xreallocarray(list.items, room, sizeof(*list.items));
                }
                if (container_load(store, entry->d_name, &list.items[list.count], NULL) < 0)
                        continue;
                /* A thousand containers must not need a thousand descriptors. */
                close(list.items[list.count].dir_fd);
                list.items[list.count].dir_fd = -1;
                if (list.items[list.count].spec.builder && !builders)
                        container_release(&list.items[list.count]);
                else
                        list.count++;
        }
        closedir(dir);
        if (list.count)
                qsort(list.items, list.count, sizeof(*list.items), newest_first);
        *list_out = list;
        return 0;
}

int container_list_load(const struct store *store, struct container_list *list_out,
                        struct error *err)
{
        return load_list(store, false, list_out, err);
}

int container_list_load_all(const struct store *store, struct container_list *list_out,
                            struct error *err)
{
        return load_list(store, true, list_out, err);
}
