/* kelp completion: the scripts in completions/, as bytes; make/docs.mk makes the lists. What they
 * offer comes from `kelp __complete` (complete.h). */
#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/strbuf.h"
#include "cli/command.h"

#include <fcntl.h>
#include <string.h>

static const char bash_script[] = {
#include "completion_bash.inc"
};
static const char zsh_script[] = {
#include "completion_zsh.inc"
};
static const char fish_script[] = {
#include "completion_fish.inc"
};

static const struct {
        const char *shell, *script;
} scripts[] = {
        { "bash", bash_script },
        { "zsh", zsh_script },
        { "fish", fish_script },
};

struct completion_args {
        const char *file;
        bool no_descriptions;
};
#define OPT_ARGS struct completion_args

static const struct opt completion_options[] = {
        OPT_STR('f', "file", file, "FILE", "Write the script there"),
        OPT_BOOL(0, "no-desc", no_descriptions, "Candidates without descriptions"),
        { 0 },
};

static void add_script(struct strbuf *out, const char *script, bool descriptions)
{
        static const char word[] = " __complete ";
        const char *at;

        while (!descriptions && (at = strstr(script, word))) {
                strbuf_add(out, script, (size_t)(at - script));
                strbuf_adds(out, " __completeNoDesc ");
                script = at + strlen(word);
        }
        strbuf_adds(out, script);
}

static int completion_run(struct context *ctx, void *data, struct error *err)
{
        const struct completion_args *args = data;
        AUTO(strbuf) text = { 0 };

        for (size_t i = 0; i < ARRAY_SIZE(scripts); i++)
                if (strcmp(ctx->argv[0], scripts[i].shell) == 0)
                        add_script(&text, scripts[i].script, !args->no_descriptions);
        if (!text.len)
                return error_set(err, ERROR_USAGE,
                                 "no completion for \"%s\": there are bash, zsh and fish",
                                 ctx->argv[0]);
        if (args->file)
                return fd_write_file(AT_FDCWD, args->file, text.data, text.len, 0644, err);
        fputs(text.data, stdout);
        return 0;
}

const struct command cmd_completion = {
        .name = "completion",
        .synopsis = "[OPTIONS] bash|zsh|fish",
        .summary = "Print the script that completes kelp's command lines in a shell",
        .min_operands = 1,
        .max_operands = 1,
        .args_size = sizeof(struct completion_args),
        .options = completion_options,
        .run = completion_run,
};
