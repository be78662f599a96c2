/* One stage of a build. See stage.h. */
#include "engine/build/stage.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/strbuf.h"
#include "engine/containerfile/build_config.h"

#include <stdio.h>
#include <string.h>

static void extra_release(struct stage_extra *extra)
{
        for (size_t i = 0; i < extra->count; i++)
                instruction_release(&extra->items[i]);
        free(extra->items);
        *extra = (struct stage_extra){ 0 };
}

void stage_release(struct stage *stage)
{
        view_close(stage->executor->store, &stage->view);
        intake_close(stage->intake);
        image_release(&stage->base);
        image_release(&stage->image);
        json_decref(stage->config);
        json_decref(stage->annotations);
        build_scope_release(&stage->scope);
        extra_release(&stage->triggers);
        extra_release(&stage->before);
        extra_release(&stage->after);
        free(stage->pending);
        free(stage->needs);
        free(stage->platform);
}

static void quote(struct strbuf *line, const char *text, size_t len)
{
        strbuf_addc(line, '"');
        for (size_t i = 0; i < len; i++) {
                if (strchr("\"\\$", text[i]))
                        strbuf_addc(line, '\\');
                strbuf_addc(line, text[i]);
        }
        strbuf_addc(line, '"');
}

/* --env and --label as instructions, as podman has them: LABEL "a"="b" "c"="d". */
static int make_extra(const char *word, const struct strv *pairs, struct stage_extra *extra,
                      struct error *err)
{
        AUTO(strbuf) line = { 0 };

        if (pairs->count == 0)
                return 0;
        strbuf_adds(&line, word);
        for (size_t i = 0; i < pairs->count; i++) {
                const char *pair = pairs->items[i];
                size_t len = strcspn(pair, "=");

                strbuf_addc(&line, ' ');
                quote(&line, pair, len);
                strbuf_addc(&line, '=');
                quote(&line, pair[len] ? pair + len + 1 : "",
                      pair[len] ? strlen(pair + len + 1) : 0);
        }
        extra->items = xcalloc(1, sizeof(*extra->items));
        if (instruction_parse("options", line.data, false, extra->items, err) < 0)
                return -1;
        extra->count = 1;
        return 0;
}

static bool is_target(const struct stage *stage)
{
        return stage->index == stage->executor->target;
}

/* The annotations of the command line are the final image's. */
static void annotate(struct stage *stage)
{
        const struct executor_options *options = stage->executor->options;

        for (size_t i = 0; i < options->annotations->count; i++) {
                AUTO_FREE char *pair = xstrdup(options->annotations->items[i]);
                char *equals = strchr(pair, '=');

                if (equals)
                        *equals = '\0';
                json_set_string(stage->annotations, pair, equals ? equals + 1 : "");
        }
        for (size_t i = 0; i < options->unset_annotations->count; i++)
                json_object_del(stage->annotations, options->unset_annotations->items[i]);
}

int stage_settle(struct stage *stage, const struct built_layer *layer, const char *created_by,
                 struct error *err)
{
        stage_tell_commit(stage);
        if (stage_commit(stage, layer, created_by, err) < 0)
                return -1;
        stage_tell_id(stage);
        return 0;
}

int stage_reuse(struct stage *stage, const char *created_by, bool layer, struct error *err)
{
        int rc = stage_cached(stage, created_by, layer, err);

        if (rc <= 0)
                return rc;
        if (!stage->executor->options->quiet)
                printf("--> Using cache %s\n", stage->image.id);
        if (stage->executor->options->output_name)
                stage_tell_commit(stage);
        stage_tell_id(stage);
        return 1;
}

static void warn_docker_only(const struct stage *stage, const struct instruction *instruction)
{
        if (!stage->executor->options->docker && (instruction->kind == INSTRUCTION_HEALTHCHECK ||
                                                  instruction->kind == INSTRUCTION_SHELL))
                fprintf(stderr,
                        "%s is not supported for OCI image format, %s will be ignored. Must use "
                        "`docker` format\n",
                        instruction_name(instruction->kind), instruction->original);
}

/* Those that change the configuration alone. */
static int apply(struct stage *stage, const struct instruction *written,
                 const struct instruction *expanded, struct error *err)
{
        json_t *config = json_object_get(stage->config, "config");
        AUTO_FREE char *created_by = NULL;
        int rc;

        if (written->kind == INSTRUCTION_ARG && build_scope_arg(&stage->scope, written, err) < 0)
                return -1;
        if (written->kind == INSTRUCTION_ENV && build_scope_env(&stage->scope, expanded, err) < 0)
                return -1;
        if (written->kind == INSTRUCTION_MAINTAINER)
                json_set_string(stage->config, "author", expanded->words.items[0]);
        if (build_config_apply(config, expanded, &stage->cmd_set, err) < 0)
                return -1;
        warn_docker_only(stage, written);
        created_by = stage_history(stage, written);
        rc = stage_reuse(stage, created_by, false, err);
        return rc == 0 ? stage_settle(stage, NULL, created_by, err) : rc < 0 ? -1 : 0;
}

