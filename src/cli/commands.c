/* The list of commands and their aliases. */
#include "cli/commands.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/strbuf.h"
#include "base/suggest.h"
#include "cli/global.h"
#include "cli/opt.h"

#include <string.h>

extern const struct command cmd_completion;
extern const struct command cmd_attach, cmd_build, cmd_commit, cmd_container_cleanup,
        cmd_container_exists, cmd_container_inspect, cmd_container_prune, cmd_cp, cmd_create,
        cmd_diff, cmd_doctor, cmd_events, cmd_exec, cmd_export, cmd_healthcheck_run, cmd_help,
        cmd_history, cmd_image_diff, cmd_image_exists, cmd_image_inspect, cmd_image_mount,
        cmd_image_prune, cmd_image_sign, cmd_image_tree, cmd_image_trust_set, cmd_image_trust_show,
        cmd_image_unmount, cmd_images, cmd_import, cmd_info, cmd_init, cmd_inspect, cmd_kill,
        cmd_load, cmd_login, cmd_logout, cmd_logs, cmd_manifest_add, cmd_manifest_annotate,
        cmd_manifest_create, cmd_manifest_exists, cmd_manifest_inspect, cmd_manifest_push,
        cmd_manifest_remove, cmd_manifest_rm, cmd_mount, cmd_oci, cmd_pause, cmd_port, cmd_ps,
        cmd_pull, cmd_push, cmd_rename, cmd_restart, cmd_rm, cmd_rmi, cmd_run, cmd_save, cmd_search,
        cmd_start, cmd_stats, cmd_stop, cmd_system_check, cmd_system_connection_list, cmd_system_df,
        cmd_system_generator, cmd_system_prune, cmd_system_reset, cmd_tag, cmd_top, cmd_unmount,
        cmd_unpause, cmd_unshare, cmd_untag, cmd_update, cmd_version, cmd_wait;
extern const struct command cmd_volume_create, cmd_volume_exists, cmd_volume_export,
        cmd_volume_import, cmd_volume_inspect, cmd_volume_ls, cmd_volume_mount, cmd_volume_prune,
        cmd_volume_reload, cmd_volume_rm, cmd_volume_unmount;
extern const struct command cmd_pod_create, cmd_pod_exists, cmd_pod_inspect, cmd_pod_kill,
        cmd_pod_logs, cmd_pod_pause, cmd_pod_prune, cmd_pod_ps, cmd_pod_restart, cmd_pod_rm,
        cmd_pod_start, cmd_pod_stats, cmd_pod_stop, cmd_pod_top, cmd_pod_unpause;
extern const struct command cmd_secret_create, cmd_secret_exists, cmd_secret_inspect, cmd_secret_ls,
        cmd_secret_rm;

const struct command *const commands[] = {
        &cmd_run,     &cmd_create, &cmd_start,   &cmd_ps,      &cmd_logs,       &cmd_exec,
        &cmd_attach,  &cmd_stop,   &cmd_restart, &cmd_kill,    &cmd_wait,       &cmd_pause,
        &cmd_unpause, &cmd_init,   &cmd_rename,  &cmd_port,    &cmd_top,        &cmd_stats,
        &cmd_update,  &cmd_events, &cmd_rm,      &cmd_inspect, &cmd_cp,         &cmd_mount,
        &cmd_unmount, &cmd_diff,   &cmd_commit,  &cmd_export,  &cmd_build,      &cmd_pull,
        &cmd_push,    &cmd_images, &cmd_rmi,     &cmd_tag,     &cmd_untag,      &cmd_history,
        &cmd_save,    &cmd_load,   &cmd_import,  &cmd_search,  &cmd_login,      &cmd_logout,
        &cmd_info,    &cmd_doctor, &cmd_unshare, &cmd_oci,     &cmd_completion, &cmd_version,
        &cmd_help,    NULL,
};

static const struct {
        const struct command *first;
        const char *text;
} headings[] = {
        { &cmd_run, "containers" },
        { &cmd_build, "images" },
        { &cmd_info, "this machine" },
};

