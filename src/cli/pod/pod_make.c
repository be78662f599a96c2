/* Making pods. See pod_make.h.
 *
 * The infra container is made like any other, by session_create(), in a child: that enters a user
 * namespace, and the caller may have another to enter.
 */
#include "cli/pod/pod_make.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/path.h"
#include "base/spawn.h"
#include "cli/container/session.h"
#include "engine/container/container_event.h"
#include "engine/container/containers_conf.h"
#include "engine/container/create.h"
#include "engine/container/restart.h"
#include "engine/container/spec_mounts.h"
#include "engine/pod/pod_record.h"

#include <string.h>

struct infra_call {
        struct context *ctx;
        struct container_args args;
        char *image;
};

static int make_infra(void *data, struct error *err)
{
        struct infra_call *call = data;
        struct container container = CONTAINER_EMPTY;
        struct userns_plan plan = { 0 };
        struct userns_entry entry = { .sync_fd = -1 };
        struct context ctx = *call->ctx;
        int rc;

        ctx.argc = 1;
        ctx.argv = (char *[]){ call->image, NULL };
        if (session_create(&ctx, &call->args, &container, &plan, &entry, err) < 0)
                return -1;
        rc = userns_enter_finish(&plan, &entry, err);
        container_event(&ctx.store, &container, "create");
        container_release(&container);
        return rc;
}

/* [engine] of containers.conf, or NULL. */
static const char *conf_word(const char *key)
{
        const char *word =
                json_get_string(json_object_get(containers_conf(NULL), "engine"), key, NULL);

        return word && word[0] ? word : NULL;
}

/* What namespaces it has to hold, and holds nothing more. */
static void fill_infra(const struct pod_request *request, const struct pod *pod, const char *id,
                       const char *name, struct infra_call *call)
{
        struct container_args *args = &call->args;
        const char *image = request->infra_image ? request->infra_image : conf_word("infra_image");

        *args = *request->infra;
        args->name = name;
        args->only_made = true;
        args->read_only = true;
        args->isolation.read_only_tmpfs = (struct opt_int){ .set = true };
        args->restart = request->restart;
        args->mounts = (struct volume_args){ 0 };
        args->isolation.devices = args->isolation.security = (struct strv){ 0 };
        args->pod = (struct pod_args){ .infra_id = id, .infra_of = pod->id, .infra_image = image };
        if (!args->hostname)
                args->hostname = pod->spec.name;
        if (!args->network && !pod->spec.share[SHARED_NETWORK])
                args->network = "none";
        if (pod->spec.share[SHARED_IPC])
                args->isolation.ipc = "shareable";
        call->image = xstrdup(image ? image : "");
}

static char *infra_name(const struct pod *pod)
{
        return xasprintf("%.12s-infra", pod->id);
}

static void remove_infra(const struct context *ctx, const struct pod *pod)
{
        AUTO_FREE char *name = infra_name(pod);

        if (pod->spec.infra_id)
                (void)container_delete(&ctx->store, pod->spec.infra_id, name, NULL);
}

static int add_infra(struct context *ctx, const struct pod_request *request, struct pod *pod,
                     struct error *err)
{
        char id[CONTAINER_ID_LEN + 1];
        AUTO_FREE char *name = infra_name(pod);
        struct infra_call call = { .ctx = ctx };
        int rc;

        if (container_new_id(id, err) < 0)
                return -1;
        fill_infra(request, pod, id, name, &call);
        rc = spawn_call(make_infra, &call, err);
        free(call.image);
        pod->spec.infra_id = rc == 0 ? xstrdup(id) : NULL;
        return rc;
}

/* "ipc,net", "+pid", "none", "". */
static int parse_share(const char *text, struct pod_spec *spec, struct error *err)
{
        bool added = text[0] == '+';
        AUTO(strv) words = { 0 };
        enum shared_kind kind;

        if (added)
                strv_split(&words, POD_SHARE_DEFAULT, ',');
        strv_split(&words, text + added, ',');
        for (size_t i = 0; i < words.count; i++) {
                if (!words.items[i][0] || strcmp(words.items[i], "none") == 0)
                        continue;
                if (!pod_share_parse(words.items[i], &kind))
                        return error_set(err, ERROR_USAGE,
                                         "invalid kernel namespace to share: %s. Options are: "
                                         "cgroup, ipc, net, pid, uts or none",
                                         words.items[i]);
                spec->share[kind] = true;
        }
        return 0;
}

