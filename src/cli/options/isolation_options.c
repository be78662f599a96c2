/* Isolation on the command line -> container_spec. See isolation_options.h. What podman refuses
 * together is refused together. */
#include "cli/options/isolation_options.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/path.h"
#include "cli/options/limit_options.h"
#include "cli/options/security_opt.h"
#include "engine/container/accounts.h"
#include "engine/container/devices_of.h"
#include "engine/container/files_of.h"

#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#define OWN_ANNOTATIONS "io.kelp."

int isolation_shared_mode(const char *option, const char *text, char **mode_out, struct error *err)
{
        bool container = strncmp(text, "container:", 10) == 0, path = strncmp(text, "ns:", 3) == 0;

        *mode_out = NULL;
        if ((container && !text[10]) || (path && !text[3]))
                return error_set(err, ERROR_USAGE, "--%s=%s: a %s is missing", option, text,
                                 path ? "path" : "container's name");
        if (container)
                *mode_out = xstrdup(text);
        if (path) {
                AUTO_FREE char *absolute = path_absolute(text + 3);

                *mode_out = xasprintf("ns:%s", absolute);
        }
        return 0;
}

/* words: those that this kind of namespace has beside container: and ns:. */
static int fill_mode(const char *option, const char *text, const char *const *words,
                     char **mode_out, struct error *err)
{
        if (!text || !text[0])
                return 0;
        if (isolation_shared_mode(option, text, mode_out, err) < 0)
                return -1;
        for (; !*mode_out && *words; words++)
                if (strcmp(*words, text) == 0)
                        *mode_out = xstrdup(text);
        if (*mode_out)
                return 0;
        return error_set(err, ERROR_USAGE,
                         "--%s=%s is none of %sprivate, host, container:NAME, "
                         "ns:PATH",
                         option, text, strcmp(option, "ipc") == 0 ? "shareable, none, " : "");
}

static bool is_own(const char *mode)
{
        return !mode || strcmp(mode, "private") == 0;
}

static int fill_namespaces(const struct isolation_args *args, struct container_spec *spec,
                           struct error *err)
{
        static const char *const plain[] = { "private", "host", NULL };
        static const char *const ipc[] = { "private", "host", "shareable", "none", NULL };

        if (fill_mode("pid", args->pid, plain, &spec->pidns, err) < 0 ||
            fill_mode("ipc", args->ipc, ipc, &spec->ipcns, err) < 0 ||
            fill_mode("uts", args->uts, plain, &spec->utsns, err) < 0)
                return -1;
        if (!is_own(spec->utsns) && (spec->hostname || args->domainname))
                return error_set(err, ERROR_USAGE,
                                 "cannot set %s in a UTS namespace that is not the container's own",
                                 spec->hostname ? "hostname" : "domainname");
        if ((spec->init || args->init_path) && !is_own(spec->pidns))
                return error_set(err, ERROR_USAGE,
                                 "cannot add init binary as PID 1 (PID namespace isn't private)");
        if (args->shm_size && args->shm_size[0] && spec->ipcns &&
            (strcmp(spec->ipcns, "host") == 0 || strcmp(spec->ipcns, "none") == 0))
                return error_set(err, ERROR_USAGE,
                                 "cannot set shmsize when running in the %s IPC Namespace",
                                 spec->ipcns);
        return 0;
}

static int fill_groups(const struct isolation_args *args, struct container_spec *spec,
                       struct error *err)
{
        for (size_t i = 0; i < args->group_add.count; i++)
                strv_split(&spec->group_add, args->group_add.items[i], ',');
        if (spec->group_add.count > 1 && strv_contains(&spec->group_add, GROUPS_KEEP))
                return error_set(err, ERROR_USAGE,
                                 "the '--group-add keep-groups' option is not allowed with any "
                                 "other --group-add options");
        return 0;
}

static int fill_size(const char *option, const char *text, char **bytes_out, struct error *err)
{
        int64_t bytes;

        if (!text || !text[0])
                return 0;
        if (limit_parse_bytes(option, text, &bytes, err) < 0)
                return -1;
        *bytes_out = xasprintf("%" PRId64, bytes);
        return 0;
}

static int fill_file_systems(const struct isolation_args *args, struct container_spec *spec,
                             struct error *err)
{
        spec->read_only_fully = args->read_only_tmpfs.set && !args->read_only_tmpfs.value;
        for (size_t i = 0; i < args->chroot_dirs.count; i++)
                strv_split(&spec->chroot_dirs, args->chroot_dirs.items[i], ',');
        for (size_t i = 0; i < spec->chroot_dirs.count; i++)
                if (spec->chroot_dirs.items[i][0] != '/')
                        return error_set(err, ERROR_USAGE,
                                         "--chrootdirs: \"%s\" is not an absolute path",
                                         spec->chroot_dirs.items[i]);
        if (fill_size("shm-size", args->shm_size, &spec->shm_size, err) < 0)
                return -1;
        return fill_size("shm-size-systemd", args->shm_size_systemd, &spec->systemd_tmpfs_size,
                         err);
}

