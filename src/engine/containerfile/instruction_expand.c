/* An instruction with its variables replaced: which kinds have that done, and in which parts. */
#include "base/alloc.h"
#include "base/cleanup.h"
#include "engine/containerfile/build_words.h"
#include "engine/containerfile/instruction.h"
#include "engine/containerfile/limits.h"

#include <assert.h>
#include <string.h>

enum way {
        WAY_KEPT,  /* as it is */
        WAY_WORDS, /* each word */
        WAY_SPLIT, /* each word may become several */
};

static const struct {
        enum way words;
        bool flags; /* else only quotes go from them */
} ways[] = {
        [INSTRUCTION_ADD] = { WAY_WORDS, true },
        [INSTRUCTION_ARG] = { WAY_KEPT, false }, /* build_scope_arg() does it */
        [INSTRUCTION_CMD] = { WAY_KEPT, false },
        [INSTRUCTION_COPY] = { WAY_WORDS, true },
        [INSTRUCTION_ENTRYPOINT] = { WAY_KEPT, false },
        [INSTRUCTION_ENV] = { WAY_WORDS, false },
        [INSTRUCTION_EXPOSE] = { WAY_SPLIT, false },
        [INSTRUCTION_FROM] = { WAY_WORDS, true },
        [INSTRUCTION_HEALTHCHECK] = { WAY_KEPT, false },
        [INSTRUCTION_LABEL] = { WAY_WORDS, false },
        [INSTRUCTION_MAINTAINER] = { WAY_KEPT, false },
        [INSTRUCTION_ONBUILD] = { WAY_KEPT, false },
        [INSTRUCTION_RUN] = { WAY_KEPT, true },
        [INSTRUCTION_SHELL] = { WAY_KEPT, false },
        [INSTRUCTION_STOPSIGNAL] = { WAY_WORDS, false },
        [INSTRUCTION_USER] = { WAY_WORDS, false },
        [INSTRUCTION_VOLUME] = { WAY_WORDS, false },
        [INSTRUCTION_WORKDIR] = { WAY_WORDS, false },
};
static_assert(ARRAY_SIZE(ways) == INSTRUCTION_COUNT, "a way for each kind");

struct expansion {
        const struct instruction *from;
        struct build_variables variables;
        size_t size; /* bytes made so far */
        struct error *err;
};

static int count(struct expansion *x, const char *text)
{
        x->size += strlen(text);
        if (x->size <= LIMIT_CONTAINERFILE)
                return 0;
        return error_set(x->err, ERROR_TOO_LARGE, "%s becomes larger than %zu MiB",
                         instruction_name(x->from->kind), LIMIT_CONTAINERFILE >> 20);
}

static bool is_heredoc(const struct expansion *x, const char *word)
{
        return x->from->heredoc_count > 0 && strncmp(word, "<<", 2) == 0;
}

static int expand_word(struct expansion *x, const char *word, enum way way, struct strv *words)
{
        size_t before = words->count;
        char *text;

        if (way == WAY_KEPT || is_heredoc(x, word)) {
                strv_add(words, word);
                return 0;
        }
        if (way == WAY_SPLIT) {
                if (build_words_split(word, &x->variables, words, x->err) < 0)
                        return -1;
        } else {
                if (build_words_expand(word, &x->variables, &text, x->err) < 0)
                        return -1;
                strv_take(words, text);
        }
        while (before < words->count)
                if (count(x, words->items[before++]) < 0)
                        return -1;
        return 0;
}

static int expand_flags(struct expansion *x, struct strv *flags)
{
        struct build_variables variables = x->variables;

        if (!ways[x->from->kind].flags)
                variables.lookup = NULL;
        for (size_t i = 0; i < x->from->flags.count; i++) {
                char *text;

                if (build_words_expand(x->from->flags.items[i], &variables, &text, x->err) < 0)
                        return -1;
                strv_take(flags, text);
                if (count(x, text) < 0)
                        return -1;
        }
        return 0;
}

static int expand_heredocs(struct expansion *x, struct instruction *to)
{
        bool runs = x->from->kind == INSTRUCTION_RUN;

        to->heredocs = xcalloc(x->from->heredoc_count + 1, sizeof(*to->heredocs));
        for (size_t i = 0; i < x->from->heredoc_count; i++) {
                const struct heredoc *from = &x->from->heredocs[i];
                struct heredoc *heredoc = &to->heredocs[to->heredoc_count++];

                *heredoc = *from;
                heredoc->content = NULL;
                heredoc->name = xstrdup(from->name);
                if (runs || !from->expands)
                        heredoc->content = xstrdup(from->content);
                else if (build_words_expand_text(from->content, &x->variables, &heredoc->content,
                                                 x->err) < 0)
                        return -1;
                if (count(x, heredoc->content) < 0)
                        return -1;
        }
        return 0;
}

static int expand(struct expansion *x, struct instruction *to)
{
        enum way way = ways[x->from->kind].words;

        if (expand_flags(x, &to->flags) < 0 || expand_heredocs(x, to) < 0)
                return -1;
        for (size_t i = 0; i < x->from->words.count; i++) {
                if (expand_word(x, x->from->words.items[i], way, &to->words) < 0)
                        return -1;
                if (to->words.count > LIMIT_BUILD_WORDS)
                        return error_set(x->err, ERROR_TOO_LARGE, "%s has more than %zu words",
                                         instruction_name(x->from->kind), LIMIT_BUILD_WORDS);
        }
        return 0;
}

int instruction_expand(const struct instruction *instruction,
                       const struct build_variables *variables, struct instruction *expanded_out,
                       struct error *err)
{
        struct expansion x = { .from = instruction, .variables = *variables, .err = err };
        AUTO(instruction)
        to = { .kind = instruction->kind,
               .json = instruction->json,
               .escape = instruction->escape,
               .line = instruction->line };

        to.original = xstrdup(instruction->original);
        to.file = xstrdup(instruction->file);
        x.variables.escape = instruction->escape;
        if (expand(&x, &to) < 0)
                return instruction_context(instruction, err);
        *expanded_out = to;
        to = (struct instruction){ 0 };
        return 0;
}
