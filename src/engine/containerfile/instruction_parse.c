/* A logical line to an instruction: its kind, then its words by kind. See instruction_parse.h. */
#include "engine/containerfile/instruction_parse.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/json.h"
#include "engine/containerfile/limits.h"

#include <assert.h>
#include <string.h>
#include <strings.h>

#define BLANKS " \t\v\f\r"

static int needs(const struct instruction *instruction, const char *what, struct error *err)
{
        return error_set(err, ERROR_INVALID, "%s needs %s", instruction_name(instruction->kind),
                         what);
}

/* A JSON list of strings: 1, with its strings in words; 0: it is no JSON list; -1: one of something
 * else. */
static int take_list(const char *text, struct strv *words, struct error *err)
{
        AUTO_JSON json_t *list = *text == '[' ? json_loads(text, JSON_ALLOW_NUL, NULL) : NULL;

        if (!json_is_array(list))
                return 0;
        for (size_t i = 0; i < json_array_size(list); i++) {
                const json_t *item = json_array_get(list, i);

                if (!json_is_string(item))
                        return error_set(err, ERROR_INVALID,
                                         "a list in brackets may hold strings only");
                if (strlen(json_string_value(item)) != json_string_length(item))
                        return error_set(err, ERROR_INVALID,
                                         "a string in a list may not hold a NUL");
        }
        json_to_strv(list, words);
        return 1;
}

/* RUN, CMD, ENTRYPOINT, and behind HEALTHCHECK CMD: a list, or a line for a shell. */
static int take_command(struct instruction *instruction, const char *rest, struct error *err)
{
        int rc = take_list(rest, &instruction->words, err);

        if (rc < 0)
                return -1;
        instruction->json = rc > 0;
        if (rc == 0 && *rest)
                strv_add(&instruction->words, rest);
        return 0;
}

static int take_run(struct instruction *instruction, const char *rest, struct error *err)
{
        if (take_command(instruction, rest, err) < 0)
                return -1;
        if (instruction->words.count == 0)
                return needs(instruction, "a command", err);
        return instruction->json ? 0 : instruction_find_heredocs(instruction, rest, err);
}

/* CMD and ENTRYPOINT without anything are empty lists. */
static int take_default(struct instruction *instruction, const char *rest, struct error *err)
{
        if (take_command(instruction, rest, err) < 0)
                return -1;
        instruction->json |= instruction->words.count == 0;
        return 0;
}

static int take_shell(struct instruction *instruction, const char *rest, struct error *err)
{
        if (take_command(instruction, rest, err) < 0)
                return -1;
        if (!instruction->json || instruction->words.count == 0)
                return needs(instruction, "a JSON list: SHELL [\"/bin/sh\", \"-c\"]", err);
        return 0;
}

static void take_words(struct instruction *instruction, const char *rest)
{
        build_words_tokens(rest, instruction->escape, &instruction->words);
}

/* COPY, ADD, VOLUME: a list, or words. */
static int take_list_or_words(struct instruction *instruction, const char *rest, struct error *err)
{
        int rc = take_list(rest, &instruction->words, err);

        if (rc < 0)
                return -1;
        instruction->json = rc > 0;
        if (rc == 0)
                take_words(instruction, rest);
        return 0;
}

static int take_copy(struct instruction *instruction, const char *rest, struct error *err)
{
        if (take_list_or_words(instruction, rest, err) < 0)
                return -1;
        if (!instruction->json && instruction_find_heredocs(instruction, rest, err) < 0)
                return -1;
        if (instruction->words.count < 2)
                return needs(instruction, "at least two arguments: what, and where to", err);
        return 0;
}

static int take_volume(struct instruction *instruction, const char *rest, struct error *err)
{
        if (take_list_or_words(instruction, rest, err) < 0)
                return -1;
        if (instruction->words.count == 0)
                return needs(instruction, "at least one path", err);
        for (size_t i = 0; i < instruction->words.count; i++)
                if (!instruction->words.items[i][strspn(instruction->words.items[i], BLANKS)])
                        return needs(instruction, "paths that are not empty", err);
        return 0;
}

static int take_expose(struct instruction *instruction, const char *rest, struct error *err)
{
        take_words(instruction, rest);
        return instruction->words.count ? 0 : needs(instruction, "at least one port", err);
}

/* "NAME value": all that follows is the value. */
static int take_old_pair(struct instruction *instruction, const char *rest, struct error *err)
{
        size_t len = strcspn(rest, BLANKS);
        const char *value = rest + len + strspn(rest + len, BLANKS);

        strv_release(&instruction->words);
        if (!*value)
                return needs(instruction, "a value: NAME=value", err);
        strv_take(&instruction->words, xstrndup(rest, len));
        strv_add(&instruction->words, value);
        return 0;
}

static int take_pairs(struct instruction *instruction, const char *rest, struct error *err)
{
        struct strv words = { 0 };
        int rc = 0;

        take_words(instruction, rest);
        if (instruction->words.count == 0)
                return needs(instruction, "NAME=value", err);
        if (!strchr(instruction->words.items[0], '='))
                return take_old_pair(instruction, rest, err);
        for (size_t i = 0; rc == 0 && i < instruction->words.count; i++) {
                const char *word = instruction->words.items[i];
                const char *equals = strchr(word, '=');

                if (!equals || equals == word) {
                        rc = error_set(err, ERROR_INVALID, "\"%.100s\" is not NAME=value", word);
                        break;
                }
                strv_take(&words, xstrndup(word, (size_t)(equals - word)));
                strv_add(&words, equals + 1);
        }
        strv_release(&instruction->words);
        instruction->words = words;
        return rc;
}

