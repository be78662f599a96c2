/* Descriptors that kelp oci create, run and exec pass on: --preserve-fds, and sockets of
 * sd_listen_fds(3). */
#ifndef KELP_CLI_OCI_OCI_FDS_H
#define KELP_CLI_OCI_OCI_FDS_H

#include "cli/command.h"
#include "engine/runtime/plan.h"

struct oci_fds {
        struct preserved_fds inherited; /* those from 3 on that this process was given */
        struct preserved_fds chosen;
        int listen;
};

/* Note what was inherited, when it may matter (argv is looked through). To be called before
 * anything is opened, which must never count. */
void oci_fds_note(struct oci_fds *fds, int argc, char *const *argv);

/* Choose those below 3 + the number asked for, and the listening ones. */
int oci_fds_choose(struct oci_fds *fds, const struct opt_int *option, struct error *err);

#endif
