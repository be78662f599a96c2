/* See fresh.h. */
#include "engine/image/fresh.h"

#include "base/alloc.h"
#include "base/cleanup.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static char *mark_of(const struct digest *diff_id)
{
        return xasprintf("cache/fresh/%s", digest_hex(diff_id));
}

void fresh_note(const struct store *store, const struct digest *diff_id)
{
        AUTO_FREE char *mark = mark_of(diff_id);
        AUTO_CLOSE int fd = -1;

        (void)mkdirat(store->root_fd, "cache/fresh", 0700);
        fd = openat(store->root_fd, mark, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
}

bool fresh_is(const struct store *store, const struct digest *diff_id)
{
        AUTO_FREE char *mark = mark_of(diff_id);

        return faccessat(store->root_fd, mark, F_OK, AT_EACCESS) == 0;
}

void fresh_forget(const struct store *store, const struct digest *diff_id)
{
        AUTO_FREE char *mark = mark_of(diff_id);

        (void)unlinkat(store->root_fd, mark, 0);
}
