/* A container's cgroup: made, found, joined. See cgroup.h for the order of calls, cgroup_place.c
 * for directories, scope.c for systemd, cgroup_process.c for what is done to its processes.
 *
 * Only the unified hierarchy counts: of /proc/self/cgroup the "0::" line, on a hybrid machine too,
 * and only where /sys/fs/cgroup is cgroup2.
 *
 * A scope is delegated to us, and systemd writes only to its top directory. Below it are two
 * leaves, since a cgroup with limited children has no processes of its own:
 *
 *     kelp-ID.scope/container    the container; its limits are here, and its cgroup namespace
 * begins here kelp-ID.scope/supervisor   the monitor, and commands that join the container
 *
 * systemd moves the container's first process (and the monitor) into the scope, because we may not:
 * a login's processes are in session-N.scope, out of the user's own part of the tree.
 */
#include "engine/runtime/cgroup.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/path.h"
#include "engine/runtime/cgroup_apply.h"
#include "engine/runtime/cgroup_join.h"
#include "engine/runtime/cgroup_place.h"
#include "engine/runtime/scope.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <poll.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#define LEAF_CONTAINER "container"
#define SCOPE_ROUNDS   50
#define SCOPE_ROUND_MS 20

static const char *const manager_words[] = {
        [CGROUP_NONE] = "none",
        [CGROUP_FS] = "cgroupfs",
        [CGROUP_SYSTEMD] = "systemd",
};

const char *cgroup_manager_name(enum cgroup_manager manager)
{
        return manager_words[manager];
}

enum cgroup_manager cgroup_manager_named(const char *name)
{
        for (size_t i = 0; name && i < ARRAY_SIZE(manager_words); i++)
                if (strcmp(manager_words[i], name) == 0)
                        return (enum cgroup_manager)i;
        return CGROUP_NONE;
}

static bool is_unified(void)
{
        struct statfs fs;

        return statfs(CGROUP_ROOT, &fs) == 0 && fs.f_type == CGROUP2_SUPER_MAGIC;
}

enum cgroup_manager cgroup_manager_choose(uid_t uid)
{
        AUTO_FREE char *socket = scope_socket(uid);

        return socket && is_unified() ? CGROUP_SYSTEMD : CGROUP_FS;
}

void cgroup_release(struct cgroup *cgroup)
{
        if (cgroup->fd >= 0)
                close(cgroup->fd);
        free(cgroup->path);
        free(cgroup->unit);
        free(cgroup->slice);
        dbus_release(&cgroup->bus);
        cgroup_limits_release(&cgroup->limits);
        cgroup_devices_release(&cgroup->devices);
        *cgroup = CGROUP_EMPTY;
}

char *cgroup_parse(const char *text)
{
        const char *line = text;

        while (line && strncmp(line, "0::", 3) != 0) {
                line = strchr(line, '\n');
                line = line ? line + 1 : NULL;
        }
        return line ? xstrndup(line + 3, strcspn(line + 3, "\n")) : NULL;
}

char *cgroup_path_of(pid_t pid)
{
        AUTO_FREE char *file = pid ? xasprintf("/proc/%d/cgroup", pid) : NULL;
        AUTO_FREE char *text = NULL;
        AUTO_FREE char *path = NULL;

        if (!is_unified() || fd_read_file(AT_FDCWD, file ? file : "/proc/self/cgroup",
                                          LIMIT_PROC_FILE, &text, NULL, NULL) < 0)
                return NULL;
        path = cgroup_parse(text);
        if (!path || path[0] != '/' || strncmp(path, "/..", 3) == 0)
                return NULL;
        return xasprintf("%s%s", CGROUP_ROOT, path[1] ? path : "");
}

