/* The namespaces that a container shares with others. See namespaces_of.h. */
#include "engine/container/namespaces_of.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/path.h"
#include "engine/container/container.h"
#include "engine/container/state.h"
#include "engine/container/userns_join.h"
#include "rootless/userns_existing.h"

#include <assert.h>
#include <fcntl.h>
#include <stddef.h>
#include <string.h>

#define CHAIN_MAX 64 /* containers that share a network one behind the other */

static const struct {
        const char *what, *file; /* in sentences; below /proc/PID/ns */
        size_t offset;           /* of the mode in the spec */
} kinds[] = {
        [SHARED_PID] = { "PID", "pid", offsetof(struct container_spec, pidns) },
        [SHARED_IPC] = { "IPC", "ipc", offsetof(struct container_spec, ipcns) },
        [SHARED_UTS] = { "UTS", "uts", offsetof(struct container_spec, utsns) },
        [SHARED_NETWORK] = { "network", "net", offsetof(struct container_spec, netns) },
        [SHARED_CGROUP] = { "cgroup", "cgroup", offsetof(struct container_spec, cgroupns) },
};
static_assert(ARRAY_SIZE(kinds) == SHARED_KINDS, "a row for each kind");

static char **mode_of(struct container_spec *spec, enum shared_kind kind)
{
        return (char **)(void *)((char *)spec + kinds[kind].offset);
}

const char *namespaces_mode(const struct container_spec *spec, enum shared_kind kind)
{
        if (kind == SHARED_NETWORK && spec->network == NETWORK_HOST)
                return "host";
        return *(char *const *)(const void *)((const char *)spec + kinds[kind].offset);
}

/* What is behind "container:", "ns:", or NULL. */
static const char *behind(const char *mode, const char *prefix)
{
        return mode && strncmp(mode, prefix, strlen(prefix)) == 0 ? mode + strlen(prefix) : NULL;
}

static bool is_host(const char *mode)
{
        return mode && strcmp(mode, "host") == 0;
}

bool namespaces_own(const struct container_spec *spec, enum shared_kind kind)
{
        const char *mode = namespaces_mode(spec, kind);

        return !is_host(mode) && !behind(mode, "container:") && !behind(mode, "ns:");
}

bool namespaces_shared(const struct container_spec *spec)
{
        for (enum shared_kind k = 0; k < SHARED_KINDS; k++) {
                const char *mode = namespaces_mode(spec, k);

                if (behind(mode, "container:") || behind(mode, "ns:"))
                        return true;
        }
        return false;
}

void namespaces_share(struct container_spec *spec, enum shared_kind kind, const char *id)
{
        char **mode = mode_of(spec, kind);

        free(*mode);
        *mode = xasprintf("container:%s", id);
        if (kind == SHARED_NETWORK)
                spec->network = NETWORK_JOIN;
}

static int resolve_container(const struct store *store, struct container_spec *spec,
                             enum shared_kind kind, const char *name, struct error *err)
{
        struct container other = CONTAINER_EMPTY;
        char **mode = mode_of(spec, kind);
        int rc = container_lookup(store, name, &other, err);

        if (rc < 0)
                return error_context(err, "looking up container to share %s namespace with",
                                     kinds[kind].what);
        if (kind == SHARED_IPC && other.spec.ipcns && strcmp(other.spec.ipcns, "private") == 0) {
                rc = error_set(err, ERROR_INVALID,
                               "joining IPC of container %s is not allowed: non-shareable IPC "
                               "(hint: use IpcMode:shareable for the donor container)",
                               other.id);
                error_cure(err, "make that container with --ipc=shareable");
        } else {
                bool host = is_host(namespaces_mode(&other.spec, kind));

                free(*mode);
                *mode = host ? xstrdup("host") : xasprintf("container:%s", other.id);
                if (host && kind == SHARED_NETWORK)
                        spec->network = NETWORK_HOST;
                if (kind == SHARED_UTS && !host && !spec->hostname)
                        spec->hostname = xstrdup(other.spec.hostname);
        }
        container_release(&other);
        return rc;
}

