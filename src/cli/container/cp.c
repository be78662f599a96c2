/* kelp cp. */
#include "base/alloc.h"
#include "base/cleanup.h"
#include "cli/command.h"
#include "engine/container/copy.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct cp_args {
        struct opt_int archive;
        bool overwrite;
};
#define OPT_ARGS struct cp_args

static const struct opt cp_options[] = {
        OPT_SWITCH('a', "archive", archive,
                   "In a container, files belong to its user (true); false: keep their owners"),
        OPT_BOOL(0, "overwrite", overwrite, "Directories and other files may replace each other"),
        { 0 },
};

struct word {
        struct copy_end end;
        struct container container;
};

static void word_release(struct word *word)
{
        container_release(&word->container);
}

/* CONTAINER:PATH, "-", or a path of the host: one with a colon in it begins with "/" or ".". */
static int parse_word(struct context *ctx, const char *text, struct word *word, struct error *err)
{
        const char *colon = text[0] == '/' || text[0] == '.' ? NULL : strchr(text, ':');
        AUTO_FREE char *name = colon ? xstrndup(text, (size_t)(colon - text)) : NULL;

        if (!text[0])
                return error_set(err, ERROR_USAGE, "a path is empty");
        if (strcmp(text, "-") == 0)
                return 0;
        word->end.path = colon ? colon + 1 : text;
        if (!colon)
                return 0;
        if (!word->end.path[0])
                return error_set(err, ERROR_USAGE, "\"%s\" names no path", text);
        if (container_lookup(&ctx->store, name, &word->container, err) < 0)
                return -1;
        word->end.container = &word->container;
        return 0;
}

static int check(const struct copy_end *from, const struct copy_end *to, struct error *err)
{
        struct stat there;

        if (!from->container && !to->container)
                return error_set(err, ERROR_USAGE,
                                 "one of the two must be a container's: CONTAINER:PATH");
        if (!to->container && to->path && stat(to->path, &there) == 0 && !S_ISDIR(there.st_mode) &&
            !S_ISREG(there.st_mode))
                return error_set(err, ERROR_USAGE,
                                 "invalid destination: \"%s\" must be a directory or a regular "
                                 "file",
                                 to->path);
        if (!from->path && isatty(STDIN_FILENO))
                return error_set(err, ERROR_USAGE,
                                 "an archive is not read from a terminal: use a pipe");
        if (!to->path && isatty(STDOUT_FILENO))
                return error_set(err, ERROR_USAGE, "an archive is not for a terminal: use a pipe");
        return 0;
}

static int cp_run(struct context *ctx, void *data, struct error *err)
{
        const struct cp_args *args = data;
        struct copy_options options = { .keep_owners = args->archive.set && !args->archive.value,
                                        .overwrite = args->overwrite };
        AUTO(word) from = { .container = CONTAINER_EMPTY }, to = { .container = CONTAINER_EMPTY };

        if (parse_word(ctx, ctx->argv[0], &from, err) < 0 ||
            parse_word(ctx, ctx->argv[1], &to, err) < 0 || check(&from.end, &to.end, err) < 0)
                return -1;
        return container_copy(&ctx->store, &from.end, &to.end, &options, err);
}

const struct command cmd_cp = {
        .name = "cp",
        .synopsis = "[OPTIONS] [CONTAINER:]SOURCE|- [CONTAINER:]DESTINATION|-",
        .summary = "Copy files between a container and the host, another container, or a pipe",
        .needs = NEEDS_STORE,
        .min_operands = 2,
        .max_operands = 2,
        .args_size = sizeof(struct cp_args),
        .options = cp_options,
        .run = cp_run,
};
