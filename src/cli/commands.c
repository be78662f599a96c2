/* The list of commands and their aliases. */
#include "cli/commands.h"

#include <string.h>

extern const struct command cmd_attach, cmd_create, cmd_doctor, cmd_exec, cmd_help, cmd_images,
        cmd_import, cmd_info, cmd_inspect, cmd_kill, cmd_logs, cmd_ps, cmd_pull, cmd_rm, cmd_rmi,
        cmd_run, cmd_start, cmd_stop, cmd_unshare, cmd_version, cmd_wait;

const struct command *const commands[] = {
        &cmd_run,     &cmd_create,  &cmd_start, &cmd_ps,     &cmd_logs, &cmd_exec,
        &cmd_attach,  &cmd_stop,    &cmd_kill,  &cmd_wait,   &cmd_rm,   &cmd_inspect,
        &cmd_pull,    &cmd_images,  &cmd_rmi,   &cmd_import, &cmd_info, &cmd_doctor,
        &cmd_unshare, &cmd_version, &cmd_help,  NULL,
};

/* podman's second names for the same thing. */
static const struct {
        const char *first, *second;
        const struct command *command;
} aliases[] = {
        { "container", "run", &cmd_run },       { "container", "create", &cmd_create },
        { "container", "start", &cmd_start },   { "container", "ps", &cmd_ps },
        { "container", "ls", &cmd_ps },         { "container", "list", &cmd_ps },
        { "container", "logs", &cmd_logs },     { "container", "exec", &cmd_exec },
        { "container", "attach", &cmd_attach }, { "container", "stop", &cmd_stop },
        { "container", "kill", &cmd_kill },     { "container", "wait", &cmd_wait },
        { "container", "rm", &cmd_rm },         { "container", "remove", &cmd_rm },
        { "image", "pull", &cmd_pull },         { "image", "ls", &cmd_images },
        { "image", "list", &cmd_images },       { "image", "rm", &cmd_rmi },
        { "image", "remove", &cmd_rmi },        { "image", "import", &cmd_import },
        { "system", "info", &cmd_info },
};

const struct command *command_find(const char *first, const char *second, int *words_out)
{
        for (size_t i = 0; second && i < ARRAY_SIZE(aliases); i++)
                if (strcmp(aliases[i].first, first) == 0 &&
                    strcmp(aliases[i].second, second) == 0) {
                        *words_out = 2;
                        return aliases[i].command;
                }
        for (const struct command *const *c = commands; *c; c++)
                if (strcmp((*c)->name, first) == 0) {
                        *words_out = 1;
                        return *c;
                }
        return NULL;
}
