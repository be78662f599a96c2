/* Text that came from outside (images, registries, names) on its way to a terminal. */
#ifndef KELP_CLI_OUTPUT_PRINTABLE_H
#define KELP_CLI_OUTPUT_PRINTABLE_H

/* The text with control characters, C1 ones in UTF-8 included, and bytes that are no UTF-8 shown as
 * \xNN. The caller frees. */
char *printable(const char *text);

#endif
