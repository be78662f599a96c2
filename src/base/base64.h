/* Base64 (RFC 4648, section 4). */
#ifndef KELP_BASE_BASE64_H
#define KELP_BASE_BASE64_H

#include <stddef.h>

/* The caller frees. */
char *base64_encode(const void *data, size_t len);

/* NULL when it is not base64; NUL-terminated, the caller frees. len_out may be NULL. */
char *base64_decode(const char *text, size_t *len_out);

#endif
