/* The options that run and create share, and making a container_spec of them and an image. */
#ifndef KELP_CLI_CONTAINER_CONTAINER_OPTIONS_H
#define KELP_CLI_CONTAINER_CONTAINER_OPTIONS_H

#include "cli/command.h"
#include "cli/container/requires_options.h"
#include "cli/options/environment_options.h"
#include "cli/options/expose_options.h"
#include "cli/options/health_options.h"
#include "cli/options/isolation_options.h"
#include "cli/options/limit_options.h"
#include "cli/options/log_options.h"
#include "cli/options/passwd_options.h"
#include "cli/options/pull_options.h"
#include "cli/options/rootfs_options.h"
#include "cli/options/runtime_options.h"
#include "cli/options/sdnotify_options.h"
#include "cli/options/stream_options.h"
#include "cli/options/sysctl_options.h"
#include "cli/options/userns_options.h"
#include "cli/options/volume_options.h"
#include "cli/pod/pod_options.h"
#include "engine/container/spec.h"
#include "engine/image/image.h"

struct container_args {
        const char *name, *entrypoint, *hostname, *workdir, *user, *network;
        const char *cidfile, *pidfile, *detach_keys, *stop_signal;
        bool interactive, terminal, read_only, init;
        struct opt_int remove;
        struct strv env, env_file, cap_add, cap_drop, ulimits;
        struct strv labels, publish, attach;
        struct opt_int stop_timeout, timeout;
        struct limit_args limits;
        struct isolation_args isolation;
        struct log_args log;
        struct health_args health;
        const char *restart;
        bool only_made; /* set by create: it is not started now */
        struct runtime_args runtime;
        struct userns_args userns;
        struct volume_args mounts;
        struct environment_args environment;
        struct passwd_args passwd;
        struct pull_option_args pull;
        struct sysctl_args sysctl;
        struct expose_args expose;
        struct requires_args requires;
        struct sdnotify_args sdnotify;
        struct rootfs_args rootfs;
        struct pod_args pod;
        /* run only */
        bool detach, timings, remove_image;
};

#define CONTAINER_OPTIONS                                                                          \
        OPT_LIST_IN("Isolation", 0, "cap-add", container.cap_add, "CAPABILITY",                    \
                    "Add a capability, or ALL"),                                                   \
                OPT_LIST_IN("Isolation", 0, "cap-drop", container.cap_drop, "CAPABILITY",          \
                            "Drop a capability, or ALL"),                                          \
                OPT_STR_IN("Supervision", 0, "cidfile", container.cidfile, "FILE",                 \
                           "Write the container's ID to a new file"),                              \
                OPT_STR_IN("Supervision", 0, "detach-keys", container.detach_keys, "KEYS",         \
                           "Keys that detach (ctrl-p,ctrl-q)"),                                    \
                OPT_STR(0, "entrypoint", container.entrypoint, "COMMAND",                          \
                        "Replace the image's entrypoint"),                                         \
                OPT_LIST('e', "env", container.env, "NAME=VALUE", "Set an environment variable"),  \
                OPT_LIST_IN("Environment", 0, "env-file", container.env_file, "FILE",              \
                            "Read environment variables from a file"),                             \
                OPT_STR_IN("Isolation", 'h', "hostname", container.hostname, "NAME",               \
                           "Host name inside"),                                                    \
                OPT_BOOL(0, "init", container.init, "Run a small init as process 1"),              \
                OPT_BOOL('i', "interactive", container.interactive, "Keep standard input open"),   \
                OPT_LIST_IN("Environment", 'l', "label", container.labels, "KEY=VALUE",            \
                            "Set a label"),                                                        \
                OPT_STR(0, "name", container.name, "NAME", "Name of the container"),               \
                OPT_STR(0, "network", container.network, "MODE",                                   \
                        "none, host, slirp4netns, container:NAME, ns:PATH"),                       \
                OPT_STR_IN("Isolation", 0, "net", container.network, "MODE",                       \
                           "The same as --network"),                                               \
                OPT_STR_IN("Supervision", 0, "pidfile", container.pidfile, "FILE",                 \
                           "Write the process ID of the container's init"),                        \
                OPT_LIST('p', "publish", container.publish, "PORTS",                               \
                         "Publish a port: [[ip:]host:]container"),                                 \
                OPT_BOOL(0, "read-only", container.read_only, "Read-only root file system"),       \
                OPT_SWITCH(0, "rm", container.remove, "Remove the container when it ends"),        \
                OPT_STR_IN("Supervision", 0, "stop-signal", container.stop_signal, "SIGNAL",       \
                           "Signal that stops the container"),                                     \
                OPT_INT_IN("Supervision", 0, "stop-timeout", container.stop_timeout, "SECONDS",    \
                           "Wait this long before SIGKILL"),                                       \
                OPT_INT_IN("Supervision", 0, "timeout", container.timeout, "SECONDS",              \
                           "Kill the container after this time; 0: never"),                        \
                OPT_BOOL('t', "tty", container.terminal, "Give the container a terminal"),         \
                OPT_LIST_IN("Limits", 0, "ulimit", container.ulimits, "NAME=SOFT[:HARD]",          \
                            "Set a resource limit"),                                               \
                OPT_STR('u', "user", container.user, "USER[:GROUP]", "User inside"),               \
                OPT_STR('w', "workdir", container.workdir, "DIRECTORY",                            \
                        "Working directory inside"),                                               \
                PULL_OPTIONS(container.pull), LIMIT_OPTIONS(container.limits),                     \
                ISOLATION_OPTIONS(container.isolation), RUNTIME_OPTIONS(container.runtime),        \
                USERNS_OPTIONS(container.userns), LOG_OPTIONS(container.log),                      \
                VOLUME_OPTIONS(container.mounts), ENVIRONMENT_OPTIONS(container.environment),      \
                PASSWD_OPTIONS(container.passwd), STREAM_OPTIONS(container.attach),                \
                OPT_STR_IN("Supervision", 0, "restart", container.restart, "POLICY",               \
                           "no, always, unless-stopped or on-failure[:RETRIES]"),                  \
                HEALTH_OPTIONS(container.health), SYSCTL_OPTIONS(container.sysctl),                \
                EXPOSE_OPTIONS(container.expose), REQUIRES_OPTIONS(container.requires),            \
                SDNOTIFY_OPTIONS(container.sdnotify), ROOTFS_OPTIONS(container.rootfs),            \
                POD_OPTIONS(container.pod)

/* Only what the command line says; the image comes in with container_spec_merge(). */
int container_spec_from_args(const struct container_args *args, char **command, int command_count,
                             struct container_spec *spec_out, struct error *err);

#endif
