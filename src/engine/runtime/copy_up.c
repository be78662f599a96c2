/* tmpcopyup: copying a directory into a fresh tmpfs before it covers that directory. Runs before
 * any process of the container, so the tree does not change meanwhile; symlinks are not followed.
 */
#include "engine/runtime/copy_up.h"

#include "base/cleanup.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>

static int copy_dir(int from_fd, int to_fd);

static int copy_attributes(int fd, const struct stat *st)
{
        struct timespec times[2] = { st->st_atim, st->st_mtim };

        if (fchown(fd, st->st_uid, st->st_gid) < 0 || fchmod(fd, st->st_mode & 07777) < 0)
                return -1;
        return futimens(fd, times);
}

static int copy_file(int from_dir, int to_dir, const char *name, const struct stat *st)
{
        AUTO_CLOSE int from = openat(from_dir, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
        AUTO_CLOSE int to = openat(to_dir, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        ssize_t n;

        if (from < 0 || to < 0)
                return -1;
        while ((n = sendfile(to, from, NULL, 1 << 20)) > 0)
                ;
        return n < 0 ? -1 : copy_attributes(to, st);
}

static int copy_link(int from_dir, int to_dir, const char *name, const struct stat *st)
{
        char text[PATH_MAX];
        ssize_t n = readlinkat(from_dir, name, text, sizeof(text) - 1);

        if (n < 0)
                return -1;
        text[n] = '\0';
        if (symlinkat(text, to_dir, name) < 0)
                return -1;
        return fchownat(to_dir, name, st->st_uid, st->st_gid, AT_SYMLINK_NOFOLLOW);
}

static int copy_subdir(int from_dir, int to_dir, const char *name, const struct stat *st)
{
        AUTO_CLOSE int from = -1, to = -1;

        if (mkdirat(to_dir, name, 0700) < 0)
                return -1;
        from = openat(from_dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        to = openat(to_dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (from < 0 || to < 0 || copy_dir(from, to) < 0)
                return -1;
        return copy_attributes(to, st);
}

static int copy_entry(int from_dir, int to_dir, const char *name)
{
        struct stat st;

        if (fstatat(from_dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
                return -1;
        if (S_ISDIR(st.st_mode))
                return copy_subdir(from_dir, to_dir, name, &st);
        if (S_ISREG(st.st_mode))
                return copy_file(from_dir, to_dir, name, &st);
        if (S_ISLNK(st.st_mode))
                return copy_link(from_dir, to_dir, name, &st);
        if (S_ISFIFO(st.st_mode))
                return mkfifoat(to_dir, name, st.st_mode & 07777);
        return 0;
}

static int copy_dir(int from_fd, int to_fd)
{
        int readable = openat(from_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        DIR *dir = readable < 0 ? NULL : fdopendir(readable);
        struct dirent *entry;
        int rc = 0;

        if (!dir)
                return -1;
        while (rc == 0 && (entry = readdir(dir)))
                if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
                        rc = copy_entry(from_fd, to_fd, entry->d_name);
        closedir(dir);
        return rc;
}

int copy_up(int from_fd, int to_fd, struct error *err)
{
        AUTO_CLOSE int to = openat(to_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        struct stat st;

        if (to < 0 || fstat(from_fd, &st) < 0 || copy_dir(from_fd, to) < 0 ||
            copy_attributes(to, &st) < 0)
                return error_sys(err, errno, "copy the directory's files");
        return 0;
}
