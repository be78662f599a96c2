/* UTF-8, one character at a time. */
#include "base/utf8.h"

#include <string.h>

size_t utf8_length(const char *text, size_t left)
{
        static const unsigned char lowest[] = { 0, 0, 0xc2, 0xe0, 0xf0 };
        const unsigned char *at = (const unsigned char *)text;
        size_t len = left == 0 ? 0 : at[0] < 0x80 ? 1 : at[0] < 0xe0 ? 2 : at[0] < 0xf0 ? 3 : 4;

        if (len == 0 || len > left || at[0] > 0xf4 || at[0] < lowest[len])
                return 0;
        for (size_t i = 1; i < len; i++)
                if ((at[i] & 0xc0) != 0x80)
                        return 0;
        if ((at[0] == 0xe0 && at[1] < 0xa0) || (at[0] == 0xed && at[1] > 0x9f) ||
            (at[0] == 0xf0 && at[1] < 0x90) || (at[0] == 0xf4 && at[1] > 0x8f))
                return 0;
        return len;
}

bool utf8_is_printable(const char *text)
{
        size_t left = strlen(text);

        while (left > 0) {
                size_t len = utf8_length(text, left);

                if (len == 0 || (unsigned char)text[0] < ' ' || text[0] == 0x7f)
                        return false;
                text += len;
                left -= len;
        }
        return true;
}

bool utf8_is_character(uint32_t c)
{
        return c <= 0x10ffff && (c < 0xd800 || c > 0xdfff);
}

void utf8_add(struct strbuf *text, uint32_t c)
{
        unsigned more = c < 0x80 ? 0 : c < 0x800 ? 1 : c < 0x10000 ? 2 : 3; /* bytes to follow */
        static const unsigned char first[] = { 0, 0xc0, 0xe0, 0xf0 };

        strbuf_addc(text, (char)(first[more] | c >> (6 * more)));
        while (more-- > 0)
                strbuf_addc(text, (char)(0x80 | (c >> (6 * more) & 0x3f)));
}
