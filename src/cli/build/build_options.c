/* kelp build's options. See build_options.h. */
#include "cli/build/build_options.h"

#define OPT_ARGS struct build_flags

#define NO_SBOM  "lists of what is in an image are other programs' work (syft, trivy)"
#define NO_CACHE "an image that a registry has is no cache: pull it and build on"
#define STAGES   "stages that nothing needs are dropped; build one with --target"

#define RUN_OPTIONS                                                                                \
        OPT_LIST_IN("Steps", 0, "add-host", container.environment.add_hosts, "NAME[;NAME]:IP",     \
                    "Add a line to /etc/hosts of a RUN"),                                          \
                OPT_LIST_IN("Steps", 0, "cap-add", container.cap_add, "CAPABILITY",                \
                            "Add a capability, or ALL"),                                           \
                OPT_LIST_IN("Steps", 0, "cap-drop", container.cap_drop, "CAPABILITY",              \
                            "Drop a capability, or ALL"),                                          \
                OPT_STR_IN("Steps", 0, "cgroup-parent", container.limits.cgroup_parent,            \
                           "SLICE|PATH", "Where the cgroup of a RUN is made"),                     \
                OPT_STR_IN("Steps", 0, "cgroupns", container.limits.cgroupns, "MODE",              \
                           "private or host"),                                                     \
                OPT_INT_IN("Steps", 0, "cpu-period", container.limits.cpu_period, "MICROSECONDS",  \
                           "Period in which --cpu-quota holds"),                                   \
                OPT_INT_IN("Steps", 0, "cpu-quota", container.limits.cpu_quota, "MICROSECONDS",    \
                           "CPU time in each period"),                                             \
                OPT_INT_IN("Steps", 'c', "cpu-shares", container.limits.cpu_shares, "SHARES",      \
                           "Share of CPU time, 1024 is the usual one"),                            \
                OPT_STR_IN("Steps", 0, "cpuset-cpus", container.limits.cpuset_cpus, "LIST",        \
                           "Which CPUs: 0-3,7"),                                                   \
                OPT_STR_IN("Steps", 0, "cpuset-mems", container.limits.cpuset_mems, "LIST",        \
                           "Which memory nodes"),                                                  \
                OPT_LIST_IN("Steps", 0, "device", container.isolation.devices,                     \
                            "HOST[:CONTAINER][:rwm]", "Add a device of the host"),                 \
                OPT_LIST_IN("Steps", 0, "dns", container.environment.dns, "IP|none",               \
                            "Name servers"),                                                       \
                OPT_LIST_IN("Steps", 0, "dns-option", container.environment.dns_options, "OPTION", \
                            "An option of resolv.conf(5)"),                                        \
                OPT_LIST_IN("Steps", 0, "dns-search", container.environment.dns_search, "DOMAIN",  \
                            "Search domains"),                                                     \
                OPT_LIST_IN("Steps", 0, "group-add", container.isolation.group_add,                \
                            "GROUP[,GROUP]", "Add a group to the process"),                        \
                OPT_SWITCH_IN("Steps", 0, "http-proxy", container.environment.http_proxy,          \
                              "Pass this environment's proxies on (true)"),                        \
                OPT_STR_IN("Steps", 0, "ipc", container.isolation.ipc, "MODE", "private or host"), \
                OPT_STR_IN("Steps", 0, "isolation", isolation, "TYPE",                             \
                           "oci or rootless: what it always is"),                                  \
                OPT_STR_IN("Steps", 'm', "memory", container.limits.memory, "SIZE",                \
                           "Memory limit: 512m, 2g"),                                              \
                OPT_STR_IN("Steps", 0, "memory-swap", container.limits.memory_swap, "SIZE",        \
                           "Limit of memory and swap together"),                                   \
                OPT_LIST_IN("Steps", 0, "mount", mounts, "SPEC",                                   \
                            "A mount that every RUN has, as by RUN --mount=SPEC"),                 \
                OPT_STR_IN("Steps", 0, "network", container.network, "MODE",                       \
                           "none, host, slirp4netns, container:NAME, ns:PATH"),                    \
                OPT_BOOL_IN("Steps", 0, "no-hostname", container.isolation.no_hostname,            \
                            "Leave the image's /etc/hostname as it is"),                           \
                OPT_BOOL_IN("Steps", 0, "no-hosts", container.environment.no_hosts,                \
                            "Keep the image's /etc/hosts"),                                        \
                OPT_STR_IN("Steps", 0, "pid", container.isolation.pid, "MODE", "private or host"), \
                OPT_LIST_IN("Steps", 0, "security-opt", container.isolation.security, "OPTION",    \
                            "seccomp=FILE|unconfined, mask=PATHS, unmask=PATHS|ALL, ..."),         \
                OPT_STR_IN("Steps", 0, "shm-size", container.isolation.shm_size, "SIZE",           \
                           "Size of /dev/shm"),                                                    \
                OPT_LIST_IN("Steps", 0, "ulimit", container.ulimits, "NAME=SOFT[:HARD]",           \
                            "Set a resource limit"),                                               \
                OPT_STR_IN("Steps", 0, "userns", container.userns.mode, "MODE",                    \
                           "host or private: the user's own, as always"),                          \
                OPT_STR_IN("Steps", 0, "uts", container.isolation.uts, "MODE", "private or host"), \
                OPT_LIST_IN("Steps", 'v', "volume", container.mounts.volumes, "SRC:DIR[:OPTIONS]", \
                            "Mount a host directory or file in every RUN")