/* The start has another working directory. */
static int resolve_path(struct container_spec *spec, enum shared_kind kind, const char *path,
                        struct error *err)
{
        AUTO_FREE char *absolute = path_absolute(path);
        char **mode = mode_of(spec, kind);

        if (access(absolute, F_OK) < 0)
                return error_sys(err, errno, "cannot find specified %s namespace path %s",
                                 kinds[kind].what, path);
        free(*mode);
        *mode = xasprintf("ns:%s", absolute);
        return 0;
}

int namespaces_resolve(const struct store *store, struct container_spec *spec, struct error *err)
{
        for (enum shared_kind k = 0; k < SHARED_KINDS; k++) {
                const char *mode = namespaces_mode(spec, k);
                const char *name = behind(mode, "container:"), *path = behind(mode, "ns:");

                if (name && resolve_container(store, spec, k, name, err) < 0)
                        return -1;
                if (path && resolve_path(spec, k, path, err) < 0)
                        return -1;
        }
        return 0;
}

static int look_up_running(const struct store *store, const char *id, enum shared_kind kind,
                           struct container *other_out, struct error *err)
{
        if (container_lookup(store, id, other_out, err) < 0)
                return error_context(err, "looking up container to share %s namespace with",
                                     kinds[kind].what);
        if (other_out->state.status == CONTAINER_RUNNING &&
            state_process_start(other_out->state.pid) == other_out->state.pid_start)
                return 0;
        error_set(err, ERROR_STATE,
                  "container %.12s, whose %s namespace is to be shared, is not running: container "
                  "state improper",
                  other_out->id, kinds[kind].what);
        container_release(other_out);
        return error_cure(err, "start it: kelp start %.12s", id);
}

/* The path of what is shared of that kind; *path_out NULL: nothing. */
static int find_path(const struct store *store, const struct container_spec *spec,
                     enum shared_kind kind, char **path_out, struct error *err)
{
        const char *mode = namespaces_mode(spec, kind);
        const char *id = behind(mode, "container:"), *path = behind(mode, "ns:");
        struct container other = CONTAINER_EMPTY;

        *path_out = path ? xstrdup(path) : NULL;
        if (!id)
                return 0;
        if (look_up_running(store, id, kind, &other, err) < 0)
                return -1;
        *path_out = xasprintf("/proc/%d/ns/%s", other.state.pid, kinds[kind].file);
        container_release(&other);
        return 0;
}

/* *owner_fd: -1 before the first. */
static int add_owner(int *owner_fd, const char *path, enum shared_kind kind, struct error *err)
{
        AUTO_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
        AUTO_CLOSE int found_fd = -1;

        if (fd < 0)
                return error_sys(err, errno, "open %s namespace %s", kinds[kind].what, path);
        if (userns_existing_owner(fd, &found_fd, err) < 0)
                return error_context(err, "%s namespace %s", kinds[kind].what, path);
        if (found_fd < 0)
                return error_set(err, ERROR_DENIED,
                                 "%s namespace %s belongs to the user namespace that kelp was "
                                 "started in, over which a container's root has no rights",
                                 kinds[kind].what, path);
        if (*owner_fd >= 0 && !userns_existing_same(*owner_fd, found_fd))
                return error_set(err, ERROR_UNSUPPORTED,
                                 "the namespaces to be shared belong to different user namespaces; "
                                 "a container can be in one of them only");
        if (*owner_fd < 0)
                *owner_fd = take_fd(&found_fd);
        return 0;
}

/* Its ids must be the container's own, else what its files are to it would not be what they are to
 * us. */
static int join_owner(int owner_fd, const char *path, struct userns_plan *plan, struct error *err)
{
        AUTO_FREE char *user = xasprintf("%.*s/user", (int)(strrchr(path, '/') - path), path);
        char own[ID_MAPS_NAME_LEN + 1], others[ID_MAPS_NAME_LEN + 1];
        struct userns_plan joined;

        userns_mapping_name(plan, own, sizeof(own));
        if (userns_plan(&joined, err) < 0 || userns_join_fd(owner_fd, user, &joined, err) < 0)
                return -1;
        userns_mapping_name(&joined, others, sizeof(others));
        if (strcmp(own, others) != 0) {
                error_set(err, ERROR_UNSUPPORTED,
                          "the namespaces to be shared belong to a user namespace with other ids "
                          "than this container's");
                return error_cure(err, "give both containers the same --userns");
        }
        *plan = joined;
        return 0;
}

