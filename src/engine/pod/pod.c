/* Pods in the store: finding, listing, their record. See pod.h. */
#include "engine/pod/pod.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/path.h"
#include "engine/pod/pod_record.h"
#include "engine/state/events.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>

void pod_spec_release(struct pod_spec *spec)
{
        free(spec->name);
        strv_release(&spec->labels);
        free(spec->hostname);
        free(spec->infra_id);
        free(spec->exit_policy);
        free(spec->restart_policy);
        strv_release(&spec->create_command);
        json_decref(spec->mounts);
        strv_release(&spec->volumes_from);
        strv_release(&spec->devices);
        strv_release(&spec->security);
        *spec = (struct pod_spec){ 0 };
}

void pod_release(struct pod *pod)
{
        pod_spec_release(&pod->spec);
        *pod = (struct pod){ 0 };
}

static int load(const struct store *store, const char *id, struct pod *pod_out, struct error *err)
{
        AUTO_FREE char *path = xasprintf("pods/%s/config.json", id);
        AUTO_JSON json_t *json = NULL;
        struct pod pod = { 0 };

        if (json_read_file(store->root_fd, path, LIMIT_SPEC, &json, err) < 0 ||
            pod_record_read(json, &pod.spec, err) < 0)
                return error_context(err, "pod %.12s", id);
        snprintf(pod.id, sizeof(pod.id), "%s", id);
        *pod_out = pod;
        return 0;
}

int pod_lookup(const struct store *store, const char *name, struct pod *pod_out, struct error *err)
{
        char id[OBJECT_ID_LEN + 1];
        struct error why = { 0 };
        int found = names_find(store, name, id) ? 1 : 0;

        if (!found && names_is_id_prefix(name))
                found = names_match_prefix(store, "pods", name, id);
        if (found > 1)
                return error_set(err, ERROR_INVALID, "pod ID prefix \"%s\" stands for %d pods",
                                 name, found);
        if (found == 1 && load(store, id, pod_out, &why) == 0)
                return 0;
        if (found == 1 && why.kind != ERROR_NOT_FOUND)
                return error_copy(err, &why);
        return error_set(err, ERROR_NOT_FOUND, "no pod with name or ID %s found: no such pod",
                         name);
}

static int newest_first(const void *a, const void *b)
{
        const struct pod *x = a, *y = b;

        return (x->spec.created_ns < y->spec.created_ns) -
               (x->spec.created_ns > y->spec.created_ns);
}

void pod_list_release(struct pod_list *list)
{
        for (size_t i = 0; i < list->count; i++)
                pod_release(&list->items[i]);
        free(list->items);
        strv_release(&list->damaged);
        *list = (struct pod_list){ 0 };
}

static void add(const struct store *store, struct pod_list *list, const char *id)
{
        struct error why = { 0 };

        list->items = xreallocarray(list->items, list->count + 1, sizeof(*list->items));
        if (load(store, id, &list->items[list->count], &why) == 0)
                list->count++;
        else if (why.kind != ERROR_NOT_FOUND)
                strv_add(&list->damaged, id);
}

int pod_list_load(const struct store *store, struct pod_list *list_out, struct error *err)
{
        struct pod_list list = { 0 };
        int fd = openat(store->root_fd, "pods", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        DIR *dir = fd < 0 ? NULL : fdopendir(fd);
        struct dirent *entry;

        if (!dir)
                return error_sys(err, errno, "open the list of pods");
        while ((entry = readdir(dir)))
                if (strlen(entry->d_name) == OBJECT_ID_LEN)
                        add(store, &list, entry->d_name);
        closedir(dir);
        if (list.count)
                qsort(list.items, list.count, sizeof(*list.items), newest_first);
        *list_out = list;
        return 0;
}

void pod_event(const struct store *store, const struct pod *pod, const char *status)
{
        struct event event = { .type = "pod",
                               .status = status,
                               .id = pod->id,
                               .name = pod->spec.name,
                               .attributes = &pod->spec.labels };

        events_write(store, &event, 1);
}
