/* A container's state file and its locks. See container.h for the layout.
 *
 * Byte 0 of `lock` is held by the monitor for as long as it lives (alive), byte 1 by a command
 * while it changes the container (change), byte 2 by those who wait for its end after having asked
 * for it (stop), byte 3 while a health check is recorded (health), byte 4 by the monitor until the
 * root file system is unmounted (root), which may be long after the end. All are
 * open-file-description locks (fcntl(2)): they vanish with their holder, and can be asked for
 * without being taken.
 */
#ifndef KELP_ENGINE_CONTAINER_STATE_H
#define KELP_ENGINE_CONTAINER_STATE_H

#include "base/error.h"
#include "engine/container/container.h"

#include <limits.h>

/* Read dir_fd/state and compare with the lock: "running" without a monitor is CONTAINER_LOST. */
int state_read(int dir_fd, struct container_state *state_out, struct error *err);
int state_write(int dir_fd, const struct container_state *state, struct error *err);

/* Is a monitor alive? And is somebody waiting for its end? */
bool state_alive(int dir_fd);
bool state_lives(int dir_fd, bool *stopping_out);

/* Take byte 0 (ERROR_STATE when a monitor lives) and byte 4 (blocks) / byte 1 (blocks) / byte 2
 * (shared, so that several may wait). The lock is held until the descriptor, and every copy of it,
 * is closed. */
int state_lock_alive(int dir_fd, struct error *err);
int state_lock_change(int dir_fd, struct error *err);
int state_lock_stop(int dir_fd, struct error *err);
int state_lock_health(int dir_fd, struct error *err); /* byte 3, blocks */

/* Of what state_lock_alive() gave: byte 4 stays locked, the container counts as ended. */
void state_unlock_alive(int lock_fd);

/* Blocks until the root file system of a container that has ended is unmounted. */
int state_await_root(int dir_fd, struct error *err);

/* The exit record, in the text of `lock`: stays readable through an open descriptor
 * (state_open_record(), -1: it is removed already) when the container is removed. Its exit code,
 * STATE_NO_RECORD: none is recorded; oom_killed_out may be NULL. */
#define STATE_NO_RECORD INT_MIN
void state_record_exit(int lock_fd, int exit_code, bool oom_killed);
int state_open_record(int dir_fd);
int state_exit_record(int lock_fd, bool *oom_killed_out);
/* Block until no monitor is alive (at most timeout_ms, negative: for ever). 1: ended, 0: timed
 * out. exit_code_out (may be NULL) from the exit record, STATE_NO_RECORD when there is none. */
int state_wait_end(int dir_fd, int timeout_ms, int *exit_code_out, struct error *err);

/* Field 22 of /proc/PID/stat; 0 when there is no such process. */
uint64_t state_process_start(pid_t pid);

/* The same with a descriptor of /proc, for whoever has left its mount namespace. */
uint64_t state_process_start_at(int proc_fd, pid_t pid);

#endif
