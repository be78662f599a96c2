/* One call of another runtime's program. Used by external.c. */
#ifndef KELP_ENGINE_RUNTIME_EXTERNAL_CALL_H
#define KELP_ENGINE_RUNTIME_EXTERNAL_CALL_H

#include "engine/runtime/external.h"

struct external_call {
        const struct external_runtime *runtime;
        const char *verb;
        struct strv argv;
        char log[48];  /* name below runtime->dir */
        int stdio[3];  /* -1: /dev/null */
        int stderr_fd; /* where its standard error can be read, or -1 */
};

/* Up to the verb; the caller adds its arguments, and the id last. */
void external_call_begin(struct external_call *call, const struct external_runtime *runtime,
                         const char *verb);
void external_call_release(struct external_call *call);

/* Run it to its end. A failure is one sentence: "NAME: what its log, or its standard error, says
 * last". */
int external_call_run(struct external_call *call, struct error *err);

/* The sentence's kind by its words, podman's way: ERROR_NO_COMMAND, ERROR_CANNOT_RUN or
 * ERROR_GENERAL. */
enum error_kind external_error_kind(const char *text);

/* `msg` of the last line of a log in JSON that is an error, as heap text; NULL: none. */
char *external_last_error(const char *log);

#endif
