/* The keys of [Container], and what of them is more than a flag with its value. The order is that
 * of the flags in the unit. */
#include "cli/quadlet/quadlet_convert.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/strbuf.h"
#include "cli/quadlet/quadlet_refer.h"

#include <string.h>
#include <strings.h>
#include <unistd.h>

#define NO_LABELS "containers keep the SELinux label of their caller"

static int add_entrypoint(struct conversion *c, const struct quadlet_key *key, struct error *err)
{
        AUTO_FREE char *value = quadlet_value(c->quadlet, key->name);

        (void)err;
        strv_addf(&c->words, "--entrypoint=%s", value ? value : "");
        return 0;
}

static int add_user(struct conversion *c, const struct quadlet_key *key, struct error *err)
{
        AUTO_FREE char *user = quadlet_value(c->quadlet, "User");
        AUTO_FREE char *group = quadlet_value(c->quadlet, "Group");
        AUTO_FREE char *both = user && group ? xasprintf("%s:%s", user, group) : NULL;

        (void)err;
        if (user)
                quadlet_add_flag(c, key, both ? both : user);
        return 0;
}

static int check_group(struct conversion *c, const struct quadlet_key *key, struct error *err)
{
        AUTO_FREE char *user = quadlet_value(c->quadlet, "User");
        AUTO_FREE char *group = quadlet_value(c->quadlet, key->name);

        return user || !group ? 0 : error_set(err, ERROR_INVALID, "Group= needs User= beside it");
}

/* A "-" in front: only when it is there. */
static int add_devices(struct conversion *c, const struct quadlet_key *key, struct error *err)
{
        AUTO(strv) words = { 0 };

        if (quadlet_words(c, key->name, false, &words, err) < 0)
                return -1;
        for (size_t i = 0; i < words.count; i++) {
                const char *device = words.items[i];
                AUTO_FREE char *path =
                        xstrndup(device + 1, device[0] ? strcspn(device + 1, ":") : 0);

                if (device[0] != '-')
                        quadlet_add_flag(c, key, device);
                else if (access(path, F_OK) == 0)
                        quadlet_add_flag(c, key, device + 1);
        }
        return 0;
}

static int add_environment_files(struct conversion *c, const struct quadlet_key *key,
                                 struct error *err)
{
        AUTO(strv) words = { 0 };

        if (quadlet_words(c, key->name, true, &words, err) < 0)
                return -1;
        for (size_t i = 0; i < words.count; i++) {
                AUTO_FREE char *path = quadlet_path(c->quadlet, words.items[i], true);

                quadlet_add_flag(c, key, path);
        }
        return 0;
}

/* source=... in the words of one mount. */
static int resolve_mount(struct conversion *c, const char *mount, struct strbuf *resolved,
                         struct error *err)
{
        AUTO(strv) words = { 0 };

        strv_split(&words, mount, ',');
        for (size_t i = 0; i < words.count; i++) {
                const char *word = words.items[i];
                const char *equals = strchr(word, '=');
                bool is_source = strncmp(word, "source=", 7) == 0 || strncmp(word, "src=", 4) == 0;
                AUTO_FREE char *source = NULL;

                if (is_source && equals[1] &&
                    quadlet_refer_source(c, equals + 1, true, &source, err) < 0)
                        return error_context(err, "Mount=%s", mount);
                strbuf_addf(resolved, "%s%s%s", i > 0 ? "," : "", source ? "source=" : "",
                            source ? source : word);
        }
        return 0;
}

static int add_mounts(struct conversion *c, const struct quadlet_key *key, struct error *err)
{
        AUTO(strv) words = { 0 };

        if (quadlet_words(c, key->name, true, &words, err) < 0)
                return -1;
        for (size_t i = 0; i < words.count; i++) {
                AUTO(strbuf) mount = { 0 };

                if (resolve_mount(c, words.items[i], &mount, err) < 0)
                        return -1;
                quadlet_add_flag(c, key, mount.data);
        }
        return 0;
}

static int add_stop_timeout(struct conversion *c, const struct quadlet_key *key, struct error *err)
{
        AUTO_FREE char *value = quadlet_value(c->quadlet, key->name);

        (void)err;
        if (value) {
                quadlet_add_flag(c, key, value);
                quadlet_wait_longer(c, value);
        }
        return 0;
}

