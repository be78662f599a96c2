/* What can be done to the processes of a cgroup, and its end. See cgroup.h. */
#include "engine/runtime/cgroup.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/fd.h"
#include "base/limits.h"
#include "base/path.h"

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>

#define FREEZE_MS   10000
#define DELETE_MS   2000
#define KILL_ROUNDS 20
#define DEPTH_MAX   32
#define PROCS_MAX   ((size_t)16 << 20) /* bytes of cgroup.procs: two million processes */

/* Is "key 1" a line of the cgroup's events? */
static bool event_set(int dir_fd, const char *key)
{
        AUTO_FREE char *text = NULL;
        size_t len = strlen(key);

        if (fd_read_file(dir_fd, "cgroup.events", LIMIT_PROC_FILE, &text, NULL, NULL) < 0)
                return false;
        for (const char *line = text; line; line = strchr(line, '\n')) {
                line += *line == '\n';
                if (strncmp(line, key, len) == 0 && line[len] == ' ')
                        return line[len + 1] == '1';
                if (!*line)
                        break;
        }
        return false;
}

static bool event_of(const char *path, const char *key)
{
        AUTO_CLOSE int fd = cgroup_open(path);

        return fd >= 0 && event_set(fd, key);
}

bool cgroup_is_frozen(const char *path)
{
        return event_of(path, "frozen");
}

bool cgroup_is_populated(const char *path)
{
        return event_of(path, "populated");
}

/* The kernel tells changes of cgroup.events by POLLPRI. */
static bool wait_event(int dir_fd, const char *key, bool wanted, int timeout_ms)
{
        AUTO_CLOSE int events = openat(dir_fd, "cgroup.events", O_RDONLY | O_CLOEXEC);
        int64_t end = clock_monotonic_ms() + timeout_ms;

        while (event_set(dir_fd, key) != wanted) {
                int64_t left = end - clock_monotonic_ms();
                struct pollfd slot = { .fd = events, .events = POLLPRI };
                char text[256];

                if (left <= 0)
                        return false;
                (void)poll(&slot, 1, (int)(left < 100 ? left : 100));
                (void)!pread(events, text, sizeof(text), 0); /* takes the notice */
        }
        return true;
}

int cgroup_freeze(const char *path, bool frozen, struct error *err)
{
        AUTO_CLOSE int fd = cgroup_open(path);

        if (fd < 0)
                return error_sys(err, errno, "open cgroup %s", path);
        if (fd_write_existing(fd, "cgroup.freeze", frozen ? "1" : "0") < 0)
                return error_sys(err, errno, "%s cgroup %s", frozen ? "freeze" : "thaw", path);
        if (wait_event(fd, "frozen", frozen, FREEZE_MS))
                return 0;
        /* A process in an uninterruptible call holds it up: nothing is left half frozen. */
        if (frozen)
                (void)fd_write_existing(fd, "cgroup.freeze", "0");
        return error_set(err, ERROR_GENERAL, "cgroup %s does not %s", path,
                         frozen ? "freeze" : "thaw");
}

void cgroup_pids_release(struct cgroup_pids *pids)
{
        free(pids->items);
        *pids = (struct cgroup_pids){ 0 };
}

static void add_pids(struct cgroup_pids *pids, const char *text)
{
        char *end;

        for (const char *at = text; *at; at = end + (*end == '\n')) {
                long pid = strtol(at, &end, 10);

                if (end == at)
                        return;
                if (pid <= 0)
                        continue; /* of another pid namespace: not ours to name */
                pids->items = xreallocarray(pids->items, pids->count + 1, sizeof(pid_t));
                pids->items[pids->count++] = (pid_t)pid;
        }
}

