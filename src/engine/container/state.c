/* A container's state file and its locks. See state.h. */
#include "engine/container/state.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/json.h"
#include "base/limits.h"

#include <fcntl.h>
#include <poll.h>
#include <string.h>

enum { BYTE_ALIVE = 0, BYTE_CHANGE = 1, BYTE_STOP = 2, BYTE_HEALTH = 3, BYTE_ROOT = 4 };

static const char *const status_words[] = {
        [CONTAINER_CREATED] = "created", [CONTAINER_RUNNING] = "running",
        [CONTAINER_EXITED] = "exited",   [CONTAINER_INITIALIZED] = "initialized",
        [CONTAINER_LOST] = "exited",
};

const char *container_status_name(const struct container_state *state)
{
        if (state->status == CONTAINER_RUNNING && state->paused)
                return "paused";
        if (state->status == CONTAINER_RUNNING && state->stopping)
                return "stopping";
        return status_words[state->status];
}

static struct flock lock_of(short type, off_t byte)
{
        return (struct flock){ .l_type = type, .l_whence = SEEK_SET, .l_start = byte, .l_len = 1 };
}

static int open_lock(int dir_fd)
{
        return openat(dir_fd, "lock", O_RDWR | O_CLOEXEC);
}

static bool held(int lock_fd, off_t byte)
{
        struct flock lock = lock_of(F_WRLCK, byte);

        return fcntl(lock_fd, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
}

bool state_lives(int dir_fd, bool *stopping_out)
{
        AUTO_CLOSE int fd = open_lock(dir_fd);

        *stopping_out = fd >= 0 && held(fd, BYTE_STOP);
        return fd >= 0 && held(fd, BYTE_ALIVE);
}

bool state_alive(int dir_fd)
{
        bool stopping;

        return state_lives(dir_fd, &stopping);
}

static int wait_for(int lock_fd, short type, off_t byte, struct error *err)
{
        struct flock lock = lock_of(type, byte);
        int rc;

        do {
                rc = fcntl(lock_fd, F_OFD_SETLKW, &lock);
        } while (rc < 0 && errno == EINTR);
        return rc < 0 ? error_sys(err, errno, "lock the container") : 0;
}

int state_lock_alive(int dir_fd, struct error *err)
{
        AUTO_CLOSE int fd = open_lock(dir_fd);
        struct flock lock = lock_of(F_WRLCK, BYTE_ALIVE);

        if (fd < 0)
                return error_sys(err, errno, "open the container's lock");
        if (fcntl(fd, F_OFD_SETLK, &lock) < 0) {
                if (errno == EAGAIN || errno == EACCES)
                        return error_set(err, ERROR_STATE, "the container is running");
                return error_sys(err, errno, "lock the container");
        }
        return wait_for(fd, F_WRLCK, BYTE_ROOT, err) < 0 ? -1 : take_fd(&fd);
}

void state_unlock_alive(int lock_fd)
{
        struct flock lock = lock_of(F_UNLCK, BYTE_ALIVE);

        (void)fcntl(lock_fd, F_OFD_SETLK, &lock);
}

static int lock_byte(int dir_fd, short type, off_t byte, struct error *err)
{
        AUTO_CLOSE int fd = open_lock(dir_fd);

        if (fd < 0)
                return error_sys(err, errno, "open the container's lock");
        return wait_for(fd, type, byte, err) < 0 ? -1 : take_fd(&fd);
}

int state_await_root(int dir_fd, struct error *err)
{
        AUTO_CLOSE int fd = lock_byte(dir_fd, F_RDLCK, BYTE_ROOT, err);

        return fd < 0 ? -1 : 0;
}

int state_lock_change(int dir_fd, struct error *err)
{
        return lock_byte(dir_fd, F_WRLCK, BYTE_CHANGE, err);
}

int state_lock_stop(int dir_fd, struct error *err)
{
        return lock_byte(dir_fd, F_RDLCK, BYTE_STOP, err);
}

int state_lock_health(int dir_fd, struct error *err)
{
        return lock_byte(dir_fd, F_WRLCK, BYTE_HEALTH, err);
}

void state_record_exit(int lock_fd, int exit_code, bool oom_killed)
{
        char text[24];
        int len = snprintf(text, sizeof(text), "exit %-4d %-3s\n", exit_code,
                           oom_killed ? "oom" : "");

        (void)!pwrite(lock_fd, text, (size_t)len, 0);
}

int state_open_record(int dir_fd)
{
        return openat(dir_fd, "lock", O_RDONLY | O_CLOEXEC);
}

int state_exit_record(int lock_fd, bool *oom_killed_out)
{
        char text[24] = "", word[4] = "";
        int code;

        if (pread(lock_fd, text, sizeof(text) - 1, 0) <= 0 ||
            sscanf(text, "exit %d %3s", &code, word) < 1)
                return STATE_NO_RECORD;
        if (oom_killed_out)
                *oom_killed_out = strcmp(word, "oom") == 0;
        return code;
}

int state_wait_end(int dir_fd, int timeout_ms, int *exit_code_out, struct error *err)
{
        AUTO_CLOSE int fd = open_lock(dir_fd);
        int waited = 0;

        if (fd < 0 && errno == ENOENT)
                return 1; /* removed meanwhile */
        if (fd < 0)
                return error_sys(err, errno, "open the container's lock");
        if (timeout_ms < 0 && wait_for(fd, F_RDLCK, BYTE_ALIVE, err) < 0)
                return -1;
        /* fcntl(2) has no timed wait; the step grows to 10 ms. */
        for (int step = 1; timeout_ms >= 0 && held(fd, BYTE_ALIVE);
             step = step < 10 ? step + 1 : 10) {
                if (waited >= timeout_ms)
                        return 0;
                poll(NULL, 0, step);
                waited += step;
        }
        if (exit_code_out)
                *exit_code_out = state_exit_record(fd, NULL);
        return 1;
}

uint64_t state_process_start(pid_t pid)
{
        AUTO_CLOSE int proc_fd = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);

        return state_process_start_at(proc_fd, pid);
}

