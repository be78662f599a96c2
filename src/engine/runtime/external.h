/* Another OCI runtime in place of ours: crun, runc, or whatever has their command line (runc(8),
 * crun(1)). It makes, starts, signals and deletes; the user namespace it runs in, the root file
 * system, the cgroup and the network are made by kelp before, as for its own runtime.
 *
 * Files of a container's runtime are below `dir`: bundle/ (EXTERNAL_BUNDLE), its records in
 * EXTERNAL_STATE, and for the time of one call its log, its pid file and the process to execute.
 */
#ifndef KELP_ENGINE_RUNTIME_EXTERNAL_H
#define KELP_ENGINE_RUNTIME_EXTERNAL_H

#include "base/error.h"
#include "base/json.h"
#include "base/strv.h"
#include "engine/runtime/launch.h"

#include <stdbool.h>

#define EXTERNAL_BUNDLE "bundle"
#define EXTERNAL_STATE  "runtime"

struct external_runtime {
        const char *name;         /* "crun": begins its sentences */
        const char *path;         /* absolute; NULL: kelp's own runtime, nothing here applies */
        const struct strv *flags; /* its options in front of the verb, as given */
        const char *id;
        const char *dir; /* absolute, the container's own */
        int dir_fd;
        bool cgroup;      /* linux.cgroupsPath names one; false: the container is to have none */
        bool keep_groups; /* of the caller's, for annotation run.oci.keep_original_groups */
        int holder_fd; /* pidfd of a process in whose user and mount namespaces it runs; -1: ours */
};

/* DIR/bundle/config.json -> a container whose process waits for external_start() and is our child:
 * this process becomes a subreaper (prctl(2)). Without a terminal stdio is the container's, and
 * what the runtime itself complained of can be read from problems_fd; with one console_fd is set.
 * What is left of a container of that id is deleted first. A program that is missing or cannot be
 * executed has the kinds for 127 and 126. */
struct external_create {
        int stdio[3];
        int problems_fd; /* read end of stdio[2], or -1 */
        bool terminal;
};
int external_create(const struct external_runtime *runtime, const struct external_create *request,
                    struct launch *launch_out, struct error *err);
int external_start(const struct external_runtime *runtime, struct error *err);

/* A further process, our child (a subreaper's) as well. process: the object of the specification;
 * its terminal makes console_fd. */
int external_exec(const struct external_runtime *runtime, const json_t *process, const int stdio[3],
                  struct launch *launch_out, struct error *err);

int external_signal(const struct external_runtime *runtime, int signal, struct error *err);
int external_pause(const struct external_runtime *runtime, bool paused, struct error *err);

/* By force. What goes wrong is a debug line: there is nothing left to do about it. */
void external_delete(const struct external_runtime *runtime);

#endif
