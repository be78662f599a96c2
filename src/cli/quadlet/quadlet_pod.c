/* .pod files: [Pod] becomes `kelp pod create` and `kelp pod start`.
 *
 * The pod is made anew at each start (ExecStartPre=). What `kelp pod start` then starts is the
 * infra container alone: the containers are services of their own, with --pod, which begin after
 * the pod's and end with it (BindsTo=). Those that are in no template and do not say
 * StartWithPod=no are started with it (Wants=).
 *
 * `kelp pod start` ends, and what it leaves is the infra container's monitor: Type=forking, and no
 * file with its process's number, since it is the one process that systemd has inherited in the
 * service's cgroup (GuessMainPID=). It has to stay there, and the infra container below it
 * (Delegate=). So the service is over when the infra container is: with ExitPolicy=stop, the rule
 * for these files, that is when the last of the containers has ended. ExecStopPost= removes the
 * pod, whatever was its end.
 */
#include "cli/quadlet/quadlet_convert.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "cli/quadlet/quadlet_refer.h"
#include "cli/quadlet/unit_name.h"

#include <string.h>

extern const struct command cmd_pod_create;

const struct quadlet_key quadlet_pod_keys[] = {
        KEY_READ_ELSEWHERE("PodName", "name"),
        KEY_READ_ELSEWHERE("ServiceName", NULL),
        KEY_READ_ELSEWHERE("GlobalArgs", NULL),
        KEY_READ_ELSEWHERE("PodmanArgs", NULL),
        KEY_READ_ELSEWHERE("ExitPolicy", "exit-policy"),
        KEY_READ_ELSEWHERE("StopTimeout", NULL),
        KEY(KEY_LAST, "UserNS", "userns"),
        KEY(KEY_WORDS, "UIDMap", "uidmap"),
        KEY(KEY_WORDS, "GIDMap", "gidmap"),
        KEY(KEY_LAST, "SubUIDMap", "subuidname"),
        KEY(KEY_LAST, "SubGIDMap", "subgidname"),
        KEY(KEY_EACH, "PublishPort", "publish"),
        KEY(KEY_ESCAPED, "Label", "label"),
        KEY_BY("Network", "network", quadlet_refer_networks),
        KEY(KEY_LAST, "IP", "ip"),
        KEY(KEY_LAST, "IP6", "ip6"),
        KEY(KEY_EACH, "NetworkAlias", "network-alias"),
        KEY(KEY_LAST, "ShmSize", "shm-size"),
        KEY(KEY_EACH, "DNS", "dns"),
        KEY(KEY_EACH, "DNSOption", "dns-option"),
        KEY(KEY_EACH, "DNSSearch", "dns-search"),
        KEY(KEY_EACH, "AddHost", "add-host"),
        KEY(KEY_LAST, "HostName", "hostname"),
        KEY_BY("Volume", "volume", quadlet_refer_volumes),
        KEY_NOT_OFFERED("ContainersConfModule", "kelp has no --module"),
        KEY_NOT_OFFERED("RemapUsers", "use UserNS="),
        KEY_NOT_OFFERED("RemapUid", "use UIDMap="),
        KEY_NOT_OFFERED("RemapGid", "use GIDMap="),
        KEY_NOT_OFFERED("RemapUidSize", "use UserNS=auto:size="),
        { 0 },
};

static int check(const struct conversion *c, struct error *err)
{
        const char *type = unit_file_get(&c->quadlet->unit, "Service", "Type");

        if (type && strcmp(type, "forking") != 0)
                return error_set(err, ERROR_UNSUPPORTED, "invalid service Type '%s': forking",
                                 type);
        for (size_t i = 0; i < c->list->count; i++) {
                const struct quadlet *other = &c->list->items[i];

                if (other->kind == QUADLET_CONTAINER && other->resource &&
                    strcmp(other->resource, c->quadlet->resource) == 0)
                        return error_set(err, ERROR_EXISTS,
                                         "%s has the same name, %s: name the pod otherwise with "
                                         "PodName=",
                                         other->name, other->resource);
        }
        return 0;
}

static bool starts_with(const struct quadlet *container, const char *pod)
{
        AUTO_FREE char *own = NULL;
        bool starts = true;

        if (container->kind != QUADLET_CONTAINER || unit_name_is_template(container->service))
                return false;
        own = quadlet_value(container, "Pod");
        return own && strcmp(own, pod) == 0 &&
               unit_file_bool(&container->source, "Container", "StartWithPod", &starts, NULL) ==
                       0 &&
               starts;
}

/* Of a template it is unknown which instance they belong to. */
static void start_containers(struct conversion *c)
{
        struct quadlet *pod = c->quadlet;

        if (unit_name_is_template(pod->service))
                return;
        for (size_t i = 0; i < c->list->count; i++) {
                const struct quadlet *container = &c->list->items[i];

                if (!starts_with(container, pod->name))
                        continue;
                unit_file_add(&pod->unit, "Unit", "Wants", container->service);
                unit_file_add(&pod->unit, "Unit", "Before", container->service);
        }
}

static int add_create(struct conversion *c, struct error *err)
{
        AUTO_FREE char *policy = quadlet_value(c->quadlet, "ExitPolicy");

        if (quadlet_keys_begin(c, err) < 0)
                return -1;
        strv_add_array(&c->words,
                       (const char *const[]){ "pod", "create", "--name", c->quadlet->resource,
                                              "--replace", "--exit-policy",
                                              policy ? policy : "stop", NULL });
        if (quadlet_keys_apply(c, quadlet_pod_keys, &cmd_pod_create, err) < 0 ||
            quadlet_keys_arguments(c, &cmd_pod_create, err) < 0)
                return -1;
        quadlet_add_command(c, "ExecStartPre", "");
        return 0;
}

static int add_start(struct conversion *c, struct error *err)
{
        if (quadlet_begin_delegated(c, err) < 0)
                return -1;
        strv_add_array(&c->words,
                       (const char *const[]){ "pod", "start", c->quadlet->resource, NULL });
        quadlet_add_command(c, "ExecStart", "");
        return 0;
}

static int add_stop(struct conversion *c, struct error *err)
{
        AUTO_FREE char *seconds = quadlet_value(c->quadlet, "StopTimeout");

        if (quadlet_keys_begin(c, err) < 0)
                return -1;
        strv_add_array(&c->words, (const char *const[]){ "pod", "stop", "--ignore", NULL });
        if (seconds) {
                strv_addf(&c->words, "--time=%s", seconds);
                quadlet_wait_longer(c, seconds);
        }
        strv_add(&c->words, c->quadlet->resource);
        quadlet_add_command(c, "ExecStop", "");
        if (quadlet_keys_begin(c, err) < 0)
                return -1;
        strv_add_array(&c->words, (const char *const[]){ "pod", "rm", "--ignore", "--force",
                                                         c->quadlet->resource, NULL });
        quadlet_add_command(c, "ExecStopPost", "-");
        return 0;
}

int quadlet_convert_pod(struct conversion *c, struct error *err)
{
        if (check(c, err) < 0)
                return -1;
        start_containers(c);
        quadlet_default(c, "SyslogIdentifier", "%N");
        quadlet_default(c, "Restart", "on-failure");
        unit_file_set(&c->quadlet->unit, "Service", "Type", "forking");
        return add_create(c, err) < 0 || add_start(c, err) < 0 ? -1 : add_stop(c, err);
}
