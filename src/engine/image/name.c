/* Names of images: files in images/. See name.h. */
#include "engine/image/name.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/path.h"
#include "engine/image/name_cache.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

void name_release(struct name *name)
{
        free(name->reference);
        free(name->media_type);
        *name = (struct name){ 0 };
}

void name_list_release(struct name_list *list)
{
        for (size_t i = 0; i < list->count; i++)
                name_release(&list->items[i]);
        free(list->items);
        *list = (struct name_list){ 0 };
}

void name_copy(struct name *name_out, const struct name *from, const char *reference)
{
        *name_out = *from;
        name_out->reference = xstrdup(reference);
        name_out->media_type = xstrdup(from->media_type);
}

bool name_is_nameless(const char *reference)
{
        return strncmp(reference, "sha256:", 7) == 0;
}

/* '/' cannot stand in a file name; "%" does not occur in references. */
static char *file_of(const char *reference)
{
        char *file = xmalloc(strlen("images/") + strlen(reference) * 3 + 1);
        char *out = stpcpy(file, "images/");

        for (; *reference; reference++)
                if (*reference == '/')
                        out = stpcpy(out, "%2f");
                else
                        *out++ = *reference;
        *out = '\0';
        return file;
}

static char *reference_of(const char *file)
{
        char *reference = xstrdup(file), *out = reference;

        while (*file) {
                bool slash = strncmp(file, "%2f", 3) == 0;

                *out++ = slash ? '/' : *file;
                file += slash ? 3 : 1;
        }
        *out = '\0';
        return reference;
}

static int from_json(const json_t *json, struct name *name, struct error *err)
{
        const json_t *summary = json_object_get(json, "summary");

        if (digest_parse(json_get_string(json, "digest", ""), &name->digest, err) < 0)
                return -1;
        name->media_type = xstrdup(json_get_string(json, "mediaType", ""));
        name->manifest_size = (uint64_t)json_get_int(json, "size", 0);
        snprintf(name->id, sizeof(name->id), "%s", json_get_string(summary, "id", ""));
        name->created = (time_t)json_get_int(summary, "created", 0);
        name->size = (uint64_t)json_get_int(summary, "size", 0);
        name->list = json_get_bool(summary, "list", false);
        if (digest_parse(json_get_string(summary, "index", ""), &name->index, NULL) < 0)
                name->index.text[0] = '\0';
        if (digest_parse(json_get_string(summary, "parent", ""), &name->parent, NULL) < 0)
                name->parent.text[0] = '\0';
        return 0;
}

static json_t *to_json(const struct name *name)
{
        json_t *summary = json_pack("{s:s, s:I, s:I}", "id", name->id, "created",
                                    (json_int_t)name->created, "size", (json_int_t)name->size);

        if (name->list)
                json_object_set_new(summary, "list", json_true());
        if (name->index.text[0])
                json_set_string(summary, "index", name->index.text);
        if (name->parent.text[0])
                json_set_string(summary, "parent", name->parent.text);
        return json_pack("{s:s, s:s, s:I, s:o}", "mediaType", name->media_type, "digest",
                         name->digest.text, "size", (json_int_t)name->manifest_size, "summary",
                         summary);
}

/* *st_out: of the file that was read. */
static int read_file_stat(const struct store *store, const char *path, struct name *name_out,
                          struct stat *st_out, struct error *err)
{
        AUTO_CLOSE int fd = openat(store->root_fd, path, O_RDONLY | O_CLOEXEC);
        AUTO_FREE char *text = NULL;
        AUTO_JSON json_t *json = NULL;
        AUTO(name) name = { 0 };
        size_t len;

        if (fd < 0 || fstat(fd, st_out) < 0)
                return error_sys(err, errno, "open %s", path);
        if (fd_read_rest(fd, LIMIT_STATE, &text, &len, err) < 0 ||
            json_parse(text, len, path, &json, err) < 0 || from_json(json, &name, err) < 0)
                return -1;
        name.reference = reference_of(path + strlen("images/"));
        name.used = st_out->st_mtime;
        *name_out = name;
        name = (struct name){ 0 };
        return 0;
}

static int read_file(const struct store *store, const char *path, struct name *name_out,
                     struct error *err)
{
        struct stat st;

        return read_file_stat(store, path, name_out, &st, err);
}

int name_read(const struct store *store, const char *reference, struct name *name_out,
              struct error *err)
{
        AUTO_FREE char *path = file_of(reference);
        int rc = -1;

        for (bool own = true; store && rc < 0; store = store->additional, own = false) {
                struct error why = { 0 };

                rc = read_file(store, path, name_out, &why);
                if (rc == 0)
                        name_out->read_only = !own;
                else if (own || why.sys != ENOENT)
                        error_copy(err, &why);
                if (rc < 0 && why.sys != ENOENT)
                        return -1;
        }
        return rc;
}

static bool has_reference(const struct name_list *list, size_t count, const char *reference)
{
        for (size_t i = 0; i < count; i++)
                if (strcmp(list->items[i].reference, reference) == 0)
                        return true;
        return false;
}

