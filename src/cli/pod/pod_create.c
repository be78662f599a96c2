/* kelp pod create. */
#include "cli/pod/pod_make.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/fd.h"
#include "base/limits.h"
#include "cli/options/conf_options.h"
#include "cli/options/env.h"
#include "cli/options/refused_options.h"
#include "cli/pod/pod_removal.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

struct create_args {
        struct container_args container; /* the infra container's */
        struct opt_int infra, share_parent;
        const char *name, *share, *exit_policy, *restart, *id_file, *infra_image;
        bool replace;
};
#define OPT_ARGS      struct create_args

#define REFUSED_LIMIT "a pod has no cgroup of its own: limit its containers"

static const struct opt create_options[] = {
        OPT_LIST(0, "add-host", container.environment.add_hosts, "NAME[;NAME]:IP",
                 "Add a line to the pod's /etc/hosts"),
        OPT_LIST(0, "device", container.isolation.devices, "HOST[:CONTAINER][:rwm]",
                 "Give each container a device of the host"),
        OPT_LIST(0, "dns", container.environment.dns, "IP|none",
                 "Name servers; none: the images' /etc/resolv.conf"),
        OPT_LIST(0, "dns-option", container.environment.dns_options, "OPTION",
                 "An option of resolv.conf(5)"),
        OPT_LIST(0, "dns-opt", container.environment.dns_options, "OPTION",
                 "The same as --dns-option"),
        OPT_LIST(0, "dns-search", container.environment.dns_search, "DOMAIN",
                 "Search domains; a dot: none"),
        OPT_STR(0, "exit-policy", exit_policy, "POLICY",
                "continue, or stop: the last container's end stops the pod"),
        OPT_LIST(0, "gidmap", container.userns.gid_map, "MAP", "The same as --uidmap, for groups"),
        OPT_STR('h', "hostname", container.hostname, "NAME", "Host name inside (the pod's name)"),
        OPT_STR(0, "hosts-file", container.environment.hosts_file, "FILE|none|image",
                "What /etc/hosts begins with"),
        OPT_SWITCH(0, "infra", infra, "Make an infra container that holds what is shared (true)"),
        OPT_STR(0, "infra-image", infra_image, "IMAGE",
                "Make the infra container of this image; kelp's own needs none"),
        OPT_LIST('l', "label", container.labels, "KEY=VALUE", "Set a label"),
        OPT_LIST(0, "label-file", container.environment.label_files, "FILE",
                 "Read labels from a file"),
        OPT_STR('n', "name", name, "NAME", "Name of the pod"),
        OPT_STR(0, "network", container.network, "MODE",
                "none, host, slirp4netns, container:NAME, ns:PATH"),
        OPT_STR(0, "net", container.network, "MODE", "The same as --network"),
        OPT_BOOL(0, "no-hostname", container.isolation.no_hostname,
                 "Leave the infra image's /etc/hostname as it is"),
        OPT_BOOL(0, "no-hosts", container.environment.no_hosts, "Keep the images' /etc/hosts"),
        OPT_STR(0, "pid", container.isolation.pid, "MODE",
                "Of the infra container: private, host, container:NAME or ns:PATH"),
        OPT_STR(0, "pod-id-file", id_file, "FILE", "Write the pod's ID to a file"),
        OPT_LIST('p', "publish", container.publish, "PORTS",
                 "Publish a port: [[ip:]host:]container"),
        OPT_BOOL(0, "replace", replace, "Remove the pod that has this name"),
        OPT_STR(0, "restart", restart, "POLICY",
                "Of its containers: no, always, unless-stopped or on-failure[:RETRIES]"),
        OPT_LIST(0, "security-opt", container.isolation.security, "OPTION",
                 "For each container, as in run"),
        OPT_STR(0, "share", share, "NAMES",
                "ipc,net,uts (the default), pid, cgroup; +NAME: that one too; none"),
        OPT_SWITCH(0, "share-parent", share_parent,
                   "Only false, which is the default: a pod has no cgroup of its own"),
        OPT_STR(0, "shm-size", container.isolation.shm_size, "SIZE", "Size of /dev/shm: 64m, 1g"),
        OPT_STR(0, "subgidname", container.userns.subgid_name, "NAME",
                "The ids that NAME has in /etc/subgid"),
        OPT_STR(0, "subuidname", container.userns.subuid_name, "NAME",
                "The ids that NAME has in /etc/subuid"),
        OPT_LIST(0, "sysctl", container.sysctl.sysctls, "NAME=VALUE",
                 "Set a kernel parameter of the shared namespaces"),
        OPT_LIST(0, "uidmap", container.userns.uid_map, "MAP", "[+ug]CONTAINER:[@]FROM[:COUNT]"),
        OPT_STR(0, "userns", container.userns.mode, "MODE",
                "host, private, keep-id, nomap, auto, container:NAME or ns:PATH"),
        OPT_STR(0, "uts", container.isolation.uts, "MODE",
                "Of the infra container: private, host, container:NAME or ns:PATH"),
        OPT_LIST('v', "volume", container.mounts.volumes, "SRC:DIR[:OPTIONS]",
                 "Mount a volume, or a host directory or file, in each container"),
        OPT_LIST(0, "volumes-from", container.mounts.from, "CONTAINER[:OPTIONS]",
                 "Mount the volumes of another container in each"),
        OPT_REFUSED(0, "blkio-weight", REFUSED_LIMIT),
        OPT_REFUSED(0, "blkio-weight-device", REFUSED_LIMIT),
        OPT_REFUSED(0, "cgroup-parent", REFUSED_LIMIT),
        OPT_REFUSED('c', "cpu-shares", REFUSED_LIMIT),
        OPT_REFUSED(0, "cpus", REFUSED_LIMIT),
        OPT_REFUSED(0, "cpuset-cpus", REFUSED_LIMIT),
        OPT_REFUSED(0, "cpuset-mems", REFUSED_LIMIT),
        OPT_REFUSED(0, "device-read-bps", REFUSED_LIMIT),
        OPT_REFUSED(0, "device-write-bps", REFUSED_LIMIT),
        OPT_REFUSED(0, "gpus", "CDI is not offered"),
        OPT_REFUSED(0, "infra-command", "the infra container waits, and does nothing else"),
        OPT_REFUSED(0, "infra-conmon-pidfile", "there is no conmon"),
        OPT_REFUSED(0, "infra-name", "the infra container has a name of the pod's ID"),
        OPT_REFUSED(0, "ip", REFUSED_BRIDGE),
        OPT_REFUSED(0, "ip6", REFUSED_BRIDGE),
        OPT_REFUSED(0, "mac-address", REFUSED_BRIDGE),
        OPT_REFUSED('m', "memory", REFUSED_LIMIT),
        OPT_REFUSED(0, "memory-swap", REFUSED_LIMIT),
        OPT_REFUSED(0, "network-alias", REFUSED_BRIDGE),
        OPT_REFUSED(0, "shm-size-systemd", "say it of the containers that need it"),
        { 0 },
};

