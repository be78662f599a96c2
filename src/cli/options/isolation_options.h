/* The options of run and create about what a container shares with the host and with others, and
 * what they make of a container_spec. */
#ifndef KELP_CLI_OPTIONS_ISOLATION_OPTIONS_H
#define KELP_CLI_OPTIONS_ISOLATION_OPTIONS_H

#include "cli/command.h"
#include "engine/container/spec.h"

struct isolation_args {
        const char *pid, *ipc, *uts, *shm_size, *shm_size_systemd, *systemd, *umask, *init_path;
        const char *domainname, *personality, *timezone;
        bool privileged, no_hostname;
        struct opt_int read_only_tmpfs;
        struct strv devices, group_add, security, host_users, annotations, chroot_dirs;
};

/* `at` is the member of OPT_ARGS that is a struct isolation_args. */
#define ISOLATION_OPTIONS(at)                                                                      \
        OPT_LIST_IN("Isolation", 0, "annotation", at.annotations, "KEY=VALUE",                     \
                    "Add an annotation to the runtime specification"),                             \
                OPT_LIST_IN("Isolation", 0, "chrootdirs", at.chroot_dirs, "DIR[,DIR]",             \
                            "Show /etc/hosts and the like below these too"),                       \
                OPT_LIST_IN("Isolation", 0, "device", at.devices, "HOST[:CONTAINER][:rwm]",        \
                            "Add a device of the host, or a directory of them"),                   \
                OPT_STR_IN("Isolation", 0, "domainname", at.domainname, "NAME",                    \
                           "NIS domain name inside"),                                              \
                OPT_LIST_IN("Isolation", 0, "group-add", at.group_add, "GROUP[,GROUP]",            \
                            "Add a group to the process; keep-groups: keep the caller's"),         \
                OPT_LIST_IN("Isolation", 0, "hostuser", at.host_users, "USER",                     \
                            "Add a user of the host to /etc/passwd"),                              \
                OPT_STR_IN("Isolation", 0, "init-path", at.init_path, "FILE",                      \
                           "A program of the host to run as process 1"),                           \
                OPT_STR_IN("Isolation", 0, "ipc", at.ipc, "MODE",                                  \
                           "shareable, private, none, host, container:NAME or ns:PATH"),           \
                OPT_BOOL_IN("Isolation", 0, "no-hostname", at.no_hostname,                         \
                            "Leave the image's /etc/hostname as it is"),                           \
                OPT_STR_IN("Isolation", 0, "personality", at.personality, "PERSONALITY",           \
                           "LINUX or LINUX32"),                                                    \
                OPT_STR_IN("Isolation", 0, "pid", at.pid, "MODE",                                  \
                           "private, host, container:NAME or ns:PATH"),                            \
                OPT_BOOL(0, "privileged", at.privileged,                                           \
                         "All capabilities and devices, no filter"),                               \
                OPT_SWITCH_IN("Isolation", 0, "read-only-tmpfs", at.read_only_tmpfs,               \
                              "With --read-only: a tmpfs on /run, /tmp and /var/tmp (on)"),        \
                OPT_LIST_IN("Isolation", 0, "security-opt", at.security, "OPTION",                 \
                            "seccomp=FILE|unconfined, no-new-privileges, mask=PATHS, "             \
                            "unmask=PATHS|ALL, apparmor=PROFILE, proc-opts=OPTIONS, "              \
                            "label=disable, systempaths=unconfined"),                              \
                OPT_STR_IN("Isolation", 0, "shm-size", at.shm_size, "SIZE",                        \
                           "Size of /dev/shm: 64m, 1g, 0: no limit"),                              \
                OPT_STR_IN("Isolation", 0, "shm-size-systemd", at.shm_size_systemd, "SIZE",        \
                           "Size of each tmpfs that --systemd mounts"),                            \
                OPT_STR_IN("Isolation", 0, "systemd", at.systemd, "MODE",                          \
                           "true (when the command is systemd or an init), false or always"),      \
                OPT_STR_IN("Isolation", 0, "tz", at.timezone, "ZONE",                              \
                           "Time zone inside, as in Europe/Berlin; local: the host's"),            \
                OPT_STR_IN("Isolation", 0, "umask", at.umask, "MODE",                              \
                           "Mode bits that new files do not have (0022)"),                         \
                OPT_STR_IN("Isolation", 0, "uts", at.uts, "MODE",                                  \
                           "private, host, container:NAME or ns:PATH"),                            \
                OPT_REFUSED_AS(0, "device-cgroup-rule",                                            \
                               "only real root may set rules for devices; use --device",           \
                               "device cgroup rules are not supported in rootless mode or in a "   \
                               "user namespace"),                                                  \
                OPT_REFUSED(0, "gpus", "CDI is not offered; name the devices with --device"),      \
                OPT_REFUSED(0, "rdt-class", "resctrl is real root's alone"),                       \
                OPT_REFUSED(0, "seccomp-policy", "use --security-opt seccomp=FILE")

/* Fill the isolation members of the spec; its network, read_only, init and hostname are there. */
int isolation_fill(const struct isolation_args *args, struct container_spec *spec,
                   struct error *err);

/* "container:NAME" or "ns:PATH", which becomes absolute; *mode_out NULL: neither. */
int isolation_shared_mode(const char *option, const char *text, char **mode_out, struct error *err);

#endif
