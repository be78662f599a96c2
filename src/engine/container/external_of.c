/* Other runtimes of containers. See external_of.h. */
#include "engine/container/external_of.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "engine/container/state.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>

void external_of_release(struct external_of *external)
{
        int *fds[] = { &external->runtime.dir_fd, &external->runtime.holder_fd };

        for (size_t i = 0; i < ARRAY_SIZE(fds); i++)
                if (*fds[i] >= 0)
                        close(*fds[i]);
        free(external->dir);
        *external = EXTERNAL_OF_EMPTY;
}

const char *external_of_name(const struct container_spec *spec)
{
        return spec->runtime ? spec->runtime : "kelp";
}

void external_of_start(const struct container *container, const char *files_dir, int files_fd,
                       struct external_runtime *runtime_out)
{
        *runtime_out = (struct external_runtime){ .name = container->spec.runtime,
                                                  .path = container->spec.runtime_path,
                                                  .flags = &container->spec.runtime_flags,
                                                  .id = container->id,
                                                  .dir = files_dir,
                                                  .dir_fd = files_fd,
                                                  .keep_groups = strv_contains(
                                                          &container->spec.group_add, GROUPS_KEEP),
                                                  .holder_fd = -1 };
}

/* A child of the monitor's, for a health check, is in them already. */
static bool in_namespaces_of(pid_t monitor)
{
        AUTO_FREE char *path = xasprintf("/proc/%d/ns/user", monitor);
        struct stat own, theirs;

        return stat("/proc/self/ns/user", &own) == 0 && stat(path, &theirs) == 0 &&
               own.st_dev == theirs.st_dev && own.st_ino == theirs.st_ino;
}

int external_of_running(const struct store *store, const struct container *container,
                        struct external_of *external_out, struct error *err)
{
        AUTO(external_of) external = EXTERNAL_OF_EMPTY;

        if (!container->spec.runtime_path) {
                *external_out = external;
                return 0;
        }
        external.dir = xasprintf("%s/containers/%s", store->runroot, container->id);
        external_of_start(container, external.dir, -1, &external.runtime);
        external.runtime.cgroup = container->state.cgroup[0] != '\0';
        external.runtime.dir_fd = open(external.dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (external.runtime.dir_fd < 0)
                return error_sys(err, errno, "open %s", external.dir);
        if (in_namespaces_of(container->state.monitor_pid)) {
                *external_out = external;
                external = EXTERNAL_OF_EMPTY;
                return 0;
        }
        external.runtime.holder_fd = (int)syscall(SYS_pidfd_open, container->state.monitor_pid, 0);
        /* The pid is the monitor's as long as it holds the lock. */
        if (external.runtime.holder_fd < 0 || !state_alive(container->dir_fd))
                return error_set(err, ERROR_STATE, "the monitor of container %.12s is gone",
                                 container->id);
        *external_out = external;
        external = EXTERNAL_OF_EMPTY;
        return 0;
}

int external_of_check(const struct container_spec *spec, const struct userns_plan *plan,
                      enum cgroup_manager manager, struct error *err)
{
        if (plan->rung == USERNS_SINGLE) {
                error_set(
                        err, ERROR_UNSUPPORTED,
                        "the runtime %s cannot be used here: with a single id root is stood in for "
                        "while system calls are made, which only kelp's own runtime does",
                        spec->runtime);
                return error_cure(err, "%s", plan->cure ? plan->cure : "leave out --runtime");
        }
        if (manager == CGROUP_SYSTEMD && spec->cgroups && strcmp(spec->cgroups, "no-conmon") == 0)
                return error_set(err, ERROR_UNSUPPORTED,
                                 "--cgroups=no-conmon is not supported with the runtime %s: "
                                 "systemd's scope has to begin with the monitor",
                                 spec->runtime);
        if (spec->ipcns && strncmp(spec->ipcns, "container:", strlen("container:")) == 0) {
                error_set(err, ERROR_UNSUPPORTED,
                          "the runtime %s cannot show another container's /dev/shm, which belongs "
                          "to the shared IPC namespace",
                          spec->runtime);
                return error_cure(err, "use kelp's own runtime, or --ipc=private");
        }
        return 0;
}
