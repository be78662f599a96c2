/* What a container is to be: the user's options merged with the image's configuration. Plain data;
 * written to containers/ID/spec as JSON and read back by every later command. */
#ifndef KELP_ENGINE_CONTAINER_SPEC_H
#define KELP_ENGINE_CONTAINER_SPEC_H

#include "base/error.h"
#include "base/json.h"
#include "base/strv.h"

#include <stdbool.h>
#include <stdint.h>

enum mount_kind { MOUNT_BIND, MOUNT_TMPFS, MOUNT_VOLUME, MOUNT_IMAGE, MOUNT_RAMFS, MOUNT_DEVPTS };

struct container_mount {
        enum mount_kind kind;
        char *source;        /* bind: absolute host path; image: as the user named it; or NULL */
        char *target;        /* absolute path inside */
        struct strv options; /* mount(8) words: "ro", "nosuid", "size=64m", "rslave" */
        char *volume;        /* of MOUNT_VOLUME: its name */
        struct strv volume_options; /* when it is to be made */
        bool anonymous;             /* that volume was made for this container */
        bool no_create;             /* it must be there already */
        bool no_copy;               /* it does not begin with the image's files */
        bool chown;                 /* U: give it to the container's user */
        bool overlay;               /* O: changes go into a layer of the container's */
        char *upper, *work;         /* of that layer, on the host; NULL: dropped at the end */
        char *subpath;              /* below the volume or the image */
        char *image_id;             /* of MOUNT_IMAGE: hex, and its layers, lowest first */
        struct strv layers;
};

struct container_port {
        char *host_ip; /* "" for all */
        uint16_t host_port;
        uint16_t container_port;
        bool udp;
};

struct container_secret {
        char *name, *id;
        char *target; /* absolute path inside, or the name of a variable */
        bool env;
        bool for_file; /* while it is parsed: an option of files was there */
        unsigned uid, gid, mode;
};

struct container_ulimit {
        char *name;          /* "NOFILE" (runtime/rlimit.h) */
        uint64_t soft, hard; /* UINT64_MAX: unlimited */
};

#define GROUPS_KEEP "keep-groups" /* of --group-add */

/* JOIN: one that is there already, see netns. */
enum network_mode { NETWORK_NONE, NETWORK_HOST, NETWORK_SLIRP4NETNS, NETWORK_JOIN };

struct container_spec {
        char *name;
        char *image_name; /* as the user's reference resolved: "docker.io/library/busybox:latest" */
        char *image_id;   /* hex */
        char *builder;    /* staging directory of the build that it is a step of; NULL: none */
        char *image_digest;  /* of its manifest; NULL: none was made for an image */
        char *manager;       /* whom it finds as its manager, podman; NULL: kelp */
        char *rootfs;        /* --rootfs: a directory in place of the image, whose names are "" */
        bool rootfs_overlay; /* changes to it go at the end */
        char *platform;
        int64_t created_ns; /* CLOCK_REALTIME */

        struct strv args;       /* entrypoint + command, as executed */
        struct strv entrypoint; /* for inspect */
        struct strv command;
        struct strv env;
        char *workdir;
        bool workdir_create; /* it comes from the image: make it when missing */
        char *user;          /* as given: "", "1000", "web:www" */
        char *hostname;
        bool name_as_hostname; /* where none was given; of no use once it is made */
        struct strv labels;    /* "key=value" */
        bool terminal;
        bool interactive; /* stdin is kept open */
        /* "stdin", "stdout", "stderr": these alone are shown by run; empty: all */
        struct strv attach;
        bool init;            /* --init */
        bool auto_remove;     /* --rm */
        char *remove_image;   /* --rmi: what the user called it by; NULL: it stays */
        struct strv requires; /* IDs of containers that are started before this one */
        bool read_only;
        bool no_new_privileges;
        char *stop_signal; /* "SIGTERM" or "15" */
        int stop_timeout;  /* seconds */
        int timeout;       /* seconds, then it is killed; 0: never */
        char *detach_keys;
        struct strv cap_add, cap_drop;
        char *default_capabilities; /* "CHOWN,KILL", what they start from; NULL: podman's */
        char *seccomp;              /* NULL: the default profile; "unconfined"; a path */
        struct container_mount *mounts;
        size_t mount_count;
        struct strv volumes_from; /* containers that some came from */
        struct container_secret *secrets;
        size_t secret_count;
        /* environment and /etc files */
        bool env_host;         /* the caller's variables, below the image's */
        bool no_http_proxy;    /* nor those about proxies */
        struct strv env_merge; /* "NAME=text with ${NAME}" */
        struct strv unset_env; /* names that are left out of all but the user's */
        bool unset_env_all;
        struct strv add_hosts; /* "name;name:address" */
        bool no_hosts;         /* the image's /etc/hosts stays */
        char *hosts_file;      /* what it begins with: a path, "none", "image"; or NULL */
        struct strv dns;       /* addresses; "none": the image's resolv.conf stays */
        struct strv dns_search, dns_options;
        struct container_ulimit *ulimits;
        size_t ulimit_count;
        struct container_port *ports;
        size_t port_count;
        enum network_mode network;
        struct strv network_options; /* slirp4netns:... */
        /* The user namespace as asked for: "keep-id", "auto:size=5000", "container:ID", "ns:PATH",
         * "private" (a map by hand); NULL: the default one. Its map in ids of the default namespace
         * (rootless/id_map.h), empty: all of that. */
        char *userns;
        struct strv uid_map, gid_map;
        char *storage_driver; /* NULL: choose at start; a name of storage/driver.h */
        char *pidfile, *cidfile;

