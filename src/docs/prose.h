/* A page's prose (docs/man/src/) as man(7) macros.
 *
 * What stands before the first heading is the description. "## TITLE" begins a section, a blank
 * line a paragraph, "- " an item, "= " a term that the next lines explain, four blanks a line that
 * is shown as it is; `bold`, *italic*. Lines that begin with "%" are for the test that runs the
 * examples and are left out.
 */
#ifndef KELP_DOCS_PROSE_H
#define KELP_DOCS_PROSE_H

#include <stdio.h>

/* Text that roff takes literally; hyphens of code become minus signs, that can be copied. */
void prose_put_code(FILE *out, const char *text, size_t len);

/* One line of running text, without its newline. */
void prose_put_text(FILE *out, const char *text);

/* The description of the page (heading NULL), or all that follows it. */
void prose_put_description(FILE *out, const char *prose);
void prose_put_sections(FILE *out, const char *prose);

#endif
