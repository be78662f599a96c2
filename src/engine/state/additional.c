/* Additional stores: read-only, looked in after the user's own. Their layers are used as they are,
 * with the owners that their maker's namespace gave them. */
#include "engine/state/store.h"

#include "base/alloc.h"
#include "base/fd.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/path.h"
#include "base/toml.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static bool is_store(int fd)
{
        return faccessat(fd, "images", R_OK | X_OK, AT_EACCESS) == 0 &&
               faccessat(fd, "blobs/sha256", X_OK, AT_EACCESS) == 0 &&
               faccessat(fd, "layers", X_OK, AT_EACCESS) == 0;
}

static void append(struct store *store, const char *root, int fd)
{
        struct store **end = &store->additional;

        while (*end)
                end = &(*end)->additional;
        *end = xcalloc(1, sizeof(**end));
        **end = (struct store){ .root = path_absolute(root), .root_fd = fd, .run_fd = -1 };
}

int store_add(struct store *store, const char *root, struct error *err)
{
        AUTO_CLOSE int fd = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);

        if (fd < 0)
                return error_sys(err, errno, "open the additional store %s", root);
        if (!is_store(fd))
                return error_set(err, ERROR_INVALID,
                                 "%s is not a store of kelp's, or cannot be read", root);
        append(store, root, take_fd(&fd));
        return 0;
}

static void add_from(struct store *store, const char *file, const json_t *options)
{
        AUTO(strv) roots = { 0 };

        json_to_strv(json_object_get(options, "additionalimagestores"), &roots);
        for (size_t i = 0; i < roots.count; i++) {
                struct error why = { 0 };

                if (store_add(store, roots.items[i], &why) < 0)
                        log_debug("%s: %s, continuing", file, why.text);
        }
}

char *store_config_file(void)
{
        const char *named = getenv("CONTAINERS_STORAGE_CONF");
        AUTO_FREE char *own = path_in_config("containers/storage.conf");

        if (named && named[0])
                return xstrdup(named);
        if (own && access(own, F_OK) == 0)
                return take_ptr(own);
        return xstrdup("/etc/containers/storage.conf");
}

/* Every command comes by here, and most users have neither. */
int store_configure(struct store *store, struct error *err)
{
        AUTO_FREE char *file = store_config_file();
        AUTO_FREE char *text = NULL;
        AUTO_JSON json_t *json = NULL;
        const json_t *storage;
        bool stores;
        struct error why = { 0 };
        size_t len;

        if (fd_read_file(AT_FDCWD, file, LIMIT_CONF_FILE, &text, &len, &why) < 0)
                return why.sys == ENOENT ? 0 : error_copy(err, &why);
        stores = strstr(text, "additionalimagestores");
        if ((stores || strstr(text, "driver")) && toml_parse(text, len, file, &json, &why) < 0) {
                if (stores)
                        return error_copy(err, &why);
                log_debug("%s, continuing", why.text);
        }
        storage = json_object_get(json, "storage");
        store->driver = xstrdup(json_get_string(storage, "driver", ""));
        add_from(store, file, json_object_get(storage, "options"));
        return 0;
}
