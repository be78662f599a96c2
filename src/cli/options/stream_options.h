/* --attach of run and create: which of the container's streams run is attached to. */
#ifndef KELP_CLI_OPTIONS_STREAM_OPTIONS_H
#define KELP_CLI_OPTIONS_STREAM_OPTIONS_H

#include "cli/command.h"
#include "engine/container/spec.h"

#include <stdbool.h>

/* Which of a container's streams are this process's too. */
struct stream_set {
        bool in, out, err;
};

#define STREAM_SET_ALL(input) ((struct stream_set){ .in = (input), .out = true, .err = true })

/* Of create inspect shows them, as of run; start -a takes all of them (podman-start(1)). */
#define STREAM_OPTIONS(member)                                                                     \
        OPT_LIST_IN("Supervision", 'a', "attach", member, "STREAM", "stdin, stdout or stderr")

/* Fill the spec's attach. ERROR_USAGE: one that there is not. */
int stream_options_fill(const struct strv *streams, struct container_spec *spec, struct error *err);

/* Those of a run. Input is passed on only to a container that has it open, and nothing where the
 * container has our streams itself. */
struct stream_set stream_options_of(const struct container_spec *spec);

#endif
