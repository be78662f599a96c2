/* Here-documents: <<NAME among the words of a RUN, COPY or ADD.
 *
 * Docker's rule: a word that begins with <<, a number in front of it or not, is one, blanks between
 * << and the name or not; <<< is none. Quotes hide it, and what a shell counts in $((1 << 2)) is
 * none either.
 */
#include "base/alloc.h"
#include "base/cleanup.h"
#include "engine/containerfile/build_words.h"
#include "engine/containerfile/instruction_parse.h"
#include "engine/containerfile/limits.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static bool is_blank(char c)
{
        return c && isspace((unsigned char)c);
}

/* "3<<-": a heredoc without a name; *at is moved behind it. false: it is none. */
static bool take_operator(const char **at, struct heredoc *heredoc)
{
        const char *digits = *at;
        size_t len = strspn(digits, "0123456789");
        const char *name = digits + len;

        if (len > 4 || strncmp(name, "<<", 2) != 0)
                return false;
        name += 2;
        heredoc->strip_tabs = *name == '-';
        name += heredoc->strip_tabs;
        while (is_blank(*name))
                name++;
        if (!*name || *name == '<')
                return false;
        heredoc->fd = len ? (unsigned)strtoul(digits, NULL, 10) : 0;
        *at = name;
        return true;
}

static size_t quotes_in(const char *text)
{
        size_t count = 0;

        for (; *text; text++)
                count += *text == '\'' || *text == '"';
        return count;
}

/* The name, with or without quotes; *at is moved behind it. false: there is none. */
static bool take_name(const char **at, struct heredoc *heredoc)
{
        static const struct build_variables plain = { 0 };
        const char *end = build_words_token_end(*at, '\\');
        AUTO_FREE char *word = xstrndup(*at, (size_t)(end - *at));
        struct error err;

        if (strchr(word, '<') || build_words_expand(word, &plain, &heredoc->name, &err) < 0)
                return false;
        if (!*heredoc->name) {
                free(take_ptr(heredoc->name));
                return false;
        }
        heredoc->expands = quotes_in(word) == quotes_in(heredoc->name);
        *at = end;
        return true;
}

static void add(struct instruction *instruction, const struct heredoc *heredoc)
{
        instruction->heredocs = xreallocarray(instruction->heredocs, instruction->heredoc_count + 1,
                                              sizeof(*heredoc));
        instruction->heredocs[instruction->heredoc_count++] = *heredoc;
}

/* Behind the word at `at`, outside quotes; "$((" ... "))" counts as one. *closes: a "))" may
 * follow, which is looked for in vain once only. */
static const char *word_end(const char *at, bool *closes)
{
        const char *end = build_words_token_end(at, '\\');

        for (const char *p = at; p < end && *closes; p++) {
                const char *close = strncmp(p, "$((", 3) == 0 ? strstr(p, "))") : p;

                *closes = close != NULL;
                if (!close || close == p)
                        continue;
                if (close + 2 >= end)
                        return close + 2;
                p = close + 1;
        }
        return end;
}

/* Is each quote closed? Without that no word is certain, and there are no here-documents. */
static bool is_closed(const char *at)
{
        char quote = '\0';

        for (; *at; at++) {
                if (*at == '\\' && quote != '\'' && at[1])
                        at++;
                else if (quote ? *at == quote : *at == '\'' || *at == '"')
                        quote = quote ? '\0' : *at;
        }
        return !quote;
}

int instruction_find_heredocs(struct instruction *instruction, const char *arguments,
                              struct error *err)
{
        bool copies = instruction->kind != INSTRUCTION_RUN;
        AUTO(strv) words = { 0 };
        const char *at = arguments;
        bool closes = true;

        if (!strstr(arguments, "<<") || !is_closed(arguments))
                return 0;
        while (*(at += strspn(at, " \t\v\f\r\n"))) {
                struct heredoc heredoc = { 0 };
                const char *word = at;

                if (take_operator(&at, &heredoc) && take_name(&at, &heredoc)) {
                        if (instruction->heredoc_count == LIMIT_HEREDOCS) {
                                free(heredoc.name);
                                return error_set(err, ERROR_TOO_LARGE,
                                                 "more than %d here-documents", LIMIT_HEREDOCS);
                        }
                        add(instruction, &heredoc);
                        strv_addf(&words, "<<%s", heredoc.name);
                        continue;
                }
                at = copies ? build_words_token_end(word, instruction->escape)
                            : word_end(word, &closes);
                strv_take(&words, xstrndup(word, (size_t)(at - word)));
        }
        if (copies && instruction->heredoc_count > 0) {
                struct strv before = instruction->words;

                instruction->words = words;
                words = before;
        }
        return 0;
}
