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

static void mark_name(struct executor *executor, const char *name, size_t before)
{
        ssize_t other = containerfile_stage(executor->options->file, name, before);

        if (other >= 0)
                needed_mark(executor, (size_t)other);
        for (size_t i = 0; strchr(name, '$') && i < before; i++)
                needed_mark(executor, i);
}

/* from=NAME among a mount's options. */
static void mark_mount(struct executor *executor, const char *mount, size_t before)
{
        AUTO(strv) words = { 0 };

        strv_split(&words, mount, ',');
        for (size_t i = 0; i < words.count; i++)
                if (strncmp(words.items[i], "from=", 5) == 0)
                        mark_name(executor, words.items[i] + 5, before);
        if (strchr(mount, '$'))
                mark_name(executor, mount, before);
}

void needed_mark(struct executor *executor, size_t target)
{
        struct stage *stage = &executor->stages[target];

        if (stage->needed)
                return;
        stage->needed = true;
        mark_name(executor, stage->file->base, target);
        for (size_t i = 0; i < stage->file->count; i++) {
                const struct instruction *instruction = &stage->file->instructions[i];
                const char *from = instruction_flag(instruction, "from"), *mount;
                size_t at = 0;

                if (from)
                        mark_name(executor, from, target);
                while ((mount = instruction_flag_next(instruction, "mount", &at)))
                        mark_mount(executor, mount, target);
        }
}
