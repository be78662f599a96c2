/* kelp oci exec. */
#include "engine/runtime/oci/oci_exec.h"

#include "base/cleanup.h"
#include "cli/oci/oci.h"
#include "engine/runtime/spec_file.h"

#include <fcntl.h>
#include <string.h>

struct exec_args {
        const char *process, *cwd, *user, *apparmor, *label, *console_socket, *pid_file, *cgroup;
        struct strv env, capabilities, groups;
        struct opt_int preserve_fds;
        bool terminal, no_new_privileges, detach, ignore_paused, no_new_keyring, no_subreaper;
};
#define OPT_ARGS struct exec_args

static const struct opt exec_options[] = {
        OPT_STR('p', "process", process, "FILE", "The process object to run, as JSON"),
        OPT_BOOL('t', "tty", terminal, "Give the process a terminal"),
        OPT_BOOL('d', "detach", detach, "Do not wait for the process"),
        OPT_STR('u', "user", user, "UID[:GID]", "User inside"),
        OPT_LIST('g', "additional-gids", groups, "GID", "A further group"),
        OPT_LIST('c', "cap", capabilities, "CAPABILITY", "A further capability"),
        OPT_LIST('e', "env", env, "NAME=VALUE", "Set an environment variable"),
        OPT_STR(0, "cwd", cwd, "DIRECTORY", "Working directory inside"),
        OPT_STR(0, "console-socket", console_socket, "SOCKET", "Send the terminal to this socket"),
        OPT_STR(0, "pid-file", pid_file, "FILE", "Write the process's id there"),
        OPT_INT(0, "preserve-fds", preserve_fds, "NUMBER",
                "Pass that many more descriptors on, from 3"),
        OPT_STR(0, "process-label", label, "LABEL", "SELinux label of the process"),
        OPT_STR(0, "apparmor", apparmor, "PROFILE", "AppArmor profile of the process"),
        OPT_BOOL(0, "no-new-privs", no_new_privileges, "Let the process gain no privileges"),
        OPT_STR(0, "cgroup", cgroup, "PATH", "Run it in this cgroup below the container's"),
        OPT_BOOL(0, "ignore-paused", ignore_paused, "Run it in a paused container too"),
        OPT_BOOL(0, "no-new-keyring", no_new_keyring, "Keep the session keyring"),
        OPT_BOOL(0, "no-subreaper", no_subreaper,
                 "Do not adopt orphans of the container (kelp never does)"),
        OPT_REFUSED(0, "pidfd-socket", "read the pid file and open a pidfd of it"),
        { 0 },
};

static int make_request(struct context *ctx, const struct exec_args *args, struct strv *words,
                        struct oci_exec_request *request, struct error *err)
{
        struct oci_fds *fds = &oci_context_of(ctx)->fds;

        if (oci_fds_choose(fds, &args->preserve_fds, err) < 0)
                return -1;
        for (int i = 1; i < ctx->argc; i++)
                strv_add(words, ctx->argv[i]);
        if (!args->process && words->count == 0)
                return error_set(err, ERROR_USAGE,
                                 "no command: name one behind the container, or --process FILE");
        if (args->process && words->count)
                return error_set(err, ERROR_USAGE, "--process and a command cannot both be given");
        *request = (struct oci_exec_request){ .args = words,
                                              .env = &args->env,
                                              .capabilities = &args->capabilities,
                                              .cwd = args->cwd,
                                              .user = args->user,
                                              .groups = &args->groups,
                                              .apparmor = args->apparmor,
                                              .label = args->label,
                                              .terminal = args->terminal,
                                              .no_new_privileges = args->no_new_privileges,
                                              .console_socket = args->console_socket,
                                              .pid_file = args->pid_file,
                                              .cgroup = args->cgroup,
                                              .preserve = &fds->chosen,
                                              .listen_fds = fds->listen,
                                              .detach = args->detach,
                                              .ignore_paused = args->ignore_paused,
                                              .no_new_keyring = args->no_new_keyring,
                                              .uid = oci_caller_uid() };
        return 0;
}

static int exec_run(struct context *ctx, void *data, struct error *err)
{
        const struct exec_args *args = data;
        AUTO(oci_container) container = OCI_CONTAINER_EMPTY;
        AUTO(strv) words = { 0 };
        AUTO_JSON json_t *process = NULL;
        struct oci_exec_request request;
        int code = 0;

        if (make_request(ctx, args, &words, &request, err) < 0 ||
            oci_context_open(ctx, false, &container, err) < 0)
                return -1;
        if (args->process && spec_read_file(AT_FDCWD, args->process, &process, err) < 0)
                return -1;
        if (process && args->terminal)
                json_object_set_new(process, "terminal", json_true());
        request.process = process;
        return oci_exec(&container, &request, &code, err) < 0 ? -1 : code;
}

const struct command cmd_oci_exec = {
        .name = "oci exec",
        .synopsis = "[OPTIONS] CONTAINER [COMMAND [ARGUMENT...]]",
        .summary = "Run a further process in a running container",
        .stop_at_operand = true,
        .min_operands = 1,
        .max_operands = -1,
        .args_size = sizeof(struct exec_args),
        .options = exec_options,
        .run = exec_run,
};
