/* Where the containers of the OCI command line are recorded: a directory with one directory per
 * container, named by its id. */
#ifndef KELP_ENGINE_RUNTIME_OCI_OCI_ROOT_H
#define KELP_ENGINE_RUNTIME_OCI_OCI_ROOT_H

#include "base/error.h"
#include "base/strv.h"

#include <stdbool.h>
#include <sys/types.h>

struct oci_root {
        char *path; /* absolute */
        int fd;
};

#define OCI_ROOT_EMPTY ((struct oci_root){ .fd = -1 })

void oci_root_release(struct oci_root *root);

/* path NULL: /run/kelp-oci for root, else $XDG_RUNTIME_DIR/kelp-oci. It is made when missing. */
int oci_root_open(const char *path, struct oci_root *root_out, struct error *err);

/* The containers' ids, sorted. */
int oci_root_list(const struct oci_root *root, struct strv *ids_out, struct error *err);

/* Letters, digits and "_+-.", not "." first; at most 255 bytes. */
int oci_id_check(const char *id, struct error *err);

/* Whoever calls, seen from outside of a user namespace that another program has entered for us
 * (podman does): what systemd knows us by. */
uid_t oci_caller_uid(void);

#endif
