/* A container as podman's inspect shows it: what podman has and kelp knows, under podman's keys. */
#include "cli/inspect_container.h"

#include "base/alloc.h"
#include "base/cleanup.h"
#include "base/limits.h"
#include "cli/human.h"
#include "engine/container/verbs.h"

#include <string.h>

static void set_time(json_t *json, const char *key, int64_t ns)
{
        AUTO_FREE char *text = human_rfc3339(ns);

        json_set_string(json, key, text);
}

static json_t *make_state(const struct container *c)
{
        const struct container_state *s = &c->state;
        bool running = s->status == CONTAINER_RUNNING;
        json_t *json =
                json_pack("{s:s, s:b, s:b, s:b, s:b, s:b, s:i, s:i, s:i, s:s}", "Status",
                          container_status_name(s->status), "Running", running, "Paused", 0,
                          "Restarting", 0, "OOMKilled", s->oom_killed, "Dead", 0, "Pid",
                          running ? (int)s->pid : 0, "ConmonPid", running ? (int)s->monitor_pid : 0,
                          "ExitCode", s->exit_code, "OciVersion", "1.2.0");

        json_set_string(json, "Error", s->error);
        set_time(json, "StartedAt", s->started_ns);
        set_time(json, "FinishedAt", s->finished_ns);
        return json;
}

static json_t *make_labels(const struct strv *labels)
{
        json_t *json = json_object();

        for (size_t i = 0; i < labels->count; i++) {
                AUTO_FREE char *key = xstrndup(labels->items[i], strcspn(labels->items[i], "="));

                json_set_string(json, key, labels->items[i] + strlen(key) + 1);
        }
        return json;
}

static json_t *make_config(const struct container *c, const json_t *oci)
{
        const struct container_spec *s = &c->spec;
        const json_t *process = json_object_get(oci, "process");
        int signal = 15;
        json_t *json = json_object();
        json_t *env = json_object_get(process, "env");

        (void)signal_parse(s->stop_signal ? s->stop_signal : "SIGTERM", &signal, NULL);
        json_set_string(json, "Hostname", s->hostname);
        json_set_string(json, "User", s->user);
        json_object_set_new(json, "Tty", json_boolean(s->terminal));
        json_object_set_new(json, "OpenStdin", json_boolean(s->interactive));
        json_object_set_new(json, "Env", env ? json_incref(env) : json_from_strv(&s->env));
        json_object_set_new(json, "Cmd", json_from_strv(&s->command));
        json_object_set_new(json, "Entrypoint", json_from_strv(&s->entrypoint));
        json_set_string(json, "Image", s->image_name);
        json_set_string(json, "WorkingDir", s->workdir);
        json_object_set_new(json, "Labels", make_labels(&s->labels));
        json_object_set_new(json, "StopSignal", json_integer(signal));
        json_object_set_new(json, "StopTimeout", json_integer(s->stop_timeout));
        return json;
}

static json_t *make_mounts(const struct container_spec *s)
{
        json_t *array = json_array();

        for (size_t i = 0; i < s->mount_count; i++) {
                const struct container_mount *m = &s->mounts[i];
                json_t *mount = json_object();

                if (m->kind != MOUNT_BIND)
                        continue; /* podman lists a tmpfs in HostConfig only */
                json_set_string(mount, "Type", "bind");
                json_set_string(mount, "Source", m->source);
                json_set_string(mount, "Destination", m->target);
                json_object_set_new(mount, "Options", json_from_strv(&m->options));
                json_set_string(mount, "Mode", "");
                json_object_set_new(mount, "RW", json_boolean(!strv_contains(&m->options, "ro")));
                json_set_string(mount, "Propagation", "rprivate");
                json_array_append_new(array, mount);
        }
        return array;
}

static json_t *make_ports(const struct container_spec *s)
{
        json_t *json = json_object();

        for (size_t i = 0; i < s->port_count; i++) {
                const struct container_port *p = &s->ports[i];
                AUTO_FREE char *key = xasprintf("%u/%s", p->container_port, p->udp ? "udp" : "tcp");
                AUTO_FREE char *host = xasprintf("%u", p->host_port);
                json_t *list = json_object_get(json, key);

                if (!list) {
                        list = json_array();
                        json_object_set_new(json, key, list);
                }
                json_array_append_new(
                        list, json_pack("{s:s, s:s}", "HostIp", p->host_ip, "HostPort", host));
        }
        return json;
}

