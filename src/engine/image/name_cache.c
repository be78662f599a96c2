/* The cache of image names. See name_cache.h.
 *
 *     INODE SECONDS NANOSECONDS SIZE  DIGEST TYPE MANIFEST-SIZE ID CREATED SIZE LIST INDEX
 *
 * is a line, with "-" for an index that there is not. The lines stand in the order in which the
 * directory was read, which is mostly the order in which they are asked for: a search goes on
 * behind the last find.
 */
#include "engine/image/name_cache.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/strbuf.h"

#include <stdlib.h>
#include <string.h>

#define FILE_MAX  ((size_t)16 << 20) /* bytes: some 50,000 names */
#define READ_FEW  16                 /* files that are read without the cache being written anew */
#define SETTLED_S 2
#define TYPE_MAX  128 /* bytes of a media type; a longer one is not noted */

struct line {
        uint64_t inode;
        const char *text; /* behind the inode, in the cache's text; ends in a newline */
        bool found;
};

struct name_cache {
        const struct store *store;
        char *text;
        struct line *lines;
        size_t count, next; /* where the search goes on */
        struct strbuf fresh;
        size_t fresh_count;
        time_t now;
};

static void add_line(struct name_cache *cache, const char *text, size_t *room)
{
        char *rest;
        uint64_t inode = strtoull(text, &rest, 10);

        if (cache->count == *room) {
                *room = *room ? *room * 2 : 512;
                cache->lines = xreallocarray(cache->lines, *room, sizeof(*cache->lines));
        }
        cache->lines[cache->count++] = (struct line){ .inode = inode, .text = rest };
}

struct name_cache *name_cache_open(const struct store *store)
{
        struct name_cache *cache = xcalloc(1, sizeof(*cache));
        size_t len, room = 0;

        cache->store = store;
        cache->now = time(NULL);
        if (fd_read_file(store->root_fd, "cache/names", FILE_MAX, &cache->text, &len, NULL) < 0)
                return cache;
        for (char *at = cache->text, *end; (end = memchr(at, '\n', len)); at = end + 1) {
                add_line(cache, at, &room);
                len -= (size_t)(end + 1 - at);
        }
        return cache;
}

/* A negative one wraps, and back again in the caller's type. */
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

static bool take_word(const char **at, char *out, size_t size)
{
        size_t len;

        if (**at != ' ')
                return false;
        len = strcspn(++*at, " \n");
        if (len == 0 || len >= size)
                return false;
        memcpy(out, *at, len);
        out[len] = '\0';
        *at += len;
        return true;
}

static bool take_digest(const char **at, struct digest *digest_out)
{
        char text[sizeof(digest_out->text)];

        return take_word(at, text, sizeof(text)) && digest_parse(text, digest_out, NULL) == 0;
}

static bool take_index(const char **at, struct digest *index_out)
{
        if (strncmp(*at, " -", 2) == 0) {
                *at += 2;
                return true;
        }
        return take_digest(at, index_out);
}

/* Is the line of this file as it is now? *at is behind what was compared. */
static bool same_file(const char **at, const struct stat *st)
{
        uint64_t seconds, nanoseconds, size;

        return take_number(at, &seconds) && take_number(at, &nanoseconds) &&
               take_number(at, &size) && (time_t)seconds == st->st_ctim.tv_sec &&
               (long)nanoseconds == st->st_ctim.tv_nsec && (off_t)size == st->st_size;
}

static bool take_contents(const char *at, struct name *name_out)
{
        struct name name = { 0 };
        char type[TYPE_MAX];
        uint64_t created, list;

        if (!take_digest(&at, &name.digest) || !take_word(&at, type, sizeof(type)) ||
            !take_number(&at, &name.manifest_size) || !take_word(&at, name.id, sizeof(name.id)) ||
            !take_number(&at, &created) || !take_number(&at, &name.size) ||
            !take_number(&at, &list) || !take_index(&at, &name.index) || *at != '\n')
                return false;
        name.created = (time_t)created;
        name.list = list == 1;
        name.media_type = xstrdup(type);
        *name_out = name;
        return true;
}

static struct line *search(struct name_cache *cache, uint64_t inode)
{
        for (size_t i = 0; i < cache->count; i++) {
                size_t at = (cache->next + i) % cache->count;

                if (cache->lines[at].inode == inode) {
                        cache->next = at + 1;
                        return &cache->lines[at];
                }
        }
        return NULL;
}

bool name_cache_find(struct name_cache *cache, const struct stat *st, struct name *name_out)
{
        struct line *line = search(cache, st->st_ino);
        const char *at = line ? line->text : NULL;

        if (!line || !same_file(&at, st) || !take_contents(at, name_out))
                return false;
        line->found = true;
        return true;
}

static bool can_be_noted(const struct name_cache *cache, const struct stat *st,
                         const struct name *name)
{
        return st->st_ctim.tv_sec + SETTLED_S < cache->now && strlen(name->id) == DIGEST_HEX_LEN &&
               name->media_type[0] && strlen(name->media_type) < TYPE_MAX &&
               !strpbrk(name->media_type, " \n");
}

void name_cache_note(struct name_cache *cache, const struct stat *st, const struct name *name)
{
        if (!can_be_noted(cache, st, name))
                return;
        cache->fresh_count++;
        strbuf_addf(&cache->fresh, "%llu %lld %ld %lld %s %s %llu %s %lld %llu %d %s\n",
                    (unsigned long long)st->st_ino, (long long)st->st_ctim.tv_sec,
                    st->st_ctim.tv_nsec, (long long)st->st_size, name->digest.text,
                    name->media_type, (unsigned long long)name->manifest_size, name->id,
                    (long long)name->created, (unsigned long long)name->size, name->list,
                    name->index.text[0] ? name->index.text : "-");
}

/* Lines that nothing matched are of files that are gone or changed. */
static void rewrite(struct name_cache *cache)
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
                (void)fd_write_file(cache->store->root_fd, "cache/names", text.data, text.len, 0600,
                                    NULL);
}

void name_cache_close(struct name_cache *cache)
{
        if (cache->fresh_count > READ_FEW)
                rewrite(cache);
        strbuf_release(&cache->fresh);
        free(cache->lines);
        free(cache->text);
        free(cache);
}
