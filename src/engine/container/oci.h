/* Container spec -> OCI runtime specification (config.json). Plain data in, plain data out. */
#ifndef KELP_ENGINE_CONTAINER_OCI_H
#define KELP_ENGINE_CONTAINER_OCI_H

#include "base/error.h"
#include "base/json.h"
#include "engine/container/namespaces_of.h"
#include "engine/container/spec.h"
#include "engine/container/user.h"
#include "engine/runtime/cgroup.h"
#include "rootless/userns.h"

#include <stdbool.h>

#define OCI_INIT_PATH      "/run/kelp-init" /* where --init-path's program shows */

/* Ping without CAP_NET_RAW, for every group that is mapped: set where it can be. */
#define OCI_DEFAULT_SYSCTL "net.ipv4.ping_group_range=0 0"

struct accounts;

struct oci_input {
        const struct container_spec *spec;
        const struct container_user *user;
        const char *id;
        const char *root;                 /* absolute path of the merged root */
        const char *secrets_dir;          /* where the data of secrets is, by number; NULL: none */
        const char *files_dir;            /* where resolv.conf, hosts, hostname are; NULL: none */
        bool lays_zone;                   /* files_dir has a localtime (files_of.h) */
        const struct accounts *accounts;  /* laid over the image's from files_dir; NULL: none */
        const struct strv *mount_sources; /* mounts_sources(); NULL: what each mount says itself */
        const struct userns_plan
                *userns; /* what its ids are; nested: it gets a namespace of its own */
        bool emulate;    /* a single id: root is stood in for (runtime/emulate.h) */
        enum cgroup_manager manager;
        const struct shared_namespaces *shared; /* what is shared with others; NULL: nothing */
};

/* The capabilities that it can have: podman's, with --cap-add and --cap-drop; all with
 * --privileged, less --cap-drop. */
int oci_bounding_set(const struct container_spec *spec, uint64_t *set_out, struct error *err);

/* New reference for the caller. */
int oci_spec_make(const struct oci_input *input, json_t **spec_out, struct error *err);

/* The `process` object of an exec: the container's own, with these in place (NULL, empty: the
 * container's). */
struct oci_exec {
        const struct strv *args;
        const struct strv *env; /* on top of the container's */
        const char *cwd;
        const struct container_user *user; /* NULL: the container's */
        bool terminal;
        bool privileged; /* every capability */
        unsigned short rows, columns;
};
int oci_exec_process(const json_t *container_process, const struct oci_exec *exec,
                     json_t **process_out, struct error *err);

#endif