static DIR *open_list(int dir_fd, const char *name)
{
        int fd = openat(dir_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;

        if (!dir && fd >= 0)
                close(fd);
        return dir;
}

static bool is_child(const struct dirent *entry)
{
        return entry->d_type == DT_DIR && strcmp(entry->d_name, ".") != 0 &&
               strcmp(entry->d_name, "..") != 0;
}

static int gather(int dir_fd, const char *name, bool recursive, int depth, struct cgroup_pids *pids)
{
        DIR *dir = open_list(dir_fd, name);
        AUTO_FREE char *text = NULL;
        struct dirent *entry;
        int rc = 0;

        if (!dir)
                return errno == ENOENT ? 0 : -1;
        /* A threaded cgroup does not list processes (EOPNOTSUPP); its domain does. */
        if (fd_read_file(dirfd(dir), "cgroup.procs", PROCS_MAX, &text, NULL, NULL) == 0)
                add_pids(pids, text);
        while (recursive && depth < DEPTH_MAX && rc == 0 && (entry = readdir(dir)))
                if (is_child(entry))
                        rc = gather(dirfd(dir), entry->d_name, true, depth + 1, pids);
        closedir(dir);
        return rc;
}

int cgroup_pids(const char *path, bool recursive, struct cgroup_pids *pids_out, struct error *err)
{
        struct cgroup_pids pids = { 0 };

        if (gather(AT_FDCWD, path, recursive, 0, &pids) < 0) {
                error_sys(err, errno, "read the processes of cgroup %s", path);
                cgroup_pids_release(&pids);
                return -1;
        }
        *pids_out = pids;
        return 0;
}

static int signal_all(const char *path, int signal, struct error *err)
{
        AUTO(cgroup_pids) pids = { 0 };

        if (cgroup_pids(path, true, &pids, err) < 0)
                return -1;
        for (size_t i = 0; i < pids.count; i++)
                if (kill(pids.items[i], signal) < 0 && errno != ESRCH)
                        return error_sys(err, errno, "signal process %d", pids.items[i]);
        return 0;
}

int cgroup_kill(const char *path, int signal, struct error *err)
{
        AUTO_CLOSE int fd = cgroup_open(path);

        if (fd < 0 && errno == ENOENT)
                return 0;
        if (fd < 0)
                return error_sys(err, errno, "open cgroup %s", path);
        if (signal != SIGKILL)
                return signal_all(path, signal, err);
        (void)fd_write_existing(fd, "cgroup.kill", "1"); /* Linux 5.14 */
        /* Without it a process may fork between the list and the signal. */
        for (int round = 0; round < KILL_ROUNDS; round++) {
                if (wait_event(fd, "populated", false, round == 0 ? 5 : 50))
                        return 0;
                if (signal_all(path, SIGKILL, err) < 0)
                        return -1;
        }
        return error_set(err, ERROR_STATE, "processes of cgroup %s do not end", path);
}

/* Children first. EBUSY: a process is still on its way out. */
static int remove_tree(int dir_fd, const char *name, int depth)
{
        DIR *dir = open_list(dir_fd, name);
        struct dirent *entry;
        int rc = 0;

        if (!dir)
                return errno == ENOENT ? 0 : -1;
        while (depth < DEPTH_MAX && rc == 0 && (entry = readdir(dir)))
                if (is_child(entry))
                        rc = remove_tree(dirfd(dir), entry->d_name, depth + 1);
        closedir(dir);
        if (rc == 0 && unlinkat(dir_fd, name, AT_REMOVEDIR) < 0 && errno != ENOENT)
                rc = -1;
        return rc;
}

int cgroup_delete(const char *path, struct error *err)
{
        int64_t end = clock_monotonic_ms() + DELETE_MS;

        if (rmdir(path) == 0 || errno == ENOENT)
                return 0;
        while (remove_tree(AT_FDCWD, path, 0) < 0) {
                if (errno != EBUSY || clock_monotonic_ms() >= end)
                        return error_sys(err, errno, "remove cgroup %s", path);
                (void)poll(NULL, 0, 1);
        }
        return 0;
}

uint64_t cgroup_oom_count(const char *events)
{
        const char *line = strstr(events, "\noom_kill ");

        return line ? strtoull(line + strlen("\noom_kill "), NULL, 10) : 0;
}

uint64_t cgroup_oom_kills(int cgroup_fd)
{
        AUTO_FREE char *text = NULL;

        if (fd_read_file(cgroup_fd, "memory.events", LIMIT_PROC_FILE, &text, NULL, NULL) < 0)
                return 0;
        return cgroup_oom_count(text);
}