        char *log_driver;       /* as given (log_place.h); NULL: k8s-file */
        char *log_path;         /* absolute, NULL: in the container's directory */
        char *log_tag;          /* --log-opt tag=, for the journal */
        struct strv log_labels; /* --log-opt label=, "KEY=VALUE": fields of the journal's entries */
        int64_t log_size;       /* bytes of each of its files, 0: the usual */

        char *sdnotify;      /* "conmon", "healthy", "ignore"; NULL: "container" (notify.h) */
        char *notify_socket; /* $NOTIFY_SOCKET when it was made, or NULL */

        char *restart_policy; /* NULL: "no"; "always", "unless-stopped", "on-failure" */
        int restart_retries;  /* of on-failure, 0: without end */

        json_t *health; /* the health check (health.h), or NULL */

        struct strv exposed_ports; /* of the image and --expose: "80/tcp" (network/exposed.h) */
        bool publish_all;
        struct strv layers; /* hex diffIDs, lowest first */
        char *mapping;      /* userns_mapping_name() at creation */

        json_t *resources;   /* linux.resources of the runtime specification, or NULL: no limits */
        char *cgroups;       /* "enabled", "disabled", "no-conmon", "split" */
        char *cgroup_parent; /* a slice, or a path; NULL: the default */
        char *cgroupns;      /* "private", "host", "ns:PATH" */
        char *oom_score_adj; /* a number, or NULL: as it is */

        /* Isolation (cli/options/isolation_options.h). Namespaces are "private", "host",
         * "container:ID", "ns:PATH"; ipc also "none", "shareable"; NULL: one of its own. netns only
         * with NETWORK_JOIN. */
        char *pidns, *ipcns, *utsns, *netns;
        bool privileged;
        struct strv devices;              /* HOST[:INSIDE][:rwm] */
        struct strv group_add;            /* names, numbers; or "keep-groups" alone */
        struct strv mask, unmask;         /* paths; unmask: patterns, or "ALL" */
        struct strv proc_options;         /* of the mount of /proc */
        bool label_disabled;              /* SELinux; for inspect: there is none anyway */
        char *apparmor;                   /* a profile; NULL: none */
        char *shm_size;                   /* bytes; NULL: 65536000, "0": no limit */
        bool read_only_fully;             /* --read-only without a tmpfs here and there */
        char *systemd;                    /* "true", "false", "always", as given */
        bool systemd_mode;                /* what came of it */
        char *systemd_tmpfs_size;         /* bytes; NULL: the kernel's half of the memory */
        char *umask;                      /* octal; NULL: 0022 */
        char *init_path;                  /* a program of the host's to be the container's init */
        struct strv host_users;           /* names to add to /etc/passwd (accounts.h) */
        bool no_passwd;                   /* nothing is added to it, nor to /etc/group */
        char *passwd_entry, *group_entry; /* templates of what is; NULL: the usual */
        char *domainname;
        char *personality;       /* "LINUX", "LINUX32" */
        struct strv annotations; /* "key=value" */
        bool no_hostname;        /* the image's /etc/hostname stays */
        char *timezone;          /* "local", "Europe/Berlin" */
        struct strv chroot_dirs; /* where resolv.conf and the like are shown too */
        struct strv sysctls;     /* "net.x=1" */
        bool no_default_sysctl;  /* containers.conf has others (OCI_DEFAULT_SYSCTL) */
        char *runtime;           /* another OCI runtime, as it was named; NULL: kelp's own */
        char *runtime_path;      /* where its program was found */
        struct strv runtime_flags;

        /* Pods (engine/pod). */
        char *pod;     /* the ID of the one it belongs to, or NULL */
        bool infra;    /* it holds the pod's namespaces (infra.h) */
        bool ends_pod; /* when it is the last one that ran, the infra container is stopped */
};

void ports_release(struct container_port *ports, size_t count); /* and the array */
void container_spec_release(struct container_spec *spec);

/* To and from JSON. */
json_t *container_spec_to_json(const struct container_spec *spec);
int container_spec_from_json(const json_t *json, struct container_spec *spec_out,
                             struct error *err);

#endif
