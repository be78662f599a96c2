/* --log FILE of `kelp oci`: what engines read when a command has failed (runc(8)). */
#ifndef KELP_CLI_OCI_OCI_LOG_H
#define KELP_CLI_OCI_OCI_LOG_H

#include "base/error.h"

/* Messages go to the file from now on, in place of standard error. format: "text", "json" or NULL
 * (text); path may have "file:" in front. */
int oci_log_open(const char *path, const char *format, struct error *err);

/* The error that ends the command; nothing without --log. */
void oci_log_error(const struct error *err);

#endif
