/* One error, told once.
 *
 * A function that can fail takes `struct error *err` as its last parameter and returns a negative
 * value on failure, with err filled. Lower code sets the sentence, each level above may prefix what
 * it was doing; cli/dispatch.c prints it and turns the kind into an exit code. The struct is flat:
 * it owns nothing and can be written to a pipe as it is (see error_send()).
 */
#ifndef KELP_BASE_ERROR_H
#define KELP_BASE_ERROR_H

#include <stddef.h>

enum error_kind {
        ERROR_NONE = 0,
        ERROR_GENERAL,     /* anything else */
        ERROR_USAGE,       /* the command line is wrong */
        ERROR_NOT_FOUND,   /* no such container, image, file ... */
        ERROR_EXISTS,      /* the name is taken */
        ERROR_IN_USE,      /* cannot be removed or changed now */
        ERROR_STATE,       /* the object is in the wrong state for this */
        ERROR_INVALID,     /* malformed input from outside */
        ERROR_TOO_LARGE,   /* input over its ceiling */
        ERROR_UNSUPPORTED, /* understood, and not offered here */
        ERROR_NO_OVERLAY,  /* the kernel or the file system refuses an overlay */
        ERROR_DENIED,      /* permission, credentials */
        ERROR_NETWORK,     /* the other side cannot be reached or broke off */
        ERROR_CANNOT_RUN,  /* the program exists and cannot be executed: exit code 126 */
        ERROR_NO_COMMAND,  /* the program does not exist: exit code 127 */
        ERROR_CANCELLED,   /* the user interrupted */
        ERROR_KIND_COUNT,
};

#define ERROR_TEXT_MAX 1024
#define ERROR_CURE_MAX 512

struct error {
        enum error_kind kind;
        int sys;                   /* errno, or 0 */
        char text[ERROR_TEXT_MAX]; /* one sentence, no newline, no "kelp:" in front */
        char cure[ERROR_CURE_MAX]; /* what the user can do, or "" */
};

/* Fill err and return -1. err may be NULL. A later call replaces an earlier sentence. */
int error_set(struct error *err, enum error_kind kind, const char *format, ...)
        __attribute__((format(printf, 3, 4)));

/* The same with ": strerror(sys)" behind the sentence; the kind follows from sys
 * (ENOENT: NOT_FOUND, EEXIST: EXISTS, EACCES and EPERM: DENIED, ENOSPC, EDQUOT, ...: GENERAL). */
int error_sys(struct error *err, int sys, const char *format, ...)
        __attribute__((format(printf, 3, 4)));

/* Put "what: " in front of the sentence. Returns -1. */
int error_context(struct error *err, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Say what the user can do about it. Returns -1. */
int error_cure(struct error *err, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The same error in another struct, for example one that came through a pipe. Returns -1. */
int error_copy(struct error *err, const struct error *from);

/* podman's exit code for the kind: 125, 126 or 127. */
int error_exit_code(const struct error *err);

/* Write err whole to a pipe or socket / read one. error_receive returns 1 when an error came,
 * 0 on end of file, -1 (with *err saying so) when the peer sent something else. Both are safe
 * after fork. */
void error_send(int fd, const struct error *err);
int error_receive(int fd, struct error *err);

#endif
