/* Volumes in the store. See volume.h. */
#include "engine/storage/volume.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/path.h"
#include "base/random.h"
#include "engine/storage/volume_place.h"
#include "rootless/override.h"
#include "rootless/userns.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#define NAME_MAX_LEN 200 /* "NAME.lock" and the like have to fit a directory entry */

void volume_release(struct volume *volume)
{
        free(volume->name);
        strv_release(&volume->labels);
        strv_release(&volume->options);
        *volume = (struct volume){ 0 };
}

bool volume_name_valid(const char *name)
{
        size_t len = strlen(name);

        if (len == 0 || len > NAME_MAX_LEN || !isalnum((unsigned char)name[0]))
                return false;
        for (size_t i = 0; i < len; i++)
                if (!isalnum((unsigned char)name[i]) && !strchr("_.-", name[i]))
                        return false;
        return true;
}

char *volume_make_name(void)
{
        char text[65];

        return random_hex(text, sizeof(text) - 1) < 0 ? NULL : xstrdup(text);
}

static json_t *to_json(const struct volume *v)
{
        json_t *json = json_pack("{s:I, s:I, s:I, s:b, s:b, s:b, s:b}", "created_ns",
                                 (json_int_t)v->created_ns, "uid", (json_int_t)v->uid, "gid",
                                 (json_int_t)v->gid, "anonymous", v->anonymous, "needs_copy_up",
                                 v->needs_copy_up, "copied_up", v->copied_up, "needs_chown",
                                 v->needs_chown);

        json_object_set_new(json, "labels", json_from_strv(&v->labels));
        json_object_set_new(json, "options", json_from_strv(&v->options));
        return json;
}

static void from_json(const json_t *json, const char *name, struct volume *v)
{
        *v = (struct volume){ .name = xstrdup(name),
                              .created_ns = json_get_int(json, "created_ns", 0),
                              .uid = (uid_t)json_get_int(json, "uid", 0),
                              .gid = (gid_t)json_get_int(json, "gid", 0),
                              .anonymous = json_get_bool(json, "anonymous", false),
                              .needs_copy_up = json_get_bool(json, "needs_copy_up", false),
                              .copied_up = json_get_bool(json, "copied_up", false),
                              .needs_chown = json_get_bool(json, "needs_chown", false) };
        json_to_strv(json_object_get(json, "labels"), &v->labels);
        json_to_strv(json_object_get(json, "options"), &v->options);
}

/* With a single id the owner is a record (rootless/override.h). */
static int set_owner(int fd, uid_t uid, gid_t gid, struct error *err)
{
        struct override owner = { .uid = uid, .gid = gid };
        struct stat st;

        if (uid == 0 && gid == 0)
                return 0;
        if (userns_mapping_records(userns_own_mapping()) && fstat(fd, &st) == 0 &&
            override_set(&(struct override_place){ .fd = fd, .dir_fd = -1, .st = &st }, &owner) ==
                    0)
                return 0;
        if (fchown(fd, uid, gid) < 0)
                return error_sys(err, errno, "give the volume to %u:%u", uid, gid);
        return 0;
}