uint64_t state_process_start_at(int proc_fd, pid_t pid)
{
        AUTO_FREE char *path = xasprintf("%d/stat", pid);
        AUTO_FREE char *text = NULL;
        unsigned long long start = 0;
        const char *p;

        if (pid <= 0 || fd_read_file(proc_fd, path, LIMIT_PROC_FILE, &text, NULL, NULL) < 0)
                return 0;
        /* The second field is the name in parentheses and may hold anything, so count from behind
         * it: field 3 follows, field 22 is the 20th from there (proc(5)). */
        p = strrchr(text, ')');
        for (int field = 3; p && field <= 22; field++) {
                p = strchr(p, ' ');
                if (p)
                        p++;
        }
        if (!p || sscanf(p, "%llu", &start) != 1)
                return 0;
        return start;
}

static json_t *limits_to_json(const struct container_state *state)
{
        return json_pack("[I, I, I, I]", (json_int_t)state->files.soft,
                         (json_int_t)state->files.hard, (json_int_t)state->processes.soft,
                         (json_int_t)state->processes.hard);
}

static struct container_limit limit_from_json(const json_t *array, size_t first)
{
        return (struct container_limit){
                .soft = (uint64_t)json_integer_value(json_array_get(array, first)),
                .hard = (uint64_t)json_integer_value(json_array_get(array, first + 1)),
        };
}

int state_write(int dir_fd, const struct container_state *state, struct error *err)
{
        AUTO_JSON json_t *json =
                json_pack("{s:s, s:i, s:i, s:I, s:I, s:I, s:i, s:b, s:b}", "status",
                          status_words[state->status], "pid", (int)state->pid, "monitor_pid",
                          (int)state->monitor_pid, "pid_start", (json_int_t)state->pid_start,
                          "started", (json_int_t)state->started_ns, "finished",
                          (json_int_t)state->finished_ns, "exit_code", state->exit_code,
                          "oom_killed", state->oom_killed, "paused", state->paused);

        if (state->restarts)
                json_object_set_new(json, "restarts", json_integer(state->restarts));
        json_set_string(json, "error", state->error);
        if (state->cgroup[0])
                json_set_string(json, "cgroup", state->cgroup);
        if (state->driver != STORAGE_CHOOSE)
                json_set_string(json, "driver", storage_driver_name(state->driver));
        if (state->driver_reason[0])
                json_set_string(json, "driver_reason", state->driver_reason);
        if (state->started_ns)
                json_object_set_new(json, "limits", limits_to_json(state));
        return json_write_file(dir_fd, "state", json, 0600, err);
}

static enum container_status parse_status(const char *word)
{
        if (strcmp(word, "running") == 0)
                return CONTAINER_RUNNING;
        if (strcmp(word, "initialized") == 0)
                return CONTAINER_INITIALIZED;
        return strcmp(word, "exited") == 0 ? CONTAINER_EXITED : CONTAINER_CREATED;
}

static void fill(struct container_state *state, const json_t *json)
{
        const json_t *limits = json_object_get(json, "limits");

        *state = (struct container_state){
                .status = parse_status(json_get_string(json, "status", "")),
                .pid = (pid_t)json_get_int(json, "pid", 0),
                .monitor_pid = (pid_t)json_get_int(json, "monitor_pid", 0),
                .pid_start = (uint64_t)json_get_int(json, "pid_start", 0),
                .started_ns = json_get_int(json, "started", 0),
                .finished_ns = json_get_int(json, "finished", 0),
                .exit_code = (int)json_get_int(json, "exit_code", 0),
                .restarts = (int)json_get_int(json, "restarts", 0),
                .oom_killed = json_get_bool(json, "oom_killed", false),
                .paused = json_get_bool(json, "paused", false),
                .files = limit_from_json(limits, 0),
                .processes = limit_from_json(limits, 2),
        };
        snprintf(state->error, sizeof(state->error), "%s", json_get_string(json, "error", ""));
        snprintf(state->cgroup, sizeof(state->cgroup), "%s", json_get_string(json, "cgroup", ""));
        (void)storage_driver_parse(json_get_string(json, "driver", ""), &state->driver);
        snprintf(state->driver_reason, sizeof(state->driver_reason), "%s",
                 json_get_string(json, "driver_reason", ""));
}

static int read_once(int dir_fd, struct container_state *state, struct error *err)
{
        AUTO_JSON json_t *json = NULL;

        if (json_read_file(dir_fd, "state", LIMIT_STATE, &json, err) < 0)
                return -1;
        fill(state, json);
        return 0;
}

int state_read(int dir_fd, struct container_state *state_out, struct error *err)
{
        if (read_once(dir_fd, state_out, err) < 0)
                return -1;
        if (state_out->status != CONTAINER_RUNNING || state_lives(dir_fd, &state_out->stopping))
                return 0;
        /* It may have ended properly between the two looks: the record comes before the unlock. */
        if (read_once(dir_fd, state_out, err) < 0)
                return -1;
        if (state_out->status == CONTAINER_RUNNING) {
                state_out->status = CONTAINER_LOST;
                state_out->exit_code = 137;
                snprintf(state_out->error, sizeof(state_out->error), "monitor lost");
        }
        return 0;
}
