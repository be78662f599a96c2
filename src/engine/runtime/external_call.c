/* Calling another runtime's program. See external_call.h.
 *
 * The child enters the container's user and mount namespaces where we are not in them, becomes root
 * of the first (a caller that keeps its id is not, and runtimes want to be), and executes. The
 * runtime is trusted as kelp is, the container is not: no descriptor but the three standard ones
 * goes along, since a runtime that forgets one shows it to the container (CVE-2024-21626).
 */
#include "engine/runtime/external_call.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/spawn.h"
#include "base/strbuf.h"
#include "engine/runtime/namespaces.h"
#include "engine/runtime/process.h"

#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

static const char *base_name(const char *path)
{
        const char *slash = strrchr(path, '/');

        return slash ? slash + 1 : path;
}

/* By these names it is a runtime at once (cli/oci/oci.c). */
static bool oci_name(const char *name)
{
        return strcmp(name, "kelp-oci") == 0 || strcmp(name, "runc") == 0 ||
               strcmp(name, "crun") == 0;
}

/* kelp is a runtime under its command's name oci. A copy may have any name. */
static bool is_kelp(const char *path)
{
        char own[4096], theirs[sizeof(own)];
        AUTO_CLOSE int own_fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
        AUTO_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC);
        struct stat own_st, st;

        if (strcmp(base_name(path), "kelp") == 0)
                return true;
        if (oci_name(base_name(path)) || own_fd < 0 || fd < 0)
                return false;
        return fstat(own_fd, &own_st) == 0 && fstat(fd, &st) == 0 && st.st_size == own_st.st_size &&
               fd_read_full(own_fd, own, sizeof(own)) == (ssize_t)sizeof(own) &&
               fd_read_full(fd, theirs, sizeof(theirs)) == (ssize_t)sizeof(theirs) &&
               memcmp(own, theirs, sizeof(own)) == 0;
}

/* crun's option; runc makes what the specification says, and nothing when it says nothing. */
static bool takes_cgroup_manager(const struct external_runtime *runtime)
{
        const char *program = base_name(runtime->path);

        return strcmp(program, "crun") == 0 || strncmp(program, "kelp", 4) == 0 ||
               is_kelp(runtime->path);
}

void external_call_begin(struct external_call *call, const struct external_runtime *runtime,
                         const char *verb)
{
        *call = (struct external_call){
                .runtime = runtime, .verb = verb, .stdio = { -1, -1, -1 }, .stderr_fd = -1
        };
        snprintf(call->log, sizeof(call->log), "%s.%d.log", verb, (int)getpid());
        strv_add(&call->argv, runtime->path);
        if (is_kelp(runtime->path))
                strv_add(&call->argv, "oci");
        strv_addf(&call->argv, "--root=%s/" EXTERNAL_STATE, runtime->dir);
        strv_addf(&call->argv, "--log=%s/%s", runtime->dir, call->log);
        strv_add(&call->argv, "--log-format=json");
        if (takes_cgroup_manager(runtime))
                strv_addf(&call->argv, "--cgroup-manager=%s",
                          runtime->cgroup ? "cgroupfs" : "disabled");
        for (size_t i = 0; runtime->flags && i < runtime->flags->count; i++)
                strv_addf(&call->argv, runtime->flags->items[i][0] == '-' ? "%s" : "--%s",
                          runtime->flags->items[i]);
        strv_add(&call->argv, verb);
}

void external_call_release(struct external_call *call)
{
        strv_release(&call->argv);
        (void)unlinkat(call->runtime->dir_fd, call->log, 0);
}

static int enter(const struct external_runtime *runtime, struct error *err)
{
        if (runtime->holder_fd >= 0 && setns(runtime->holder_fd, CLONE_NEWUSER | CLONE_NEWNS) < 0)
                return error_sys(err, errno, "enter the namespaces that the container is made in");
        if (getuid() != 0 || getgid() != 0)
                namespaces_become_root(runtime->keep_groups);
        return 0;
}

/* What is ours alone: ignored and blocked signals, and what systemd told us. */
static void clear_inherited(void)
{
        static const char *const variables[] = { "NOTIFY_SOCKET", "LISTEN_FDS", "LISTEN_PID",
                                                 "LISTEN_FDNAMES" };

        process_reset_signals();
        for (size_t i = 0; i < ARRAY_SIZE(variables); i++)
                unsetenv(variables[i]);
}

/* Copies above the three first, so that none overwrites one that a later one needs. */
static int take_stdio(const int stdio[3], struct error *err)
{
        int null_fd = open("/dev/null", O_RDWR | O_CLOEXEC), lifted[3];

        for (int i = 0; i < 3; i++) {
                lifted[i] = fcntl(stdio[i] >= 0 ? stdio[i] : null_fd, F_DUPFD_CLOEXEC, 10);
                if (lifted[i] < 0)
                        return error_sys(err, errno, "hand on the standard streams");
        }
        for (int i = 0; i < 3; i++)
                if (dup2(lifted[i], i) < 0)
                        return error_sys(err, errno, "hand on the standard streams");
        return 0;
}

