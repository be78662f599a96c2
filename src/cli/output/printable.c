/* Text from outside must not drive the terminal: escape sequences begin with a control character,
 * ESC or one of U+0080 to U+009F, so these are shown and not sent. What is not UTF-8 is shown byte
 * by byte, since a terminal in another mode could read C1 characters in it. */
#include "cli/output/printable.h"

#include "base/cleanup.h"
#include "base/strbuf.h"
#include "base/utf8.h"

#include <string.h>

/* The length of the UTF-8 character when it may be printed, else 0. */
static size_t printable_length(const char *at, size_t left)
{
        const unsigned char *c = (const unsigned char *)at;

        if (c[0] < 0x20 || c[0] == 0x7f || (c[0] == 0xc2 && left > 1 && c[1] < 0xa0))
                return 0;
        return utf8_length(at, left);
}

char *printable(const char *text)
{
        AUTO(strbuf) out = { 0 };
        const char *at = text, *sent = at, *end = at + strlen(at);

        while (at < end) {
                size_t len = printable_length(at, (size_t)(end - at));

                if (len == 0) {
                        strbuf_add(&out, sent, (size_t)(at - sent));
                        strbuf_addf(&out, "\\x%02x", (unsigned char)*at);
                        sent = at + 1;
                }
                at += len ? len : 1;
        }
        strbuf_add(&out, sent, (size_t)(at - sent));
        return strbuf_take(&out);
}
