/* The names of containers and pods. See names.h. */
#include "engine/state/names.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/path.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

bool names_find(const struct store *store, const char *name, char id_out[OBJECT_ID_LEN + 1])
{
        AUTO_FREE char *path = path_join("names", name);
        ssize_t n;

        if (strchr(name, '/'))
                return false;
        n = readlinkat(store->root_fd, path, id_out, OBJECT_ID_LEN);
        if (n != OBJECT_ID_LEN)
                return false;
        id_out[n] = '\0';
        return true;
}

int names_reserve(const struct store *store, const char *name, const char *id, struct error *err)
{
        AUTO_FREE char *path = path_join("names", name);

        if (symlinkat(id, store->root_fd, path) == 0)
                return 0;
        return errno == EEXIST ? 1 : error_sys(err, errno, "reserve the name %s", name);
}

bool names_owner_is_there(const struct store *store, const char *id)
{
        AUTO_FREE char *container = path_join("containers", id);
        AUTO_FREE char *pod = path_join("pods", id);

        return faccessat(store->root_fd, container, F_OK, 0) == 0 ||
               faccessat(store->root_fd, pod, F_OK, 0) == 0;
}

bool names_free(const struct store *store, const char *name, const char *id)
{
        AUTO_FREE char *path = path_join("names", name);
        char owner[OBJECT_ID_LEN + 1];

        if (!names_find(store, name, owner) || strcmp(owner, id) != 0)
                return false;
        (void)unlinkat(store->root_fd, path, 0);
        return true;
}

bool names_is_id_prefix(const char *text)
{
        size_t len = strlen(text);

        for (size_t i = 0; i < len; i++)
                if (!isxdigit((unsigned char)text[i]))
                        return false;
        return len > 0 && len <= OBJECT_ID_LEN;
}

int names_match_prefix(const struct store *store, const char *dir, const char *prefix,
                       char id_out[OBJECT_ID_LEN + 1])
{
        int fd = openat(store->root_fd, dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        DIR *list = fd < 0 ? NULL : fdopendir(fd);
        struct dirent *entry;
        int found = 0;

        while (list && (entry = readdir(list)))
                if (strncmp(entry->d_name, prefix, strlen(prefix)) == 0 &&
                    strlen(entry->d_name) == OBJECT_ID_LEN) {
                        memcpy(id_out, entry->d_name, OBJECT_ID_LEN + 1);
                        found++;
                }
        if (list)
                closedir(list);
        return found;
}