static const char *first_of(const struct strv *list)
{
        return list->count ? list->items[0] : NULL;
}

/* What containers.conf says is meant for containers. */
static bool said(const struct context *ctx, const char *option, const char *value)
{
        AUTO_FREE char *word = value ? xasprintf("--%s=%s", option, value) : NULL;

        return word && !strv_contains(&ctx->conf_words, word);
}

/* Options of an infra container that is not made. */
static int check_no_infra(const struct context *ctx, const struct create_args *args,
                          struct error *err)
{
        const struct container_args *c = &args->container;
        const struct {
                const char *option, *value;
        } infra[] = {
                { "add-host", first_of(&c->environment.add_hosts) },
                { "dns", first_of(&c->environment.dns) },
                { "dns-option", first_of(&c->environment.dns_options) },
                { "dns-search", first_of(&c->environment.dns_search) },
                { "gidmap", first_of(&c->userns.gid_map) },
                { "hostname", c->hostname },
                { "hosts-file", c->environment.hosts_file },
                { "infra-image", args->infra_image },
                { "network", c->network },
                { "no-hostname", c->isolation.no_hostname ? "true" : NULL },
                { "no-hosts", c->environment.no_hosts ? "true" : NULL },
                { "pid", c->isolation.pid },
                { "shm-size", c->isolation.shm_size },
                { "subgidname", c->userns.subgid_name },
                { "subuidname", c->userns.subuid_name },
                { "sysctl", first_of(&c->sysctl.sysctls) },
                { "uidmap", first_of(&c->userns.uid_map) },
                { "userns", c->userns.mode },
                { "uts", c->isolation.uts },
        };

