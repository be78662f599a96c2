/* Reading one instruction with its here-documents, from a file or from a text alone. */
#include "engine/containerfile/instruction.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/strbuf.h"
#include "engine/containerfile/instruction_parse.h"
#include "engine/containerfile/limits.h"

#include <stdlib.h>
#include <string.h>

void instruction_release(struct instruction *instruction)
{
        strv_release(&instruction->flags);
        strv_release(&instruction->words);
        for (size_t i = 0; i < instruction->heredoc_count; i++) {
                free(instruction->heredocs[i].name);
                free(instruction->heredocs[i].content);
        }
        free(instruction->heredocs);
        free(instruction->original);
        free(instruction->file);
        *instruction = (struct instruction){ 0 };
}

int instruction_context(const struct instruction *instruction, struct error *err)
{
        if (instruction->line == 0)
                return error_context(err, "%s", instruction->file);
        return error_context(err, "%s:%zu", instruction->file, instruction->line);
}

/* ONBUILD keeps its here-documents in its one word. */
static void fold_heredocs(struct instruction *onbuild)
{
        AUTO(strbuf) text = { .max = 2 * LIMIT_CONTAINERFILE };

        strbuf_adds(&text, onbuild->words.items[0]);
        for (size_t i = 0; i < onbuild->heredoc_count; i++)
                strbuf_addf(&text, "\n%s%s", onbuild->heredocs[i].content,
                            onbuild->heredocs[i].name);
        strv_release(&onbuild->words);
        strv_take(&onbuild->words, strbuf_take(&text));
        for (size_t i = 0; i < onbuild->heredoc_count; i++) {
                free(onbuild->heredocs[i].name);
                free(onbuild->heredocs[i].content);
        }
        free(take_ptr(onbuild->heredocs));
        onbuild->heredoc_count = 0;
}

static int read_heredocs(struct containerfile_lines *lines, struct instruction *instruction,
                         struct error *err)
{
        for (size_t i = 0; i < instruction->heredoc_count; i++)
                if (containerfile_lines_heredoc(lines, &instruction->heredocs[i], err) < 0)
                        return -1;
        if (instruction->kind == INSTRUCTION_ONBUILD && instruction->heredoc_count > 0)
                fold_heredocs(instruction);
        return 0;
}

int instruction_read(struct containerfile_lines *lines, struct instruction *instruction_out,
                     struct error *err)
{
        struct instruction instruction = { .escape = lines->escape };
        AUTO_FREE char *text = NULL;

        if (!containerfile_lines_next(lines, &text, &instruction.line))
                return 0;
        instruction.file = xstrdup(lines->name);
        if (instruction_from_line(&instruction, text, err) < 0 ||
            read_heredocs(lines, &instruction, err) < 0) {
                instruction_context(&instruction, err);
                instruction_release(&instruction);
                return -1;
        }
        *instruction_out = instruction;
        return 1;
}

/* The first, and that there is no other. */
static int read_only_one(const char *name, const char *text, struct instruction *instruction,
                         struct error *err)
{
        struct containerfile_lines lines = { 0 };
        AUTO(instruction) other = { 0 };
        int rc;

        if (strlen(text) > LIMIT_CONTAINERFILE)
                return error_set(err, ERROR_TOO_LARGE, "%s is too long", name);
        if (containerfile_lines_begin(&lines, name, text, strlen(text), err) < 0)
                return -1;
        rc = instruction_read(&lines, instruction, err);
        if (rc == 0)
                return error_set(err, ERROR_INVALID, "%s: there is no instruction", name);
        if (rc > 0)
                rc = instruction_read(&lines, &other, err);
        if (rc > 0)
                return error_set(err, ERROR_INVALID, "%s: there is more than one instruction",
                                 name);
        return rc;
}

int instruction_parse(const char *name, const char *text, bool trigger,
                      struct instruction *instruction_out, struct error *err)
{
        AUTO(instruction) instruction = { 0 };

        if (read_only_one(name, text, &instruction, err) < 0)
                return -1;
        if (trigger && instruction_check_trigger(instruction.kind, err) < 0)
                return instruction_context(&instruction, err);
        *instruction_out = instruction;
        instruction = (struct instruction){ 0 };
        return 0;
}