#define IMAGE_OPTIONS                                                                              \
        OPT_LIST_IN("Image", 0, "annotation", annotations, "KEY=VALUE",                            \
                    "Add an annotation to the manifest"),                                          \
                OPT_LIST_IN("Image", 0, "env", env, "NAME[=VALUE]",                                \
                            "Set a variable in the image"),                                        \
                OPT_STR_IN("Image", 0, "format", format, "FORMAT", "oci (default) or docker"),     \
                OPT_STR_IN("Image", 0, "from", from, "IMAGE",                                      \
                           "In place of the image of the first FROM"),                             \
                OPT_SWITCH_IN("Image", 0, "inherit-annotations", inherit_annotations,              \
                              "Take over the base image's annotations (true)"),                    \
                OPT_SWITCH_IN("Image", 0, "inherit-labels", inherit_labels,                        \
                              "Take over the base image's labels (true)"),                         \
                OPT_LIST_IN("Image", 0, "label", labels, "KEY=VALUE", "Set a label"),              \
                OPT_BOOL_IN("Image", 0, "omit-history", omit_history,                              \
                            "Leave the history out; nothing is cached"),                           \
                OPT_STR_IN("Image", 0, "source-date-epoch", epoch, "SECONDS",                      \
                           "Time of the image and its history ($SOURCE_DATE_EPOCH)"),              \
                OPT_BOOL_IN("Image", 0, "squash", squash, "One layer on top of the base image's"), \
                OPT_BOOL_IN("Image", 0, "squash-all", squash_all, "One layer with everything"),    \
                OPT_INT_IN("Image", 0, "timestamp", timestamp, "SECONDS",                          \
                           "Time of the image and of all files in its new layers"),                \
                OPT_LIST_IN("Image", 0, "unsetannotation", unset_annotations, "KEY",               \
                            "Leave out an annotation of the base image"),                          \
                OPT_LIST_IN("Image", 0, "unsetenv", unset_env, "NAME",                             \
                            "Leave out a variable of the image"),                                  \
                OPT_LIST_IN("Image", 0, "unsetlabel", unset_labels, "KEY",                         \
                            "Leave out a label of the base image")

#define RESULT_OPTIONS                                                                             \
        OPT_STR_IN("Output", 0, "iidfile", iidfile, "FILE", "Write the image's ID to FILE"),       \
                OPT_STR_IN("Output", 0, "iidfile-raw", iidfile_raw, "FILE",                        \
                           "The same without \"sha256:\""),                                        \
                OPT_BOOL_IN("Output", 0, "load", load, "Put it into the store (it always is)"),    \
                OPT_STR_IN("Output", 0, "logfile", logfile, "FILE",                                \
                           "Write there what the steps print"),                                    \
                OPT_STR_IN("Output", 0, "manifest", manifest, "LIST",                              \
                           "Add the image to this list, which is made if need be"),                \
                OPT_STR_IN("Output", 0, "metadata-file", metadata_file, "FILE",                    \
                           "Write the digests to FILE, as JSON"),                                  \
                OPT_LIST_IN("Output", 'o', "output", outputs, "DEST",                              \
                            "Its files too: DIR, type=local,dest=DIR, type=tar,dest=FILE, -")

