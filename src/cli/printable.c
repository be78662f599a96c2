/* Text from outside must not drive the terminal: escape sequences begin with a control character,
 * ESC or one of U+0080 to U+009F, so these are shown and not sent. What is not UTF-8 is shown byte
 * by byte, since a terminal in another mode could read C1 characters in it. */
#include "cli/printable.h"

#include "base/cleanup.h"
#include "base/strbuf.h"

#include <stddef.h>

/* The length of the UTF-8 character at `at` when it may be printed, else 0. */
static size_t printable_length(const unsigned char *at)
{
        size_t len = at[0] < 0x80   ? 1
                     : at[0] < 0xc2 ? 0
                     : at[0] < 0xe0 ? 2
                     : at[0] < 0xf0 ? 3
                     : at[0] < 0xf5 ? 4
                                    : 0;

        if (at[0] < 0x20 || at[0] == 0x7f || (at[0] == 0xc2 && at[1] < 0xa0))
                return 0;
        for (size_t i = 1; i < len; i++)
                if ((at[i] & 0xc0) != 0x80)
                        return 0;
        return len;
}

char *printable(const char *text)
{
        AUTO(strbuf) out = { 0 };
        const unsigned char *at = (const unsigned char *)text, *sent = at;

        while (*at) {
                size_t len = printable_length(at);

                if (len == 0) {
                        strbuf_add(&out, sent, (size_t)(at - sent));
                        strbuf_addf(&out, "\\x%02x", *at);
                        sent = at + 1;
                }
                at += len ? len : 1;
        }
        strbuf_add(&out, sent, (size_t)(at - sent));
        return strbuf_take(&out);
}
