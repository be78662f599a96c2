/* The mounts that a container has without asking for them. See oci_mounts.h. They are podman's, and
 * so is what --privileged, --systemd, --ipc, --pid and --read-only make of them. */
#include "engine/container/oci_mounts.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "engine/container/accounts.h"
#include "engine/container/devices_of.h"
#include "engine/container/namespaces_of.h"
#include "engine/container/oci_paths.h"
#include "engine/container/spec_mounts.h"
#include "engine/container/userns_of.h"

#include <string.h>
#include <unistd.h>

#define TTY_GID          5 /* of devpts, as everywhere */
#define SHM_SIZE_DEFAULT "65536000"

void oci_mount_add(json_t *mounts, const char *target, const char *type, const char *source,
                   const char *options)
{
        json_t *mount = json_object();
        AUTO(strv) list = { 0 };

        strv_split(&list, options, ',');
        json_set_string(mount, "destination", target);
        json_set_string(mount, "type", type);
        json_set_string(mount, "source", source);
        json_object_set_new(mount, "options", json_from_strv(&list));
        json_array_append_new(mounts, mount);
}

/* Unless the user has something else for that place. */
static void add(json_t *mounts, const struct oci_input *input, const char *target, const char *type,
                const char *source, const char *options)
{
        if (!container_mount_at(input->spec, target))
                oci_mount_add(mounts, target, type, source, options);
}

static bool mode_is(const struct container_spec *spec, enum shared_kind kind, const char *mode)
{
        const char *own = namespaces_mode(spec, kind);

        return own && strcmp(own, mode) == 0;
}

/* A proc shows the pid namespace it was mounted for, which has to be the mounter's to own. */
static void add_proc(json_t *mounts, const struct oci_input *input)
{
        const struct strv *more = &input->spec->proc_options;
        AUTO_FREE char *options = xstrdup("nosuid,noexec,nodev");

        if (mode_is(input->spec, SHARED_PID, "host")) {
                add(mounts, input, "/proc", "bind", "/proc", "rbind,nosuid,noexec,nodev");
                return;
        }
        for (size_t i = 0; i < more->count; i++) {
                char *longer = xasprintf("%s,%s", options, more->items[i]);

                free(options);
                options = longer;
        }
        add(mounts, input, "/proc", "proc", "proc", options);
}

/* An infra container's is for others, who may write to it. */
static void add_shm(json_t *mounts, const struct oci_input *input)
{
        const struct container_spec *spec = input->spec;
        bool read_only = spec->read_only && spec->read_only_fully && !spec->infra;
        AUTO_FREE char *options = NULL;

        if (mode_is(spec, SHARED_IPC, "none"))
                return;
        if (mode_is(spec, SHARED_IPC, "host")) {
                add(mounts, input, "/dev/shm", "bind", "/dev/shm", "rbind,nosuid,noexec,nodev");
                return;
        }
        if (input->shared && input->shared->shm) {
                add(mounts, input, "/dev/shm", "bind", input->shared->shm,
                    "bind,nosuid,noexec,nodev");
                return;
        }
        options = xasprintf("nosuid,noexec,nodev,mode=1777,size=%s%s",
                            spec->shm_size ? spec->shm_size : SHM_SIZE_DEFAULT,
                            read_only ? ",ro" : "");
        add(mounts, input, "/dev/shm", "tmpfs", "shm", options);
}

static void add_dev(json_t *mounts, const struct oci_input *input)
{
        const struct container_spec *spec = input->spec;
        bool read_only = spec->read_only && spec->read_only_fully;

        add(mounts, input, "/dev", "tmpfs", "tmpfs",
            read_only ? "nosuid,noexec,strictatime,mode=755,size=65536k,ro"
                      : "nosuid,noexec,strictatime,mode=755,size=65536k");
        add(mounts, input, "/dev/pts", "devpts", "devpts",
            userns_of_has_gid(input->userns, TTY_GID)
                    ? "nosuid,noexec,newinstance,ptmxmode=0666,mode=0620,gid=5"
                    : "nosuid,noexec,newinstance,ptmxmode=0666,mode=0620");
        add_shm(mounts, input);
        if (!mode_is(spec, SHARED_IPC, "host"))
                add(mounts, input, "/dev/mqueue", "mqueue", "mqueue", "nosuid,noexec,nodev");
        else if (access("/dev/mqueue", F_OK) == 0)
                add(mounts, input, "/dev/mqueue", "bind", "/dev/mqueue",
                    "bind,nosuid,noexec,nodev");
}

static void add_cgroup(json_t *mounts, const struct oci_input *input)
{
        const struct container_spec *spec = input->spec;
        bool writable = spec->privileged || spec->systemd_mode ||
                        oci_path_is_unmasked(spec, "/sys/fs/cgroup");

        if (mode_is(spec, SHARED_CGROUP, "host"))
                add(mounts, input, "/sys/fs/cgroup", "bind", "/sys/fs/cgroup",
                    writable ? "rbind,nosuid,noexec,nodev" : "rbind,rro,nosuid,noexec,nodev");
        else
                add(mounts, input, "/sys/fs/cgroup", "cgroup", "cgroup",
                    writable ? "nosuid,noexec,nodev" : "nosuid,noexec,nodev,ro");
}

