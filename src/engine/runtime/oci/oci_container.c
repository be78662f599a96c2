/* Containers as directories. See oci_container.h. */
#include "engine/runtime/oci/oci_container.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/limits.h"
#include "base/path.h"
#include "engine/runtime/hooks.h"
#include "engine/runtime/plan.h"
#include "engine/runtime/spec_file.h"

#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#define STATE "state"

static const char *const status_names[] = {
        [OCI_CREATING] = "creating", [OCI_CREATED] = "created", [OCI_RUNNING] = "running",
        [OCI_PAUSED] = "paused",     [OCI_STOPPED] = "stopped",
};

const char *oci_status_name(enum oci_status status)
{
        return status_names[status];
}

void oci_record_release(struct oci_record *record)
{
        free(record->bundle);
        free(record->rootfs);
        free(record->created);
        free(record->owner);
        free(record->cgroup);
        json_decref(record->annotations);
        *record = (struct oci_record){ 0 };
}

/* A copy of the descriptor in a child must not keep the lock. */
void oci_container_unlock(const struct oci_container *container)
{
        (void)flock(container->dir_fd, LOCK_UN);
}

bool oci_container_lock(const struct oci_container *container)
{
        struct stat st;

        while (flock(container->dir_fd, LOCK_EX) < 0)
                if (errno != EINTR)
                        return false;
        return fstat(container->dir_fd, &st) == 0 && st.st_nlink > 0;
}

void oci_container_release(struct oci_container *container)
{
        if (container->dir_fd >= 0) {
                oci_container_unlock(container);
                close(container->dir_fd);
        }
        free(container->id);
        oci_record_release(&container->record);
        *container = OCI_CONTAINER_EMPTY;
}

uint64_t oci_process_start(pid_t pid)
{
        AUTO_FREE char *path = xasprintf("/proc/%d/stat", pid);
        AUTO_FREE char *text = NULL;
        unsigned long long start;
        const char *at;
        char state;

        if (pid <= 0 || fd_read_file(AT_FDCWD, path, LIMIT_PROC_FILE, &text, NULL, NULL) < 0)
                return 0;
        /* The name before it is in parentheses and may hold anything. */
        at = strrchr(text, ')');
        if (!at || sscanf(at, ") %c", &state) != 1 || state == 'Z' || state == 'X')
                return 0;
        for (int field = 2; at && field < 22; field++)
                at = strchr(at + 1, ' ');
        return at && sscanf(at, " %llu", &start) == 1 ? start : 0;
}

static bool is_alive(const struct oci_record *record)
{
        return record->pid > 0 && oci_process_start(record->pid) == record->pid_start;
}

enum oci_status oci_container_status(const struct oci_container *container)
{
        const struct oci_record *record = &container->record;

        if (!record->bundle) {
                /* Whoever makes it holds the lock. */
                if (flock(container->dir_fd, LOCK_SH | LOCK_NB) < 0)
                        return OCI_CREATING;
                (void)flock(container->dir_fd, LOCK_UN);
                return OCI_STOPPED;
        }
        if (!is_alive(record))
                return OCI_STOPPED;
        if (record->cgroup && cgroup_is_frozen(record->cgroup))
                return OCI_PAUSED;
        return faccessat(container->dir_fd, OCI_START, F_OK, 0) == 0 ? OCI_CREATED : OCI_RUNNING;
}

static char *copy(const json_t *json, const char *key)
{
        const char *text = json_get_string(json, key, "");

        return text[0] ? xstrdup(text) : NULL;
}

static int read_record(struct oci_container *container, struct error *err)
{
        AUTO_JSON json_t *json = NULL;
        const json_t *own;

        if (faccessat(container->dir_fd, STATE, F_OK, 0) < 0 && errno == ENOENT)
                return 0;
        if (json_read_file(container->dir_fd, STATE, LIMIT_SPEC, &json, err) < 0)
                return error_context(err, "container %s", container->id);
        own = json_object_get(json, "kelp");
        container->record = (struct oci_record){
                .pid = (pid_t)json_get_int(json, "pid", 0),
                .pid_start = (uint64_t)json_get_int(own, "pidStart", 0),
                .bundle = xstrdup(json_get_string(json, "bundle", "")),
                .rootfs = copy(json, "rootfs"),
                .created = copy(json, "created"),
                .owner = copy(json, "owner"),
                .annotations = json_incref(json_object_get(json, "annotations")),
                .manager = cgroup_manager_named(json_get_string(own, "manager", NULL)),
                .cgroup = copy(own, "cgroup"),
        };
        return 0;
}

static int not_there(const char *id, struct error *err)
{
        return error_set(err, ERROR_NOT_FOUND, "container \"%s\" does not exist", id);
}

int oci_container_open(const struct oci_root *root, const char *id, bool lock,
                       struct oci_container *container_out, struct error *err)
{
        AUTO(oci_container) container = OCI_CONTAINER_EMPTY;