/* That it is there is known now, and looked at again at each start. */
static int fill_devices(const struct isolation_args *args, struct container_spec *spec,
                        struct error *err)
{
        const struct container_spec devices = { .devices = args->devices };
        AUTO_JSON json_t *unused = json_array();

        strv_extend(&spec->devices, &args->devices);
        spec->privileged = args->privileged;
        return devices_of_add(unused, &devices, err);
}

static int fill_security(const struct isolation_args *args, struct container_spec *spec,
                         struct error *err)
{
        for (size_t i = 0; i < args->security.count; i++)
                if (security_opt_add(args->security.items[i], spec, err) < 0)
                        return -1;
        if (spec->proc_options.count > 0 && spec->pidns && strcmp(spec->pidns, "host") == 0)
                return error_set(err, ERROR_USAGE,
                                 "--security-opt proc-opts cannot be used with --pid=host, where "
                                 "/proc is the host's");
        return 0;
}

static int fill_init(const struct isolation_args *args, struct container_spec *spec,
                     struct error *err)
{
        const char *mode = args->systemd ? args->systemd : "true";

        if (strcmp(mode, "true") != 0 && strcmp(mode, "false") != 0 && strcmp(mode, "always") != 0)
                return error_set(err, ERROR_USAGE, "--systemd=%s is none of true, false, always",
                                 mode);
        if ((spec->init || args->init_path) && strcmp(mode, "always") == 0)
                return error_set(err, ERROR_USAGE,
                                 "cannot use container-init binary with systemd=always");
        spec->systemd = xstrdup(args->systemd);
        if (!args->init_path || !args->init_path[0])
                return 0;
        spec->init_path = path_absolute(args->init_path);
        spec->init = false;
        if (access(spec->init_path, X_OK) < 0)
                return error_sys(err, errno, "container-init binary %s", spec->init_path);
        return 0;
}

static int fill_annotations(const struct isolation_args *args, struct container_spec *spec,
                            struct error *err)
{
        for (size_t i = 0; i < args->annotations.count; i++) {
                const char *text = args->annotations.items[i];

                if (!strchr(text, '=') || text[0] == '=')
                        return error_set(err, ERROR_USAGE,
                                         "--annotation \"%s\" is not of the form KEY=VALUE", text);
                if (strncmp(text, OWN_ANNOTATIONS, strlen(OWN_ANNOTATIONS)) == 0)
                        return error_set(err, ERROR_USAGE,
                                         "--annotation \"%s\": those of " OWN_ANNOTATIONS
                                         " are kelp's own",
                                         text);
                strv_add(&spec->annotations, text);
        }
        return 0;
}

static int fill_process(const struct isolation_args *args, struct container_spec *spec,
                        struct error *err)
{
        if (args->umask && (!args->umask[0] || strlen(args->umask) > 4 ||
                            args->umask[strspn(args->umask, "01234567")]))
                return error_set(err, ERROR_USAGE, "invalid umask \"%s\": octal digits are needed",
                                 args->umask);
        if (args->personality && strcmp(args->personality, "LINUX") != 0 &&
            strcmp(args->personality, "LINUX32") != 0)
                return error_set(err, ERROR_USAGE, "--personality=%s is neither LINUX nor LINUX32",
                                 args->personality);
        if (args->domainname && strlen(args->domainname) > 64)
                return error_set(err, ERROR_USAGE, "the domain name is longer than 64 characters");
        spec->umask = xstrdup(args->umask);
        spec->personality = xstrdup(args->personality);
        spec->domainname =
                args->domainname && args->domainname[0] ? xstrdup(args->domainname) : NULL;
        return 0;
}

static int fill_files(const struct isolation_args *args, struct container_spec *spec,
                      struct error *err)
{
        spec->no_hostname = args->no_hostname;
        for (size_t i = 0; i < args->host_users.count; i++)
                if (accounts_check_host_user(args->host_users.items[i], err) < 0)
                        return -1;
        strv_extend(&spec->host_users, &args->host_users);
        if (args->timezone && args->timezone[0]) {
                AUTO_FREE char *path = files_of_timezone(args->timezone, err);

                if (!path)
                        return -1;
                spec->timezone = xstrdup(args->timezone);
        }
        return 0;
}

int isolation_fill(const struct isolation_args *args, struct container_spec *spec,
                   struct error *err)
{
        if (fill_namespaces(args, spec, err) < 0 || fill_groups(args, spec, err) < 0 ||
            fill_file_systems(args, spec, err) < 0 || fill_devices(args, spec, err) < 0 ||
            fill_security(args, spec, err) < 0 || fill_init(args, spec, err) < 0 ||
            fill_annotations(args, spec, err) < 0 || fill_process(args, spec, err) < 0)
                return -1;
        return fill_files(args, spec, err);
}
