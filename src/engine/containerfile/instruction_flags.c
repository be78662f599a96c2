/* --flags of instructions: which each has, and that they have values. What the values mean is for
 * whoever executes. */
#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/strbuf.h"
#include "base/suggest.h"
#include "engine/containerfile/instruction_parse.h"
#include "engine/containerfile/limits.h"

#include <assert.h>
#include <ctype.h>
#include <string.h>

#define ON(kind) (1U << INSTRUCTION_##kind)

static_assert(INSTRUCTION_COUNT <= 32, "a bit for each kind");

static const struct flag {
        const char *name;
        unsigned kinds;
        bool truth; /* --name, --name=true, --name=false; else --name=VALUE */
} flags[] = {
        { "checksum", ON(ADD), false },
        { "chmod", ON(ADD) | ON(COPY), false },
        { "chown", ON(ADD) | ON(COPY), false },
        { "exclude", ON(ADD) | ON(COPY), false },
        { "from", ON(COPY), false },
        { "interval", ON(HEALTHCHECK), false },
        { "keep-git-dir", ON(ADD), true },
        { "link", ON(ADD) | ON(COPY), true },
        { "mount", ON(RUN), false },
        { "network", ON(RUN), false },
        { "parents", ON(COPY), true },
        { "platform", ON(FROM), false },
        { "retries", ON(HEALTHCHECK), false },
        { "security", ON(RUN), false },
        { "start-interval", ON(HEALTHCHECK), false },
        { "start-period", ON(HEALTHCHECK), false },
        { "timeout", ON(HEALTHCHECK), false },
};

/* suggest_nearest()'s: those of a kind, "" for the others. */
static const char *name_at(const void *data, size_t i)
{
        const enum instruction_kind *kind = data;

        if (i == ARRAY_SIZE(flags))
                return NULL;
        return flags[i].kinds & 1U << *kind ? flags[i].name : "";
}

static int unknown(enum instruction_kind kind, const char *name, struct error *err)
{
        const char *nearest = suggest_nearest(name, name_at, &kind);
        AUTO(strbuf) list = { .max = 400 };

        for (size_t i = 0; i < ARRAY_SIZE(flags); i++)
                if (flags[i].kinds & 1U << kind)
                        strbuf_addf(&list, "%s--%s", list.len ? ", " : "", flags[i].name);
        error_set(err, ERROR_INVALID, "%s has no flag --%.60s", instruction_name(kind), name);
        if (nearest)
                return error_cure(err, "did you mean --%s?", nearest);
        if (list.len)
                return error_cure(err, "there are: %s", list.data);
        return error_cure(err, "%s has no flags", instruction_name(kind));
}

static int check(enum instruction_kind kind, const char *flag, struct error *err)
{
        const char *equals = strchr(flag, '=');
        AUTO_FREE char *name = xstrndup(flag, strcspn(flag, "="));
        size_t i = 0;

        while (i < ARRAY_SIZE(flags) &&
               (!(flags[i].kinds & 1U << kind) || strcmp(flags[i].name, name) != 0))
                i++;
        if (i == ARRAY_SIZE(flags))
                return unknown(kind, name, err);
        if (flags[i].truth)
                return 0;
        if (!equals || !equals[1]) {
                error_set(err, ERROR_INVALID, "%s: --%s has no value", instruction_name(kind),
                          name);
                return error_cure(err, "--%s=VALUE, in one word", name);
        }
        return 0;
}

int instruction_take_flags(struct instruction *instruction, const char **rest, struct error *err)
{
        const char *at = *rest;

        while (strncmp(at, "--", 2) == 0) {
                const char *end = build_words_token_end(at, instruction->escape);
                AUTO_FREE char *flag = xstrndup(at + 2, (size_t)(end - at - 2));

                at = end + strspn(end, " \t\v\f\r");
                if (!*flag) /* "--" alone ends them */
                        break;
                if (instruction->flags.count == LIMIT_BUILD_FLAGS)
                        return error_set(err, ERROR_TOO_LARGE, "more than %d flags",
                                         LIMIT_BUILD_FLAGS);
                if (check(instruction->kind, flag, err) < 0)
                        return -1;
                strv_take(&instruction->flags, take_ptr(flag));
        }
        *rest = at;
        return 0;
}

/* The value of a flag, "" without a sign; NULL: it is another flag. */
static const char *value_of(const char *flag, const char *name)
{
        size_t len = strlen(name);

        if (strncmp(flag, name, len) != 0 || (flag[len] && flag[len] != '='))
                return NULL;
        return flag[len] ? flag + len + 1 : "";
}

const char *instruction_flag_next(const struct instruction *instruction, const char *name,
                                  size_t *at)
{
        while (*at < instruction->flags.count) {
                const char *value = value_of(instruction->flags.items[(*at)++], name);

                if (value)
                        return value;
        }
        return NULL;
}

const char *instruction_flag(const struct instruction *instruction, const char *name)
{
        const char *last = NULL, *value;
        size_t at = 0;

        while ((value = instruction_flag_next(instruction, name, &at)))
                last = value;
        return last;
}

bool instruction_has(const struct instruction *instruction, const char *name)
{
        const char *value = instruction_flag(instruction, name);

        return value && strcmp(value, "false") != 0 && strcmp(value, "0") != 0;
}