static json_t *make_host_config(const struct container_spec *s)
{
        static const char *const networks[] = { "none", "host", "slirp4netns" };
        json_t *json = json_object(), *binds = json_array(), *tmpfs = json_object();

        for (size_t i = 0; i < s->mount_count; i++) {
                const struct container_mount *m = &s->mounts[i];
                AUTO_FREE char *text = NULL;

                if (m->kind == MOUNT_BIND) {
                        text = xasprintf("%s:%s:%s", m->source, m->target,
                                         strv_contains(&m->options, "ro") ? "ro,rprivate,rbind"
                                                                          : "rw,rprivate,rbind");
                        json_array_append_new(binds, json_string_any(text));
                } else {
                        json_set_string(tmpfs, m->target, "");
                }
        }
        json_object_set_new(json, "Binds", binds);
        json_object_set_new(json, "Tmpfs", tmpfs);
        json_set_string(json, "NetworkMode", networks[s->network]);
        json_object_set_new(json, "PortBindings", make_ports(s));
        json_object_set_new(json, "AutoRemove", json_boolean(s->auto_remove));
        json_object_set_new(json, "CapAdd", json_from_strv(&s->cap_add));
        json_object_set_new(json, "CapDrop", json_from_strv(&s->cap_drop));
        json_object_set_new(json, "Privileged", json_false());
        json_object_set_new(json, "ReadonlyRootfs", json_boolean(s->read_only));
        json_object_set_new(json, "Init", json_boolean(s->init));
        json_set_string(json, "UsernsMode", s->keep_id ? "keep-id" : "");
        return json;
}

json_t *inspect_container(const struct store *store, const struct container *c)
{
        AUTO_FREE char *dir = xasprintf("%s/containers/%s", store->root, c->id);
        AUTO_FREE char *config_path = xasprintf("%s/config.json", dir);
        AUTO_FREE char *log_path = xasprintf("%s/log", dir);
        AUTO_FREE char *runtime = xasprintf("%s/containers/%s", store->runroot, c->id);
        AUTO_JSON json_t *oci = NULL;
        struct strv rest = { .items = c->spec.args.items + 1,
                             .count = c->spec.args.count ? c->spec.args.count - 1 : 0 };
        json_t *json = json_object();

        (void)json_read_file(c->dir_fd, "config.json", LIMIT_SPEC, &oci, NULL);
        json_set_string(json, "Id", c->id);
        set_time(json, "Created", c->spec.created_ns);
        json_set_string(json, "Path", c->spec.args.count ? c->spec.args.items[0] : "");
        json_object_set_new(json, "Args", json_from_strv(&rest));
        json_object_set_new(json, "State", make_state(c));
        json_set_string(json, "Image", c->spec.image_id);
        json_set_string(json, "ImageName", c->spec.image_name);
        json_set_string(json, "Name", c->spec.name);
        json_set_string(json, "OCIConfigPath", config_path);
        json_set_string(json, "OCIRuntime", "kelp");
        json_set_string(json, "LogPath", log_path);
        json_set_string(json, "StaticDir", dir);
        json_set_string(json, "RunDir", runtime);
        json_set_string(json, "Driver",
                        c->spec.storage_driver ? c->spec.storage_driver : "overlay");
        json_object_set_new(json, "Mounts", make_mounts(&c->spec));
        json_object_set_new(json, "Config", make_config(c, oci));
        json_object_set_new(json, "HostConfig", make_host_config(&c->spec));
        json_object_set_new(json, "NetworkSettings",
                            json_pack("{s:o}", "Ports", make_ports(&c->spec)));
        return json;
}

json_t *inspect_image(const struct image *image)
{
        json_t *json = json_object(), *tags = json_array(), *digests = json_array(),
               *layers = json_array();
        json_t *config = json_object_get(image->config, "config");
        json_t *history = json_object_get(image->config, "history");

        for (size_t i = 0; i < image->names.count; i++) {
                AUTO_FREE char *digest = NULL;
                const char *colon = strrchr(image->names.items[i], ':');

                json_array_append_new(tags, json_string_any(image->names.items[i]));
                digest = xasprintf("%.*s@%s", (int)(colon - image->names.items[i]),
                                   image->names.items[i], image->manifest.text);
                json_array_append_new(digests, json_string_any(digest));
        }
        for (size_t i = 0; i < image->layer_count; i++)
                json_array_append_new(layers, json_string(image->diff_ids[i].text));
        json_set_string(json, "Id", image->id);
        json_set_string(json, "Digest", image->manifest.text);
        json_object_set_new(json, "RepoTags", tags);
        json_object_set_new(json, "RepoDigests", digests);
        json_set_string(json, "Created", json_get_string(image->config, "created", ""));
        json_set_string(json, "Author", json_get_string(image->config, "author", ""));
        json_set_string(json, "Architecture", json_get_string(image->config, "architecture", ""));
        json_set_string(json, "Os", json_get_string(image->config, "os", ""));
        json_object_set_new(json, "Size", json_integer((json_int_t)image->size));
        json_object_set_new(json, "VirtualSize", json_integer((json_int_t)image->size));
        json_object_set_new(json, "Config", config ? json_incref(config) : json_object());
        json_object_set_new(json, "Labels",
                            json_object_get(config, "Labels")
                                    ? json_incref(json_object_get(config, "Labels"))
                                    : json_null());
        json_set_string(json, "User", json_get_string(config, "User", ""));
        json_set_string(json, "ManifestType",
                        json_get_string(image->manifest_json, "mediaType", ""));
        json_object_set_new(json, "RootFS",
                            json_pack("{s:s, s:o}", "Type", "layers", "Layers", layers));
        json_object_set_new(json, "History", history ? json_incref(history) : json_array());
        return json;
}
