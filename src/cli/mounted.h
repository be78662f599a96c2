/* What kelp mount and kelp image mount share: the namespace they need, and what is mounted there.
 */
#ifndef KELP_CLI_MOUNTED_H
#define KELP_CLI_MOUNTED_H

#include "base/error.h"
#include "base/strv.h"
#include "cli/command.h"

/* ERROR_UNSUPPORTED outside of a `kelp unshare` or of root's own namespace: a mount lives in the
 * mount namespace that it is made in, and would be gone with this command. */
int mounted_check_namespace(const struct context *ctx, struct error *err);

/* The mount points below a directory in this mount namespace, relative to it, oldest first. */
int mounted_below(const char *dir, struct strv *paths, struct error *err);

#endif
