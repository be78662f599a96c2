/* Image references, by distribution's grammar:
 *
 *   reference  := name [":" tag] ["@" digest]
 *   name       := [domain "/"] component ["/" component]*
 *   component  := [a-z0-9]+ (separator [a-z0-9]+)*      separator: "." "_" "__" "-"*
 *   tag        := [A-Za-z0-9_][A-Za-z0-9_.-]{0,127}
 *
 * The first component is a domain when it holds "." or ":" or is "localhost".
 */
#include "engine/image/reference.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "engine/storage/digest.h"

#include <ctype.h>
#include <string.h>

#define NAME_MAX_LENGTH 255

void reference_release(struct reference *ref)
{
        free(ref->registry);
        free(ref->path);
        free(ref->tag);
        free(ref->digest);
        *ref = (struct reference){ 0 };
}

static bool is_lower_or_digit(char c)
{
        return islower((unsigned char)c) || isdigit((unsigned char)c);
}

/* One path component; len > 0. */
static bool valid_component(const char *text, size_t len)
{
        for (size_t i = 0; i < len; i++) {
                bool inner = i > 0 && i + 1 < len;

                if (is_lower_or_digit(text[i]) || (inner && text[i] == '-'))
                        continue;
                if (!inner || (text[i] != '.' && text[i] != '_'))
                        return false;
                /* A dot stands alone, underscores stand alone or in twos. */
                if (!is_lower_or_digit(text[i + 1]) && !(text[i] == '_' && text[i + 1] == '_'))
                        return false;
                if (text[i] == '_' && text[i - 1] == '_' && text[i + 1] == '_')
                        return false;
        }
        return len > 0;
}

static bool valid_path(const char *path)
{
        for (;;) {
                size_t len = strcspn(path, "/");

                if (!valid_component(path, len))
                        return false;
                if (!path[len])
                        return true;
                path += len + 1;
        }
}

static bool valid_tag(const char *tag)
{
        size_t len = strlen(tag);

        if (len == 0 || len > 128 || tag[0] == '.' || tag[0] == '-')
                return false;
        for (size_t i = 0; i < len; i++)
                if (!isalnum((unsigned char)tag[i]) && !strchr("_.-", tag[i]))
                        return false;
        return true;
}

static bool valid_registry(const char *text)
{
        const char *port = strrchr(text, ':');
        size_t len = text[0] == '[' ? strcspn(text, "]") + 1 : strcspn(text, ":");

        if (text[0] != '[' && (strstr(text, "..") || !isalnum((unsigned char)text[0]) || len == 0 ||
                               !isalnum((unsigned char)text[len - 1])))
                return false;
        if (len == 0 || (text[len] && (text[len] != ':' || port != text + len)))
                return false;
        for (size_t i = 0; i < len; i++)
                if (!isalnum((unsigned char)text[i]) &&
                    !strchr(text[0] == '[' ? "[]:." : ".-", text[i]))
                        return false;
        if (!text[len])
                return true;
        port = text + len + 1;
        return port[0] && strlen(port) <= 5 && strspn(port, "0123456789") == strlen(port);
}

static bool is_domain(const char *first, size_t len)
{
        return memchr(first, '.', len) || memchr(first, ':', len) || first[0] == '[' ||
               (len == 9 && strncmp(first, "localhost", 9) == 0);
}

static int bad(const char *text, const char *why, struct error *err)
{
        return error_set(err, ERROR_USAGE, "\"%.200s\" is not an image reference: %s", text, why);
}

static bool has_upper(const char *text)
{
        for (; *text; text++)
                if (isupper((unsigned char)*text))
                        return true;
        return false;
}

/* Cut "@digest" and ":tag" off the end of rest. */
static int split_end(const char *text, char *rest, struct reference *ref, struct error *err)
{
        char *at = strchr(rest, '@');
        char *slash, *colon;
        struct digest digest;

        if (at) {
                *at = '\0';
                if (digest_parse(at + 1, &digest, err) < 0)
                        return error_context(err, "\"%.200s\" is not an image reference", text);
                ref->digest = xstrdup(at + 1);
        }
        slash = strrchr(rest, '/');
        colon = strrchr(slash ? slash : rest, ':');
        if (!colon)
                return 0;
        *colon = '\0';
        if (!valid_tag(colon + 1))
                return bad(text,
                           "the tag may have letters, digits, \"_\", \".\" and \"-\", at most 128",
                           err);
        ref->tag = xstrdup(colon + 1);
        return 0;
}

int reference_parse(const char *text, struct reference *ref_out, struct error *err)
{
        AUTO(reference) ref = { 0 };
        AUTO_FREE char *rest = xstrdup(text);
        char *path = rest, *slash;

        if (text[0] == '\0')
                return bad(text, "it is empty", err);
        if (split_end(text, rest, &ref, err) < 0)
                return -1;
        slash = strchr(rest, '/');
        if (slash && is_domain(rest, (size_t)(slash - rest))) {
                *slash = '\0';
                path = slash + 1;
                if (!valid_registry(rest))
                        return bad(text, "the registry's name is not valid", err);
                ref.registry = xstrdup(rest);
        }
        if (has_upper(path))
                return bad(text, "repository names are lower case", err);
        /* One component may still get "library/" in front. */
        if (strlen(path) > NAME_MAX_LENGTH - (strchr(path, '/') ? 0 : strlen("library/")))
                return bad(text, "the name is longer than 255 characters", err);
        if (!valid_path(path))
                return bad(text, "the repository's name is not valid", err);
        /* docker.io's official images live under library/. */
        if (ref.registry && strcmp(ref.registry, "docker.io") == 0 && !strchr(path, '/'))
                ref.path = xasprintf("library/%s", path);
        else
                ref.path = xstrdup(path);
        *ref_out = ref;
        ref = (struct reference){ 0 };
        return 0;
}

char *reference_tail(const struct reference *ref)
{
        if (ref->digest)
                return xasprintf("@%s", ref->digest);
        return xasprintf(":%s", ref->tag ? ref->tag : "latest");
}

static char *full_name(const char *registry, const char *path, const struct reference *ref)
{
        AUTO_FREE char *tail = reference_tail(ref);

        return xasprintf("%s/%s%s", registry, path, tail);
}

bool reference_same_repository(const struct reference *ref, const struct reference *stored)
{
        size_t len = strlen(ref->path), stored_len = strlen(stored->path);

        if (ref->registry && strcmp(ref->registry, stored->registry ? stored->registry : "") != 0)
                return false;
        if (strcmp(ref->path, stored->path) == 0)
                return true;
        return !ref->registry && stored_len > len && stored->path[stored_len - len - 1] == '/' &&
               strcmp(stored->path + stored_len - len, ref->path) == 0;
}

char *reference_name(const struct reference *ref)
{
        return full_name(ref->registry, ref->path, ref);
}

void reference_candidates(const struct reference *ref, struct strv *names)
{
        AUTO_FREE char *library = NULL;

        if (ref->registry) {
                strv_take(names, reference_name(ref));
                return;
        }
        strv_take(names, full_name("localhost", ref->path, ref));
        if (!strchr(ref->path, '/'))
                library = xasprintf("library/%s", ref->path);
        strv_take(names, full_name("docker.io", library ? library : ref->path, ref));
}

bool reference_matches(const struct reference *ref, const char *stored)
{
        AUTO_FREE char *tail = full_name("", ref->path, ref);
        size_t tail_len = strlen(tail), len = strlen(stored);

        return !ref->registry && len > tail_len && strcmp(stored + len - tail_len, tail) == 0;
}