#define BUILD_REFUSED                                                                              \
        OPT_REFUSED(0, "all-platforms", "name one with --platform"),                               \
                OPT_REFUSED(0, "cache-from", NO_CACHE), OPT_REFUSED(0, "cache-to", NO_CACHE),      \
                OPT_REFUSED(0, "compat-volumes", "what RUN writes to a volume's place stays"),     \
                OPT_REFUSED(0, "compress", "layers are compressed when they are pushed"),          \
                OPT_REFUSED(0, "cpp-flag", "files are not passed through a preprocessor"),         \
                OPT_REFUSED(0, "created-annotation", "the time is in the image's configuration"),  \
                OPT_REFUSED(0, "cw", "confidential workloads need a machine of their own"),        \
                OPT_REFUSED(0, "decryption-key", "encrypted images are not supported"),            \
                OPT_REFUSED(0, "disable-content-trust", "Docker's content trust is gone"),         \
                OPT_REFUSED(0, "identity-label", "kelp sets no label of its own"),                 \
                OPT_REFUSED(0, "layer-label", "images of steps have the labels of theirs"),        \
                OPT_REFUSED(0, "logsplit", "one platform is built at a time"),                     \
                OPT_REFUSED(0, "no-pivot", "a container's root is always changed by pivot_root"),  \
                OPT_REFUSED(0, "os-feature", "only images for Windows have them"),                 \
                OPT_REFUSED(0, "os-version", "only images for Windows have one"),                  \
                OPT_REFUSED(0, "progress", "a build prints its steps as they are done"),           \
                OPT_REFUSED(0, "provenance", "kelp attests nothing"),                              \
                OPT_REFUSED(0, "push", "call kelp push afterwards"),                               \
                OPT_REFUSED(0, "rewrite-timestamp", "--timestamp sets the times of files"),        \
                OPT_REFUSED(0, "save-stages", STAGES), OPT_REFUSED(0, "stage-labels", STAGES),     \
                OPT_REFUSED(0, "sbom", NO_SBOM), OPT_REFUSED(0, "sbom-image-output", NO_SBOM),     \
                OPT_REFUSED(0, "sbom-image-purl-output", NO_SBOM),                                 \
                OPT_REFUSED(0, "sbom-merge-strategy", NO_SBOM),                                    \
                OPT_REFUSED(0, "sbom-output", NO_SBOM),                                            \
                OPT_REFUSED(0, "sbom-purl-output", NO_SBOM),                                       \
                OPT_REFUSED(0, "sbom-scanner-command", NO_SBOM),                                   \
                OPT_REFUSED(0, "sbom-scanner-image", NO_SBOM),                                     \
                OPT_REFUSED(0, "sign-by", "kelp image sign does it"),                              \
                OPT_REFUSED(0, "source-policy-file", "name the images by their digests"),          \
                OPT_REFUSED(0, "ssh",                                                              \
                            "the agent's socket would be the container's: use --secret"),          \
                OPT_REFUSED(0, "userns-gid-map", "RUN has the ids of the user's own namespace"),   \
                OPT_REFUSED(0, "userns-gid-map-group", "RUN has the user's own ids"),              \
                OPT_REFUSED(0, "userns-uid-map", "RUN has the ids of the user's own namespace"),   \
                OPT_REFUSED(0, "userns-uid-map-user", "RUN has the user's own ids")

const struct opt build_options[] = {
        OPT_LIST(0, "build-arg", args, "NAME[=VALUE]",
                 "Value of an ARG; alone: this environment's"),
        OPT_LIST(0, "build-arg-file", arg_files, "FILE", "NAME=VALUE lines of such"),
        OPT_LIST(0, "build-context", contexts, "NAME=DIR|IMAGE",
                 "What COPY --from=NAME, and FROM, mean by it"),
        OPT_LIST('f', "file", files, "FILE", "The Containerfile; -: standard input"),
        OPT_SWITCH(0, "force-rm", force_rm, "Remove containers of failed steps (always)"),
        OPT_STR(0, "ignorefile", ignorefile, "FILE", "In place of .containerignore"),
        OPT_INT(0, "jobs", jobs, "NUMBER", "Build up to so many stages at once; 0: any number (1)"),
        OPT_SWITCH(0, "layers", layers, "An image for each step, to be used again (true)"),
        OPT_BOOL(0, "no-cache", no_cache, "Do every step anew"),
        OPT_WORD(0, "pull", pull, "[=POLICY]", "always (alone), missing, never or newer",
                 "\"missing\""),
        OPT_BOOL(0, "pull-always", pull_always, "The same as --pull=always"),
        OPT_BOOL(0, "pull-never", pull_never, "The same as --pull=never"),
        OPT_BOOL('q', "quiet", quiet, "Print the image's ID alone, and what the steps print"),
        OPT_SWITCH(0, "rm", rm, "Remove containers of steps (always)"),
        OPT_LIST(0, "secret", secrets, "id=ID,src=FILE|env=NAME", "For RUN --mount=type=secret"),
        OPT_SWITCH(0, "skip-unused-stages", skip_unused, "Only what the target needs (true)"),
        OPT_BOOL(0, "stdin", with_stdin, "RUN has this standard input"),
        OPT_LIST('t', "tag", tags, "NAME", "A name for the image"),
        OPT_STR(0, "target", target, "STAGE", "Stop at this stage"),
        OPT_STR(0, "cache-ttl", cache_ttl, "DURATION", "Use no image of a step that is older"),
        OPT_SWITCH('D', "disable-compression", disable_compression,
                   "Keep layers as they are (true, always)"),
        PLATFORM_OPTIONS_IN("Registry", container.pull.platform),
        REGISTRY_OPTIONS_IN("Registry", container.pull.registry),
        RETRY_OPTIONS_IN("Registry", container.pull.registry, "pull"),
        OPT_STR_IN("Registry", 0, "signature-policy", signature_policy, "FILE",
                   "Which images may be used"),
        IMAGE_OPTIONS,
        RESULT_OPTIONS,
        RUN_OPTIONS,
        BUILD_REFUSED,
        { 0 },
};
