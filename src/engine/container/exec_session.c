/* See exec_session.h. One that is being written down counts as one that runs. */
#include "engine/container/exec_session.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/path.h"
#include "base/random.h"
#include "engine/container/state.h"

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define DIR_NAME    "exec"
#define FILE_NAME   "exec_pid"
#define RECORD_MAX  64

#define BEGINNING_S 10 /* longer than it takes to write one down */

static int make_dir(int dir_fd, const char *path)
{
        if (mkdirat(dir_fd, path, 0700) == 0)
                return 0;
        if (errno != ENOENT || (mkdirat(dir_fd, DIR_NAME, 0700) < 0 && errno != EEXIST))
                return -1;
        return mkdirat(dir_fd, path, 0700);
}

static int write_record(int dir_fd, const char *dir, pid_t pid, uint64_t start)
{
        AUTO_FREE char *path = path_join(dir, FILE_NAME);
        AUTO_CLOSE int fd = openat(dir_fd, path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        char text[RECORD_MAX];

        snprintf(text, sizeof(text), "%d %" PRIu64 "\n", pid, start);
        return fd < 0 ? -1 : fd_write_all(fd, text, strlen(text));
}

void exec_session_begin(const struct container *container, int proc_fd, pid_t pid,
                        char id_out[EXEC_SESSION_ID_LEN + 1])
{
        AUTO_FREE char *path = NULL;

        if (random_hex(id_out, EXEC_SESSION_ID_LEN) < 0) {
                id_out[0] = '\0';
                return;
        }
        path = path_join(DIR_NAME, id_out);
        if (make_dir(container->dir_fd, path) < 0 ||
            write_record(container->dir_fd, path, pid, state_process_start_at(proc_fd, pid)) < 0)
                log_debug("write down the session of process %d: %s, continuing", pid,
                          strerror(errno));
}

void exec_session_end(const struct container *container, const char *id)
{
        AUTO_FREE char *path = path_join(DIR_NAME, id);
        AUTO_FREE char *file = path_join(path, FILE_NAME);

        if (!id[0])
                return;
        (void)unlinkat(container->dir_fd, file, 0);
        (void)unlinkat(container->dir_fd, path, AT_REMOVEDIR);
}

static bool read_record(int dir_fd, const char *id, int *pid_out, uint64_t *start_out)
{
        AUTO_FREE char *file = path_join(id, FILE_NAME);
        AUTO_FREE char *text = NULL;
        size_t len;

        return fd_read_file(dir_fd, file, RECORD_MAX, &text, &len, NULL) == 0 &&
               sscanf(text, "%d %" SCNu64, pid_out, start_out) == 2;
}

/* Its directory was made a moment ago. */
static bool is_beginning(int dir_fd, const char *id)
{
        struct stat st;

        return fstatat(dir_fd, id, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
               st.st_mtim.tv_sec + BEGINNING_S > time(NULL);
}

static bool is_over(int dir_fd, const char *id, int proc_fd)
{
        uint64_t start;
        int pid;

        if (!read_record(dir_fd, id, &pid, &start))
                return !is_beginning(dir_fd, id);
        return start == 0 || state_process_start_at(proc_fd, pid) != start;
}

void exec_session_list(const struct container *container, int proc_fd, struct strv *ids)
{
        int fd = openat(container->dir_fd, DIR_NAME, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        DIR *dir = fd < 0 ? NULL : fdopendir(fd);
        const struct dirent *entry;

        while (dir && (entry = readdir(dir))) {
                if (entry->d_name[0] == '.')
                        continue;
                if (is_over(dirfd(dir), entry->d_name, proc_fd))
                        exec_session_end(container, entry->d_name);
                else
                        strv_add(ids, entry->d_name);
        }
        if (dir)
                closedir(dir);
        strv_sort(ids);
}
