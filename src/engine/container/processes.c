/* Which processes are a container's: those in the pid namespace of its init, and what descends from
 * them. One that ends while it is read is left out. */
#include "engine/container/processes.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/limits.h"
#include "engine/container/state.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <string.h>

#define PROCESSES_MAX 65536

static void process_release(struct process *process)
{
        free(process->status);
        free(process->stat);
}

void processes_release(struct processes *processes)
{
        for (size_t i = 0; i < processes->count; i++)
                process_release(&processes->items[i]);
        free(processes->items);
        *processes = (struct processes){ 0 };
}

/* A process names itself in the first line, so only the beginnings of lines are keys. */
const char *process_status_text(const struct process *process, const char *key)
{
        size_t len = strlen(key);

        for (const char *line = process->status; line && *line; line = strchr(line, '\n')) {
                line += *line == '\n';
                if (strncmp(line, key, len) == 0 && line[len] == ':')
                        return line + len + 1;
                if (!*line)
                        break;
        }
        return NULL;
}

long long process_status_number(const struct process *process, const char *key, unsigned n)
{
        const char *p = process_status_text(process, key);
        char *end;

        for (unsigned i = 0; p; i++) {
                long long value;

                p += strspn(p, " \t");
                value = strtoll(p, &end, 10);
                if (end == p)
                        break;
                if (i == n)
                        return value;
                p = end;
        }
        return -1;
}

long long process_stat_number(const struct process *process, unsigned n)
{
        const char *p = process->stat;

        for (unsigned field = 3; p && field < n; field++) {
                p = strchr(p, ' ');
                p = p ? p + 1 : NULL;
        }
        return p ? strtoll(p, NULL, 10) : 0;
}

static unsigned count_levels(const struct process *process)
{
        unsigned n = 0;

        while (process_status_number(process, "NSpid", n) >= 0)
                n++;
        return n;
}

static bool read_process(int proc_fd, pid_t pid, struct process *process)
{
        AUTO_FREE char *status = xasprintf("%d/status", (int)pid);
        AUTO_FREE char *stat = xasprintf("%d/stat", (int)pid);
        AUTO_FREE char *text = NULL;
        const char *open, *close;

        *process = (struct process){ .pid = pid };
        if (fd_read_file(proc_fd, stat, LIMIT_PROC_FILE, &text, NULL, NULL) < 0 ||
            fd_read_file(proc_fd, status, LIMIT_PROC_FILE, &process->status, NULL, NULL) < 0)
                return false;
        open = strchr(text, '(');
        close = strrchr(text, ')');
        if (!open || !close || close < open || !close[1])
                return false;
        snprintf(process->comm, sizeof(process->comm), "%.*s", (int)(close - open - 1), open + 1);
        process->stat = xstrdup(close + 2);
        process->parent = (pid_t)process_stat_number(process, 4);
        return true;
}

static bool same_namespace(int proc_fd, pid_t pid, const char *wanted)
{
        AUTO_FREE char *path = xasprintf("%d/ns/pid", (int)pid);
        char link[64];
        ssize_t len = readlinkat(proc_fd, path, link, sizeof(link) - 1);

        if (len < 0)
                return false;
        link[len] = '\0';
        return strcmp(link, wanted) == 0;
}

static void read_all(DIR *dir, const char *namespace, struct processes *out)
{
        struct dirent *entry;
        size_t room = 0;

        while ((entry = readdir(dir)) && out->count < PROCESSES_MAX) {
                struct process process;

                if (!isdigit((unsigned char)entry->d_name[0]))
                        continue;
                if (!read_process(dirfd(dir), (pid_t)atoi(entry->d_name), &process)) {
                        process_release(&process);
                        continue;
                }
                process.inside = same_namespace(dirfd(dir), process.pid, namespace);
                if (out->count == room) {
                        room = room ? room * 2 : 64;
                        out->items = xreallocarray(out->items, room, sizeof(*out->items));
                }
                out->items[out->count++] = process;
        }
}

static bool parent_inside(const struct processes *all, pid_t parent)
{
        for (size_t i = 0; i < all->count; i++)
                if (all->items[i].pid == parent)
                        return all->items[i].inside;
        return false;
}

/* What is in a namespace below has more levels, and a parent that is inside. */
static void add_descendants(struct processes *all)
{
        bool found = true;

        while (found) {
                found = false;
                for (size_t i = 0; i < all->count; i++) {
                        struct process *p = &all->items[i];

                        if (!p->inside && count_levels(p) > all->level + 1 &&
                            parent_inside(all, p->parent))
                                found = p->inside = true;
                }
        }
}

static void keep_inside(struct processes *all)
{
        size_t kept = 0;

        for (size_t i = 0; i < all->count; i++) {
                if (all->items[i].inside)
                        all->items[kept++] = all->items[i];
                else
                        process_release(&all->items[i]);
        }
        all->count = kept;
}

int processes_of(const struct container *container, struct processes *processes_out,
                 struct error *err)
{
        AUTO(processes) all = { 0 };
        AUTO_FREE char *path = xasprintf("/proc/%d/ns/pid", (int)container->state.pid);
        char namespace[64] = "";
        DIR *dir;

        if (container->state.status != CONTAINER_RUNNING)
                return error_set(err, ERROR_STATE,
                                 "top can only be used on running containers: %s is in state %s",
                                 container->spec.name, container_status_name(&container->state));
        if (readlink(path, namespace, sizeof(namespace) - 1) < 0)
                return error_sys(err, errno, "look at the processes of %s", container->spec.name);
        dir = opendir("/proc");
        if (!dir)
                return error_sys(err, errno, "read /proc");
        read_all(dir, namespace, &all);
        closedir(dir);
        for (size_t i = 0; i < all.count; i++)
                if (all.items[i].pid == container->state.pid)
                        all.level = count_levels(&all.items[i]) - 1;
        add_descendants(&all);
        keep_inside(&all);
        *processes_out = all;
        all = (struct processes){ 0 };
        return 0;
}
