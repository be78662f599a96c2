/* Joining a user namespace. See userns_join.h.
 *
 * It is one below ours, which this process enters itself; or one below that, of a container whose
 * map leaves the caller out (userns_of.c): then this process enters the one between, and the
 * container's first process the last one. What ids it has, only a process inside is told: a child
 * looks.
 */
#include "engine/container/userns_join.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/limits.h"
#include "engine/container/container.h"
#include "engine/container/state.h"
#include "engine/container/userns_of.h"
#include "rootless/userns_existing.h"

#include <fcntl.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>

static bool is_own(int fd)
{
        AUTO_CLOSE int own_fd = open("/proc/self/ns/user", O_RDONLY | O_CLOEXEC);

        return own_fd >= 0 && userns_existing_same(own_fd, fd);
}

static int open_namespace(const char *path, int *fd_out, struct error *err)
{
        AUTO_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

        if (fd < 0)
                return error_sys(err, errno, "open user namespace %s", path);
        if (ioctl(fd, NS_GET_NSTYPE) != CLONE_NEWUSER)
                return error_set(err, ERROR_INVALID, "%s is not a user namespace", path);
        *fd_out = take_fd(&fd);
        return 0;
}

/* In the child: both maps, one after the other, each ended by a NUL. */
static _Noreturn void tell_maps(const int *fds, size_t count, int out)
{
        static const char *const files[] = { "/proc/self/uid_map", "/proc/self/gid_map" };

        for (size_t i = 0; i < count; i++)
                if (setns(fds[i], CLONE_NEWUSER) < 0)
                        _exit(1);
        for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
                AUTO_FREE char *text = NULL;
                size_t len;

                if (fd_read_file(AT_FDCWD, files[i], LIMIT_PROC_FILE, &text, &len, NULL) < 0 ||
                    fd_write_all(out, text, len + 1) < 0)
                        _exit(1);
        }
        _exit(0);
}

/* Lines "inside outside count", as the namespace above the last one of the chain counts. */
static int parse_map(const char *text, struct id_map *map, struct error *err)
{
        AUTO_FREE char *copy = xstrdup(text);
        char *rest = copy, *line;

        map->count = 0;
        while ((line = strsep(&rest, "\n"))) {
                struct id_range range;

                if (sscanf(line, "%u %u %u", &range.inside, &range.outside, &range.count) == 3 &&
                    id_map_add(map, &range, err) < 0)
                        return -1;
        }
        return 0;
}

static int read_maps(const int *fds, size_t count, struct id_maps *maps, struct error *err)
{
        static char text[2 * ID_RANGES_MAX * 36 + 2];
        AUTO_CLOSE int in = -1;
        int pair[2], status = 1;
        ssize_t n;
        pid_t pid;
        const char *second;

        if (pipe2(pair, O_CLOEXEC) < 0)
                return error_sys(err, errno, "create pipe");
        in = pair[0];
        pid = fork();
        if (pid == 0)
                tell_maps(fds, count, pair[1]);
        close(pair[1]);
        if (pid < 0)
                return error_sys(err, errno, "create a process");
        n = fd_read_full(in, text, sizeof(text) - 1);
        (void)waitpid(pid, &status, 0);
        text[n > 0 ? n : 0] = '\0';
        second = text + strlen(text) + 1;
        if (!WIFEXITED(status) || WEXITSTATUS(status) != 0 || n <= second - text)
                return error_set(err, ERROR_DENIED,
                                 "the user namespace may not be entered: it is not yours");
        return parse_map(text, &maps->uids, err) < 0 ? -1 : parse_map(second, &maps->gids, err);
}

static bool same_map(const struct id_map *a, const struct id_map *b)
{
        struct id_map x = *a, y = *b;

        id_map_sort(&x);
        id_map_sort(&y);
        return x.count == y.count && memcmp(x.ranges, y.ranges, x.count * sizeof(x.ranges[0])) == 0;
}

static int unknown_ids(struct error *err)
{
        return error_set(err, ERROR_UNSUPPORTED,
                         "the user namespace has ids that are not those you may map, or not your "
                         "own");
}

/* One below ours. */
static int join_child(int fd, struct userns_plan *plan, struct error *err)
{
        struct id_maps host, maps;
        struct error why = { 0 };

        if (read_maps(&fd, 1, &host, err) < 0)
                return -1;
        if (id_map_relative(&host.uids, &plan->uids, &maps.uids, &why) < 0 ||
            id_map_relative(&host.gids, &plan->gids, &maps.gids, &why) < 0)
                return unknown_ids(err);
        if (userns_restrict(plan, &maps, false, err) < 0)
                return -1;
        if (plan->nested)
                return unknown_ids(err);
        plan->join_fd = fd;
        return 0;
}