/* podman's second names for the same thing. */
static const struct {
        const char *first, *second;
        const struct command *command;
} aliases[] = {
        { "container", "run", &cmd_run },
        { "container", "create", &cmd_create },
        { "container", "start", &cmd_start },
        { "container", "ps", &cmd_ps },
        { "container", "ls", &cmd_ps },
        { "container", "list", &cmd_ps },
        { "container", "logs", &cmd_logs },
        { "container", "exec", &cmd_exec },
        { "container", "attach", &cmd_attach },
        { "container", "stop", &cmd_stop },
        { "container", "kill", &cmd_kill },
        { "container", "wait", &cmd_wait },
        { "container", "pause", &cmd_pause },
        { "container", "unpause", &cmd_unpause },
        { "container", "stats", &cmd_stats },
        { "container", "inspect", &cmd_container_inspect },
        { "container", "cp", &cmd_cp },
        { "container", "mount", &cmd_mount },
        { "container", "unmount", &cmd_unmount },
        { "container", "umount", &cmd_unmount },
        { "container", "cleanup", &cmd_container_cleanup },
        { "container", "update", &cmd_update },
        { "container", "exists", &cmd_container_exists },
        { "container", "init", &cmd_init },
        { "container", "port", &cmd_port },
        { "container", "prune", &cmd_container_prune },
        { "container", "rename", &cmd_rename },
        { "container", "restart", &cmd_restart },
        { "container", "top", &cmd_top },
        { "healthcheck", "run", &cmd_healthcheck_run },
        { "image", "inspect", &cmd_image_inspect },
        { "container", "rm", &cmd_rm },
        { "container", "remove", &cmd_rm },
        { "image", "build", &cmd_build },
        { "buildx", "build", &cmd_build },
        { "builder", "build", &cmd_build },
        { "image", "pull", &cmd_pull },
        { "image", "ls", &cmd_images },
        { "image", "list", &cmd_images },
        { "image", "rm", &cmd_rmi },
        { "image", "remove", &cmd_rmi },
        { "image", "import", &cmd_import },
        { "image", "push", &cmd_push },
        { "image", "tag", &cmd_tag },
        { "image", "untag", &cmd_untag },
        { "image", "exists", &cmd_image_exists },
        { "image", "history", &cmd_history },
        { "image", "tree", &cmd_image_tree },
        { "image", "save", &cmd_save },
        { "image", "load", &cmd_load },
        { "image", "search", &cmd_search },
        { "manifest", "add", &cmd_manifest_add },
        { "manifest", "annotate", &cmd_manifest_annotate },
        { "manifest", "create", &cmd_manifest_create },
        { "manifest", "exists", &cmd_manifest_exists },
        { "manifest", "inspect", &cmd_manifest_inspect },
        { "manifest", "push", &cmd_manifest_push },
        { "manifest", "remove", &cmd_manifest_remove },
        { "manifest", "rm", &cmd_manifest_rm },
        { "image", "diff", &cmd_image_diff },
        { "image", "mount", &cmd_image_mount },
        { "image", "unmount", &cmd_image_unmount },
        { "image", "umount", &cmd_image_unmount },
        { "pod", "create", &cmd_pod_create },
        { "pod", "exists", &cmd_pod_exists },
        { "pod", "ps", &cmd_pod_ps },
        { "pod", "ls", &cmd_pod_ps },
        { "pod", "list", &cmd_pod_ps },
        { "pod", "rm", &cmd_pod_rm },
        { "pod", "inspect", &cmd_pod_inspect },
        { "pod", "kill", &cmd_pod_kill },
        { "pod", "logs", &cmd_pod_logs },
        { "pod", "prune", &cmd_pod_prune },
        { "pod", "stats", &cmd_pod_stats },
        { "pod", "top", &cmd_pod_top },
        { "pod", "pause", &cmd_pod_pause },
        { "pod", "restart", &cmd_pod_restart },
        { "pod", "start", &cmd_pod_start },
        { "pod", "stop", &cmd_pod_stop },
        { "pod", "unpause", &cmd_pod_unpause },
        { "container", "commit", &cmd_commit },
        { "container", "diff", &cmd_diff },
        { "container", "export", &cmd_export },
        { "image", "prune", &cmd_image_prune },
        { "image", "sign", &cmd_image_sign },
        { "image", "trust set", &cmd_image_trust_set },
        { "image", "trust show", &cmd_image_trust_show },
        { "secret", "create", &cmd_secret_create },
        { "secret", "exists", &cmd_secret_exists },
        { "secret", "inspect", &cmd_secret_inspect },
        { "secret", "ls", &cmd_secret_ls },
        { "secret", "list", &cmd_secret_ls },
        { "secret", "rm", &cmd_secret_rm },
        { "secret", "remove", &cmd_secret_rm },
        { "system", "connection list", &cmd_system_connection_list },
        { "system", "connection ls", &cmd_system_connection_list },
        { "system", "events", &cmd_events },
        { "system", "info", &cmd_info },
        { "system", "df", &cmd_system_df },
        { "system", "generator", &cmd_system_generator },
        { "system", "prune", &cmd_system_prune },
        { "system", "check", &cmd_system_check },
        { "system", "reset", &cmd_system_reset },
        { "volume", "create", &cmd_volume_create },
        { "volume", "exists", &cmd_volume_exists },
        { "volume", "export", &cmd_volume_export },
        { "volume", "import", &cmd_volume_import },
        { "volume", "inspect", &cmd_volume_inspect },
        { "volume", "ls", &cmd_volume_ls },
        { "volume", "list", &cmd_volume_ls },
        { "volume", "mount", &cmd_volume_mount },
        { "volume", "prune", &cmd_volume_prune },
        { "volume", "reload", &cmd_volume_reload },
        { "volume", "rm", &cmd_volume_rm },
        { "volume", "remove", &cmd_volume_rm },
        { "volume", "umount", &cmd_volume_unmount },
        { "volume", "unmount", &cmd_volume_unmount },
};

