/* A container as podman's inspect shows it: what podman has and kelp knows, under podman's keys.
 * What only a start decides (environment, capabilities) comes from its config.json once there is
 * one. */
#include "cli/container/inspect_container.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/path.h"
#include "base/signal.h"
#include "base/strbuf.h"
#include "cli/container/inspect_health.h"
#include "cli/container/inspect_host.h"
#include "cli/container/inspect_isolation.h"
#include "cli/container/inspect_mounts.h"
#include "cli/output/human.h"
#include "engine/container/exec_session.h"
#include "engine/container/external_of.h"
#include "engine/container/namespaces_of.h"
#include "engine/container/notify.h"
#include "engine/container/oci.h"
#include "engine/container/restart.h"
#include "engine/container/rootfs_of.h"
#include "engine/container/verbs.h"
#include "engine/runtime/capability.h"
#include "engine/runtime/spec_file.h"

#include <fcntl.h>
#include <string.h>

static const char fixed_container[] = "{\"MountLabel\":\"\",\"ProcessLabel\":\"\","
                                      "\"Namespace\":\"\",\"IsService\":false}";

static const char fixed_config[] = "{\"StdinOnce\":false,\"Volumes\":null,\"OnBuild\":null}";

static void set_time(json_t *json, const char *key, int64_t ns)
{
        AUTO_FREE char *text = human_rfc3339(ns);

        json_set_string(json, key, text);
}

static void set_path(json_t *json, const char *key, const char *dir, const char *name)
{
        AUTO_FREE char *path = xasprintf("%s/%s", dir, name);

        json_set_string(json, key, path);
}

static json_t *make_state(const struct container *c)
{
        const struct container_state *s = &c->state;
        bool running = s->status == CONTAINER_RUNNING;
        json_t *json = json_object();
        const char *cgroup = s->cgroup[0] ? s->cgroup + strlen(CGROUP_ROOT) : "";

        json_set_string(json, "OciVersion", "1.2.0");
        json_set_string(json, "Status", container_status_name(s));
        json_object_set_new(json, "Running", json_boolean(running && !s->paused));
        json_object_set_new(json, "Paused", json_boolean(s->paused));
        json_object_set_new(json, "Restarting", json_false());
        json_object_set_new(json, "StoppedByUser", json_boolean(restart_was_stopped(c)));
        json_object_set_new(json, "OOMKilled", json_boolean(s->oom_killed));
        json_object_set_new(json, "Dead", json_false());
        json_object_set_new(json, "Pid", json_integer(running ? s->pid : 0));
        json_object_set_new(json, "ConmonPid", json_integer(running ? s->monitor_pid : 0));
        json_object_set_new(json, "ExitCode", json_integer(s->exit_code));
        json_set_string(json, "Error", s->error);
        /* podman's is the scope, kelp's the leaf in it that the container has. */
        json_set_string(json, "CgroupPath", running ? cgroup : "");
        set_time(json, "StartedAt", s->started_ns);
        set_time(json, "FinishedAt", s->finished_ns);
        inspect_health_state(c, json);
        return json;
}

/* Names and IDs; the data is nowhere here. */
static json_t *make_secrets(const struct container_spec *spec)
{
        json_t *array = json_array();

        for (size_t i = 0; i < spec->secret_count; i++) {
                const struct container_secret *s = &spec->secrets[i];
                json_t *json = json_pack("{s:I, s:I, s:i}", "UID", (json_int_t)s->uid, "GID",
                                         (json_int_t)s->gid, "Mode", (int)s->mode);

                json_set_string(json, "Name", s->name);
                json_set_string(json, "ID", s->id);
                json_array_append_new(array, json);
        }
        return array;
}

static json_t *make_config(const struct container *c, const json_t *oci)
{
        const struct container_spec *s = &c->spec;
        const json_t *process = json_object_get(oci, "process");
        json_t *env = json_object_get(process, "env");
        json_t *json = json_loads(fixed_config, 0, NULL);
        int signal = 15;

        (void)signal_parse(s->stop_signal ? s->stop_signal : "SIGTERM", &signal, NULL);
        json_set_string(json, "Hostname", s->hostname);
        json_set_string(json, "User", s->user);
        json_object_set_new(json, "Tty", json_boolean(s->terminal));
        json_object_set_new(json, "AttachStdin", json_boolean(strv_contains(&s->attach, "stdin")));
        json_object_set_new(json, "AttachStdout",
                            json_boolean(strv_contains(&s->attach, "stdout")));
        json_object_set_new(json, "AttachStderr",
                            json_boolean(strv_contains(&s->attach, "stderr")));
        json_object_set_new(json, "OpenStdin", json_boolean(s->interactive));
        json_object_set_new(json, "Env", env ? json_incref(env) : json_from_strv(&s->env));
        json_object_set_new(json, "Cmd", json_from_strv(&s->command));
        json_object_set_new(json, "Entrypoint", json_from_strv(&s->entrypoint));
        json_set_string(json, "Image", s->image_name);
        json_set_string(json, "WorkingDir", s->workdir);
        json_object_set_new(json, "Labels", json_from_pairs(&s->labels));
        json_object_set_new(json, "Annotations", inspect_annotations(s, oci));
        json_set_string(json, "Domainname", s->domainname);
        json_set_string(json, "Umask", s->umask ? s->umask : "0022");
        json_set_string(json, "Timezone", s->timezone);
        json_object_set_new(json, "SystemdMode", json_boolean(s->systemd_mode));
        json_object_set_new(json, "StopSignal", json_integer(signal));
        if (s->secret_count)
                json_object_set_new(json, "Secrets", make_secrets(s));
        json_set_string(json, "sdNotifyMode", notify_mode(s));
        if (s->notify_socket)
                json_set_string(json, "sdNotifySocket", s->notify_socket);
        inspect_exposed(s, json);
        inspect_health_config(s, json);
        json_object_set_new(json, "StopTimeout", json_integer(s->stop_timeout));
        json_object_set_new(json, "Timeout", json_integer(s->timeout));
        json_object_set_new(json, "Passwd", json_boolean(!s->no_passwd));
        return json;
}