/* The service ends with the pod's. */
static int add_pod(struct conversion *c, const struct quadlet_key *key, struct error *err)
{
        AUTO_FREE char *value = quadlet_value(c->quadlet, key->name);
        AUTO_FREE char *pod = NULL;
        enum quadlet_kind kind;

        if (!value)
                return 0;
        if (!quadlet_kind_of(value, &kind) || kind != QUADLET_POD)
                return error_set(err, ERROR_INVALID, "pod %s is not Quadlet based", value);
        if (quadlet_refer_bound(c, value, &pod, err) < 0)
                return error_context(err, "Pod=%s", value);
        quadlet_add_flag(c, key, pod);
        return 0;
}

/* The pod's unit goes by it (quadlet_pod.c). */
static int check_start(struct conversion *c, const struct quadlet_key *key, struct error *err)
{
        bool starts = true;

        return unit_file_bool(&c->quadlet->source, "Container", key->name, &starts, err);
}

/* Who says that the service is up: the container, or its health check. That it is the monitor who
 * passes it on makes the monitor the service's main process. */
static int add_notify(struct conversion *c, const struct quadlet_key *key, struct error *err)
{
        AUTO_FREE char *mode = quadlet_value(c->quadlet, key->name);
        bool healthy = mode && strcasecmp(mode, "healthy") == 0, on = healthy;
        const char *type = unit_file_get(&c->quadlet->unit, "Service", "Type");

        if (!healthy && unit_file_bool(&c->quadlet->source, "Container", key->name, &on, err) < 0)
                return -1;
        if (!on || strcmp(type, "oneshot") == 0)
                return 0;
        quadlet_add_flag(c, key, healthy ? "healthy" : "container");
        unit_file_set(&c->quadlet->unit, "Service", "Type", "notify");
        unit_file_set(&c->quadlet->unit, "Service", "NotifyAccess", "all");
        return 0;
}