int namespaces_plan_userns(const struct store *store, const struct container_spec *spec,
                           struct userns_plan *plan, struct error *err)
{
        AUTO_CLOSE int owner_fd = -1;
        AUTO_FREE char *first = NULL;

        for (enum shared_kind k = 0; namespaces_shared(spec) && k < SHARED_KINDS; k++) {
                AUTO_FREE char *path = NULL;

                if (find_path(store, spec, k, &path, err) < 0 ||
                    (path && add_owner(&owner_fd, path, k, err) < 0))
                        return -1;
                if (!first)
                        first = take_ptr(path);
        }
        if (!first)
                return 0;
        if (plan->join_fd < 0)
                return join_owner(owner_fd, first, plan, err);
        return userns_join_is(plan, owner_fd)
                       ? 0
                       : error_set(err, ERROR_UNSUPPORTED,
                                   "the namespaces to be shared belong to another user namespace "
                                   "than the one of --userns");
}

/* Whoever made the network namespace has the files that belong to it. */
static int find_network_files(const struct store *store, const struct container_spec *spec,
                              char **dir_out, struct error *err)
{
        AUTO_FREE char *id = xstrdup(behind(namespaces_mode(spec, SHARED_NETWORK), "container:"));

        for (int i = 0; id && i < CHAIN_MAX; i++) {
                struct container other = CONTAINER_EMPTY;
                const char *next;

                if (container_lookup(store, id, &other, err) < 0)
                        return -1;
                next = behind(namespaces_mode(&other.spec, SHARED_NETWORK), "container:");
                if (!next)
                        *dir_out = xasprintf("%s/containers/%s", store->runroot, other.id);
                free(id);
                id = xstrdup(next);
                container_release(&other);
        }
        return 0;
}

/* POSIX shared memory is files in /dev/shm, so that belongs to the IPC namespace. */
static int find_shm(const struct store *store, const struct container_spec *spec, char **path_out,
                    struct error *err)
{
        const char *id = behind(namespaces_mode(spec, SHARED_IPC), "container:");
        struct container other = CONTAINER_EMPTY;

        if (!id)
                return 0;
        if (look_up_running(store, id, SHARED_IPC, &other, err) < 0)
                return -1;
        if (!other.spec.ipcns || strcmp(other.spec.ipcns, "none") != 0)
                *path_out = xasprintf("/proc/%d/root/dev/shm", other.state.pid);
        container_release(&other);
        return 0;
}

void shared_namespaces_release(struct shared_namespaces *shared)
{
        for (enum shared_kind k = 0; k < SHARED_KINDS; k++)
                free(shared->paths[k]);
        free(shared->shm);
        free(shared->network_files);
        *shared = (struct shared_namespaces){ 0 };
}

int namespaces_load(const struct store *store, const struct container_spec *spec,
                    struct shared_namespaces *shared_out, struct error *err)
{
        AUTO(shared_namespaces) shared = { 0 };

        for (enum shared_kind k = 0; namespaces_shared(spec) && k < SHARED_KINDS; k++)
                if (find_path(store, spec, k, &shared.paths[k], err) < 0)
                        return -1;
        if (find_shm(store, spec, &shared.shm, err) < 0 ||
            find_network_files(store, spec, &shared.network_files, err) < 0)
                return -1;
        *shared_out = shared;
        shared = (struct shared_namespaces){ 0 };
        return 0;
}

json_t *namespaces_dependencies(const struct container_spec *spec)
{
        AUTO(strv) ids = { 0 };

        for (enum shared_kind k = 0; k < SHARED_KINDS; k++) {
                const char *id = behind(namespaces_mode(spec, k), "container:");

                if (id && !strv_contains(&ids, id))
                        strv_add(&ids, id);
        }
        for (size_t i = 0; i < spec->requires.count; i++)
                if (!strv_contains(&ids, spec->requires.items[i]))
                        strv_add(&ids, spec->requires.items[i]);
        return json_from_strv(&ids);
}
