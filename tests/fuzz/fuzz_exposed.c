/* Exposed ports, one specification a line. */
#include "base/cleanup.h"
#include "engine/network/exposed.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Settled, each port comes once, in order. */
static void walk(const struct strv *list)
{
        struct exposed_port port = { 0 };
        const char *protocol = "";
        unsigned number = 0;

        while (exposed_next(list, &port)) {
                int order = strcmp(port.protocol, protocol);

                if (order < 0 || (order == 0 && port.number <= number) || port.number < 1 ||
                    port.number > 65535)
                        abort();
                protocol = port.protocol;
                number = port.number;
        }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        AUTO_FREE char *text = strndup((const char *)data, size);
        AUTO(strv) lines = { 0 };
        AUTO(strv) list = { 0 };
        struct error err;
        size_t count;

        strv_split(&lines, text, '\n');
        for (size_t i = 0; i < lines.count; i++)
                (void)exposed_add(&list, lines.items[i], &err);
        exposed_settle(&list);
        walk(&list);
        count = list.count;
        exposed_settle(&list);
        if (list.count != count)
                abort();
        return 0;
}