const char *command_heading(const struct command *command)
{
        for (size_t i = 0; i < ARRAY_SIZE(headings); i++)
                if (headings[i].first == command)
                        return headings[i].text;
        return NULL;
}

#define NO_SERVICE "kelp has no remote service and works where it is called"

#define NO_MACHINE "kelp works where it is called, and has no machine of its own"
#define NO_CLUSTER "kelp is no cluster"

/* Commands of podman, docker and runc that are refused by name, with the reason; without a second
 * word, whatever stands behind. */
static const struct {
        const char *first, *second, *why;
} refused[] = {
        { "container", "checkpoint", "CRIU, which does it, needs root" },
        { "container", "restore", "CRIU, which does it, needs root" },
        { "container", "clone", "commit the container and run the image" },
        { "container", "runlabel", "a label of an image is no command" },
        { "artifact", NULL, "the store has images only" },
        { "auto-update", NULL, "pull, and restart the service" },
        { "compose", NULL, "it is a program of its own" },
        { "config", NULL, NO_CLUSTER },
        { "context", NULL, NO_SERVICE },
        { "farm", NULL, NO_SERVICE },
        { "kube", NULL, "kelp does not read Kubernetes' files" },
        { "machine", NULL, NO_MACHINE },
        { "network", NULL, "there are no bridges; see --network of kelp run" },
        { "node", NULL, NO_CLUSTER },
        { "plugin", NULL, "kelp has none" },
        { "service", NULL, NO_CLUSTER },
        { "stack", NULL, NO_CLUSTER },
        { "swarm", NULL, NO_CLUSTER },
        { "generate", "kube", "kelp does not write Kubernetes' files" },
        { "generate", "spec", "see kelp oci spec" },
        { "image", "scp", "kelp save IMAGE | ssh HOST kelp load" },
        { "pod", "clone", "make another pod, and run its containers in it" },
        { "generate", "systemd", "write a Quadlet file, see kelp-quadlet(5)" },
        { "quadlet", "install", "copy the file to ~/.config/containers/systemd" },
        { "quadlet", "list", "see kelp system generator --dryrun" },
        { "quadlet", "print", "see kelp system generator --dryrun" },
        { "quadlet", "rm", "remove the file and call systemctl --user daemon-reload" },
        { "system", "connection add", NO_SERVICE },
        { "system", "connection default", NO_SERVICE },
        { "system", "connection remove", NO_SERVICE },
        { "system", "connection rename", NO_SERVICE },
        { "system", "hyperv-prep", NO_MACHINE },
        { "system", "migrate", "there is no daemon and no process to be replaced" },
        { "system", "renumber", "kelp's locks have no numbers" },
        { "system", "service", NO_SERVICE },
        { "oci", "checkpoint", "CRIU, which does it, needs root" },
        { "oci", "restore", "CRIU, which does it, needs root" },
};

char *command_words(int count, char *const *words)
{
        AUTO(strbuf) text = { 0 };

        for (int i = 0; i < count; i++)
                strbuf_addf(&text, "%s%s", i ? " " : "", words[i]);
        return xstrdup(text.data ? text.data : "");
}

bool command_is_group(const char *words)
{
        size_t len = strlen(words);

        for (size_t i = 0; i < ARRAY_SIZE(aliases); i++) {
                AUTO_FREE char *both = xasprintf("%s %s", aliases[i].first, aliases[i].second);

                if (strncmp(both, words, len) == 0 && both[len] == ' ' && len > 0)
                        return true;
        }
        return false;
}

