/* See random.h. */
#include "base/random.h"

#include <sys/random.h>

int random_hex(char *text_out, size_t digits)
{
        for (size_t i = 0; i < digits;) {
                unsigned char bytes[32];
                ssize_t got = getrandom(bytes, sizeof(bytes), 0);

                if (got < 0)
                        return -1;
                for (ssize_t at = 0; at < 2 * got && i < digits; at++)
                        text_out[i++] = "0123456789abcdef"[bytes[at / 2] >> (at % 2 ? 0 : 4) & 15];
        }
        text_out[digits] = '\0';
        return 0;
}
