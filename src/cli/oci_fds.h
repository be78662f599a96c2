/* --preserve-fds of kelp oci create, run and exec. */
#ifndef KELP_CLI_OCI_FDS_H
#define KELP_CLI_OCI_FDS_H

#include "cli/command.h"

/* How many descriptors from 3 on, without a gap, this process has. To be asked before it opens any
 * of its own, which must never count. */
int oci_fds_inherited(void);

/* The number that was asked for, when there are that many. */
int oci_fds_check(const struct opt_int *option, int inherited, int *count_out, struct error *err);

#endif
