/* Signals by their names. */
#ifndef KELP_BASE_SIGNAL_H
#define KELP_BASE_SIGNAL_H

#include "base/error.h"

/* "SIGTERM", "TERM", "15" -> 15; ERROR_USAGE otherwise. */
int signal_parse(const char *text, int *signal_out, struct error *err);
const char *signal_name(int signal); /* "SIGTERM", or NULL */

#endif
