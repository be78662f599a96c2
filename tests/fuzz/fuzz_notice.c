/* Notices of wait and events, one a line: what is taken is within the kernel's bounds. */
#include "base/cleanup.h"
#include "cli/container/notice.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct cgroup_notice *notice)
{
        if (notice->kind == NOTICE_MEMORY &&
            (notice->percent > 100 || (notice->percent == 0) != (notice->bytes > 0)))
                abort();
        if (notice->kind == NOTICE_PRESSURE &&
            (!notice->resource || notice->stall_us == 0 || notice->stall_us > notice->window_us ||
             notice->window_us > NOTICE_WINDOW_MAX_US))
                abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        AUTO_FREE char *text = strndup((const char *)data, size);
        AUTO(strv) lines = { 0 };
        struct notices notices = { 0 };
        struct error err;

        strv_split(&lines, text, '\n');
        for (size_t i = 0; i < lines.count; i++)
                if (notice_is(lines.items[i]) &&
                    notice_add(&notices, "--condition", lines.items[i], &err) == 0)
                        check(&notices.items[notices.count - 1]);
        return 0;
}
