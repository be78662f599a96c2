/* Secrets in the store. See secret.h. */
#include "engine/storage/secret.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/fd.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/path.h"
#include "base/random.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

void secret_release(struct secret *secret)
{
        free(secret->name);
        strv_release(&secret->labels);
        strv_release(&secret->driver_options);
        *secret = (struct secret){ 0 };
}

/* podman's rule, and what a directory's name can be. */
static bool valid_name(const char *name)
{
        size_t len = strlen(name);

        if (len == 0 || len > 253 || name[0] == '.' || strpbrk(name, "=,/"))
                return false;
        for (size_t i = 0; i < len; i++)
                if (iscntrl((unsigned char)name[i]))
                        return false;
        return true;
}

static int check(const struct secret *secret, size_t len, struct error *err)
{
        if (!valid_name(secret->name))
                return error_set(err, ERROR_USAGE,
                                 "secret name \"%s\" can not include '=', '/', ',', or the '\\0' "
                                 "(NULL) and be between 1 and 253 characters: invalid secret name",
                                 secret->name);
        if (len == 0 || len >= SECRET_DATA_MAX)
                return error_set(err, ERROR_USAGE,
                                 "secret data must be larger than 0 and less than %zu bytes",
                                 SECRET_DATA_MAX);
        return 0;
}

static int make_id(struct secret *secret, struct error *err)
{
        return random_hex(secret->id, SECRET_ID_LEN) < 0 ? error_sys(err, errno, "get random bytes")
                                                         : 0;
}

static int build(int dir_fd, const struct secret *secret, const void *data, size_t len,
                 struct error *err)
{
        AUTO_JSON json_t *json = json_pack("{s:s, s:I, s:I}", "id", secret->id, "created_ns",
                                           (json_int_t)secret->created_ns, "updated_ns",
                                           (json_int_t)secret->updated_ns);

        json_object_set_new(json, "labels", json_from_strv(&secret->labels));
        json_object_set_new(json, "driver_options", json_from_strv(&secret->driver_options));
        if (json_write_file(dir_fd, "record", json, 0600, err) < 0)
                return -1;
        return fd_write_file(dir_fd, "data", data, len, 0600, err);
}

/* The old one goes with the staging directory's name that it gets. */
static int exchange(struct staging *staging, const char *target, struct error *err)
{
        AUTO_FREE char *from = xasprintf("staging/%s", staging->name);

        if (renameat2(staging->store_fd, from, staging->store_fd, target, RENAME_EXCHANGE) < 0)
                return error_sys(err, errno, "replace the secret");
        return 0;
}

int secret_create(const struct store *store, struct secret *secret, const void *data, size_t len,
                  bool replace, struct error *err)
{
        AUTO_FREE char *target = path_join("secrets", secret->name);
        AUTO(staging) staging = STAGING_EMPTY;
        int rc;

        secret->created_ns = clock_now_ns();
        secret->updated_ns = secret->created_ns;
        if (check(secret, len, err) < 0 || make_id(secret, err) < 0)
                return -1;
        if (mkdirat(store->root_fd, "secrets", 0700) < 0 && errno != EEXIST)
                return error_sys(err, errno, "create secrets in the store");
        if (staging_create(store, "secret", &staging, err) < 0 ||
            build(staging.dir_fd, secret, data, len, err) < 0)
                return -1;
        rc = staging_publish(&staging, NULL, target, err);
        if (rc == 1 && replace)
                return exchange(&staging, target, err);
        if (rc == 1)
                return error_set(err, ERROR_EXISTS, "%s: secret name in use", secret->name);
        return rc;
}

static int load(const struct store *store, const char *name, struct secret *secret_out,
                struct error *err)
{
        AUTO_FREE char *path = xasprintf("secrets/%s/record", name);
        AUTO_JSON json_t *json = NULL;
        struct secret secret = { 0 };

        if (json_read_file(store->root_fd, path, LIMIT_STATE, &json, err) < 0)
                return -1;
        secret.name = xstrdup(name);
        secret.created_ns = json_get_int(json, "created_ns", 0);
        secret.updated_ns = json_get_int(json, "updated_ns", 0);
        snprintf(secret.id, sizeof(secret.id), "%s", json_get_string(json, "id", ""));
        json_to_strv(json_object_get(json, "labels"), &secret.labels);
        json_to_strv(json_object_get(json, "driver_options"), &secret.driver_options);
        *secret_out = secret;
        return 0;
}

void secret_list_release(struct secret_list *list)
{
        for (size_t i = 0; i < list->count; i++)
                secret_release(&list->items[i]);
        free(list->items);
        *list = (struct secret_list){ 0 };
}

static int by_name(const void *a, const void *b)
{
        return strcmp(((const struct secret *)a)->name, ((const struct secret *)b)->name);
}

int secret_list_load(const struct store *store, struct secret_list *list_out, struct error *err)
{
        int fd = openat(store->root_fd, "secrets", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        DIR *dir = fd < 0 ? NULL : fdopendir(fd);
        struct secret_list list = { 0 };
        struct dirent *entry;

        if (!dir && errno != ENOENT)
                return error_sys(err, errno, "open the list of secrets");
        while (dir && (entry = readdir(dir))) {
                if (entry->d_name[0] == '.')
                        continue;
                list.items = xreallocarray(list.items, list.count + 1, sizeof(*list.items));
                if (load(store, entry->d_name, &list.items[list.count], NULL) == 0)
                        list.count++;
        }
        if (dir)
                closedir(dir);
        if (list.count)
                qsort(list.items, list.count, sizeof(*list.items), by_name);
        *list_out = list;
        return 0;
}

int secret_lookup(const struct store *store, const char *text, struct secret *secret_out,
                  struct error *err)
{
        AUTO(secret_list) list = { 0 };
        const struct secret *found = NULL;
        size_t len = strlen(text), matches = 0;

        if (valid_name(text) && load(store, text, secret_out, NULL) == 0)
                return 0;
        if (secret_list_load(store, &list, err) < 0)
                return -1;
        for (size_t i = 0; len > 0 && i < list.count; i++)
                if (strncmp(list.items[i].id, text, len) == 0) {
                        found = &list.items[i];
                        matches++;
                }
        if (matches > 1)
                return error_set(err, ERROR_INVALID, "more than one result secret with prefix %s",
                                 text);
        if (matches == 1)
                return load(store, found->name, secret_out, err);
        return error_set(err, ERROR_NOT_FOUND, "no secret with name or id \"%s\": no such secret",
                         text);
}

int secret_read(const struct store *store, const char *name, char **data_out, size_t *len_out,
                struct error *err)
{
        AUTO_FREE char *path = xasprintf("secrets/%s/data", name);

        if (fd_read_file(store->root_fd, path, SECRET_DATA_MAX, data_out, len_out, err) < 0)
                return error_context(err, "secret %s", name);
        return 0;
}

int secret_remove(const struct store *store, const char *name, struct error *err)
{
        AUTO(staging) grave = STAGING_EMPTY;
        AUTO_FREE char *path = path_join("secrets", name);

        if (staging_create(store, "removed", &grave, err) < 0)
                return -1;
        if (renameat(store->root_fd, path, grave.dir_fd, "secret") < 0)
                return error_sys(err, errno, "remove secret %s", name);
        return 0;
}