static int fill_policies(const struct pod_request *request, struct pod_spec *spec,
                         struct error *err)
{
        const char *conf = conf_word("pod_exit_policy");
        const char *policy = request->exit_policy ? request->exit_policy
                             : conf               ? conf
                                                  : POD_EXIT_CONTINUE;
        AUTO(container_spec) restart = { 0 };

        if (strcmp(policy, POD_EXIT_CONTINUE) != 0 && strcmp(policy, POD_EXIT_STOP) != 0)
                return error_set(err, ERROR_USAGE,
                                 "running pod create option: invalid pod exit policy: \"%s\"",
                                 policy);
        spec->exit_policy = xstrdup(policy);
        if (request->restart && restart_policy_parse(request->restart, &restart, err) < 0)
                return -1;
        spec->restart_policy = take_ptr(restart.restart_policy);
        spec->restart_retries = restart.restart_retries;
        return 0;
}

static bool has_own_ids(const struct userns_args *args)
{
        return args->uid_map.count || args->gid_map.count || args->subuid_name ||
               args->subgid_name || (args->mode && strcmp(args->mode, "host") != 0);
}

/* A profile is read again for each container, from wherever that is made. */
static void add_security(const char *word, struct strv *words)
{
        const char *path = word + strlen("seccomp=");
        AUTO_FREE char *absolute = NULL;

        if (strncmp(word, "seccomp=", strlen("seccomp=")) != 0 || strcmp(path, "unconfined") == 0) {
                strv_add(words, word);
                return;
        }
        absolute = path_absolute(path);
        strv_addf(words, "seccomp=%s", absolute);
}

/* What each container of the pod gets: checked here, where the user can see what is wrong. */
static int fill_inherited(const struct container_args *args, struct pod_spec *spec,
                          struct error *err)
{
        const struct isolation_args isolation = { .devices = args->isolation.devices,
                                                  .security = args->isolation.security };
        AUTO(container_spec) parsed = { 0 };

        if (volume_args_fill(&args->mounts, &parsed, err) < 0 ||
            isolation_fill(&isolation, &parsed, err) < 0)
                return -1;
        for (size_t i = 0; i < parsed.mount_count; i++)
                if (parsed.mounts[i].kind == MOUNT_VOLUME && !parsed.mounts[i].volume)
                        return error_set(
                                err, ERROR_UNSUPPORTED,
                                "--volume %s: a volume that a pod's containers share needs "
                                "a name",
                                parsed.mounts[i].target);
        if (parsed.mount_count)
                spec->mounts = container_mounts_to_json(&parsed);
        strv_extend(&spec->volumes_from, &args->mounts.from);
        strv_extend(&spec->devices, &args->isolation.devices);
        for (size_t i = 0; i < args->isolation.security.count; i++)
                add_security(args->isolation.security.items[i], &spec->security);
        return 0;
}

static int fill(const struct context *ctx, const struct pod_request *request, struct pod *pod,
                struct error *err)
{
        struct pod_spec *spec = &pod->spec;
        char owner[OBJECT_ID_LEN + 1];

        if (container_new_id(pod->id, err) < 0)
                return -1;
        spec->name = request->name ? xstrdup(request->name) : container_make_up_name(pod->id);
        if (container_check_name(spec->name, err) < 0)
                return -1;
        if (names_find(&ctx->store, spec->name, owner)) {
                error_set(err, ERROR_EXISTS,
                          "adding pod to state: name \"%s\" is in use: pod already exists",
                          spec->name);
                return error_cure(err, "choose another name, or remove what has it (%.12s)", owner);
        }
        spec->created_ns = clock_now_ns();
        strv_extend(&spec->labels, request->labels);
        spec->hostname = xstrdup(request->infra->hostname);
        strv_extend(&spec->create_command, request->command);
        if (!request->no_infra &&
            parse_share(request->share ? request->share : POD_SHARE_DEFAULT, spec, err) < 0)
                return -1;
        if (fill_inherited(request->infra, spec, err) < 0)
                return -1;
        spec->share_user = !request->no_infra && has_own_ids(&request->infra->userns);
        return fill_policies(request, spec, err);
}

int pod_make(struct context *ctx, const struct pod_request *request, struct pod *pod_out,
             struct error *err)
{
        struct pod pod = { 0 };
        int rc = fill(ctx, request, &pod, err);

        if (rc == 0 && !request->no_infra)
                rc = add_infra(ctx, request, &pod, err);
        if (rc == 0)
                rc = pod_create(&ctx->store, pod.id, &pod.spec, err);
        if (rc < 0) {
                remove_infra(ctx, &pod);
                pod_release(&pod);
                return -1;
        }
        pod_event(&ctx->store, &pod, "create");
        *pod_out = pod;
        return 0;
}
