/* See exec_session.h. A session appears under its name when its file is there. */
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
#include <unistd.h>

#define DIR_NAME   "exec"
#define FILE_NAME  "exec_pid"
#define RECORD_MAX 64

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
        AUTO_FREE char *made = NULL;
        AUTO_FREE char *path = NULL;

        if (random_hex(id_out, EXEC_SESSION_ID_LEN) < 0) {
                id_out[0] = '\0';
                return;
        }
        made = xasprintf(DIR_NAME "/.%s", id_out);
        path = path_join(DIR_NAME, id_out);
        if ((mkdirat(container->dir_fd, DIR_NAME, 0700) < 0 && errno != EEXIST) ||
            mkdirat(container->dir_fd, made, 0700) < 0 ||
            write_record(container->dir_fd, made, pid, state_process_start_at(proc_fd, pid)) < 0 ||
            renameat(container->dir_fd, made, container->dir_fd, path) < 0)
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

static bool runs(int dir_fd, const char *id, int proc_fd)
{
        AUTO_FREE char *file = path_join(id, FILE_NAME);
        AUTO_FREE char *text = NULL;
        uint64_t start;
        size_t len;
        int pid;

        return fd_read_file(dir_fd, file, RECORD_MAX, &text, &len, NULL) == 0 &&
               sscanf(text, "%d %" SCNu64, &pid, &start) == 2 && start != 0 &&
               state_process_start_at(proc_fd, pid) == start;
}

void exec_session_list(const struct container *container, int proc_fd, struct strv *ids)
{
        int fd = openat(container->dir_fd, DIR_NAME, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        DIR *dir = fd < 0 ? NULL : fdopendir(fd);
        const struct dirent *entry;

        while (dir && (entry = readdir(dir))) {
                if (entry->d_name[0] == '.')
                        continue;
                if (runs(dirfd(dir), entry->d_name, proc_fd))
                        strv_add(ids, entry->d_name);
                else
                        exec_session_end(container, entry->d_name);
        }
        if (dir)
                closedir(dir);
        strv_sort(ids);
}