        if (c->publish.count)
                return error_set(err, ERROR_USAGE,
                                 "you must have an infra container to publish port bindings to "
                                 "the host");
        for (size_t i = 0; i < ARRAY_SIZE(infra); i++)
                if (said(ctx, infra[i].option, infra[i].value))
                        return error_set(err, ERROR_USAGE,
                                         "cannot specify --%s without an infra container",
                                         infra[i].option);
        return 0;
}

static int check(const struct context *ctx, struct create_args *args, struct error *err)
{
        const char *share = args->share ? args->share : POD_SHARE_DEFAULT;
        bool none = strcmp(share, "none") == 0 || !share[0];
        bool no_infra = args->infra.set ? !args->infra.value : none;

        if (args->name && ctx->argc > 0)
                return error_set(err, ERROR_USAGE,
                                 "cannot specify --name and NAME at the same time");
        if (ctx->argc > 0)
                args->name = ctx->argv[0];
        if (args->replace && !args->name)
                return error_set(err, ERROR_USAGE, "cannot replace pod without --name being set");
        if (no_infra && args->share && !none)
                return error_set(err, ERROR_USAGE,
                                 "cannot set share(%s) namespaces without an infra container",
                                 share);
        if (args->share_parent.value)
                return error_set(err, ERROR_UNSUPPORTED, "--share-parent: " REFUSED_LIMIT);
        args->infra = (struct opt_int){ .set = true, .value = !no_infra };
        return no_infra ? check_no_infra(ctx, args, err) : 0;
}

/* Those of files first, as for containers. */
static int fill_labels(const struct container_args *args, struct strv *labels, struct error *err)
{
        AUTO(strv) all = { 0 };

        for (size_t i = 0; i < args->environment.label_files.count; i++)
                if (env_file_lines(args->environment.label_files.items[i], "--label-file", &all,
                                   err) < 0)
                        return -1;
        strv_extend(&all, &args->labels);
        for (size_t i = 0; i < all.count; i++) {
                AUTO_FREE char *pair =
                        xasprintf(strchr(all.items[i], '=') ? "%s" : "%s=", all.items[i]);

                strv_env_set(labels, pair);
        }
        return 0;
}

/* What was typed, for inspect: the words of this process. */
static void fill_command(struct strv *command)
{
        AUTO_FREE char *text = NULL;
        size_t len = 0;

        if (fd_read_file(AT_FDCWD, "/proc/self/cmdline", LIMIT_SPEC, &text, &len, NULL) < 0)
                return;
        for (size_t at = 0; at < len; at += strlen(text + at) + 1)
                strv_add(command, text + at);
}

static int create_run(struct context *ctx, void *data, struct error *err)
{
        struct create_args *args = data;
        AUTO(strv) labels = { 0 };
        AUTO(strv) command = { 0 };
        AUTO(pod) pod = { 0 };
        struct pod_request request;

        if (check(ctx, args, err) < 0 || fill_labels(&args->container, &labels, err) < 0)
                return -1;
        fill_command(&command);
        request = (struct pod_request){ .name = args->name,
                                        .exit_policy = args->exit_policy,
                                        .restart = args->restart,
                                        .share = args->share,
                                        .infra_image = args->infra_image,
                                        .no_infra = !args->infra.value,
                                        .infra = &args->container,
                                        .labels = &labels,
                                        .command = &command };
        if ((args->replace && pod_removal_replace(ctx, args->name, err) < 0) ||
            pod_make(ctx, &request, &pod, err) < 0)
                return -1;
        if (args->id_file &&
            fd_write_file(AT_FDCWD, args->id_file, pod.id, OBJECT_ID_LEN, 0644, err) < 0) {
                (void)pod_removal_force(ctx, pod.id, NULL);
                return error_context(err, "failed to write pod ID to file");
        }
        printf("%s\n", pod.id);
        return 0;
}

const struct command cmd_pod_create = {
        .name = "pod create",
        .synopsis = "[OPTIONS] [NAME]",
        .summary = "Make a pod",
        .needs = NEEDS_STORE,
        .max_operands = 1,
        .args_size = sizeof(struct create_args),
        .options = create_options,
        .conf = conf_container,
        .run = create_run,
};