const struct quadlet_key quadlet_container_keys[] = {
        KEY_READ_ELSEWHERE("Image", NULL),
        KEY_READ_ELSEWHERE("Rootfs", "rootfs"),
        KEY_READ_ELSEWHERE("Exec", NULL),
        KEY_READ_ELSEWHERE("ContainerName", NULL),
        KEY_READ_ELSEWHERE("ServiceName", NULL),
        KEY_READ_ELSEWHERE("GlobalArgs", NULL),
        KEY_READ_ELSEWHERE("PodmanArgs", NULL),
        KEY_READ_ELSEWHERE("ReloadCmd", NULL),
        KEY_READ_ELSEWHERE("ReloadSignal", NULL),
        KEY_READ_ELSEWHERE("CgroupsMode", "cgroups"),
        KEY_BY("Group", "user", check_group),
        KEY_BY("StartWithPod", NULL, check_start),
        KEY_BY("Pod", "pod", add_pod),
        KEY(KEY_LAST, "LogDriver", "log-driver"),
        KEY(KEY_WORDS, "LogOpt", "log-opt"),
        KEY_BY("Entrypoint", "entrypoint", add_entrypoint),
        KEY(KEY_LAST, "Timezone", "tz"),
        KEY(KEY_LAST, "PidsLimit", "pids-limit"),
        KEY(KEY_LAST, "ShmSize", "shm-size"),
        KEY(KEY_LAST, "WorkingDir", "workdir"),
        KEY(KEY_LAST, "IP", "ip"),
        KEY(KEY_LAST, "IP6", "ip6"),
        KEY(KEY_LAST, "HostName", "hostname"),
        KEY(KEY_LAST, "StopSignal", "stop-signal"),
        KEY_BY("StopTimeout", "stop-timeout", add_stop_timeout),
        KEY(KEY_LAST, "Pull", "pull"),
        KEY(KEY_LAST, "Memory", "memory"),
        KEY(KEY_LAST, "Retry", "retry"),
        KEY(KEY_LAST, "RetryDelay", "retry-delay"),
        KEY(KEY_EACH, "NetworkAlias", "network-alias"),
        KEY(KEY_EACH, "Ulimit", "ulimit"),
        KEY(KEY_EACH, "DNS", "dns"),
        KEY(KEY_EACH, "DNSOption", "dns-option"),
        KEY(KEY_EACH, "DNSSearch", "dns-search"),
        KEY(KEY_EACH, "GroupAdd", "group-add"),
        KEY(KEY_EACH, "AddHost", "add-host"),
        KEY(KEY_EACH, "Tmpfs", "tmpfs"),
        KEY(KEY_BOOL, "RunInit", "init"),
        KEY(KEY_BOOL, "EnvironmentHost", "env-host"),
        KEY(KEY_BOOL, "HttpProxy", "http-proxy"),
        KEY(KEY_BOOL, "ReadOnlyTmpfs", "read-only-tmpfs"),
        KEY_BY("Network", "network", quadlet_refer_networks),
        KEY_BY("Notify", "sdnotify", add_notify),
        KEY_FIXED(KEY_IF, "NoNewPrivileges", "security-opt", "no-new-privileges"),
        KEY_FIXED(KEY_IF, "SecurityLabelDisable", "security-opt", "label=disable"),
        KEY_FIXED(KEY_LAST, "AppArmor", "security-opt", "apparmor="),
        KEY_FIXED(KEY_LAST, "SeccompProfile", "security-opt", "seccomp="),
        KEY_BY("AddDevice", "device", add_devices),
        KEY(KEY_WORDS, "DropCapability", "cap-drop"),
        KEY(KEY_WORDS, "AddCapability", "cap-add"),
        KEY(KEY_WORDS, "Sysctl", "sysctl"),
        KEY(KEY_BOOL, "ReadOnly", "read-only"),
        KEY_BY("User", "user", add_user),
        KEY(KEY_LAST, "UserNS", "userns"),
        KEY(KEY_WORDS, "UIDMap", "uidmap"),
        KEY(KEY_WORDS, "GIDMap", "gidmap"),
        KEY(KEY_LAST, "SubUIDMap", "subuidname"),
        KEY(KEY_LAST, "SubGIDMap", "subgidname"),
        KEY_BY("Volume", "volume", quadlet_refer_volumes),
        KEY_FIXED(KEY_LAST, "AutoUpdate", "label", "io.containers.autoupdate="),
        KEY(KEY_EACH, "ExposeHostPort", "expose"),
        KEY(KEY_EACH, "PublishPort", "publish"),
        KEY(KEY_ESCAPED, "Environment", "env"),
        KEY(KEY_ESCAPED, "Label", "label"),
        KEY(KEY_ESCAPED, "Annotation", "annotation"),
        KEY_FIXED(KEY_ESCAPED, "Mask", "security-opt", "mask="),
        KEY_FIXED(KEY_ESCAPED, "Unmask", "security-opt", "unmask="),
        KEY_BY("EnvironmentFile", "env-file", add_environment_files),
        KEY(KEY_ESCAPED, "Secret", "secret"),
        KEY_BY("Mount", "mount", add_mounts),
        KEY(KEY_LAST, "HealthCmd", "health-cmd"),
        KEY(KEY_LAST, "HealthInterval", "health-interval"),
        KEY(KEY_LAST, "HealthOnFailure", "health-on-failure"),
        KEY(KEY_LAST, "HealthLogDestination", "health-log-destination"),
        KEY(KEY_LAST, "HealthMaxLogCount", "health-max-log-count"),
        KEY(KEY_LAST, "HealthMaxLogSize", "health-max-log-size"),
        KEY(KEY_LAST, "HealthRetries", "health-retries"),
        KEY(KEY_LAST, "HealthStartPeriod", "health-start-period"),
        KEY(KEY_LAST, "HealthTimeout", "health-timeout"),
        KEY(KEY_LAST, "HealthStartupCmd", "health-startup-cmd"),
        KEY(KEY_LAST, "HealthStartupInterval", "health-startup-interval"),
        KEY(KEY_LAST, "HealthStartupRetries", "health-startup-retries"),
        KEY(KEY_LAST, "HealthStartupSuccess", "health-startup-success"),
        KEY(KEY_LAST, "HealthStartupTimeout", "health-startup-timeout"),
        KEY_NOT_OFFERED_IF("SecurityLabelNested", NO_LABELS),
        KEY_NOT_OFFERED("SecurityLabelType", NO_LABELS),
        KEY_NOT_OFFERED("SecurityLabelFileType", NO_LABELS),
        KEY_NOT_OFFERED("SecurityLabelLevel", NO_LABELS),
        KEY_NOT_OFFERED("ContainersConfModule", "kelp has no --module"),
        KEY_NOT_OFFERED("RemapUsers", "use UserNS="),
        KEY_NOT_OFFERED("RemapUid", "use UIDMap="),
        KEY_NOT_OFFERED("RemapGid", "use GIDMap="),
        KEY_NOT_OFFERED("RemapUidSize", "use UserNS=auto:size="),
        KEY_NOT_OFFERED("VolatileTmp", "use Tmpfs=/tmp"),
        { 0 },
};
