/* Hooks (runtime-spec config.md, "POSIX-platform Hooks"): programs that a bundle wants to be run at
 * points of a container's life. Each gets the container's state as JSON on its standard input.
 *
 *   kind              where                 when                                      who runs them
 *   ----------------  --------------------  ----------------------------------------  -------------
 *   prestart          runtime namespaces    create: mounts made, before pivot_root    launch.c
 *   createRuntime     runtime namespaces    create: after prestart                    launch.c
 *   createContainer   container namespaces  create: after createRuntime; host paths   child.c
 *   startContainer    container namespaces  start: before the program; inner paths    child.c
 *   poststart         runtime namespaces    start: the program runs                   the caller
 *   poststop          runtime namespaces    delete: all is undone                     the caller
 *
 * A failure of one of the first four fails the container. What a failed poststart or poststop means
 * is the caller's to decide (the specification: a warning).
 */
#ifndef KELP_ENGINE_RUNTIME_HOOKS_H
#define KELP_ENGINE_RUNTIME_HOOKS_H

#include "base/error.h"
#include "base/json.h"
#include "base/strv.h"

#include <sys/types.h>

enum hook_kind {
        HOOK_PRESTART,
        HOOK_CREATE_RUNTIME,
        HOOK_CREATE_CONTAINER,
        HOOK_START_CONTAINER,
        HOOK_POSTSTART,
        HOOK_POSTSTOP,
        HOOK_KIND_COUNT,
};

#define HOOKS_MAX 256 /* of one kind */

struct hook {
        char *path;       /* absolute */
        struct strv args; /* empty: the path alone */
        struct strv env;
        bool env_given;   /* false: see hooks_run() */
        unsigned timeout; /* seconds; 0: none */
};

struct hook_list {
        struct hook *items;
        size_t count;
};

struct hooks {
        struct hook_list lists[HOOK_KIND_COUNT];
};

void hooks_release(struct hooks *hooks);

/* `hooks` of a config.json; NULL: none. Unknown kinds are ignored, as the specification wants. */
int hooks_parse(const json_t *hooks, struct hooks *hooks_out, struct error *err);

const char *hooks_kind_name(enum hook_kind kind);

/* Any hook at all of the kinds that the start of a process has to stop for? */
bool hooks_for_create(const struct hooks *hooks);

/* The state that a hook is given: `state` (an object with ociVersion, id, bundle, annotations; may
 * be NULL) with this status and pid in place. The caller frees. */
char *hooks_state(const json_t *state, const char *status, pid_t pid);

/* Run all hooks of a kind, one after the other, each to its end; the first failure ends it, with a
 * sentence that names the hook. state_text goes to each one's stdin (a hook that does not read it
 * is fine), its stdout and stderr are ours, all other descriptors are closed. A hook without an
 * `env` gets default_env (NULL: ours). Over its timeout a hook is killed with its process group.
 * Blocks; may be called by a process that has other children. */
int hooks_run(const struct hooks *hooks, enum hook_kind kind, const char *state_text,
              const struct strv *default_env, struct error *err);

#endif
