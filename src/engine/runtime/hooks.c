/* Hooks: reading them, running them one by one. See hooks.h.
 *
 * A hook's standard input is an unlinked file in memory with the state in it, not a pipe: it need
 * not be read, it has no size at which a writer would block, and nobody gets SIGPIPE.
 */
#include "engine/runtime/hooks.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/fd.h"
#include "engine/runtime/process.h"

#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

extern char **environ;

static const char *const kind_names[] = {
        [HOOK_PRESTART] = "prestart",
        [HOOK_CREATE_RUNTIME] = "createRuntime",
        [HOOK_CREATE_CONTAINER] = "createContainer",
        [HOOK_START_CONTAINER] = "startContainer",
        [HOOK_POSTSTART] = "poststart",
        [HOOK_POSTSTOP] = "poststop",
};
_Static_assert(ARRAY_SIZE(kind_names) == HOOK_KIND_COUNT, "a name for each kind");

const char *hooks_kind_name(enum hook_kind kind)
{
        return kind_names[kind];
}

static void list_release(struct hook_list *list)
{
        for (size_t i = 0; i < list->count; i++) {
                free(list->items[i].path);
                strv_release(&list->items[i].args);
                strv_release(&list->items[i].env);
        }
        free(list->items);
}

void hooks_release(struct hooks *hooks)
{
        for (size_t kind = 0; kind < HOOK_KIND_COUNT; kind++)
                list_release(&hooks->lists[kind]);
        *hooks = (struct hooks){ 0 };
}

static int parse_hook(const json_t *json, const char *what, size_t index, struct hook *hook,
                      struct error *err)
{
        const json_t *env = json_object_get(json, "env");
        json_int_t timeout = json_get_int(json, "timeout", 0);

        hook->path = xstrdup(json_get_string(json, "path", ""));
        if (hook->path[0] != '/')
                return error_set(err, ERROR_INVALID,
                                 "hooks.%s[%zu].path: an absolute path is needed", what, index);
        if (json_object_get(json, "timeout") && (timeout < 1 || timeout > INT32_MAX))
                return error_set(err, ERROR_INVALID,
                                 "hooks.%s[%zu].timeout: a number of seconds over 0 is needed",
                                 what, index);
        json_to_strv(json_object_get(json, "args"), &hook->args);
        json_to_strv(env, &hook->env);
        hook->env_given = json_is_array(env);
        hook->timeout = (unsigned)timeout;
        return 0;
}

static int parse_list(const json_t *array, const char *what, struct hook_list *list,
                      struct error *err)
{
        size_t count = json_array_size(array), i;
        json_t *item;

        if (count > HOOKS_MAX)
                return error_set(err, ERROR_TOO_LARGE, "hooks.%s: more than %d", what, HOOKS_MAX);
        if (count == 0)
                return 0;
        list->items = xcalloc(count, sizeof(*list->items));
        json_array_foreach (array, i, item) {
                list->count++;
                if (parse_hook(item, what, i, &list->items[i], err) < 0)
                        return -1;
        }
        return 0;
}

int hooks_parse(const json_t *json, struct hooks *hooks_out, struct error *err)
{
        AUTO(hooks) hooks = { 0 };

        for (size_t kind = 0; json && kind < HOOK_KIND_COUNT; kind++)
                if (parse_list(json_object_get(json, kind_names[kind]), kind_names[kind],
                               &hooks.lists[kind], err) < 0)
                        return -1;
        *hooks_out = hooks;
        hooks = (struct hooks){ 0 };
        return 0;
}

bool hooks_for_create(const struct hooks *hooks)
{
        return hooks->lists[HOOK_PRESTART].count || hooks->lists[HOOK_CREATE_RUNTIME].count ||
               hooks->lists[HOOK_CREATE_CONTAINER].count;
}

char *hooks_state(const json_t *state, const char *status, pid_t pid)
{
        AUTO_JSON json_t *copy = state ? json_copy((json_t *)(uintptr_t)state) : json_object();

        json_object_set_new(copy, "status", json_string(status));
        json_object_set_new(copy, "pid", json_integer(pid));
        return json_dumps(copy, JSON_COMPACT);
}

