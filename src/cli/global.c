/* Options before the command, and what they ask of the whole process: the log level, its form,
 * where output goes. */
#include "cli/global.h"

#include "base/cleanup.h"
#include "base/log.h"
#include "base/path.h"
#include "cli/log_fields.h"
#include "cli/opt.h"
#include "cli/options/runtime_options.h"
#include "cli/options/storage_options.h"
#include "engine/storage/driver.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define OPT_ARGS    struct global_args

#define NO_REMOTE   "kelp has no remote service; it works where it is called"
#define NO_DATABASE "kelp keeps no database; every object is a directory of the store"

/* podman takes these behind the command's name too. */
#define EVERYWHERE                                                                                 \
        OPT_STR(0, "root", root, "DIRECTORY", "Where images and containers are kept"),             \
                OPT_STR(0, "runroot", runroot, "DIRECTORY",                                        \
                        "Where sockets and files of running containers are"),                      \
                OPT_STR(0, "tmpdir", runroot, "DIRECTORY", "The same as --runroot"),               \
                OPT_STR(0, "volumepath", volumes, "DIRECTORY",                                     \
                        "Keep the volumes there, from now on"),                                    \
                OPT_LIST(0, "additional-store", additional, "DIRECTORY",                           \
                         "A store whose images are used too, read-only"),                          \
                OPT_STR(0, "storage-driver", storage_driver, "DRIVER",                             \
                        "overlay, fuse-overlayfs or copy (vfs)"),                                  \
                OPT_LIST(0, "storage-opt", storage_opts, "KEY=VALUE",                              \
                         "As --additional-store: overlay.imagestore=DIRECTORY"),                   \
                OPT_STR(0, "default-mounts-file", default_mounts, "FILE",                          \
                        "SOURCE:TARGET lines: every container gets them, read-only"),              \
                OPT_STR(0, "config", config, "DIRECTORY",                                          \
                        "Where config.json with the credentials for registries is"),               \
                OPT_STR(0, "cgroup-manager", cgroup_manager, "MANAGER", "systemd or cgroupfs"),    \
                RUNTIME_OPTIONS(runtime),                                                          \
                OPT_LIST(0, "hooks-dir", hooks_dirs, "DIRECTORY",                                  \
                         "Add the OCI hooks that are there and apply"),                            \
                OPT_STR(0, "log-level", log_level, "LEVEL",                                        \
                        "trace, debug, info, warn, error, fatal or panic"),                        \
                OPT_REFUSED(0, "conmon", "the monitor is a part of kelp"),                         \
                OPT_REFUSED(0, "db-backend", NO_DATABASE),                                         \
                OPT_REFUSED(0, "transient-store", NO_DATABASE)

static const struct opt everywhere[] = { EVERYWHERE, { 0 } };

const struct opt global_options[] = {
        EVERYWHERE,
        OPT_BOOL('D', "debug", debug, "The same as --log-level debug"),
        OPT_STR(0, "out", out, "FILE", "Write to this file in place of standard output"),
        OPT_BOOL(0, "noout", no_out, "Write nothing to standard output"),
        OPT_BOOL('h', "help", help, "Show this overview"),
        OPT_BOOL('v', "version", version, "Show the version"),
        OPT_REFUSED('r', "remote", NO_REMOTE),
        OPT_REFUSED('c', "connection", NO_REMOTE),
        OPT_REFUSED(0, "context", NO_REMOTE),
        OPT_REFUSED('H', "host", NO_REMOTE),
        OPT_REFUSED(0, "url", NO_REMOTE),
        { 0 },
};

/* Called by podman's or docker's name (a symbolic link), errors are told as these do, for scripts
 * that look at them. */
bool global_as_podman(void)
{
        return strcmp(dispatch_called_as(), "kelp") != 0;
}

struct opt_more global_everywhere(struct global_args *global)
{
        return (struct opt_more){ .options = everywhere, .args = global };
}

static bool is_given(const struct opt *o, const struct global_args *global)
{
        const void *value = (const char *)global + o->offset;

        return o->type == OPT_TYPE_LIST     ? ((const struct strv *)value)->count > 0
               : o->type == OPT_TYPE_STRING ? *(const char *const *)value != NULL
                                            : false;
}

int global_refuse(const struct global_args *global, const char *group, struct error *err)
{
        for (const struct opt *o = everywhere; o->name; o++)
                if (is_given(o, global) && strcmp(o->name, "log-level") != 0)
                        return error_set(err, ERROR_USAGE,
                                         "--%s before \"%s\" means nothing to its commands",
                                         o->name, group);
        return 0;
}

/* podman ends with 1 here, before it says "Error:". */
static int refuse_level(const struct global_args *global)
{
        const char *name = global_as_podman() ? "" : "kelp: ";

        fflush(stdout);
        if (global->debug && global->log_level)
                fprintf(stderr, "%sSetting --log-level and --debug is not allowed\n", name);
        else
                fprintf(stderr,
                        "%sLog Level \"%s\" is not supported, choose from: trace, debug, info, "
                        "warn, warning, error, fatal, panic\n",
                        name, global->log_level);
        return 1;
}

static int set_level(const struct global_args *global)
{
        const char *word = global->debug ? "debug" : global->log_level;
        enum log_level level;

        if (!word)
                return 0;
        if ((global->debug && global->log_level) || !log_level_parse(word, &level))
                return refuse_level(global);
        log_set_level(level);
        return 0;
}

/* --out, --noout: for the command and all that it starts. */
static int redirect_output(const struct global_args *global, struct error *err)
{
        const char *path = global->no_out ? "/dev/null" : global->out;
        AUTO_CLOSE int fd = -1;

        if (!path)
                return 0;
        fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
        if (fd < 0 || dup2(fd, STDOUT_FILENO) < 0)
                return error_sys(err, errno, "write to %s", path);
        return 0;
}

int global_settle(struct global_args *global, struct error *err)
{
        enum storage_driver driver;
        const char *manager = global->cgroup_manager;
        int rc = set_level(global);

        if (rc != 0)
                return rc;
        /* All that look for credentials take this file, or make it. */
        if (global->config)
                global->auth_file = path_join(global->config, "config.json");
        if (!storage_driver_parse(global->storage_driver, &driver))
                return error_set(err, ERROR_USAGE, "unknown storage driver \"%s\"",
                                 global->storage_driver);
        if (manager && strcmp(manager, "systemd") != 0 && strcmp(manager, "cgroupfs") != 0)
                return error_set(err, ERROR_USAGE, "unknown cgroup manager \"%s\"", manager);
        return storage_options_settle(global, err);
}

int global_begin(const struct global_args *global, struct error *err)
{
        if (global_as_podman())
                log_fields_to(STDERR_FILENO, false);
        return redirect_output(global, err);
}