static _Noreturn void execute(const struct external_call *call, int report_fd)
{
        struct error err = { 0 };

        clear_inherited();
        if (take_stdio(call->stdio, &err) == 0 && enter(call->runtime, &err) == 0) {
                (void)close_range(3, ~0U, CLOSE_RANGE_CLOEXEC);
                execv(call->runtime->path, call->argv.items);
                error_sys(&err, errno, "execute %s", call->runtime->path);
        }
        error_send(report_fd, &err);
        _exit(125);
}

/* Its exit code, or -1. */
static int run(const struct external_call *call, struct error *err)
{
        int report[2], got, code;
        pid_t pid;

        if (pipe2(report, O_CLOEXEC) < 0)
                return error_sys(err, errno, "create pipe");
        pid = fork();
        if (pid == 0)
                execute(call, report[1]);
        close(report[1]);
        got = pid < 0 ? error_sys(err, errno, "fork") : error_receive(report[0], err);
        close(report[0]);
        code = pid > 0 ? spawn_wait(pid) : -1;
        if (got != 0)
                return -1;
        return code < 0 ? error_sys(err, errno, "wait for %s", call->runtime->path) : code;
}

char *external_last_error(const char *log)
{
        AUTO(strv) lines = { 0 };

        strv_split(&lines, log, '\n');
        for (size_t i = lines.count; i-- > 0;) {
                const char *line = lines.items[i];
                AUTO_JSON json_t *json = NULL;
                const char *level, *text;

                if (json_parse(line, strlen(line), "log", &json, NULL) < 0)
                        continue;
                level = json_get_string(json, "level", "error");
                text = json_get_string(json, "msg", "");
                if (text[0] && (strcmp(level, "error") == 0 || strcmp(level, "fatal") == 0))
                        return xstrdup(text);
        }
        return NULL;
}

/* The last line that is not empty. */
static char *last_line(char *text)
{
        char *newline;

        for (size_t len = strlen(text); len > 0 && strchr("\r\n ", text[len - 1]);)
                text[--len] = '\0';
        newline = strrchr(text, '\n');
        return text[0] ? xstrdup(newline ? newline + 1 : text) : NULL;
}

static char *complaint(const struct external_call *call)
{
        AUTO_FREE char *log = NULL;
        AUTO_FREE char *text = NULL;
        char *line = NULL;

        if (fd_read_file(call->runtime->dir_fd, call->log, LIMIT_PROC_FILE, &log, NULL, NULL) == 0)
                line = external_last_error(log);
        if (line || call->stderr_fd < 0)
                return line;
        (void)lseek(call->stderr_fd, 0, SEEK_SET); /* a memfd; a pipe has no place to go to */
        (void)fd_set_nonblock(call->stderr_fd, true);
        text = xmalloc(4096);
        text[0] = '\0';
        for (ssize_t n; (n = read(call->stderr_fd, text, 4095)) > 0;)
                text[n] = '\0';
        return last_line(text);
}

enum error_kind external_error_kind(const char *text)
{
        static const struct {
                const char *words;
                enum error_kind kind;
        } known[] = {
                { "no such file or directory", ERROR_NO_COMMAND },
                { "not found in $PATH", ERROR_NO_COMMAND },
                { "permission denied", ERROR_CANNOT_RUN },
                { "is a directory", ERROR_CANNOT_RUN },
                { "exec format error", ERROR_CANNOT_RUN },
                { "open executable", ERROR_CANNOT_RUN },
        };

        for (size_t i = 0; i < ARRAY_SIZE(known); i++)
                if (strcasestr(text, known[i].words))
                        return known[i].kind;
        return ERROR_GENERAL;
}

static int explain(const struct external_call *call, int code, struct error *err)
{
        const char *name = call->runtime->name;
        AUTO_FREE char *text = complaint(call);

        if (text)
                return error_set(err, external_error_kind(text), "%s: %s", name, text);
        return error_set(err, ERROR_GENERAL, "%s %s failed with exit code %d and said nothing",
                         name, call->verb, code);
}

int external_call_run(struct external_call *call, struct error *err)
{
        const struct external_runtime *runtime = call->runtime;
        AUTO_CLOSE int problems = -1;
        int code;

        if (call->stdio[2] < 0) {
                problems = memfd_create("kelp-problems", MFD_CLOEXEC);
                call->stdio[2] = call->stderr_fd = problems;
        }
        /* Ours to read, whoever its root is out here. */
        if (fd_write_file(runtime->dir_fd, call->log, "", 0, 0600, err) < 0)
                return -1;
        log_debug("%s %s %s", runtime->path, call->verb, runtime->id);
        code = run(call, err);
        if (code <= 0)
                return code;
        return explain(call, code, err);
}