static int take_arg(struct instruction *instruction, const char *rest, struct error *err)
{
        take_words(instruction, rest);
        if (instruction->words.count == 0)
                return needs(instruction, "a name", err);
        for (size_t i = 0; i < instruction->words.count; i++)
                if (instruction->words.items[i][0] == '=')
                        return needs(instruction, "a name in front of the =", err);
        return 0;
}

static int take_from(struct instruction *instruction, const char *rest, struct error *err)
{
        const struct strv *words = &instruction->words;

        take_words(instruction, rest);
        if (words->count == 3 && strcasecmp(words->items[1], "as") == 0) {
                struct strv two = { 0 };

                strv_add(&two, words->items[0]);
                strv_add(&two, words->items[2]);
                strv_release(&instruction->words);
                instruction->words = two;
                return 0;
        }
        return words->count == 1 ? 0 : needs(instruction, "an image: FROM IMAGE [AS NAME]", err);
}

/* USER, WORKDIR ...: the line. */
static int take_line(struct instruction *instruction, const char *rest, struct error *err)
{
        if (!*rest)
                return needs(instruction, "an argument", err);
        strv_add(&instruction->words, rest);
        return 0;
}

static int take_healthcheck(struct instruction *instruction, const char *rest, struct error *err)
{
        size_t len = strcspn(rest, BLANKS);
        const char *command = rest + len + strspn(rest + len, BLANKS);
        bool none = len == 4 && strncasecmp(rest, "NONE", len) == 0;

        if (none && *command)
                return error_set(err, ERROR_INVALID, "HEALTHCHECK NONE takes no arguments");
        if (!none && (len != 3 || strncasecmp(rest, "CMD", len) != 0))
                return needs(instruction, "CMD and a command, or NONE", err);
        strv_add(&instruction->words, none ? "NONE" : "CMD");
        if (none)
                return 0;
        if (take_command(instruction, command, err) < 0)
                return -1;
        return instruction->words.count > 1 ? 0 : needs(instruction, "a command behind CMD", err);
}

int instruction_check_trigger(enum instruction_kind kind, struct error *err)
{
        if (kind == INSTRUCTION_ONBUILD || kind == INSTRUCTION_FROM ||
            kind == INSTRUCTION_MAINTAINER)
                return error_set(err, ERROR_INVALID, "%s is not allowed behind ONBUILD",
                                 instruction_name(kind));
        return 0;
}

/* The here-documents that the instruction behind it names are read for it. */
static int take_trigger(struct instruction *instruction, const char *rest, struct error *err)
{
        AUTO(instruction) inner = { .escape = instruction->escape };

        if (!*rest)
                return needs(instruction, "an instruction", err);
        /* before it is read, so that ONBUILD cannot be in ONBUILD in ONBUILD ... */
        if (instruction_kind_of(rest, strcspn(rest, BLANKS), &inner.kind) &&
            instruction_check_trigger(inner.kind, err) < 0)
                return -1;
        if (instruction_from_line(&inner, rest, err) < 0)
                return -1;
        strv_add(&instruction->words, rest);
        instruction->heredocs = take_ptr(inner.heredocs);
        instruction->heredoc_count = inner.heredoc_count;
        inner.heredoc_count = 0;
        return 0;
}

static int (*const take[])(struct instruction *, const char *, struct error *) = {
        [INSTRUCTION_ADD] = take_copy,
        [INSTRUCTION_ARG] = take_arg,
        [INSTRUCTION_CMD] = take_default,
        [INSTRUCTION_COPY] = take_copy,
        [INSTRUCTION_ENTRYPOINT] = take_default,
        [INSTRUCTION_ENV] = take_pairs,
        [INSTRUCTION_EXPOSE] = take_expose,
        [INSTRUCTION_FROM] = take_from,
        [INSTRUCTION_HEALTHCHECK] = take_healthcheck,
        [INSTRUCTION_LABEL] = take_pairs,
        [INSTRUCTION_MAINTAINER] = take_line,
        [INSTRUCTION_ONBUILD] = take_trigger,
        [INSTRUCTION_RUN] = take_run,
        [INSTRUCTION_SHELL] = take_shell,
        [INSTRUCTION_STOPSIGNAL] = take_line,
        [INSTRUCTION_USER] = take_line,
        [INSTRUCTION_VOLUME] = take_volume,
        [INSTRUCTION_WORKDIR] = take_line,
};
static_assert(ARRAY_SIZE(take) == INSTRUCTION_COUNT, "a way for each kind");

int instruction_from_line(struct instruction *instruction, const char *text, struct error *err)
{
        AUTO_FREE char *line = xstrdup(text);
        size_t word = strcspn(line, BLANKS), len = strlen(line);
        const char *rest = line + word + strspn(line + word, BLANKS);

        while (len > word && strchr(BLANKS, line[len - 1]))
                line[--len] = '\0';
        instruction->original = xstrdup(text);
        if (!instruction_kind_of(line, word, &instruction->kind)) {
                line[word] = '\0';
                return instruction_unknown(line, err);
        }
        if (instruction_take_flags(instruction, &rest, err) < 0 ||
            take[instruction->kind](instruction, rest, err) < 0)
                return -1;
        if (instruction->words.count > LIMIT_BUILD_WORDS)
                return error_set(err, ERROR_TOO_LARGE, "%s has more than %zu words",
                                 instruction_name(instruction->kind), LIMIT_BUILD_WORDS);
        return 0;
}