static _Noreturn void become_hook(const struct hook *hook, const struct strv *default_env,
                                  int stdin_fd, int error_fd)
{
        char *alone[] = { hook->path, NULL }, *nothing[] = { NULL };
        char **env = environ;
        int sys;

        if (hook->env_given || default_env)
                env = hook->env_given ? hook->env.items : default_env->items;
        process_reset_signals();
        prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
        setpgid(0, 0);
        if (dup2(stdin_fd, STDIN_FILENO) >= 0) {
                fd_close_except(&error_fd, 1);
                execve(hook->path, hook->args.count ? hook->args.items : alone,
                       env ? env : nothing);
        }
        sys = errno;
        (void)!write(error_fd, &sys, sizeof(sys));
        _exit(127);
}

/* Until the process ends: 0; 1 when its time is up. */
static int wait_until(int pidfd, unsigned timeout)
{
        struct pollfd poll_fd = { .fd = pidfd, .events = POLLIN };
        int64_t end = clock_monotonic_ms() + (int64_t)timeout * 1000, left;
        int rc;

        do {
                left = end - clock_monotonic_ms();
                if (timeout > 0 && left <= 0)
                        return 1;
                rc = poll(&poll_fd, 1, timeout > 0 ? (int)(left < INT_MAX ? left : INT_MAX) : -1);
        } while (rc == 0 || (rc < 0 && errno == EINTR));
        return 0;
}

static int wait_hook(pid_t pid, const struct hook *hook, bool *late_out)
{
        AUTO_CLOSE int pidfd = hook->timeout ? (int)syscall(SYS_pidfd_open, pid, 0) : -1;
        int status;

        *late_out = pidfd >= 0 && wait_until(pidfd, hook->timeout) == 1;
        if (*late_out) {
                kill(pid, SIGKILL);
                kill(-pid, SIGKILL);
        }
        while (waitpid(pid, &status, 0) < 0)
                if (errno != EINTR)
                        return -1;
        return status;
}

static int judge(int status, int exec_error, bool late, const struct hook *hook, struct error *err)
{
        if (late)
                return error_set(err, ERROR_GENERAL, "it ran longer than its timeout of %u s",
                                 hook->timeout);
        if (exec_error)
                return error_sys(err, exec_error, "cannot be executed");
        if (WIFSIGNALED(status))
                return error_set(err, ERROR_GENERAL, "it was killed by signal %d",
                                 WTERMSIG(status));
        if (WEXITSTATUS(status) != 0)
                return error_set(err, ERROR_GENERAL, "it ended with exit status %d",
                                 WEXITSTATUS(status));
        return 0;
}

static int run_hook(const struct hook *hook, const char *state_text, const struct strv *default_env,
                    struct error *err)
{
        AUTO_CLOSE int stdin_fd =
                fd_sealed_memfd("kelp-hook-state", state_text, strlen(state_text));
        int error_pipe[2], exec_error = 0, status;
        bool late;
        pid_t pid;

        if (stdin_fd < 0 || pipe2(error_pipe, O_CLOEXEC) < 0)
                return error_sys(err, errno, "cannot be started");
        pid = fork();
        if (pid == 0)
                become_hook(hook, default_env, stdin_fd, error_pipe[1]);
        close(error_pipe[1]);
        if (pid < 0) {
                error_sys(err, errno, "cannot be started");
                close(error_pipe[0]);
                return -1;
        }
        /* Ends at once: the other end closes on exec. */
        if (fd_read_full(error_pipe[0], &exec_error, sizeof(exec_error)) != sizeof(exec_error))
                exec_error = 0;
        close(error_pipe[0]);
        status = wait_hook(pid, hook, &late);
        return judge(status, exec_error, late, hook, err);
}

int hooks_run(const struct hooks *hooks, enum hook_kind kind, const char *state_text,
              const struct strv *default_env, struct error *err)
{
        const struct hook_list *list = &hooks->lists[kind];

        for (size_t i = 0; i < list->count; i++)
                if (run_hook(&list->items[i], state_text, default_env, err) < 0)
                        return error_context(err, "%s hook %s", kind_names[kind],
                                             list->items[i].path);
        return 0;
}
