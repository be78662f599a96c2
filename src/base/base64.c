/* See base64.h. */
#include "base/base64.h"

#include "base/alloc.h"

#include <stdlib.h>
#include <string.h>

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

char *base64_encode(const void *data, size_t len)
{
        const char *text = data;
        char *out = xmalloc(len / 3 * 4 + 5), *p = out;

        for (size_t i = 0; i < len; i += 3) {
                unsigned bits = (unsigned)(unsigned char)text[i] << 16;

                if (i + 1 < len)
                        bits |= (unsigned)(unsigned char)text[i + 1] << 8;
                if (i + 2 < len)
                        bits |= (unsigned char)text[i + 2];
                *p++ = digits[bits >> 18];
                *p++ = digits[bits >> 12 & 63];
                *p++ = i + 1 < len ? digits[bits >> 6 & 63] : '=';
                *p++ = i + 2 < len ? digits[bits & 63] : '=';
        }
        *p = '\0';
        return out;
}

static int base64_digit(char c)
{
        const char *at = c ? strchr(digits, c) : NULL;

        return at ? (int)(at - digits) : -1;
}

char *base64_decode(const char *text, size_t *len_out)
{
        char *out = xmalloc(strlen(text) + 1);
        size_t len = 0;
        unsigned bits = 0, count = 0;

        for (; *text && *text != '='; text++) {
                int digit = base64_digit(*text);

                if (digit < 0) {
                        free(out);
                        return NULL;
                }
                bits = bits << 6 | (unsigned)digit;
                count += 6;
                if (count >= 8) {
                        count -= 8;
                        out[len++] = (char)(bits >> count & 0xff);
                }
        }
        out[len] = '\0';
        if (len_out)
                *len_out = len;
        return out;
}
