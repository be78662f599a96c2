/* See needed.h. Names with variables can mean any stage before: then all are built. */
#include "engine/build/needed.h"

#include "base/alloc.h"
#include "base/cleanup.h"

#include <string.h>

int needed_target(const struct containerfile *file, const char *name, size_t *target_out,
                  struct error *err)
{
        ssize_t found = name ? containerfile_stage(file, name, file->stage_count)
                             : (ssize_t)file->stage_count - 1;

        if (found < 0)
                return error_set(err, ERROR_NOT_FOUND,
                                 "the target \"%s\" was not found in the provided Dockerfile",
                                 name);
        *target_out = (size_t)found;
        return 0;
}

static void mark_other(struct stage *stage, size_t other)
{
        stage->needs[other] = true;
        needed_mark(stage->executor, other);
}

static void mark_name(struct stage *stage, const char *name)
{
        ssize_t other = containerfile_stage(stage->executor->options->file, name, stage->index);

        if (other >= 0)
                mark_other(stage, (size_t)other);
        for (size_t i = 0; strchr(name, '$') && i < stage->index; i++)
                mark_other(stage, i);
}

/* from=NAME among a mount's options. */
static void mark_mount(struct stage *stage, const char *mount)
{
        AUTO(strv) words = { 0 };

        strv_split(&words, mount, ',');
        for (size_t i = 0; i < words.count; i++)
                if (strncmp(words.items[i], "from=", 5) == 0)
                        mark_name(stage, words.items[i] + 5);
        if (strchr(mount, '$'))
                mark_name(stage, mount);
}

static void mark_common_mounts(struct stage *stage)
{
        const struct strv *mounts = stage->executor->options->mounts;

        for (size_t i = 0; i < mounts->count; i++)
                mark_mount(stage, mounts->items[i]);
}

void needed_mark(struct executor *executor, size_t target)
{
        struct stage *stage = &executor->stages[target];

        if (stage->needed)
                return;
        stage->needed = true;
        stage->needs = xcalloc(target + 1, sizeof(*stage->needs));
        mark_name(stage, stage->file->base);
        for (size_t i = 0; i < stage->file->count; i++) {
                const struct instruction *instruction = &stage->file->instructions[i];
                const char *from = instruction_flag(instruction, "from"), *mount;
                size_t at = 0;

                if (from)
                        mark_name(stage, from);
                while ((mount = instruction_flag_next(instruction, "mount", &at)))
                        mark_mount(stage, mount);
                if (instruction->kind == INSTRUCTION_RUN)
                        mark_common_mounts(stage);
        }
}