static int run_step(struct stage *stage, const struct instruction *written, struct error *err)
{
        struct build_variables variables = build_scope_variables(&stage->scope);
        struct instruction expanded = { 0 };
        int rc;

        variables.escape = written->escape;
        if (instruction_expand(written, &variables, &expanded, err) < 0)
                return -1;
        switch (written->kind) {
        case INSTRUCTION_RUN:
                rc = step_run(stage, &expanded, err);
                break;
        case INSTRUCTION_ADD:
        case INSTRUCTION_COPY:
                rc = step_copy(stage, &expanded, err);
                break;
        default:
                rc = apply(stage, written, &expanded, err);
        }
        instruction_release(&expanded);
        return rc;
}

static int do_step(struct stage *stage, const struct instruction *instruction, bool last,
                   struct error *err)
{
        AUTO_FREE char *text = stage_step_text(instruction);

        if (executor_cancelled(stage->executor))
                return executor_interrupted(err);
        stage->last = last && is_target(stage);
        if (stage->last)
                annotate(stage);
        stage_tell(stage, text);
        if (run_step(stage, instruction, err) == 0)
                return 0;
        if (executor_cancelled(stage->executor))
                executor_interrupted(err);
        return error_context(err, "building at STEP \"%s\"", instruction->original);
}

/* All that the stage has to do, in order. */
static size_t gather(struct stage *stage, const struct instruction ***list_out)
{
        const struct stage_extra parts[] = { stage->before,
                                             stage->triggers,
                                             { stage->file->instructions, stage->file->count },
                                             stage->after };
        const struct instruction **list = NULL;
        size_t count = 0;

        for (size_t p = 0; p < ARRAY_SIZE(parts); p++)
                for (size_t i = 0; i < parts[p].count; i++) {
                        list = xreallocarray(list, count + 1, sizeof(const struct instruction *));
                        list[count++] = &parts[p].items[i];
                }
        *list_out = list;
        return count;
}

/* FROM alone: the base is the result, unless options change it. */
static int nothing_to_do(struct stage *stage, struct error *err)
{
        const struct executor_options *options = stage->executor->options;
        bool changes = options->annotations->count || options->unset_env->count ||
                       options->unset_labels->count || options->unset_annotations->count ||
                       options->no_labels || options->no_annotations;
        AUTO_FREE char *created_by = NULL;
        int rc;

        stage->last = is_target(stage);
        if (!stage->last)
                return 0;
        if (stage->image.manifest.text[0] && !changes) {
                stage_tell_commit(stage);
                stage_tell_id(stage);
                return 0;
        }
        annotate(stage);
        created_by = stage_created_by(stage, "/bin/sh");
        rc = stage_reuse(stage, created_by, false, err);
        return rc == 0 ? stage_settle(stage, NULL, created_by, err) : rc < 0 ? -1 : 0;
}

static int all_steps(struct stage *stage, struct error *err)
{
        AUTO_FREE const struct instruction **list = NULL;
        size_t count = gather(stage, &list);

        if (count == 0)
                return nothing_to_do(stage, err);
        for (size_t i = 0; i < count; i++)
                if (do_step(stage, list[i], i + 1 == count, err) < 0)
                        return -1;
        return 0;
}

static size_t step_count(const struct stage *stage)
{
        return 1 + stage->before.count + stage->triggers.count + stage->file->count +
               stage->after.count;
}

static void tell_from(struct stage *stage, const struct instruction *from)
{
        const char *platform = instruction_flag(from, "platform"), *name = stage->file->name;
        AUTO_FREE char *text = xasprintf(
                "FROM %s%s%s%s%s%s", platform ? "--platform=" : "", platform ? platform : "",
                platform ? " " : "", from->words.items[0], name ? " AS " : "", name ? name : "");

        stage->steps = step_count(stage);
        stage_tell(stage, text);
}

static int begin(struct stage *stage, struct error *err)
{
        const struct executor_options *options = stage->executor->options;
        struct build_variables variables = build_args_variables(options->args);
        struct instruction from = { 0 };
        int rc = -1;

        variables.escape = stage->file->from.escape;
        if (instruction_expand(&stage->file->from, &variables, &from, err) < 0)
                return -1;
        if (make_extra("ENV", options->env, &stage->before, err) == 0 &&
            (!is_target(stage) || make_extra("LABEL", options->labels, &stage->after, err) == 0)) {
                tell_from(stage, &from);
                rc = stage_begin(stage, &from, err);
        }
        instruction_release(&from);
        stage->steps = step_count(stage);
        return rc;
}

int stage_build(struct stage *stage, struct error *err)
{
        stage->hits = true;
        if (begin(stage, err) < 0 || all_steps(stage, err) < 0)
                return -1;
        stage->ended = true;
        return stage_flush(stage, err);
}
