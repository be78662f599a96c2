/* The verbs of another OCI runtime. See external.h.
 *
 * Runtimes fork twice, so that a container's process is nobody's child when create ends; a
 * subreaper gets it (prctl(2), PR_SET_CHILD_SUBREAPER), and with it the exit code.
 */
#include "engine/runtime/external.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/limits.h"
#include "base/log.h"
#include "engine/runtime/external_call.h"
#include "engine/runtime/external_console.h"
#include "engine/runtime/spec_file.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

/* A file that is ours to read, whoever writes it, and its name in argv. */
struct call_file {
        const struct external_runtime *runtime;
        char name[48];
};

static void call_file_release(struct call_file *file)
{
        (void)unlinkat(file->runtime->dir_fd, file->name, 0);
}

static int call_file_make(struct call_file *file, const char *what, const char *text,
                          struct error *err)
{
        snprintf(file->name, sizeof(file->name), "%s.%d", what, (int)getpid());
        return fd_write_file(file->runtime->dir_fd, file->name, text, strlen(text), 0600, err);
}

static int take_process(const struct external_runtime *runtime, const struct call_file *pid_file,
                        struct launch *launch, struct error *err)
{
        AUTO_FREE char *text = NULL;

        if (fd_read_file(runtime->dir_fd, pid_file->name, LIMIT_PROC_FILE, &text, NULL, err) < 0)
                return -1;
        launch->pid = (pid_t)strtol(text, NULL, 10);
        if (launch->pid <= 1)
                return error_set(err, ERROR_GENERAL, "%s wrote no process id", runtime->name);
        /* Our own child: the pid stays its until we wait for it. */
        launch->pidfd = (int)syscall(SYS_pidfd_open, launch->pid, 0);
        return launch->pidfd < 0
                       ? error_sys(err, errno, "open the process that %s made", runtime->name)
                       : 0;
}

/* Run a call that makes a process: its pid file, its terminal. */
static int make(struct external_call *call, bool terminal, struct launch *launch_out,
                struct error *err)
{
        const struct external_runtime *runtime = call->runtime;
        AUTO(call_file) pid_file = { .runtime = runtime };
        AUTO(external_console) console = EXTERNAL_CONSOLE_EMPTY;
        struct launch launch = LAUNCH_EMPTY;

        if (call_file_make(&pid_file, "pid", "", err) < 0 ||
            (terminal && external_console_listen(runtime->dir, &console, err) < 0))
                return -1;
        strv_addf(&call->argv, "--pid-file=%s/%s", runtime->dir, pid_file.name);
        if (terminal)
                strv_addf(&call->argv, "--console-socket=%s", console.path);
        strv_add(&call->argv, runtime->id);
        if (prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) < 0)
                return error_sys(err, errno, "become a subreaper");
        if (external_call_run(call, err) < 0)
                return -1;
        if (take_process(runtime, &pid_file, &launch, err) < 0 ||
            (terminal && external_console_take(&console, &launch.console_fd, err) < 0)) {
                launch_abort(&launch);
                return error_context(err, "%s", runtime->name);
        }
        *launch_out = launch;
        return 0;
}

int external_create(const struct external_runtime *runtime, const struct external_create *request,
                    struct launch *launch_out, struct error *err)
{
        AUTO(external_call) call;

        external_delete(runtime);
        external_call_begin(&call, runtime, "create");
        if (!request->terminal) {
                memcpy(call.stdio, request->stdio, sizeof(call.stdio));
                call.stderr_fd = request->problems_fd;
        }
        strv_addf(&call.argv, "--bundle=%s/" EXTERNAL_BUNDLE, runtime->dir);
        return make(&call, request->terminal, launch_out, err);
}

/* VERB [ARGUMENT] ID [ARGUMENT] */
static int simple(const struct external_runtime *runtime, const char *verb, const char *before,
                  const char *after, struct error *err)
{
        AUTO(external_call) call;

        external_call_begin(&call, runtime, verb);
        if (before)
                strv_add(&call.argv, before);
        strv_add(&call.argv, runtime->id);
        if (after)
                strv_add(&call.argv, after);
        return external_call_run(&call, err);
}

int external_start(const struct external_runtime *runtime, struct error *err)
{
        return simple(runtime, "start", NULL, NULL, err);
}

int external_exec(const struct external_runtime *runtime, const json_t *process, const int stdio[3],
                  struct launch *launch_out, struct error *err)
{
        bool terminal = json_get_bool(process, "terminal", false);
        AUTO_FREE char *text = spec_text(process, JSON_COMPACT);
        AUTO(call_file) file = { .runtime = runtime };
        AUTO(external_call) call;

        external_call_begin(&call, runtime, "exec");
        if (!text)
                return error_set(err, ERROR_INVALID, "the process is not valid UTF-8");
        if (call_file_make(&file, "process", text, err) < 0)
                return -1;
        if (!terminal)
                memcpy(call.stdio, stdio, sizeof(call.stdio));
        strv_add(&call.argv, "--detach");
        strv_addf(&call.argv, "--process=%s/%s", runtime->dir, file.name);
        return make(&call, terminal, launch_out, err);
}

int external_signal(const struct external_runtime *runtime, int signal, struct error *err)
{
        char number[16];

        snprintf(number, sizeof(number), "%d", signal);
        return simple(runtime, "kill", NULL, number, err);
}

int external_pause(const struct external_runtime *runtime, bool paused, struct error *err)
{
        return simple(runtime, paused ? "pause" : "resume", NULL, NULL, err);
}

void external_delete(const struct external_runtime *runtime)
{
        struct error err = { 0 };

        if (faccessat(runtime->dir_fd, EXTERNAL_STATE, F_OK, 0) < 0)
                return; /* it has made nothing */
        if (simple(runtime, "delete", "--force", NULL, &err) < 0)
                log_debug("%s", err.text);
}
