/* See past.h. */
#include "engine/image/past.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/strbuf.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PAST_MAX ((size_t)16 << 10) /* bytes of one file */

static void read_lines(const struct store *store, const char *id, struct strv *lines)
{
        AUTO_FREE char *file = xasprintf("cache/past/%s", id);
        AUTO_FREE char *text = NULL;

        if (fd_read_file(store->root_fd, file, PAST_MAX, &text, NULL, NULL) == 0)
                strv_split(lines, text, '\n');
}

/* What there is no room for is forgotten. */
void past_note(const struct store *store, const char *id, const char *name)
{
        AUTO_FREE char *file = xasprintf("cache/past/%s", id);
        AUTO(strv) lines = { 0 };
        AUTO(strbuf) text = { .max = PAST_MAX };

        (void)mkdirat(store->root_fd, "cache/past", 0700);
        read_lines(store, id, &lines);
        strbuf_addf(&text, "%s\n", name);
        for (size_t i = 0; i < lines.count; i++)
                if (lines.items[i][0] && strcmp(lines.items[i], name) != 0 &&
                    text.len + strlen(lines.items[i]) + 1 < PAST_MAX)
                        strbuf_addf(&text, "%s\n", lines.items[i]);
        (void)fd_write_file(store->root_fd, file, text.data, text.len, 0600, NULL);
}

void past_forget(const struct store *store, const char *id)
{
        AUTO_FREE char *file = xasprintf("cache/past/%s", id);

        (void)unlinkat(store->root_fd, file, 0);
}

void past_names(const struct store *store, const char *id, const struct strv *names,
                struct strv *out)
{
        AUTO(strv) lines = { 0 };

        strv_extend(out, names);
        read_lines(store, id, &lines);
        for (size_t i = 0; i < lines.count; i++)
                if (lines.items[i][0] && !strv_contains(out, lines.items[i]))
                        strv_add(out, lines.items[i]);
}