/* sysfs shows the network namespace it was mounted in and needs its owner; a cgroup2 of our own
 * shows only a namespace of our own. What is mounted below the host's /sys is made read-only too:
 * among it are the cgroups, the caller's own writable (CVE-2023-25809). */
static void add_sys(json_t *mounts, const struct oci_input *input)
{
        bool privileged = input->spec->privileged;

        if (input->spec->network == NETWORK_HOST)
                add(mounts, input, "/sys", "bind", "/sys",
                    privileged ? "rbind,nosuid,noexec,nodev" : "rbind,rnosuid,rnoexec,rnodev,rro");
        else
                add(mounts, input, "/sys", "sysfs", "sysfs",
                    privileged ? "nosuid,noexec,nodev" : "nosuid,noexec,nodev,ro");
        add_cgroup(mounts, input);
}

/* --read-only still leaves the places that programs expect to write to (podman-run(1)). */
static void add_read_only_tmpfs(json_t *mounts, const struct oci_input *input)
{
        if (!input->spec->read_only || input->spec->read_only_fully || input->spec->systemd_mode)
                return;
        add(mounts, input, "/run", "tmpfs", "tmpfs", "nosuid,nodev,mode=755,tmpcopyup");
        add(mounts, input, "/tmp", "tmpfs", "tmpfs", "nosuid,nodev,mode=1777,tmpcopyup");
        add(mounts, input, "/var/tmp", "tmpfs", "tmpfs", "nosuid,nodev,mode=1777,tmpcopyup");
}

/* What systemd would mount itself and may not (podman-run(1), --systemd). */
static void add_systemd_tmpfs(json_t *mounts, const struct oci_input *input)
{
        static const struct {
                const char *target, *mode;
        } places[] = {
                { "/run", "755" },
                { "/run/lock", "755" },
                { "/tmp", "1777" },
                { "/var/log/journal", "755" },
        };
        const char *size = input->spec->systemd_tmpfs_size;

        for (size_t i = 0; input->spec->systemd_mode && i < ARRAY_SIZE(places); i++) {
                AUTO_FREE char *options =
                        xasprintf("nosuid,nodev,mode=%s,tmpcopyup%s%s", places[i].mode,
                                  size ? ",size=" : "", size ? size : "");

                add(mounts, input, places[i].target, "tmpfs", "tmpfs", options);
        }
        if (input->spec->systemd_mode && input->spec->read_only && !input->spec->read_only_fully)
                add(mounts, input, "/var/tmp", "tmpfs", "tmpfs",
                    "nosuid,nodev,mode=1777,tmpcopyup");
}

static void add_file(json_t *mounts, const struct oci_input *input, const char *source,
                     const char *target)
{
        const struct strv *roots = &input->spec->chroot_dirs;

        add(mounts, input, target, "bind", source, "bind,rprivate");
        for (size_t i = 0; i < roots->count; i++) {
                AUTO_FREE char *inner = xasprintf("%s%s", roots->items[i], target);

                add(mounts, input, inner, "bind", source, "bind,rprivate");
        }
}

/* The host's directory is left as it is. */
static bool binds_run(const struct container_spec *spec)
{
        const struct container_mount *mount = container_mount_at(spec, "/run");

        return mount && mount->kind == MOUNT_BIND;
}

static void add_files(json_t *mounts, const struct oci_input *input)
{
        const struct container_spec *spec = input->spec;
        const char *network = input->shared && input->shared->network_files
                                      ? input->shared->network_files
                                      : input->files_dir;
        const struct {
                const char *dir, *file, *target;
                bool wanted;
        } files[] = {
                { network, "resolv.conf", "/etc/resolv.conf", !strv_contains(&spec->dns, "none") },
                { network, "hosts", "/etc/hosts", !spec->no_hosts },
                { input->files_dir, "hostname", "/etc/hostname", !spec->no_hostname },
                { input->files_dir, "containerenv", "/run/.containerenv", !binds_run(spec) },
                { input->files_dir, "localtime", "/etc/localtime", input->lays_zone },
                { input->files_dir, "passwd", "/etc/passwd",
                  input->accounts && input->accounts->passwd.added.len > 0 },
                { input->files_dir, "group", "/etc/group",
                  input->accounts && input->accounts->group.added.len > 0 },
        };

        for (size_t i = 0; input->files_dir && i < ARRAY_SIZE(files); i++) {
                AUTO_FREE char *source = xasprintf("%s/%s", files[i].dir, files[i].file);

                if (files[i].wanted)
                        add_file(mounts, input, source, files[i].target);
        }
        if (spec->init_path)
                add(mounts, input, OCI_INIT_PATH, "bind", spec->init_path, "bind,ro,rprivate");
}

int oci_mounts_add(json_t *mounts, const struct oci_input *input, struct error *err)
{
        add_proc(mounts, input);
        add_dev(mounts, input);
        add_sys(mounts, input);
        add_read_only_tmpfs(mounts, input);
        add_systemd_tmpfs(mounts, input);
        if (devices_of_add(mounts, input->spec, err) < 0)
                return -1;
        add_files(mounts, input);
        return 0;
}
