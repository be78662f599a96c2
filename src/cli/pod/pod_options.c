/* A container that joins a pod. See pod_options.h. */
#include "cli/pod/pod_options.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "cli/container/container_options.h"
#include "cli/container/targets.h"
#include "cli/pod/pod_make.h"
#include "engine/container/infra.h"
#include "engine/container/spec_mounts.h"
#include "engine/container/verbs.h"

#include <string.h>

#define NEW_PREFIX "new:"

void pod_member_release(struct pod_member *member)
{
        pod_release(&member->pod);
        container_release(&member->infra);
        strv_release(&member->volumes_from);
        strv_release(&member->devices);
        strv_release(&member->security);
        *member = POD_MEMBER_EMPTY;
}

/* What stands in podman's new pod; the container's own is then what remains. */
static int make_pod(struct context *ctx, struct container_args *args, struct pod *pod_out,
                    struct error *err)
{
        struct container_args infra = { .network = args->network,
                                        .hostname = args->hostname,
                                        .publish = args->publish,
                                        .userns = args->userns,
                                        .environment = args->environment,
                                        .isolation = { .pid = args->isolation.pid } };
        AUTO(strv) none = { 0 };
        struct pod_request request = { .name = args->pod.name + strlen(NEW_PREFIX),
                                       .restart = args->restart,
                                       .infra = &infra,
                                       .labels = &none,
                                       .command = &none };

        if (!request.name[0])
                return error_set(err, ERROR_USAGE, "new pod name must be at least one character");
        infra.environment.label_files = none;
        infra.environment.env_merge = none;
        infra.environment.replace = false;
        if (pod_make(ctx, &request, pod_out, err) < 0)
                return -1;
        args->network = args->hostname = NULL;
        args->publish = none;
        args->userns = (struct userns_args){ 0 };
        args->environment.add_hosts = none;
        args->environment.dns = none;
        args->environment.dns_search = none;
        args->environment.dns_options = none;
        args->environment.hosts_file = NULL;
        args->environment.no_hosts = false;
        return 0;
}

static int find_by_file(const struct context *ctx, const char *path, struct pod *pod_out,
                        struct error *err)
{
        AUTO_FREE char *id = NULL;

        if (target_read_id(path, &id, err) < 0)
                return error_context(err, "reading pod ID file");
        return pod_lookup(&ctx->store, id, pod_out, err);
}

/* The pod's first, then the container's own; *own borrows them. */
static void join_words(const struct strv *pod, struct strv *own, struct strv *all)
{
        strv_extend(all, pod);
        strv_extend(all, own);
        *own = *all;
}

static void inherit(struct pod_member *member, struct container_args *args)
{
        const struct pod_spec *pod = &member->pod.spec;

        join_words(&pod->volumes_from, &args->mounts.from, &member->volumes_from);
        join_words(&pod->devices, &args->isolation.devices, &member->devices);
        join_words(&pod->security, &args->isolation.security, &member->security);
}

int pod_member_find(struct context *ctx, struct container_args *args, struct pod_member *member_out,
                    struct error *err)
{
        const struct pod_args *pod = &args->pod;
        struct pod_member member = POD_MEMBER_EMPTY;
        int rc;

        if (pod->name && pod->id_file)
                return error_set(err, ERROR_USAGE, "cannot specify both --pod and --pod-id-file");
        member.made = pod->name && strncmp(pod->name, NEW_PREFIX, strlen(NEW_PREFIX)) == 0;
        if (member.made)
                rc = make_pod(ctx, args, &member.pod, err);
        else if (pod->id_file)
                rc = find_by_file(ctx, pod->id_file, &member.pod, err);
        else
                rc = pod_lookup(&ctx->store, pod->name, &member.pod, err);
        if (rc == 0 && member.pod.spec.infra_id)
                rc = container_lookup(&ctx->store, member.pod.spec.infra_id, &member.infra, err);
        if (rc < 0) {
                bool made = member.made;

                pod_member_release(&member);
                return made ? -1 : error_context(err, "retrieving pod");
        }
        inherit(&member, args);
        *member_out = member;
        return 0;
}

/* Not the user's: containers.conf says it of containers that are in no pod. */
static bool of_conf(const struct context *ctx, const char *text)
{
        for (size_t i = 0; i < ctx->conf_words.count; i++) {
                const char *word = ctx->conf_words.items[i];

                if (text >= word && text <= word + strlen(word))
                        return true;
        }
        return false;
}

static bool says(const struct context *ctx, const char *text)
{
        return text && !of_conf(ctx, text);
}

