/* A Containerfile: read, then each stage walked as a build does: ARG, ENV, everything expanded and
 * applied to a configuration. */
#include "base/cleanup.h"
#include "engine/containerfile/build_args.h"
#include "engine/containerfile/build_config.h"
#include "engine/containerfile/build_scope.h"
#include "engine/containerfile/containerfile.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What ONBUILD keeps can be read again, and is no ONBUILD itself. */
static void check_trigger(const struct instruction *onbuild)
{
        AUTO(instruction) trigger = { 0 };
        AUTO(instruction) again = { 0 };
        struct error err;

        if (instruction_parse("trigger", onbuild->words.items[0], true, &trigger, &err) < 0) {
                /* unless another file's escape character is what makes sense of it */
                if (onbuild->escape == '\\')
                        abort();
                return;
        }
        if (trigger.kind == INSTRUCTION_ONBUILD || trigger.kind == INSTRUCTION_FROM)
                abort();
        if (trigger.heredoc_count == 0 && trigger.escape == '\\' &&
            (instruction_parse("again", trigger.original, true, &again, &err) < 0 ||
             again.kind != trigger.kind || again.words.count != trigger.words.count))
                abort();
}

static void check_heredocs(const struct instruction *instruction)
{
        for (size_t i = 0; i < instruction->heredoc_count; i++)
                if (!instruction->heredocs[i].name[0] || !instruction->heredocs[i].content)
                        abort();
}

static void walk(const struct instruction *instruction, struct build_scope *scope, json_t *config,
                 bool *cmd_set)
{
        struct build_variables variables = build_scope_variables(scope);
        AUTO(instruction) expanded = { 0 };
        struct error err = { 0 };

        check_heredocs(instruction);
        if (instruction->kind == INSTRUCTION_ONBUILD)
                check_trigger(instruction);
        if (instruction->kind == INSTRUCTION_ARG) {
                (void)build_scope_arg(scope, instruction, &err);
                return;
        }
        if (instruction_expand(instruction, &variables, &expanded, &err) < 0) {
                if (!err.text[0])
                        abort();
                return;
        }
        if (instruction->kind == INSTRUCTION_ENV)
                (void)build_scope_env(scope, &expanded, &err);
        (void)build_config_apply(config, &expanded, cmd_set, &err);
}

static void walk_stage(const struct containerfile *file, size_t i, const struct build_args *args)
{
        const struct build_stage *stage = &file->stages[i];
        struct build_variables variables = build_args_variables(args);
        AUTO(instruction) from = { 0 };
        AUTO(build_scope) scope = { 0 };
        AUTO_JSON json_t *config = json_object();
        bool cmd_set = false;
        struct error err;

        if (instruction_expand(&stage->from, &variables, &from, &err) == 0)
                (void)containerfile_stage(file, from.words.items[0], i);
        build_scope_begin(&scope, args, NULL, NULL);
        for (size_t k = 0; k < stage->count; k++)
                walk(&stage->instructions[k], &scope, config, &cmd_set);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        static const struct platform platform = { .os = "linux", .arch = "arm64", .variant = "v8" };
        AUTO(containerfile) file = { 0 };
        AUTO(build_args) args = { 0 };
        AUTO(strv) unused = { 0 };
        struct error err = { 0 };

        (void)build_args_give(&args, "given=a b/c", &err);
        build_args_set_platforms(&args, &platform, &platform);
        if (containerfile_parse(&file, "fuzz", (const char *)data, size, &err) < 0) {
                if (!err.text[0])
                        abort();
                return 0;
        }
        if (build_args_set_globals(&args, &file, &err) < 0)
                return 0;
        build_args_unused(&args, &file, &unused);
        for (size_t i = 0; i < file.stage_count && i < 4; i++)
                walk_stage(&file, i, &args);
        return 0;
}
