/* Asking before something is removed. */
#ifndef KELP_CLI_CONFIRM_H
#define KELP_CLI_CONFIRM_H

#include "base/error.h"

#include <stdbool.h>

/* Print the warning and the question, read a line from standard input: true for y or yes. Without
 * an answer (end of file) it is no. */
bool confirm(const char *warning);

#endif
