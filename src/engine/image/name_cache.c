/* The cache of image names. See name_cache.h.
 *
 *     DIGEST TYPE MANIFEST-SIZE ID CREATED SIZE LIST INDEX PARENT
 *
 * is the text of a line, with "-" for an index or a parent that there is not.
 */
#include "engine/image/name_cache.h"

#include "base/alloc.h"
#include "base/cleanup.h"

#include <stdlib.h>
#include <string.h>

#define TYPE_MAX 128 /* bytes of a media type; a longer one is not noted */

/* Each of these leaves *at on the space or the newline behind what it took. */

static bool take_word(const char **at, char *out, size_t size)
{
        size_t len;

        *at += **at == ' ';
        len = strcspn(*at, " \n");
        if (len == 0 || len >= size)
                return false;
        memcpy(out, *at, len);
        out[len] = '\0';
        *at += len;
        return true;
}

/* A negative one wraps, and back again in the caller's type. */
static bool take_number(const char **at, uint64_t *number_out)
{
        char word[32], *end;

        if (!take_word(at, word, sizeof(word)))
                return false;
        *number_out = strtoull(word, &end, 10);
        return *end == '\0';
}

static bool take_digest(const char **at, struct digest *digest_out)
{
        char text[sizeof(digest_out->text)];

        return take_word(at, text, sizeof(text)) && digest_parse(text, digest_out, NULL) == 0;
}

static bool take_digest_or_none(const char **at, struct digest *digest_out)
{
        if (strncmp(*at, " -", 2) == 0) {
                *at += 2;
                return true;
        }
        return take_digest(at, digest_out);
}

static const char *or_none(const struct digest *digest)
{
        return digest->text[0] ? digest->text : "-";
}

static bool take_contents(const char *at, struct name *name_out)
{
        struct name name = { 0 };
        char type[TYPE_MAX];
        uint64_t created, list;

        if (!take_digest(&at, &name.digest) || !take_word(&at, type, sizeof(type)) ||
            !take_number(&at, &name.manifest_size) || !take_word(&at, name.id, sizeof(name.id)) ||
            !take_number(&at, &created) || !take_number(&at, &name.size) ||
            !take_number(&at, &list) || !take_digest_or_none(&at, &name.index) ||
            !take_digest_or_none(&at, &name.parent) || *at != '\n')
                return false;
        name.created = (time_t)created;
        name.list = list == 1;
        name.media_type = xstrdup(type);
        *name_out = name;
        return true;
}

bool name_cache_find(struct line_cache *cache, const struct stat *st, struct name *name_out)
{
        const char *text = line_cache_find(cache, st);

        if (!text)
                return false;
        if (take_contents(text, name_out))
                return true;
        line_cache_refuse(cache);
        return false;
}

static bool can_be_noted(const struct name *name)
{
        return strlen(name->id) == DIGEST_HEX_LEN && name->media_type[0] &&
               strlen(name->media_type) < TYPE_MAX && !strpbrk(name->media_type, " \n");
}

void name_cache_note(struct line_cache *cache, const struct stat *st, const struct name *name)
{
        AUTO_FREE char *text = NULL;

        if (!can_be_noted(name))
                return;
        text = xasprintf("%s %s %llu %s %lld %llu %d %s %s", name->digest.text, name->media_type,
                         (unsigned long long)name->manifest_size, name->id,
                         (long long)name->created, (unsigned long long)name->size, name->list,
                         or_none(&name->index), or_none(&name->parent));
        line_cache_note(cache, st, text);
}
