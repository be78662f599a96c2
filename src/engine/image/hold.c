/* See hold.h. */
#include "engine/image/hold.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/path.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

int hold_add(const struct staging *staging, const char *image_id, struct error *err)
{
        AUTO_FREE char *path = path_join("holds", image_id);
        AUTO_CLOSE int fd = -1;

        (void)mkdirat(staging->dir_fd, "holds", 0700);
        fd = openat(staging->dir_fd, path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
        return fd < 0 ? error_sys(err, errno, "note that the image is in use") : 0;
}

void hold_drop_all(const struct staging *staging)
{
        (void)path_remove_tree(staging->dir_fd, "holds", NULL);
}

/* Does its maker live? */
static bool is_locked(int staging_fd, const char *name)
{
        AUTO_FREE char *path = xasprintf("%s.lock", name);
        AUTO_CLOSE int fd = openat(staging_fd, path, O_RDWR | O_CLOEXEC);
        struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

        return fd >= 0 && fcntl(fd, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
}

void hold_list(const struct store *store, struct strv *ids)
{
        AUTO_CLOSE int fd = openat(store->root_fd, "staging", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        AUTO(strv) names = { 0 };

        if (fd < 0 || path_list_names(fd, &names, NULL) < 0)
                return;
        for (size_t i = 0; i < names.count; i++) {
                AUTO_FREE char *path = path_join(names.items[i], "holds");
                AUTO_CLOSE int holds = -1;

                if (strncmp(names.items[i], HOLD_STAGING "-", strlen(HOLD_STAGING "-")) != 0)
                        continue;
                holds = openat(fd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
                if (holds >= 0 && is_locked(fd, names.items[i]))
                        (void)path_list_names(holds, ids, NULL);
        }
}
