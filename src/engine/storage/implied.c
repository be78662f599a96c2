/* Directories that a layer implied get the attributes of the layer below. The list in meta is
 * emptied once it is done, so that a layer is looked at once; "members" says there that the records
 * of members were taken over. */
#include "engine/storage/implied.h"

#include "base/alloc.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/path.h"
#include "engine/storage/members.h"
#include "rootless/override.h"
#include "rootless/userns.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

static char *layer_entry(const struct intake *intake, const struct digest *diff_id,
                         const char *mapping, const char *entry)
{
        AUTO_FREE char *dir = intake_layer_path(intake, diff_id, mapping);

        return path_join(dir, entry);
}

static int open_diff(const struct intake *intake, const struct digest *diff_id, const char *mapping)
{
        AUTO_FREE char *path = layer_entry(intake, diff_id, mapping, "diff");

        return openat(intake_store(intake)->root_fd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

struct below {
        struct stat st;
        struct override owner; /* if recorded: with a single id */
        bool recorded;
};

/* The attributes of `path` in the nearest layer below `layer`. */
static bool find_below(const struct intake *intake, const struct digest *diff_ids, size_t layer,
                       const char *mapping, const char *path, struct below *below)
{
        while (layer-- > 0) {
                AUTO_CLOSE int diff_fd = open_diff(intake, &diff_ids[layer], mapping);
                AUTO_CLOSE int fd = diff_fd < 0 ? -1 : path_open_in(diff_fd, path, O_PATH, 0);

                const struct override_place place = { .fd = fd, .dir_fd = -1, .st = &below->st };

                if (fd < 0 || fstat(fd, &below->st) < 0)
                        continue;
                below->recorded = override_get(&place, &below->owner);
                return S_ISDIR(below->st.st_mode);
        }
        return false;
}

static int take_attributes(int diff_fd, const char *path, const struct below *below,
                           struct error *err)
{
        const struct stat *st = &below->st;
        AUTO_CLOSE int fd = path_open_in(diff_fd, path, O_RDONLY | O_DIRECTORY, 0);
        struct timespec times[2] = { st->st_atim, st->st_mtim };

        if (fd < 0 || fchown(fd, st->st_uid, st->st_gid) < 0 ||
            (below->recorded &&
             override_set(&(struct override_place){ .fd = fd, .dir_fd = -1, .st = st },
                          &below->owner) < 0) ||
            fchmod(fd, st->st_mode & 07777) < 0 || futimens(fd, times) < 0)
                return error_sys(err, errno, "set the owner of %s in a layer", path);
        return 0;
}

static int fix_layer(const struct intake *intake, const struct digest *diff_ids, size_t layer,
                     const char *mapping, struct error *err)
{
        AUTO_FREE char *meta = layer_entry(intake, &diff_ids[layer], mapping, "meta");
        AUTO_JSON json_t *json = NULL;
        AUTO_CLOSE int diff_fd = open_diff(intake, &diff_ids[layer], mapping);
        const json_t *implied;
        size_t i;
        json_t *path;

        /* An additional store is not ours to change. */
        if (meta[0] == '/' || diff_fd < 0 ||
            json_read_file(intake_store(intake)->root_fd, meta, LIMIT_SPEC, &json, NULL) < 0)
                return 0; /* another process is about to say what is wrong with it */
        implied = json_object_get(json, "implied_dirs");
        if (json_array_size(implied) == 0)
                return 0;
        json_array_foreach (implied, i, path) {
                struct below below;

                if (json_is_string(path) &&
                    find_below(intake, diff_ids, layer, mapping, json_string_value(path), &below) &&
                    take_attributes(diff_fd, json_string_value(path), &below, err) < 0)
                        return -1;
        }
        json_object_set_new(json, "implied_dirs", json_array());
        return json_write_file(intake_store(intake)->root_fd, meta, json, 0600, err);
}

/* With a single id: lowest first, up to this layer. */
static int fix_members(const struct intake *intake, const struct digest *diff_ids, size_t layer,
                       const char *mapping, struct error *err)
{
        const struct store *store = intake_store(intake);
        AUTO_FREE char *meta = layer_entry(intake, &diff_ids[layer], mapping, "meta");
        AUTO_JSON json_t *json = NULL;
        AUTO(strv) layers = { 0 };

        if (meta[0] == '/' || json_read_file(store->root_fd, meta, LIMIT_SPEC, &json, NULL) < 0 ||
            json_get_bool(json, "members", false))
                return 0;
        for (size_t i = 0; i <= layer; i++)
                strv_take(&layers, layer_entry(intake, &diff_ids[i], mapping, "diff"));
        if (members_collect(store->root_fd, &layers, err) < 0)
                return -1;
        json_object_set_new(json, "members", json_true());
        return json_write_file(store->root_fd, meta, json, 0600, err);
}

int implied_dirs_fix(const struct intake *intake, const struct digest *diff_ids, size_t count,
                     const char *mapping, struct error *err)
{
        for (size_t layer = 1; layer < count; layer++)
                if (fix_layer(intake, diff_ids, layer, mapping, err) < 0 ||
                    (userns_mapping_records(mapping) &&
                     fix_members(intake, diff_ids, layer, mapping, err) < 0))
                        return -1;
        return 0;
}
