/* The directory of containers. See oci_root.h. */
#include "engine/runtime/oci/oci_root.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/limits.h"
#include "base/path.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

void oci_root_release(struct oci_root *root)
{
        free(root->path);
        if (root->fd >= 0)
                close(root->fd);
        *root = OCI_ROOT_EMPTY;
}

uid_t oci_caller_uid(void)
{
        AUTO_FREE char *text = NULL;
        unsigned inside, outside, count, uid = geteuid();

        if (fd_read_file(AT_FDCWD, "/proc/self/uid_map", LIMIT_PROC_FILE, &text, NULL, NULL) < 0)
                return uid;
        for (const char *line = text; line && *line; line = strchr(line, '\n')) {
                line += *line == '\n';
                if (sscanf(line, "%u %u %u", &inside, &outside, &count) == 3 && uid >= inside &&
                    uid - inside < count)
                        return outside + (uid - inside);
        }
        return uid;
}

static char *default_path(struct error *err)
{
        const char *runtime = getenv("XDG_RUNTIME_DIR");

        if (geteuid() == 0 && oci_caller_uid() == 0)
                return xstrdup("/run/kelp-oci");
        if (runtime && runtime[0] == '/')
                return path_join(runtime, "kelp-oci");
        error_set(err, ERROR_USAGE, "no place for the state of containers");
        error_cure(err, "set XDG_RUNTIME_DIR, or name one: --root DIRECTORY");
        return NULL;
}

int oci_root_open(const char *path, struct oci_root *root_out, struct error *err)
{
        AUTO_FREE char *chosen = path ? path_absolute(path) : default_path(err);
        AUTO_CLOSE int fd = -1;

        if (!chosen)
                return -1;
        fd = open(chosen, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (fd < 0 && errno == ENOENT) {
                if (path_make_dirs(chosen, 0700, err) < 0)
                        return -1;
                fd = open(chosen, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        }
        if (fd < 0)
                return error_sys(err, errno, "open %s", chosen);
        *root_out = (struct oci_root){ .path = take_ptr(chosen), .fd = take_fd(&fd) };
        return 0;
}

int oci_root_list(const struct oci_root *root, struct strv *ids_out, struct error *err)
{
        int fd = openat(root->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
        struct dirent *entry;

        if (!dir) {
                if (fd >= 0)
                        close(fd);
                return error_sys(err, errno, "read %s", root->path);
        }
        while ((entry = readdir(dir)))
                if (entry->d_name[0] != '.' && oci_id_check(entry->d_name, NULL) == 0)
                        strv_add(ids_out, entry->d_name);
        closedir(dir);
        strv_sort(ids_out);
        return 0;
}

int oci_id_check(const char *id, struct error *err)
{
        size_t len = strlen(id);

        if (len == 0 || len > NAME_MAX)
                return error_set(err, ERROR_USAGE, "a container id has 1 to %d characters",
                                 NAME_MAX);
        for (size_t i = 0; i < len; i++)
                if ((!isalnum((unsigned char)id[i]) && !strchr("_+-.", id[i])) ||
                    (i == 0 && id[i] == '.'))
                        return error_set(err, ERROR_USAGE,
                                         "invalid character '%c' in container ID \"%s\": letters, "
                                         "digits and _+-. are allowed, no dot in front",
                                         id[i], id);
        return 0;
}
