/* DRIVER.KEY=VALUE of podman's storage. Additional image stores are looked in as
 * --additional-store is; overlay.mount_program, when it is fuse-overlayfs, is that driver. See
 * storage_options.h. */
#include "cli/options/storage_options.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/log.h"
#include "base/path.h"

#include <fcntl.h>
#include <string.h>

static const char *value_of(const char *option)
{
        return option + strcspn(option, "=") + (strchr(option, '=') != NULL);
}

/* overlay.imagestore and imagestore are the same. */
static bool has_key(const char *option, const char *key)
{
        size_t len = strcspn(option, "=");
        const char *dot = memchr(option, '.', len);
        const char *name = dot ? dot + 1 : option;

        return len == (size_t)(name - option) + strlen(key) && strncmp(name, key, strlen(key)) == 0;
}

static bool is_store(const char *option)
{
        return has_key(option, "imagestore") || has_key(option, "additionalimagestore");
}

static int settle_program(struct global_args *global, const char *option, struct error *err)
{
        const char *slash = strrchr(value_of(option), '/');
        const char *program = slash ? slash + 1 : value_of(option);

        if (strcmp(program, "fuse-overlayfs") != 0)
                return error_set(err, ERROR_UNSUPPORTED,
                                 "--storage-opt %s: the program can only be fuse-overlayfs",
                                 option);
        if (!global->storage_driver || strcmp(global->storage_driver, "overlay") == 0)
                global->storage_driver = "fuse-overlayfs";
        return 0;
}

int storage_options_settle(struct global_args *global, struct error *err)
{
        for (size_t i = 0; i < global->storage_opts.count; i++) {
                const char *option = global->storage_opts.items[i];

                if (has_key(option, "mount_program")) {
                        if (settle_program(global, option, err) < 0)
                                return -1;
                } else if (option[0] && !is_store(option)) {
                        return error_set(err, ERROR_UNSUPPORTED,
                                         "--storage-opt %s is not supported: only imagestore, "
                                         "additionalimagestore and mount_program are",
                                         option);
                }
        }
        return 0;
}

/* The directories that an option names, separated by commas. */
static void add_stores(const char *option, struct strv *stores)
{
        if (is_store(option))
                strv_split(stores, value_of(option), ',');
}

/* podman would make a store of it: it has no images yet. */
static bool is_empty(const char *directory)
{
        AUTO_CLOSE int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        AUTO(strv) names = { 0 };

        return fd >= 0 && path_list_names(fd, &names, NULL) == 0 && names.count == 0;
}

int storage_options_add(const struct global_args *global, struct store *store, struct error *err)
{
        for (size_t i = 0; i < global->storage_opts.count; i++) {
                const char *option = global->storage_opts.items[i];
                AUTO(strv) stores = { 0 };

                add_stores(option, &stores);
                for (size_t k = 0; k < stores.count; k++) {
                        if (!stores.items[k][0])
                                return error_set(err, ERROR_USAGE,
                                                 "--storage-opt %s names no directory", option);
                        if (!is_empty(stores.items[k]) &&
                            store_add(store, stores.items[k], err) < 0)
                                return error_context(err, "--storage-opt");
                }
        }
        return 0;
}

const char *storage_options_driver(const struct global_args *global, const struct store *store)
{
        if (global->storage_driver || !store->driver)
                return global->storage_driver;
        return strcmp(store->driver, "vfs") == 0 ? "vfs" : NULL;
}

void storage_options_remind(const struct global_args *global, const struct store *store)
{
        AUTO_FREE char *file = NULL;

        if (global->storage_driver || !store->driver || store->driver[0])
                return;
        file = store_config_file();
        log_warn("The storage 'driver' option should be set in %s. A driver was picked "
                 "automatically.",
                 file);
}

json_t *storage_options_json(const struct global_args *global)
{
        json_t *json = json_object();
        AUTO(strv) stores = { 0 };

        for (size_t i = 0; i < global->storage_opts.count; i++) {
                const char *option = global->storage_opts.items[i];
                AUTO_FREE char *key = xstrndup(option, strcspn(option, "="));

                if (key[0])
                        json_set_string(json, key, value_of(option));
                add_stores(option, &stores);
        }
        if (stores.count > 0)
                json_object_set_new(json, "overlay.additionalImageStores", json_from_strv(&stores));
        return json;
}
