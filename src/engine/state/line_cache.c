/* Lines about objects. See line_cache.h.
 *
 *     INODE SECONDS NANOSECONDS SIZE TEXT
 *
 * In memory they are sorted by the inode, which is mostly how they stand there.
 */
#include "engine/state/line_cache.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/path.h"
#include "base/strbuf.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define FILE_MAX  ((size_t)16 << 20) /* bytes: some 50,000 names */
#define READ_FEW  16 /* objects that are read without the cache being written anew */
#define SETTLED_S 2

struct line {
        uint64_t inode;
        const char *text; /* behind the inode, in the cache's text; ends in a newline */
        bool found;
};

struct line_cache {
        const struct store *store;
        char *path, *text;
        struct line *lines;
        size_t count;
        struct line *last; /* found */
        struct strbuf fresh;
        size_t fresh_count;
        time_t now;
};

static void add_line(struct line_cache *cache, const char *text, size_t *room)
{
        char *rest;
        uint64_t inode = strtoull(text, &rest, 10);

        if (cache->count == *room) {
                *room = *room ? *room * 2 : 512;
                cache->lines = xreallocarray(cache->lines, *room, sizeof(*cache->lines));
        }
        cache->lines[cache->count++] = (struct line){ .inode = inode, .text = rest };
}

static int by_inode(const void *a, const void *b)
{
        const struct line *x = a, *y = b;

        return (x->inode > y->inode) - (x->inode < y->inode);
}

struct line_cache *line_cache_open(const struct store *store, const char *name)
{
        struct line_cache *cache = xcalloc(1, sizeof(*cache));
        size_t len, room = 0;

        *cache = (struct line_cache){ .store = store,
                                      .path = path_join("cache", name),
                                      .fresh.max = FILE_MAX,
                                      .now = time(NULL) };
        if (fd_read_file(store->root_fd, cache->path, FILE_MAX, &cache->text, &len, NULL) < 0)
                return cache;
        for (char *at = cache->text, *end; (end = memchr(at, '\n', len)); at = end + 1) {
                add_line(cache, at, &room);
                len -= (size_t)(end + 1 - at);
        }
        if (cache->count)
                qsort(cache->lines, cache->count, sizeof(*cache->lines), by_inode);
        return cache;
}

static bool take_number(const char **at, uint64_t *number_out)
{
        char *end;

        if (**at != ' ')
                return false;
        *number_out = strtoull(*at + 1, &end, 10);
        if (end == *at + 1)
                return false;
        *at = end;
        return true;
}

/* Is the line of this object as it is now? *at is behind what was compared. */
static bool same_object(const char **at, const struct stat *st)
{
        uint64_t seconds, nanoseconds, size;

        return take_number(at, &seconds) && take_number(at, &nanoseconds) &&
               take_number(at, &size) && **at == ' ' && (time_t)seconds == st->st_ctim.tv_sec &&
               (long)nanoseconds == st->st_ctim.tv_nsec && (off_t)size == st->st_size;
}

const char *line_cache_find(struct line_cache *cache, const struct stat *st)
{
        const struct line wanted = { .inode = st->st_ino };
        struct line *line = cache->count ? bsearch(&wanted, cache->lines, cache->count,
                                                   sizeof(*cache->lines), by_inode)
                                         : NULL;
        const char *at = line ? line->text : NULL;

        if (!line || !same_object(&at, st))
                return NULL;
        line->found = true;
        cache->last = line;
        return at + 1;
}

void line_cache_refuse(struct line_cache *cache)
{
        cache->last->found = false;
}

void line_cache_note(struct line_cache *cache, const struct stat *st, const char *text)
{
        if (st->st_ctim.tv_sec + SETTLED_S >= cache->now)
                return;
        cache->fresh_count++;
        strbuf_addf(&cache->fresh, "%llu %lld %ld %lld %s\n", (unsigned long long)st->st_ino,
                    (long long)st->st_ctim.tv_sec, st->st_ctim.tv_nsec, (long long)st->st_size,
                    text);
}

/* Lines that nothing matched are of objects that are gone or changed. */
static void rewrite(struct line_cache *cache)
{
        AUTO(strbuf) text = { .max = FILE_MAX };

        for (size_t i = 0; i < cache->count; i++) {
                const char *rest = cache->lines[i].text;

                if (cache->lines[i].found)
                        strbuf_addf(&text, "%llu%.*s\n", (unsigned long long)cache->lines[i].inode,
                                    (int)strcspn(rest, "\n"), rest);
        }
        strbuf_add(&text, cache->fresh.data, cache->fresh.len);
        if (!text.truncated && !cache->fresh.truncated)
                (void)fd_write_file(cache->store->root_fd, cache->path, text.data, text.len, 0600,
                                    NULL);
}

void line_cache_close(struct line_cache *cache)
{
        if (cache->fresh_count > READ_FEW)
                rewrite(cache);
        strbuf_release(&cache->fresh);
        free(cache->lines);
        free(cache->text);
        free(cache->path);
        free(cache);
}
