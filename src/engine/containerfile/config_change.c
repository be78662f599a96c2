/* --change: one instruction, as commit and import take it. See build_config_change().
 *
 * As in podman, "=" may stand behind the instruction, the value of a lone NAME=value goes to the
 * end of the line, double quotes around a value go, and nothing is expanded.
 */
#include "base/alloc.h"
#include "base/cleanup.h"
#include "engine/containerfile/build_config.h"
#include "engine/containerfile/instruction_parse.h"

#include <ctype.h>
#include <string.h>

/* "CMD=x" is "CMD x". The caller frees. */
static char *with_blank(const char *text)
{
        char *line = xstrdup(text + strspn(text, " \t\n"));
        size_t len = strcspn(line, " \t=");

        if (line[len] == '=')
                line[len] = ' ';
        return line;
}

static char *without_quotes(const char *text)
{
        size_t len = strlen(text);

        if (len >= 2 && text[0] == '"' && text[len - 1] == '"')
                return xstrndup(text + 1, len - 2);
        return xstrdup(text);
}

static bool has_pairs(enum instruction_kind kind)
{
        return kind == INSTRUCTION_ENV || kind == INSTRUCTION_LABEL;
}

/* What is no list of pairs is one. */
static void take_rest(struct instruction *instruction, const char *line)
{
        const char *rest = line + strcspn(line, " \t");
        const char *equals;

        rest += strspn(rest, " \t");
        equals = strchr(rest, '=');
        if (!equals || equals == rest)
                return;
        strv_release(&instruction->words);
        strv_take(&instruction->words, xstrndup(rest, (size_t)(equals - rest)));
        strv_add(&instruction->words, equals + 1);
}

static void unquote(struct instruction *instruction)
{
        struct strv words = { 0 };

        for (size_t i = 0; i < instruction->words.count; i++)
                strv_take(&words, without_quotes(instruction->words.items[i]));
        strv_release(&instruction->words);
        instruction->words = words;
}

static int parse(struct instruction *instruction, const char *line, struct error *err)
{
        size_t len = strcspn(line, " \t");

        if (!instruction_kind_of(line, len, &instruction->kind) ||
            !build_config_changes(instruction->kind))
                return error_set(err, ERROR_USAGE, "invalid instruction %.*s",
                                 len < 40 ? (int)len : 40, line);
        if (instruction_from_line(instruction, line, err) < 0) {
                if (has_pairs(instruction->kind))
                        take_rest(instruction, line);
                if (!has_pairs(instruction->kind) || instruction->words.count == 0)
                        return -1;
        }
        if (has_pairs(instruction->kind))
                unquote(instruction);
        return 0;
}

int build_config_change(json_t *config, const char *text, struct error *err)
{
        AUTO_FREE char *line = with_blank(text);
        AUTO(instruction) instruction = { .escape = '\\' };
        struct error why = { 0 };

        instruction.file = xasprintf("invalid change \"%.200s\"", text);
        if (parse(&instruction, line, &why) < 0)
                return error_set(err, ERROR_USAGE, "%s - %s", instruction.file, why.text);
        if (build_config_apply(config, &instruction, NULL, &why) < 0)
                return error_set(err, ERROR_USAGE, "%s", why.text);
        return 0;
}