const struct command *command_named(const struct command *const *list, const char *name)
{
        for (; *list; list++) {
                const char *space = strrchr((*list)->name, ' ');

                if (strcmp(space ? space + 1 : (*list)->name, name) == 0)
                        return *list;
        }
        return NULL;
}

/* Groups first, the longer name before the shorter: "image trust show". */
const struct command *command_find(int argc, char *const *argv, int *words_out)
{
        for (int words = argc < 3 ? argc : 3; words >= 2; words--) {
                AUTO_FREE char *rest =
                        words == 3 ? xasprintf("%s %s", argv[1], argv[2]) : xstrdup(argv[1]);

                for (size_t i = 0; i < ARRAY_SIZE(aliases); i++)
                        if (strcmp(aliases[i].first, argv[0]) == 0 &&
                            strcmp(aliases[i].second, rest) == 0) {
                                *words_out = words;
                                return aliases[i].command;
                        }
        }
        *words_out = 1;
        if (strcmp(argv[0], "umount") == 0)
                return &cmd_unmount;
        return command_named(commands, argv[0]);
}

/* The i-th second word, "" when it belongs to another group. */
static const char *second_word(const void *group, size_t i)
{
        if (i >= ARRAY_SIZE(aliases))
                return NULL;
        return strcmp(aliases[i].first, group) == 0 ? aliases[i].second : "";
}

/* Commands, then groups. */
static const char *command_name(const void *data, size_t i)
{
        (void)data;
        if (i < ARRAY_SIZE(commands) - 1)
                return commands[i]->name;
        i -= ARRAY_SIZE(commands) - 1;
        return i < ARRAY_SIZE(aliases) ? aliases[i].first : NULL;
}

static const char *last_word(const void *list, size_t i)
{
        const struct command *command = ((const struct command *const *)list)[i];
        const char *space = command ? strrchr(command->name, ' ') : NULL;

        return space ? space + 1 : command ? command->name : NULL;
}

/* -1: it is one of those; 0: it is not. second may be NULL. */
static int refuse(const char *first, const char *second, struct error *err)
{
        for (size_t i = 0; i < ARRAY_SIZE(refused); i++) {
                const char *known = refused[i].second;

                if (strcmp(refused[i].first, first) == 0 &&
                    (!known || (second && strcmp(known, second) == 0)))
                        return error_set(err, ERROR_UNSUPPORTED, "kelp %s%s%s is not offered: %s",
                                         first, known ? " " : "", known ? known : "",
                                         refused[i].why);
        }
        return 0;
}

int command_unknown_in(const struct command *group, const char *word, struct error *err)
{
        const char *nearest = suggest_nearest(word, last_word, group->commands);

        if (refuse(group->name, word, err) < 0)
                return -1;
        error_set(err, ERROR_USAGE, "unknown command \"%s %s\"", group->name, word);
        if (nearest)
                return error_cure(err, "did you mean: kelp %s %s?", group->name, nearest);
        return error_cure(err, "kelp %s --help lists the commands", group->name);
}

int command_unknown(const char *first, const char *second, struct error *err)
{
        const char *nearest;

        if (refuse(first, second, err) < 0)
                return -1;
        if (command_is_group(first)) {
                nearest = second ? suggest_nearest(second, second_word, first) : NULL;
                if (second)
                        error_set(err, ERROR_USAGE, "unknown command \"%s %s\"", first, second);
                else
                        error_set(err, ERROR_USAGE, "kelp %s needs a command behind it", first);
                if (nearest)
                        return error_cure(err, "did you mean: kelp %s %s?", first, nearest);
        } else {
                nearest = suggest_nearest(first, command_name, NULL);
                error_set(err, ERROR_USAGE, "unknown command \"%s\"", first);
                if (nearest)
                        return error_cure(err, "did you mean: kelp %s?", nearest);
        }
        return command_is_group(first) ? error_cure(err, "kelp %s --help lists the commands", first)
                                       : error_cure(err, "kelp --help lists the commands");
}

const struct command *command_alias(size_t i, const char **first_out, const char **second_out)
{
        if (i >= ARRAY_SIZE(aliases))
                return NULL;
        *first_out = aliases[i].first;
        *second_out = aliases[i].second;
        return aliases[i].command;
}

const char *command_refused(size_t i, const char **first_out, const char **second_out)
{
        if (i >= ARRAY_SIZE(refused))
                return NULL;
        *first_out = refused[i].first;
        *second_out = refused[i].second;
        return refused[i].why;
}
