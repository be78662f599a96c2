/* See origin.h. */
#include "engine/image/origin.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/strbuf.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#define ORIGIN_MAX ((size_t)256 << 10) /* bytes of one file: some 3,500 blobs */

/* "REGISTRY/PATH" with the slashes escaped, as in images/. */
static char *escape(const char *registry, const char *path)
{
        AUTO(strbuf) name = { 0 };

        strbuf_addf(&name, "%s%%2f", registry);
        for (; *path; path++)
                if (*path == '/')
                        strbuf_adds(&name, "%2f");
                else
                        strbuf_addc(&name, *path);
        return strbuf_take(&name);
}

static char *unescape(const char *name)
{
        char *path = xstrdup(name), *out = path;

        while (*name) {
                bool slash = strncmp(name, "%2f", 3) == 0;

                *out++ = slash ? '/' : *name;
                name += slash ? 3 : 1;
        }
        *out = '\0';
        return path;
}

void origin_note(const struct store *store, const char *registry, const char *path,
                 const struct strv *digests)
{
        AUTO_FREE char *name = escape(registry, path);
        AUTO_FREE char *file = xasprintf("cache/origins/%s", name);
        AUTO_FREE char *known = NULL;
        AUTO(strbuf) text = { .max = ORIGIN_MAX };
        bool news = false;

        (void)mkdirat(store->root_fd, "cache/origins", 0700);
        (void)fd_read_file(store->root_fd, file, ORIGIN_MAX, &known, NULL, NULL);
        for (size_t i = 0; i < digests->count; i++) {
                news = news || !known || !strstr(known, digests->items[i]);
                strbuf_addf(&text, "%s\n", digests->items[i]);
        }
        if (!news)
                return;
        /* The newest stand first; what there is no room for is forgotten. */
        for (char *save = NULL, *line = known ? strtok_r(known, "\n", &save) : NULL; line;
             line = strtok_r(NULL, "\n", &save))
                if (!strv_contains(digests, line) && text.len + strlen(line) + 1 < ORIGIN_MAX)
                        strbuf_addf(&text, "%s\n", line);
        if (text.len)
                (void)fd_write_file(store->root_fd, file, text.data, text.len, 0600, NULL);
}

static bool mentions(int dir_fd, const char *file, const char *digest)
{
        AUTO_FREE char *text = NULL;

        return fd_read_file(dir_fd, file, ORIGIN_MAX, &text, NULL, NULL) == 0 &&
               strstr(text, digest) != NULL;
}

char *origin_find(const struct store *store, const char *registry, const char *path,
                  const struct digest *blob)
{
        AUTO_FREE char *own = escape(registry, path);
        AUTO_FREE char *prefix = escape(registry, "");
        int fd = openat(store->root_fd, "cache/origins", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        DIR *dir = fd < 0 ? NULL : fdopendir(fd);
        char *found = NULL;
        struct dirent *entry;

        while (dir && !found && (entry = readdir(dir)))
                if (strncmp(entry->d_name, prefix, strlen(prefix)) == 0 &&
                    strcmp(entry->d_name, own) != 0 &&
                    mentions(dirfd(dir), entry->d_name, blob->text))
                        found = unescape(entry->d_name + strlen(prefix));
        if (dir)
                closedir(dir);
        return found;
}