/* Of the first process; before the first start, what it is going to have. */
static void add_capabilities(json_t *json, const struct container *c, const json_t *oci)
{
        const json_t *sets = json_object_get(json_object_get(oci, "process"), "capabilities");
        uint64_t set;

        if (sets) {
                json_object_set(json, "EffectiveCaps", json_object_get(sets, "effective"));
                json_object_set(json, "BoundingCaps", json_object_get(sets, "bounding"));
        } else if (oci_bounding_set(&c->spec, &set, NULL) == 0) {
                json_object_set_new(json, "EffectiveCaps", capability_names(set));
                json_object_set_new(json, "BoundingCaps", capability_names(set));
        }
}

/* Of the last start, else what the first one is going to try. */
static const char *driver_name(const struct container *c)
{
        if (c->state.driver != STORAGE_CHOOSE)
                return storage_driver_name(c->state.driver);
        return c->spec.storage_driver ? c->spec.storage_driver : "overlay";
}

static json_t *make_driver(const struct store *store, const struct container *c, const char *dir)
{
        json_t *json = json_object(), *data = json_object();
        AUTO(strbuf) lower = { 0 };
        AUTO(rootfs) rootfs = { 0 };

        rootfs_of(store, c, &rootfs);
        for (size_t i = rootfs.layers.count; i-- > 0;)
                strbuf_addf(&lower, "%s%s%s%s", rootfs.layers.items[i][0] == '/' ? "" : store->root,
                            rootfs.layers.items[i][0] == '/' ? "" : "/", rootfs.layers.items[i],
                            i ? ":" : "");
        json_set_string(data, "LowerDir", lower.data);
        set_path(data, "UpperDir", dir, "upper");
        set_path(data, "WorkDir", dir, "work");
        set_path(data, "MergedDir", dir, "merged");
        if (rootfs.copied)
                set_path(data, "CopyDir", dir, "copy");
        if (c->state.driver_reason[0])
                json_set_string(data, "Reason", c->state.driver_reason);
        json_set_string(json, "Name", driver_name(c));
        json_object_set_new(json, "Data", data);
        return json;
}

static void add_files(json_t *json, const struct store *store, const struct container *c,
                      const char *dir)
{
        AUTO_FREE char *run = xasprintf("%s/containers/%s", store->runroot, c->id);

        set_path(json, "OCIConfigPath", dir, "config.json");
        if (c->spec.log_path)
                json_set_string(json, "LogPath", c->spec.log_path);
        else
                set_path(json, "LogPath", dir, "log");
        json_set_string(json, "StaticDir", dir);
        json_set_string(json, "RunDir", run);
        set_path(json, "ResolvConfPath", run, "resolv.conf");
        set_path(json, "HostnamePath", run, "hostname");
        set_path(json, "HostsPath", run, "hosts");
        json_set_string(json, "PidFile", c->spec.pidfile);
}

json_t *inspect_container(const struct store *store, const struct container *c)
{
        AUTO_FREE char *dir = xasprintf("%s/containers/%s", store->root, c->id);
        AUTO_FREE char *log = c->spec.log_path ? xstrdup(c->spec.log_path) : path_join(dir, "log");
        AUTO_JSON json_t *oci = NULL, *fixed = json_loads(fixed_container, 0, NULL);
        const struct strv *args = &c->spec.args;
        AUTO_CLOSE int proc_fd = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
        AUTO(strv) sessions = { 0 };
        struct strv rest = { .items = args->items + 1, .count = args->count ? args->count - 1 : 0 };
        json_t *json = json_object();

        (void)spec_read_file(c->dir_fd, "config.json", &oci, NULL);
        json_set_string(json, "Id", c->id);
        set_time(json, "Created", c->spec.created_ns);
        json_set_string(json, "Path", args->count ? args->items[0] : "");
        json_object_set_new(json, "Args", json_from_strv(&rest));
        json_object_set_new(json, "State", make_state(c));
        json_object_set_new(json, "RestartCount", json_integer(c->state.restarts));
        json_set_string(json, "Image", c->spec.image_id);
        json_set_string(json, "ImageDigest", c->spec.image_digest);
        json_set_string(json, "ImageName", c->spec.image_name);
        json_set_string(json, "Rootfs", c->spec.rootfs);
        json_set_string(json, "Name", c->spec.name);
        json_set_string(json, "OCIRuntime", external_of_name(&c->spec));
        json_set_string(json, "Driver", driver_name(c));
        add_files(json, store, c, dir);
        json_object_update(json, fixed);
        json_set_string(json, "Pod", c->spec.pod);
        json_object_set_new(json, "IsInfra", json_boolean(c->spec.infra));
        exec_session_list(c, proc_fd, &sessions);
        json_object_set_new(json, "ExecIDs", json_from_strv(&sessions));
        json_set_string(json, "AppArmorProfile", c->spec.apparmor);
        json_object_set_new(json, "Dependencies", namespaces_dependencies(&c->spec));
        add_capabilities(json, c, oci);
        json_object_set_new(json, "GraphDriver", make_driver(store, c, dir));
        json_object_set_new(json, "Mounts", inspect_mounts(store, &c->spec));
        json_object_set_new(json, "NetworkSettings", inspect_network(&c->spec));
        json_object_set_new(json, "Config", make_config(c, oci));
        json_object_set_new(json, "HostConfig", inspect_host_config(c, log));
        return json;
}
