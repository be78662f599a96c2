/* Environment variables from the command line and from files. */
#include "cli/options/env.h"

#include "base/cleanup.h"
#include "base/fd.h"
#include "base/limits.h"

#include <ctype.h>
#include <fcntl.h>
#include <string.h>

extern char **environ;

/* NAME=value; NAME alone takes the caller's value, NAME* the caller's that begin so. */
static void add_env(struct strv *env, const char *text)
{
        size_t len = strlen(text);

        if (strchr(text, '=')) {
                strv_env_set(env, text);
                return;
        }
        for (char **own = environ; *own; own++)
                if (text[len - 1] == '*' ? strncmp(*own, text, len - 1) == 0
                                         : strncmp(*own, text, len) == 0 && (*own)[len] == '=')
                        strv_env_set(env, *own);
}

int env_file_lines(const char *path, const char *option, struct strv *lines, struct error *err)
{
        AUTO_FREE char *text = NULL;
        char *rest, *line;

        if (fd_read_file(AT_FDCWD, path, LIMIT_ENV_FILE, &text, NULL, err) < 0)
                return error_context(err, "%s", option);
        for (rest = text; (line = strsep(&rest, "\n"));) {
                while (isspace((unsigned char)*line))
                        line++;
                if (line[0] == '=')
                        return error_set(err, ERROR_INVALID, "%s: a line has no name: %s", path,
                                         line);
                if (line[0] && line[0] != '#')
                        strv_add(lines, line);
        }
        return 0;
}

static int add_env_file(struct strv *env, const char *path, struct error *err)
{
        AUTO(strv) lines = { 0 };

        if (env_file_lines(path, "--env-file", &lines, err) < 0)
                return -1;
        for (size_t i = 0; i < lines.count; i++)
                add_env(env, lines.items[i]);
        return 0;
}

int env_fill(const struct strv *files, const struct strv *assignments, struct strv *env,
             struct error *err)
{
        for (size_t i = 0; i < files->count; i++)
                if (add_env_file(env, files->items[i], err) < 0)
                        return -1;
        for (size_t i = 0; i < assignments->count; i++) {
                if (!assignments->items[i][0] || assignments->items[i][0] == '=')
                        return error_set(err, ERROR_USAGE, "invalid environment variable \"%s\"",
                                         assignments->items[i]);
                add_env(env, assignments->items[i]);
        }
        return 0;
}