/* From the cache (NULL: none) what it knows of the file, else from the file. */
static int read_entry(const struct store *store, int dir_fd, const char *file,
                      struct line_cache *cache, struct name *name_out)
{
        AUTO_FREE char *path = NULL;
        struct stat st;

        if (cache && fstatat(dir_fd, file, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
            name_cache_find(cache, &st, name_out)) {
                name_out->reference = reference_of(file);
                name_out->used = st.st_mtime;
                return 0;
        }
        path = xasprintf("images/%s", file);
        if (read_file_stat(store, path, name_out, &st, NULL) < 0)
                return -1;
        if (cache)
                name_cache_note(cache, &st, name_out);
        return 0;
}

/* The names of one store; those that the first `hiding` entries have already are left out. */
static int load_one(const struct store *store, bool read_only, struct line_cache *cache,
                    struct name_list *list, struct error *err)
{
        int fd = openat(store->root_fd, "images", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        DIR *dir = fd < 0 ? NULL : fdopendir(fd);
        size_t hiding = list->count, room = list->count;
        struct dirent *entry;

        if (!dir)
                return error_sys(err, errno, "open the list of images");
        while ((entry = readdir(dir))) {
                struct name *name;

                if (entry->d_name[0] == '.' || entry->d_name[strlen(entry->d_name) - 1] == '~')
                        continue;
                if (list->count == room) {
                        room = room ? room * 2 : 64;
                        list->items = xreallocarray(list->items, room, sizeof(*list->items));
                }
                name = &list->items[list->count];
                if (read_entry(store, dirfd(dir), entry->d_name, cache, name) < 0)
                        continue;
                name->read_only = read_only;
                if (read_only && has_reference(list, hiding, name->reference))
                        name_release(name);
                else
                        list->count++;
        }
        closedir(dir);
        return 0;
}

static int load_all(const struct store *store, struct line_cache *cache, struct name_list *list_out,
                    struct error *err)
{
        struct name_list list = { 0 };
        bool own = true;

        for (; store; store = store->additional, own = false)
                if (load_one(store, !own, own ? cache : NULL, &list, err) < 0) {
                        name_list_release(&list);
                        return -1;
                }
        *list_out = list;
        return 0;
}

int name_list_load(const struct store *store, struct name_list *list_out, struct error *err)
{
        return load_all(store, NULL, list_out, err);
}

int name_list_look(const struct store *store, struct name_list *list_out, struct error *err)
{
        struct line_cache *cache = line_cache_open(store, "names");
        int rc = load_all(store, cache, list_out, err);

        line_cache_close(cache);
        return rc;
}

static int write_file(const struct store *store, const struct name *name, struct error *err)
{
        AUTO_FREE char *path = file_of(name->reference);
        AUTO_JSON json_t *json = to_json(name);
        AUTO_FREE char *text = json_dumps(json, JSON_COMPACT);

        return fd_write_file_synced(store->root_fd, path, text, strlen(text), 0600, err);
}

/* Does another name of this store stand for the same manifest? */
static bool named_elsewhere(const struct store *store, const struct name *name)
{
        struct name_list list = { 0 };
        bool found = false;

        (void)load_one(store, false, NULL, &list, NULL);
        for (size_t i = 0; i < list.count; i++)
                found = found || (digest_equal(&list.items[i].digest, &name->digest) &&
                                  strcmp(list.items[i].reference, name->reference) != 0);
        name_list_release(&list);
        return found;
}

static int keep_old(const struct store *store, const struct name *replacement, struct error *err)
{
        AUTO_FREE char *path = file_of(replacement->reference);
        AUTO(name) old = { 0 };

        if (read_file(store, path, &old, NULL) < 0 ||
            digest_equal(&old.digest, &replacement->digest) || named_elsewhere(store, &old))
                return 0;
        free(old.reference);
        old.reference = xstrdup(old.digest.text);
        return write_file(store, &old, err);
}

/* Does the file say that already? Then only its use is new, and no disk is waited for. */
static bool says_so(const struct store *store, const struct name *name)
{
        AUTO_FREE char *path = file_of(name->reference);
        AUTO_JSON json_t *json = to_json(name);
        AUTO_JSON json_t *there = NULL;

        return json_read_file(store->root_fd, path, LIMIT_STATE, &there, NULL) == 0 &&
               json_equal(there, json);
}

int name_write(const struct store *store, const struct name *name, struct error *err)
{
        if (says_so(store, name))
                name_touch(store, name->reference);
        else if (keep_old(store, name, err) < 0 || write_file(store, name, err) < 0)
                return -1;
        if (!name_is_nameless(name->reference))
                (void)name_remove(store, name->digest.text, NULL);
        return 0;
}

int name_remove(const struct store *store, const char *reference, struct error *err)
{
        AUTO_FREE char *path = file_of(reference);

        if (unlinkat(store->root_fd, path, 0) < 0 && errno != ENOENT)
                return error_sys(err, errno, "remove the name %s", reference);
        return 0;
}

void name_touch(const struct store *store, const char *reference)
{
        AUTO_FREE char *path = file_of(reference);

        (void)utimensat(store->root_fd, path, NULL, 0);
}
