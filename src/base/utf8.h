/* UTF-8 (RFC 3629): which bytes are a character, and a character's bytes. */
#ifndef KELP_BASE_UTF8_H
#define KELP_BASE_UTF8_H

#include "base/strbuf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The length of the character that begins at text, of which `left` bytes may be read; 0 when it is
 * none. */
size_t utf8_length(const char *text, size_t left);

/* Nothing but UTF-8 without control characters. */
bool utf8_is_printable(const char *text);

/* Is it a character's number? NUL is one, a surrogate is none. */
bool utf8_is_character(uint32_t c);
void utf8_add(struct strbuf *text, uint32_t c);

#endif