static int build(int dir_fd, const struct volume *volume, struct error *err)
{
        AUTO_JSON json_t *json = to_json(volume);
        AUTO_CLOSE int lock = openat(dir_fd, "lock", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
        AUTO_CLOSE int data = -1;

        if (lock < 0 || mkdirat(dir_fd, "_data", 0755) < 0)
                return error_sys(err, errno, "create the volume's directory");
        data = openat(dir_fd, "_data", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (data < 0 || fchmod(data, 0755) < 0)
                return error_sys(err, errno, "open the volume's directory");
        if (set_owner(data, volume->uid, volume->gid, err) < 0)
                return -1;
        return json_write_file(dir_fd, "record", json, 0600, err);
}

int volume_create(const struct store *store, struct volume *volume, struct error *err)
{
        AUTO_FREE char *target = path_join("volumes", volume->name);
        AUTO(staging) staging = STAGING_EMPTY;
        AUTO_CLOSE int lock = store_lock_shared(store, err); /* volume_place_set() */
        int rc;

        if (lock < 0)
                return -1;
        volume->created_ns = clock_now_ns();
        volume->needs_copy_up = !volume_device(volume) && !volume_is_tmpfs(volume) &&
                                !strv_contains(&volume->options, "nocopy");
        volume->needs_chown = !volume_device(volume) && !volume_is_tmpfs(volume) &&
                              volume->uid == 0 && volume->gid == 0;
        if (volume_place_staging(store, "volume", &staging, err) < 0 ||
            build(staging.dir_fd, volume, err) < 0)
                return -1;
        rc = staging_publish(&staging, NULL, target, err);
        if (rc == 1)
                return error_set(err, ERROR_EXISTS,
                                 "volume with name %s already exists: volume already exists",
                                 volume->name);
        return rc;
}

static int not_found(const char *name, struct error *err)
{
        return error_set(err, ERROR_NOT_FOUND, "no volume with name \"%s\" found: no such volume",
                         name);
}

int volume_load(const struct store *store, const char *name, struct volume *volume_out,
                struct error *err)
{
        AUTO_FREE char *path = xasprintf("volumes/%s/record", name);
        AUTO_JSON json_t *json = NULL;

        if (!volume_name_valid(name))
                return not_found(name, err);
        if (json_read_file(store->root_fd, path, LIMIT_STATE, &json, err) < 0) {
                if (faccessat(store->root_fd, path, F_OK, 0) < 0 && errno == ENOENT)
                        return not_found(name, err);
                return error_context(err, "volume %s", name);
        }
        from_json(json, name, volume_out);
        return 0;
}

int volume_save(const struct store *store, const struct volume *volume, struct error *err)
{
        AUTO_FREE char *path = path_join("volumes", volume->name);
        AUTO_JSON json_t *json = to_json(volume);
        AUTO_CLOSE int dir_fd = openat(store->root_fd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

        if (dir_fd < 0)
                return error_sys(err, errno, "open volume %s", volume->name);
        return json_write_file(dir_fd, "record", json, 0600, err);
}

static bool has_record(const struct store *store, const char *name)
{
        AUTO_FREE char *path = xasprintf("volumes/%s/record", name);

        return faccessat(store->root_fd, path, F_OK, 0) == 0;
}

static DIR *open_list(const struct store *store)
{
        int fd = openat(store->root_fd, "volumes", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

        return fd < 0 ? NULL : fdopendir(fd);
}

int volume_lookup(const struct store *store, const char *text, struct volume *volume_out,
                  struct error *err)
{
        AUTO_FREE char *found = NULL;
        struct dirent *entry;
        size_t matches = 0;
        DIR *dir;

        if (volume_load(store, text, volume_out, err) == 0)
                return 0;
        if (!volume_name_valid(text) || (err && err->kind != ERROR_NOT_FOUND))
                return -1;
        dir = open_list(store);
        while (dir && (entry = readdir(dir)))
                if (strncmp(entry->d_name, text, strlen(text)) == 0 &&
                    has_record(store, entry->d_name)) {
                        free(found);
                        found = xstrdup(entry->d_name);
                        matches++;
                }
        if (dir)
                closedir(dir);
        if (matches > 1)
                return error_set(err, ERROR_INVALID,
                                 "more than one result for volume name %s: volume already exists",
                                 text);
        return matches == 1 ? volume_load(store, found, volume_out, err) : -1;
}

static int by_name(const void *a, const void *b)
{
        return strcmp(((const struct volume *)a)->name, ((const struct volume *)b)->name);
}

void volume_list_release(struct volume_list *list)
{
        for (size_t i = 0; i < list->count; i++)
                volume_release(&list->items[i]);
        free(list->items);
        strv_release(&list->damaged);
        *list = (struct volume_list){ 0 };
}

/* why: it could not be loaded. In a directory of the user's, what has no record is not ours. */
static bool is_damaged(const struct store *store, const char *name, const struct error *why)
{
        if (!volume_place_is_store(store))
                return has_record(store, name);
        return why->kind != ERROR_NOT_FOUND || !volume_name_valid(name);
}

static int not_there(const struct store *store, int number, struct error *err)
{
        AUTO_FREE char *place = volume_place(store);

        return error_sys(err, number, "open %s, where the volumes are", place);
}

int volume_list_load(const struct store *store, struct volume_list *list_out, struct error *err)
{
        struct volume_list list = { 0 };
        DIR *dir = open_list(store);
        struct dirent *entry;

        if (!dir)
                return not_there(store, errno, err);
        while ((entry = readdir(dir))) {
                struct error why = { 0 };

                if (entry->d_name[0] == '.')
                        continue;
                list.items = xreallocarray(list.items, list.count + 1, sizeof(*list.items));
                if (volume_load(store, entry->d_name, &list.items[list.count], &why) == 0)
                        list.count++;
                else if (is_damaged(store, entry->d_name, &why))
                        strv_add(&list.damaged, entry->d_name);
        }
        closedir(dir);
        if (list.count)
                qsort(list.items, list.count, sizeof(*list.items), by_name);
        *list_out = list;
        return 0;
}

char *volume_path(const struct store *store, const char *name)
{
        AUTO_FREE char *place = volume_place(store);

        return xasprintf("%s/%s/_data", place, name);
}

int volume_lock(const struct store *store, const char *name, struct error *err)
{
        AUTO_FREE char *path = xasprintf("volumes/%s/lock", name);
        AUTO_CLOSE int fd = openat(store->root_fd, path, O_RDWR | O_CLOEXEC);
        struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
        int rc;

        if (fd < 0)
                return error_sys(err, errno, "open the lock of volume %s", name);
        do {
                rc = fcntl(fd, F_OFD_SETLKW, &lock);
        } while (rc < 0 && errno == EINTR);
        return rc < 0 ? error_sys(err, errno, "lock volume %s", name) : take_fd(&fd);
}

int volume_bury(const struct store *store, const char *name, struct staging *grave,
                struct error *err)
{
        AUTO_FREE char *path = path_join("volumes", name);

        if (volume_place_check_own(store, err) < 0)
                return -1;
        if (!volume_place_is_store(store)) {
                if (!grave->next) {
                        grave->next = xmalloc(sizeof(*grave->next));
                        *grave->next = STAGING_EMPTY;
                }
                grave = grave->next;
        }
        if (grave->dir_fd < 0 && volume_place_staging(store, "removed", grave, err) < 0)
                return -1;
        if (renameat(store->root_fd, path, grave->dir_fd, name) < 0)
                return errno == ENOENT ? not_found(name, err)
                                       : error_sys(err, errno, "remove volume %s", name);
        return 0;
}
