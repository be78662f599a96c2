/* Instructions gathered into stages. See containerfile.h; reading them is instruction_read()'s. */
#include "engine/containerfile/containerfile.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "engine/containerfile/containerfile_lines.h"
#include "engine/containerfile/instruction_parse.h"
#include "engine/containerfile/limits.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static void release_list(struct instruction *list, size_t count)
{
        for (size_t i = 0; i < count; i++)
                instruction_release(&list[i]);
        free(list);
}

void containerfile_release(struct containerfile *file)
{
        release_list(file->globals, file->global_count);
        for (size_t i = 0; i < file->stage_count; i++) {
                instruction_release(&file->stages[i].from);
                release_list(file->stages[i].instructions, file->stages[i].count);
        }
        free(file->stages);
        strv_release(&file->warnings);
        *file = (struct containerfile){ 0 };
}

/* Append, and take it over. Grows at powers of two. */
static void append(struct instruction **list, size_t *count, struct instruction *instruction)
{
        if ((*count & (*count - 1)) == 0)
                *list = xreallocarray(*list, *count ? *count * 2 : 1, sizeof(**list));
        (*list)[(*count)++] = *instruction;
        *instruction = (struct instruction){ 0 };
}

static int begin_stage(struct containerfile *file, struct instruction *from, struct error *err)
{
        struct build_stage *stage;

        if (file->stage_count == LIMIT_STAGES)
                return error_set(err, ERROR_TOO_LARGE, "more than %d stages", LIMIT_STAGES);
        if ((file->stage_count & (file->stage_count - 1)) == 0)
                file->stages =
                        xreallocarray(file->stages, file->stage_count ? file->stage_count * 2 : 1,
                                      sizeof(*file->stages));
        stage = &file->stages[file->stage_count++];
        *stage = (struct build_stage){ .from = *from };
        *from = (struct instruction){ 0 };
        stage->base = stage->from.words.items[0];
        stage->name = stage->from.words.count > 1 ? stage->from.words.items[1] : NULL;
        stage->platform = instruction_flag(&stage->from, "platform");
        return 0;
}

static int add(struct containerfile *file, struct instruction *instruction, struct error *err)
{
        struct build_stage *stage = file->stage_count ? &file->stages[file->stage_count - 1] : NULL;

        if (file->instruction_count++ == LIMIT_INSTRUCTIONS)
                return error_set(err, ERROR_TOO_LARGE, "more than %d instructions",
                                 LIMIT_INSTRUCTIONS);
        if (instruction->kind == INSTRUCTION_FROM)
                return begin_stage(file, instruction, err);
        if (stage) {
                append(&stage->instructions, &stage->count, instruction);
        } else if (instruction->kind == INSTRUCTION_ARG) {
                append(&file->globals, &file->global_count, instruction);
        } else {
                error_set(err, ERROR_INVALID, "%s stands before the first FROM",
                          instruction_name(instruction->kind));
                return error_cure(err, "begin with FROM IMAGE; only ARG may stand before it");
        }
        return 0;
}

int containerfile_parse(struct containerfile *file, const char *name, const char *text, size_t len,
                        struct error *err)
{
        struct containerfile_lines lines = { .warnings = &file->warnings };
        int rc;

        if (len > LIMIT_CONTAINERFILE - file->size)
                return error_set(err, ERROR_TOO_LARGE,
                                 "%s: a build's files are larger than %zu MiB", name,
                                 LIMIT_CONTAINERFILE >> 20);
        file->size += len;
        if (containerfile_lines_begin(&lines, name, text, len, err) < 0)
                return -1;
        do {
                AUTO(instruction) instruction = { 0 };

                rc = instruction_read(&lines, &instruction, err);
                if (rc > 0 && add(file, &instruction, err) < 0)
                        return instruction_context(&instruction, err);
        } while (rc > 0);
        return rc;
}

int containerfile_read(struct containerfile *file, int dir_fd, const char *path, struct error *err)
{
        AUTO_FREE char *text = NULL;
        size_t len;

        if (fd_read_file(dir_fd, path, LIMIT_CONTAINERFILE, &text, &len, err) < 0)
                return -1;
        return containerfile_parse(file, path, text, len, err);
}

int containerfile_read_fd(struct containerfile *file, int fd, const char *name, struct error *err)
{
        AUTO_FREE char *text = NULL;
        size_t len;

        if (fd_read_rest(fd, LIMIT_CONTAINERFILE, &text, &len, err) < 0)
                return error_context(err, "%s", name);
        return containerfile_parse(file, name, text, len, err);
}

int containerfile_check(const struct containerfile *file, struct error *err)
{
        if (file->stage_count > 0)
                return 0;
        error_set(err, ERROR_INVALID, "no FROM statement found");
        return error_cure(err, "begin with FROM IMAGE, or FROM scratch for nothing");
}

ssize_t containerfile_stage(const struct containerfile *file, const char *name, size_t before)
{
        char *end;
        unsigned long number;

        if (before > file->stage_count)
                before = file->stage_count;
        for (size_t i = before; i-- > 0;)
                if (file->stages[i].name && strcasecmp(file->stages[i].name, name) == 0)
                        return (ssize_t)i;
        if (!*name || name[strspn(name, "0123456789")])
                return -1;
        number = strtoul(name, &end, 10);
        return number < before ? (ssize_t)number : -1;
}