        if (oci_id_check(id, err) < 0)
                return -1;
        container.dir_fd = openat(root->fd, id, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (container.dir_fd < 0)
                return errno == ENOENT ? not_there(id, err)
                                       : error_sys(err, errno, "open container %s", id);
        if (lock && !oci_container_lock(&container))
                return not_there(id, err);
        container.id = xstrdup(id);
        if (read_record(&container, err) < 0)
                return -1;
        container.status =
                lock && !container.record.bundle ? OCI_STOPPED : oci_container_status(&container);
        *container_out = container;
        container = OCI_CONTAINER_EMPTY;
        return 0;
}

int oci_container_make(const struct oci_root *root, const char *id,
                       struct oci_container *container_out, struct error *err)
{
        AUTO(oci_container) container = OCI_CONTAINER_EMPTY;

        if (oci_id_check(id, err) < 0)
                return -1;
        if (mkdirat(root->fd, id, 0700) < 0) {
                if (errno == EEXIST)
                        return error_set(err, ERROR_EXISTS,
                                         "container with id \"%s\" already exists", id);
                return error_sys(err, errno, "create %s/%s", root->path, id);
        }
        container.id = xstrdup(id);
        container.dir_fd = openat(root->fd, id, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (container.dir_fd < 0 || flock(container.dir_fd, LOCK_EX | LOCK_NB) < 0) {
                error_sys(err, errno, "lock container %s", id);
                (void)unlinkat(root->fd, id, AT_REMOVEDIR);
                return -1;
        }
        *container_out = container;
        container = OCI_CONTAINER_EMPTY;
        return 0;
}

json_t *oci_container_identity(const struct oci_container *container)
{
        json_t *json = json_object();

        json_object_set_new(json, "ociVersion", json_string(OCI_VERSION));
        json_set_string(json, "id", container->id);
        json_set_string(json, "bundle", container->record.bundle);
        if (json_object_size(container->record.annotations) > 0)
                json_object_set(json, "annotations", container->record.annotations);
        return json;
}

/* In runc's order: there are scripts that read it without a parser. */
static json_t *describe(const struct oci_container *container, enum oci_status status)
{
        const struct oci_record *record = &container->record;
        json_t *json = json_object();

        json_object_set_new(json, "ociVersion", json_string(OCI_VERSION));
        json_set_string(json, "id", container->id);
        json_object_set_new(json, "pid", json_integer(status == OCI_STOPPED ? 0 : record->pid));
        json_object_set_new(json, "status", json_string(oci_status_name(status)));
        json_set_string(json, "bundle", record->bundle);
        json_set_string(json, "rootfs", record->rootfs);
        json_set_string(json, "created", record->created);
        json_set_string(json, "owner", record->owner);
        if (json_object_size(record->annotations) > 0)
                json_object_set(json, "annotations", record->annotations);
        return json;
}

json_t *oci_container_state(const struct oci_container *container)
{
        return describe(container, container->status);
}

int oci_container_write(const struct oci_container *container, struct error *err)
{
        const struct oci_record *record = &container->record;
        AUTO_JSON json_t *json = describe(container, OCI_CREATED);
        json_t *own = json_pack("{s:I, s:s}", "pidStart", (json_int_t)record->pid_start, "manager",
                                cgroup_manager_name(record->manager));

        json_object_del(json, "status"); /* is found out, each time */
        if (record->cgroup)
                json_set_string(own, "cgroup", record->cgroup);
        json_object_set_new(json, "kelp", own);
        return json_write_file(container->dir_fd, STATE, json, 0600, err);
}

int oci_container_remove(const struct oci_root *root, struct oci_container *container,
                         struct error *err)
{
        static const char *const files[] = { STATE, OCI_START, OCI_CONFIG };

        for (size_t i = 0; i < ARRAY_SIZE(files); i++)
                (void)unlinkat(container->dir_fd, files[i], 0);
        if (unlinkat(root->fd, container->id, AT_REMOVEDIR) == 0 || errno == ENOENT)
                return 0;
        /* Half-written files of a writer that was killed. */
        return path_remove_tree(root->fd, container->id, err);
}

int oci_container_pidfd(const struct oci_container *container, struct error *err)
{
        AUTO_CLOSE int fd = container->record.pid > 0
                                    ? (int)syscall(SYS_pidfd_open, container->record.pid, 0)
                                    : -1;

        /* Asked after it is open: from here on the descriptor is of that very process. */
        if (fd < 0 || !is_alive(&container->record))
                return error_set(err, ERROR_STATE, "container \"%s\" is not running: it is stopped",
                                 container->id);
        return take_fd(&fd);
}

int oci_container_spec(const struct oci_container *container, json_t **spec_out, struct error *err)
{
        if (spec_read_file(container->dir_fd, OCI_CONFIG, spec_out, err) < 0)
                return error_context(err, "container %s", container->id);
        return 0;
}
