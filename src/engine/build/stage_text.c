/* What a build prints of its steps, and what the history says of them: podman's words. See stage.h.
 */
#include "engine/build/stage.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/strbuf.h"

#include <stdio.h>
#include <string.h>

void stage_tell(struct stage *stage, const char *text)
{
        const struct executor *executor = stage->executor;

        stage->step++;
        if (executor->options->quiet)
                return;
        if (executor->count > 1)
                printf("[%zu/%zu] ", stage->index + 1, executor->count);
        printf("STEP %zu/%zu: %s\n", stage->step, stage->steps, text);
        fflush(stdout);
}

void stage_tell_id(const struct stage *stage)
{
        if (!stage->executor->options->no_ids && !stage->executor->options->quiet)
                printf("--> %.12s\n", stage->image.id);
        fflush(stdout);
}

void stage_tell_commit(const struct stage *stage)
{
        const struct executor_options *options = stage->executor->options;

        if (!stage->last || options->quiet)
                return;
        printf("COMMIT%s%s\n", options->output_name ? " " : "",
               options->output_name ? options->output_name : "");
}

/* What is told of a step; of here-documents the first line. */
char *stage_step_text(const struct instruction *instruction)
{
        AUTO(strbuf) text = { 0 };

        strbuf_adds(&text, instruction->original);
        for (size_t i = 0; i < instruction->heredoc_count; i++) {
                const char *line = instruction->heredocs[i].content;
                size_t len;

                line += strspn(line, " \t\n");
                len = strcspn(line, "\n");
                strbuf_addf(&text, " (%.*s%s)", (int)len, line,
                            line[len] && line[len + 1] ? "..." : "");
        }
        return strbuf_take(&text);
}

/* What podman's history has behind an instruction. */
static void add_marks(const struct stage *stage, struct strbuf *text)
{
        const struct executor_options *options = stage->executor->options;

        for (size_t i = 0; i < options->unset_labels->count; i++)
                strbuf_addf(text, "|unsetLabel=%s", options->unset_labels->items[i]);
        if (options->no_labels)
                strbuf_adds(text, "|inheritLabels=false");
        if (options->timestamp)
                strbuf_addf(text, "|force-mtime=%lld", (long long)*options->timestamp);
}

char *stage_created_by(const struct stage *stage, const char *text_of_step)
{
        AUTO(strbuf) text = { 0 };

        strbuf_adds(&text, text_of_step);
        add_marks(stage, &text);
        return strbuf_take(&text);
}

char *stage_history(const struct stage *stage, const struct instruction *instruction)
{
        AUTO_FREE char *text = NULL;
        AUTO(strv) names = { 0 };
        AUTO_FREE char *joined = NULL;

        if (instruction->kind == INSTRUCTION_ARG) {
                strv_extend(&names, &stage->scope.names);
                strv_sort(&names);
                joined = strv_join(&names, " ");
                text = xasprintf("/bin/sh -c #(nop) ARG %s", joined);
        } else {
                text = xasprintf("/bin/sh -c #(nop) %s", instruction->original);
        }
        return stage_created_by(stage, text);
}