int cgroup_open(const char *path)
{
        return open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static int open_made(struct cgroup *cgroup, struct error *err)
{
        if (strlen(cgroup->path) >= CGROUP_PATH_MAX)
                return error_set(err, ERROR_INVALID, "the path of cgroup %.64s... is too long",
                                 cgroup->path);
        cgroup->fd = cgroup_open(cgroup->path);
        return cgroup->fd < 0 ? error_sys(err, errno, "open cgroup %s", cgroup->path) : 0;
}

/* "slice:prefix:name" (runc(8), --systemd-cgroup); a name alone is a scope in the default slice. */
static int split_path(const struct cgroup_request *request, struct cgroup *cgroup,
                      struct error *err)
{
        AUTO(strv) parts = { 0 };
        const char *slice = "", *prefix = "kelp", *name = request->id;
        size_t len;

        strv_split(&parts, request->path ? request->path : "", ':');
        if (parts.count == 3) {
                slice = parts.items[0];
                prefix = parts.items[1];
                name = parts.items[2];
        } else if (parts.count != 1 || parts.items[0][0]) {
                return error_set(err, ERROR_INVALID,
                                 "cgroup path \"%s\" is not of the form slice:prefix:name, as "
                                 "systemd wants it",
                                 request->path);
        }
        len = strlen(slice);
        if (len && (len < 7 || strcmp(slice + len - 6, ".slice") != 0 || strchr(slice, '/')))
                return error_set(err, ERROR_INVALID, "cgroup parent \"%s\" is not a systemd slice",
                                 slice);
        cgroup->slice = xstrdup(len ? slice : request->uid == 0 ? "machine.slice" : "user.slice");
        cgroup->unit =
                prefix[0] ? xasprintf("%s-%s.scope", prefix, name) : xasprintf("%s.scope", name);
        return 0;
}

/* 0; 1: the manager does not answer. */
static int create_scope(const struct cgroup_request *request, struct cgroup *cgroup,
                        struct error *err)
{
        if (split_path(request, cgroup, err) < 0)
                return -1;
        return scope_connect(request->uid, &cgroup->bus, err) < 0 ? 1 : 0;
}

static int apply(int fd, const struct cgroup_limits *limits, const struct cgroup_devices *devices,
                 struct error *err)
{
        return cgroup_devices_attach(fd, devices, err) < 0 ? -1 : cgroup_apply(fd, limits, err);
}

static int make_rules(const json_t *resources, struct cgroup_limits *limits,
                      struct cgroup_devices *devices, struct error *err)
{
        if (cgroup_limits_make(resources, limits, err) < 0)
                return -1;
        return cgroup_devices_make(json_object_get(resources, "devices"), devices, err);
}

static int create_fs(const struct cgroup_request *request, struct cgroup *cgroup, struct error *err)
{
        AUTO(strv) controllers = { 0 };

        cgroup_limits_controllers(&cgroup->limits, &controllers);
        if (cgroup_place(request, &controllers, &cgroup->path, err) < 0 ||
            open_made(cgroup, err) < 0)
                return -1;
        if (apply(cgroup->fd, &cgroup->limits, &cgroup->devices, err) == 0)
                return 0;
        (void)cgroup_delete(cgroup->path, NULL);
        return -1;
}

/* The container does without, unless something was asked for. */
static int go_without(const struct cgroup_request *request, struct cgroup *cgroup,
                      struct error *err)
{
        if (request->required || cgroup->limits.count)
                return -1;
        log_info("%s: the container gets no cgroup of its own, continuing", err->text);
        cgroup_release(cgroup);
        return 0;
}

int cgroup_create(const struct cgroup_request *request, struct cgroup *cgroup_out,
                  struct error *err)
{
        AUTO(cgroup) cgroup = CGROUP_EMPTY;
        struct cgroup_request fallback = *request;
        struct error own = { 0 };
        int rc;

        if (!err)
                err = &own;
        if (make_rules(request->resources, &cgroup.limits, &cgroup.devices, err) < 0)
                return -1;
        cgroup.manager = request->manager;
        cgroup.with_caller = request->with_caller;
        cgroup.required = request->required || cgroup.limits.count;
        if (request->manager == CGROUP_SYSTEMD) {
                rc = create_scope(request, &cgroup, err);
                if (rc < 0 || (rc > 0 && request->required))
                        return -1;
                if (rc > 0) {
                        log_info("%s: cgroups are made directly, continuing", err->text);
                        fallback.path = NULL;
                        cgroup.manager = CGROUP_FS;
                        free(take_ptr(cgroup.unit));
                }
        }
        if (cgroup.manager == CGROUP_NONE && cgroup.limits.count)
                return error_set(err, ERROR_USAGE, "limits need a cgroup, and none is to be made");
        if (cgroup.manager == CGROUP_FS && create_fs(&fallback, &cgroup, err) < 0 &&
            go_without(request, &cgroup, err) < 0)
                return -1;
        *cgroup_out = cgroup;
        cgroup = CGROUP_EMPTY;
        return 0;
}

static int check_born_there(const struct cgroup *cgroup, pid_t init, struct error *err)
{
        AUTO_FREE char *path = cgroup->required ? cgroup_path_of(init) : NULL;

        if (!cgroup->required || (path && cgroup->path && strcmp(path, cgroup->path) == 0))
                return 0;
        return cgroup_join_refused(cgroup->path, err);
}

int cgroup_send(struct cgroup *cgroup, pid_t init, struct error *err)
{
        pid_t pids[] = { getpid(), init };
        AUTO_FREE char *description = NULL;
        struct scope_request request = { .unit = cgroup->unit,
                                         .slice = cgroup->slice,
                                         .pids = init && !cgroup->with_caller ? pids + 1 : pids,
                                         .pid_count = init && cgroup->with_caller ? 2 : 1 };

        if (cgroup->manager == CGROUP_NONE)
                return 0;
        if (cgroup->path)
                return init ? check_born_there(cgroup, init, err) : 0;
        description = xasprintf("kelp container %s", cgroup->unit);
        request.description = description;
        if (scope_start(&cgroup->bus, &request, err) < 0)
                return -1;
        cgroup->sent = true;
        return 0;
}

static int move_to(const char *scope, const char *leaf, pid_t pid, char **path_out,
                   struct error *err)
{
        AUTO_FREE char *path = path_join(scope, leaf);
        AUTO_FREE char *procs = path_join(path, "cgroup.procs");
        char text[16];

        snprintf(text, sizeof(text), "%d", pid);
        if ((mkdir(path, 0755) < 0 && errno != EEXIST) ||
            (pid && fd_write_existing(AT_FDCWD, procs, text) < 0))
                return error_sys(err, errno, "move process %d to cgroup %s", pid, path);
        if (path_out)
                *path_out = take_ptr(path);
        return 0;
}

/* Where systemd put the process: the unit's directory. */
static char *scope_directory(pid_t init, const char *unit, struct error *err)
{
        AUTO_FREE char *path = cgroup_path_of(init);
        const char *last = path ? strrchr(path, '/') : NULL;

        if (!last || strcmp(last + 1, unit) != 0) {
                error_set(err, ERROR_GENERAL, "systemd made %s, but process %d is in %s", unit,
                          init, path ? path : "no cgroup that we see");
                return NULL;
        }
        return take_ptr(path);
}

static int make_leaves(struct cgroup *cgroup, const char *scope, pid_t init, struct error *err)
{
        AUTO_CLOSE int scope_fd = cgroup_open(scope);
        AUTO(strv) wanted = { 0 };
        int rc;

        if (scope_fd < 0)
                return error_sys(err, errno, "open cgroup %s", scope);
        if (move_to(scope, LEAF_CONTAINER, init, &cgroup->path, err) < 0 ||
            ((cgroup->with_caller || !init) &&
             move_to(scope, CGROUP_SUPERVISOR, getpid(), NULL, err) < 0))
                return -1;
        /* What is asked for must be there; the rest is for the accounts. */
        cgroup_limits_controllers(&cgroup->limits, &wanted);
        if (wanted.count && cgroup_enable(scope_fd, &wanted, err) < 0)
                return -1;
        rc = cgroup_enable(scope_fd, NULL, err);
        if (rc > 0)
                return error_set(err, ERROR_IN_USE, "other processes are in cgroup %s", scope);
        return rc;
}

/* The scope of the container's last run may still be on its way out. */
static int wait_for_scope(struct cgroup *cgroup, pid_t init, struct error *err)
{
        for (int round = 0;; round++) {
                if (scope_wait(&cgroup->bus, cgroup->unit, err) == 0)
                        return 0;
                if (err->kind != ERROR_IN_USE || round == SCOPE_ROUNDS)
                        return -1;
                (void)poll(NULL, 0, SCOPE_ROUND_MS);
                if (cgroup_send(cgroup, init, err) < 0)
                        return -1;
        }
}

int cgroup_settle(struct cgroup *cgroup, pid_t init, struct error *err)
{
        AUTO_FREE char *scope = NULL;

        if (!cgroup->sent || cgroup->path)
                return 0;
        if (wait_for_scope(cgroup, init, err) < 0)
                return -1;
        scope = scope_directory(init ? init : getpid(), cgroup->unit, err);
        if (!scope || make_leaves(cgroup, scope, init, err) < 0 || open_made(cgroup, err) < 0)
                return -1;
        dbus_release(&cgroup->bus);
        return apply(cgroup->fd, &cgroup->limits, &cgroup->devices, err);
}

int cgroup_update(const char *path, const json_t *resources, struct error *err)
{
        AUTO(cgroup_limits) limits = { 0 };
        AUTO(cgroup_devices) devices = { 0 };
        AUTO_CLOSE int fd = cgroup_open(path);

        if (make_rules(resources, &limits, &devices, err) < 0)
                return -1;
        if (fd < 0)
                return error_sys(err, errno, "open cgroup %s", path);
        return apply(fd, &limits, &devices, err);
}
