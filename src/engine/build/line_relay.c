/* See line_relay.h. What cannot be written is dropped, as by printf(3). */
#include "engine/build/line_relay.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/fd.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int line_relay_open(struct line_relay *relay, int to, int *end_out, struct error *err)
{
        int fds[2];

        if (pipe2(fds, O_CLOEXEC) < 0)
                return error_sys(err, errno, "create pipe");
        (void)fd_set_nonblock(fds[0], true);
        *relay = (struct line_relay){ .from = fds[0], .to = to, .data = xmalloc(LINE_RELAY_MAX) };
        *end_out = fds[1];
        return 0;
}

void line_relay_close(struct line_relay *relay)
{
        if (relay->from >= 0)
                close(relay->from);
        free(relay->data);
        *relay = LINE_RELAY_EMPTY;
}

static void put(struct line_relay *relay, size_t count)
{
        (void)!fd_write_all(relay->to, relay->data, count);
        relay->len -= count;
        memmove(relay->data, relay->data + count, relay->len);
}

size_t line_relay_pass(struct line_relay *relay)
{
        ssize_t n = read(relay->from, relay->data + relay->len, LINE_RELAY_MAX - relay->len);
        const char *end;

        if (n == 0) {
                close(relay->from);
                relay->from = -1;
        }
        if (n <= 0)
                return 0;
        relay->len += (size_t)n;
        end = memrchr(relay->data, '\n', relay->len);
        if (end)
                put(relay, (size_t)(end + 1 - relay->data));
        else if (relay->len == LINE_RELAY_MAX)
                put(relay, relay->len);
        return (size_t)n;
}

void line_relay_drain(struct line_relay *relay)
{
        while (relay->from >= 0 && line_relay_pass(relay) > 0)
                ;
        put(relay, relay->len);
}
