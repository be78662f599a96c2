/* The options of kelp build, and what they make of a build. */
#ifndef KELP_CLI_BUILD_BUILD_OPTIONS_H
#define KELP_CLI_BUILD_BUILD_OPTIONS_H

#include "cli/command.h"
#include "cli/container/container_options.h"
#include "engine/build/executor.h"

struct build_flags {
        struct strv files, tags, args, arg_files, contexts, labels, annotations, env, secrets,
                outputs, mounts;
        struct strv unset_env, unset_labels, unset_annotations;
        const char *target, *pull, *format, *iidfile, *iidfile_raw, *metadata_file, *ignorefile,
                *logfile, *manifest, *signature_policy, *isolation, *from, *epoch, *cache_ttl;
        bool no_cache, quiet, squash, squash_all, omit_history, with_stdin, pull_always, pull_never,
                load;
        struct opt_int layers, rm, force_rm, jobs, timestamp, skip_unused, inherit_labels,
                inherit_annotations, disable_compression;
        /* of the containers of RUN */
        struct container_args container;
};

extern const struct opt build_options[];

/* What was read of them, beside the executor's options themselves. */
struct build_read {
        struct strv names, labels, annotations, env, unset_env, unset_labels, unset_annotations;
        char *output_name; /* borrowed by the options */
        char *platform;
        json_t *container;
        time_t created, timestamp;
        struct build_secret *secrets;
        size_t secret_count;
};
void build_read_release(struct build_read *read);

/* All but the Containerfile, the context and what comes of them. *plan_out: the user namespace to
 * build in, that of a container whose namespaces a RUN shares. */
int build_options_read(const struct build_flags *flags, const struct context *ctx,
                       struct build_read *read, struct executor_options *options,
                       struct userns_plan *plan_out, struct error *err);

#endif