/* One below a default one. */
static int join_grandchild(int between, int fd, const char *path, struct userns_plan *plan,
                           struct error *err)
{
        AUTO_CLOSE int at_path = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
        struct id_maps host, maps;

        if (at_path < 0 || !userns_existing_same(at_path, fd))
                return error_set(err, ERROR_UNSUPPORTED, "%s is not the user namespace to join",
                                 path);
        if (read_maps(&between, 1, &host, err) < 0 ||
            read_maps((const int[]){ between, fd }, 2, &maps, err) < 0)
                return -1;
        if (!same_map(&host.uids, &plan->uids) || !same_map(&host.gids, &plan->gids))
                return unknown_ids(err);
        if (strlen(path) >= sizeof(plan->join_path))
                return error_set(err, ERROR_TOO_LARGE, "the path %s is too long", path);
        if (userns_restrict(plan, &maps, true, err) < 0)
                return -1;
        plan->nested = true;
        plan->join_fd = between;
        snprintf(plan->join_path, sizeof(plan->join_path), "%s", path);
        return 0;
}

int userns_join_fd(int user_fd, const char *path, struct userns_plan *plan, struct error *err)
{
        AUTO_CLOSE int fd = fcntl(user_fd, F_DUPFD_CLOEXEC, 0);
        AUTO_CLOSE int above = fd < 0 ? -1 : ioctl(fd, NS_GET_PARENT);
        AUTO_CLOSE int higher = -1;

        if (above >= 0 && is_own(above))
                return join_child(fd, plan, err) < 0 ? -1 : (take_fd(&fd), 0);
        higher = above < 0 ? -1 : ioctl(above, NS_GET_PARENT);
        if (higher >= 0 && is_own(higher))
                return join_grandchild(above, fd, path, plan, err) < 0 ? -1 : (take_fd(&above), 0);
        return error_set(err, ERROR_UNSUPPORTED,
                         "%s is not a user namespace that you have made, or that one of your "
                         "containers has",
                         path);
}

bool userns_join_is(const struct userns_plan *plan, int user_fd)
{
        AUTO_CLOSE int fd = plan->join_path[0] ? open(plan->join_path, O_RDONLY | O_CLOEXEC)
                                               : fcntl(plan->join_fd, F_DUPFD_CLOEXEC, 0);

        return fd >= 0 && userns_existing_same(fd, user_fd);
}

static int join_path(const char *path, struct userns_plan *plan, struct error *err)
{
        AUTO_CLOSE int fd = -1;

        if (open_namespace(path, &fd, err) < 0)
                return -1;
        if (is_own(fd))
                return error_set(err, ERROR_INVALID,
                                 "%s is the user namespace that kelp was started in: leave "
                                 "--userns out",
                                 path);
        return userns_join_fd(fd, path, plan, err);
}

static int find_container(const struct store *store, const char *name, char **id_out,
                          char **path_out, struct error *err)
{
        struct container target = CONTAINER_EMPTY;
        int rc = container_lookup(store, name, &target, err);

        if (rc == 0 && (target.state.status != CONTAINER_RUNNING ||
                        state_process_start(target.state.pid) != target.state.pid_start)) {
                rc = error_set(err, ERROR_STATE,
                               "container %.12s does not run, so there is no user namespace of it "
                               "to join: container state improper",
                               target.id);
                error_cure(err, "start it: kelp start %s", target.spec.name);
        }
        if (rc == 0) {
                *id_out = xstrdup(target.id);
                *path_out = xasprintf("/proc/%d/ns/user", (int)target.state.pid);
        }
        container_release(&target);
        return rc;
}

int userns_join(const struct store *store, const struct userns_mode *mode,
                struct container_spec *spec, struct userns_plan *plan, struct error *err)
{
        AUTO_FREE char *id = NULL;
        AUTO_FREE char *path = NULL;

        if (mode->kind == USERNS_PATH)
                path = xstrdup(mode->target);
        else if (find_container(store, mode->target, &id, &path, err) < 0)
                return -1;
        if (join_path(path, plan, err) < 0)
                return -1;
        if (id) {
                free(spec->userns);
                spec->userns = xasprintf("container:%s", id);
        }
        if (plan->mapped)
                userns_of_note(spec, &plan->maps);
        return 0;
}