static bool says_own(const struct context *ctx, const struct container_args *args,
                     enum shared_kind kind)
{
        const char *words[SHARED_KINDS] = { [SHARED_PID] = args->isolation.pid,
                                            [SHARED_IPC] = args->isolation.ipc,
                                            [SHARED_UTS] = args->isolation.uts,
                                            [SHARED_NETWORK] = args->network,
                                            [SHARED_CGROUP] = args->limits.cgroupns };

        return says(ctx, words[kind]);
}

static bool says_ids(const struct context *ctx, const struct userns_args *args)
{
        return says(ctx, args->mode) || args->uid_map.count || args->gid_map.count ||
               args->subuid_name || args->subgid_name;
}

/* With the pod's network its ports and names are the pod's too. */
static int check_network(const struct container_args *args, struct error *err)
{
        const char *what = args->publish.count || args->expose.publish_all
                                   ? "published or exposed ports must be defined when the pod is "
                                     "created"
                           : args->environment.add_hosts.count
                                   ? "extra host entries must be specified on the pod"
                                   : NULL;

        if (!what)
                return 0;
        return error_set(err, ERROR_USAGE,
                         "invalid config provided: %s: network cannot be configured when it is "
                         "shared with a pod",
                         what);
}

static int share(const struct context *ctx, const struct pod_member *member,
                 const struct container_args *args, struct container_spec *spec, struct error *err)
{
        for (enum shared_kind k = 0; k < SHARED_KINDS; k++) {
                if (!member->pod.spec.share[k] || says_own(ctx, args, k))
                        continue;
                if (k == SHARED_NETWORK && check_network(args, err) < 0)
                        return -1;
                if (k == SHARED_UTS && args->hostname)
                        return error_set(err, ERROR_USAGE,
                                         "invalid config provided: cannot set hostname when "
                                         "joining the pod UTS namespace: invalid configuration");
                namespaces_share(spec, k, member->pod.spec.infra_id);
                if (k == SHARED_NETWORK) {
                        spec->no_hosts = spec->no_hosts || member->infra.spec.no_hosts;
                        if (strv_contains(&member->infra.spec.dns, "none"))
                                strv_add(&spec->dns, "none");
                }
        }
        return 0;
}

/* What the container has at the same place goes before it. */
static void add_mounts(const struct pod_spec *pod, struct container_spec *spec)
{
        AUTO(container_spec) shared = { 0 };

        container_mounts_from_json(pod->mounts, &shared);
        for (size_t i = 0; i < shared.mount_count; i++)
                if (!container_mount_at(spec, shared.mounts[i].target))
                        container_mount_copy(&shared.mounts[i],
                                             container_mount_add(spec, shared.mounts[i].kind));
}

int pod_member_fill(const struct context *ctx, const struct pod_member *member,
                    const struct container_args *args, struct container_spec *spec,
                    struct error *err)
{
        const struct pod_spec *pod = &member->pod.spec;

        if (args->pod.infra_of) {
                spec->pod = xstrdup(args->pod.infra_of);
                spec->infra = true;
                if (!args->pod.infra_image)
                        strv_add(&spec->entrypoint, INFRA_PROGRAM);
                return 0;
        }
        if (!member->pod.id[0])
                return 0;
        if (pod->infra_id && says_ids(ctx, &args->userns))
                return error_set(err, ERROR_USAGE,
                                 "cannot set user namespace mode when joining pod with infra "
                                 "container: invalid argument");
        spec->pod = xstrdup(member->pod.id);
        add_mounts(pod, spec);
        spec->ends_pod = strcmp(pod->exit_policy, POD_EXIT_STOP) == 0;
        if (!spec->restart_policy && pod->restart_policy && !spec->auto_remove) {
                spec->restart_policy = xstrdup(pod->restart_policy);
                spec->restart_retries = pod->restart_retries;
        }
        if (!pod->infra_id)
                return 0;
        /* Of an image's infra container it may be the image's. */
        if (!spec->user && member->infra.spec.userns &&
            strncmp(member->infra.spec.userns, "keep-id", strlen("keep-id")) == 0)
                spec->user = xstrdup(member->infra.spec.user);
        strv_add(&spec->requires, pod->infra_id);
        return share(ctx, member, args, spec, err);
}

void pod_member_stop(const struct context *ctx, const struct pod_member *member)
{
        struct container infra = CONTAINER_EMPTY;

        if (member->made &&
            container_lookup(&ctx->store, member->pod.spec.infra_id, &infra, NULL) == 0)
                (void)container_stop(&ctx->store, &infra, 0, NULL);
        container_release(&infra);
}
